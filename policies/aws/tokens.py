"""Every type token that a thing goes by.

A rule that knows only one of them lets the same thing pass under another name: inline, older, alias and V2
forms are all listed. A test compares the lists with the aliases declared in the installed provider SDK.
"""

from __future__ import annotations

from typing import Final

DATABASES: Final = ("aws:rds/instance:Instance",)
DATABASE_CLUSTERS: Final = ("aws:rds/cluster:Cluster", "aws:rds/clusterInstance:ClusterInstance")
KEYS: Final = (
    "aws:kms/key:Key",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/externalKey:ExternalKey",
    "aws:kms/replicaExternalKey:ReplicaExternalKey",
)
KEY_ALIASES: Final = ("aws:kms/alias:Alias",)
