"""Copies of production outside production."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.aws.backups import tag_of
from policies.aws.subnets import public_subnets
from policies.aws.tokens import (
    DATABASE_CLUSTERS,
    DATABASE_SNAPSHOTS,
    DATABASE_SUBNET_GROUPS,
    DATABASES,
    SNAPSHOT_COPIES,
    SUBNETS,
)
from policies.framework import (
    Controls,
    Findings,
    Graph,
    Level,
    ResourceView,
    Setting,
    Settings,
    Severity,
    joined_rule,
    mandatory_in,
)
from policies.framework.environments import ENVIRONMENTS

_SOURCES: Final = (
    "snapshotIdentifier",
    "replicateSourceDb",
    "replicationSourceIdentifier",
    "restoreToPointInTime.sourceDbInstanceIdentifier",
    "restoreToPointInTime.sourceDbInstanceAutomatedBackupsArn",
    "restoreToPointInTime.sourceDbiResourceId",
    "restoreToPointInTime.sourceClusterIdentifier",
    "restoreToPointInTime.sourceClusterResourceId",
    "s3Import.bucketName",
)
_OWN: Final = (*DATABASES, *DATABASE_CLUSTERS, *DATABASE_SNAPSHOTS)


@joined_rule(
    "dat-nonprod-masked",
    subjects=(*DATABASES, *DATABASE_CLUSTERS),
    severity=Severity.CRITICAL,
    levels=mandatory_in("staging", "testing", "dev", otherwise=Level.DISABLED),
    controls=Controls((), (), ("DATA-03", "SEC-09", "ENV-03", "SEC-14"), ("8(4)", "8(5)")),
    remedy=(
        "Restore production's data only into a subnet group whose subnets are tagged Purpose=quarantine,"
        " mask it there, and copy the masked database out."
    ),
    settings={"purpose": Setting("quarantine", "value of the tag Purpose of the subnets for masking")},
)
def nonprod_masked(database: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """No database outside production comes from production's data, but in the subnets where it is masked.

    What carries this environment's name, or comes from a resource of this stack, is masked already.
    """
    if _quarantined(database, graph, settings["purpose"]):
        return
    for path in _SOURCES:
        if database.has(path) and (source := _foreign(database, path, graph)):
            yield f"{path} is {source}, and its subnets are not the quarantined ones"


def _foreign(database: ResourceView, path: str, graph: Graph) -> str | None:
    """Give the name of a source that is not this environment's own, or None."""
    link = database.link(path)
    for copy in link.targets(*SNAPSHOT_COPIES):
        name = "sourceDbSnapshotIdentifier"
        where = name if copy.has(name) else "sourceDbClusterSnapshotIdentifier"
        if _is_foreign(copy.text(where), graph.environment):
            return f"a copy of {copy.text(where)}"
        return None
    if link.targets(*_OWN):
        return None
    value = database.text(path)
    return value if _is_foreign(value, graph.environment) else None


def _is_foreign(name: str, environment: str) -> bool:
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    return environment not in words or bool(words & set(ENVIRONMENTS) - {environment})


def _quarantined(database: ResourceView, graph: Graph, purpose: str) -> bool:
    subnets = list(_subnets(database))
    return bool(subnets) and all(
        tag_of(subnet, "Purpose") == purpose and subnet.urn not in graph.fact(public_subnets)
        for subnet in subnets
    )


def _subnets(database: ResourceView) -> Iterator[ResourceView]:
    for group in database.link("dbSubnetGroupName").targets(*DATABASE_SUBNET_GROUPS):
        for link in group.links("subnetIds"):
            yield from link.targets(*SUBNETS)
