"""Databases and their replicas."""

from __future__ import annotations

from typing import Final

from policies.aws.tokens import DATABASES
from policies.framework import ResourceView

_BEGINNINGS: Final = ("engine", "username", "snapshotIdentifier", "restoreToPointInTime", "s3Import")
"""What a database that begins its life says, and a replica takes over from its source."""


def is_replica(database: ResourceView) -> bool:
    """Whether the instance copies another one."""
    return database.has("replicateSourceDb")


def copies_neighbour(database: ResourceView) -> bool:
    """Whether the instance copies another one of this stack. A rule of one resource says `by_reference`."""
    return is_replica(database) and bool(database.link("replicateSourceDb").targets(*DATABASES))


def is_promoted(database: ResourceView) -> bool:
    """Whether the instance was a replica and was promoted in place.

    It took engine, user and data over from its source, so nothing declares them: AWS refuses a new instance
    without them.
    """
    return (
        database.type in DATABASES
        and not is_replica(database)
        and not any(database.has(name) for name in _BEGINNINGS)
    )
