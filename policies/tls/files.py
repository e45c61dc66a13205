"""File stores."""

from __future__ import annotations

from typing import Final

from policies.aws.tokens import FILE_SYSTEMS
from policies.aws.transport import PLAIN, turns_away
from policies.framework import Controls, Findings, Graph, ResourceView, Severity, everywhere, joined_rule

FILE_SYSTEM_POLICIES: Final = ("aws:efs/fileSystemPolicy:FileSystemPolicy",)


@joined_rule(
    "tls-efs-transport",
    subjects=FILE_SYSTEMS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-05", "POL-02", "DATA-07"), ("8(5)",)),
    remedy="Declare efs.FileSystemPolicy that denies * for everyone where aws:SecureTransport is false.",
)
def efs_transport(files: ResourceView, graph: Graph) -> Findings:
    """The file store turns clients away that mount it without TLS.

    NFS itself is plain: it is the mount helper that wraps it, and only the policy makes sure that it does.
    """
    policies = graph.attached(files, "fileSystemId", *FILE_SYSTEM_POLICIES)
    if not policies:
        yield "no file system policy is declared for it"
    elif not turns_away(policies, PLAIN):
        yield "its policy does not deny * where aws:SecureTransport is false"
