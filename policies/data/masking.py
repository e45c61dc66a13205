"""Copies of production outside production."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.aws.backups import tag_of
from policies.aws.document_places import PERMISSIONS, Use
from policies.aws.documents import Statement, documents
from policies.aws.principals import own_accounts
from policies.aws.state_machines import Request, request_of, requests_of
from policies.aws.subnets import public_subnets
from policies.aws.tokens import (
    DATABASE_CLUSTERS,
    DATABASE_SNAPSHOTS,
    DATABASE_SUBNET_GROUPS,
    DATABASES,
    SCHEDULES,
    SNAPSHOT_COPIES,
    STATE_MACHINES,
    SUBNETS,
)
from policies.framework import (
    Controls,
    Finding,
    Findings,
    Graph,
    Level,
    ResourceView,
    Setting,
    Settings,
    Severity,
    joined_rule,
    mandatory_in,
    resource_rule,
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
_COPIED: Final = ("sourceDbSnapshotIdentifier", "sourceDbClusterSnapshotIdentifier")
_REQUESTS: Final = {
    "copyDBSnapshot": ("SourceDBSnapshotIdentifier",),
    "copyDBClusterSnapshot": ("SourceDBClusterSnapshotIdentifier",),
    "createDBInstanceReadReplica": ("SourceDBInstanceIdentifier", "SourceDBClusterIdentifier"),
    "restoreDBClusterFromS3": ("S3BucketName",),
    "restoreDBClusterFromSnapshot": ("SnapshotIdentifier",),
    "restoreDBClusterToPointInTime": ("SourceDBClusterIdentifier", "SourceDbClusterResourceId"),
    "restoreDBInstanceFromDBSnapshot": ("DbSnapshotIdentifier", "DbClusterSnapshotIdentifier"),
    "restoreDBInstanceFromS3": ("S3BucketName",),
    "restoreDBInstanceToPointInTime": (
        "SourceDBInstanceIdentifier",
        "SourceDbiResourceId",
        "SourceDBInstanceAutomatedBackupsArn",
    ),
}
"""Requests to RDS that bring data → the parameters that say from where, as the SDK for Java spells them."""
_BRINGING: Final = frozenset(f"rds:{action.lower()}" for action in _REQUESTS)
_OWN: Final = (*DATABASES, *DATABASE_CLUSTERS, *DATABASE_SNAPSHOTS)
_MASKED: Final = re.compile(r"(?:^|:)[a-z0-9-]+-masked-[^:]*$")
"""What production calls snapshots that were masked and verified; its roles give that name to no other."""
_RDS_ARN: Final = re.compile(
    r"^arn:[^:]*:rds:(?P<region>[^:]*):(?P<account>[^:]*):(?P<kind>[^:]*)(?::(?P<name>.*))?$"
)
_SOURCE_KINDS: Final = frozenset({"snapshot", "cluster-snapshot", "db", "cluster", "auto-backup"})


@joined_rule(
    "dat-nonprod-masked",
    subjects=(*DATABASES, *DATABASE_CLUSTERS, *SNAPSHOT_COPIES, *STATE_MACHINES, *SCHEDULES),
    severity=Severity.CRITICAL,
    levels=mandatory_in("staging", "testing", "dev", otherwise=Level.DISABLED),
    controls=Controls((), (), ("DATA-03", "SEC-09", "ENV-03", "SEC-14"), ("8(4)", "8(5)")),
    remedy=(
        "Take production's data only from its masked snapshots (fleet-erp-prod-masked-…); what is not masked"
        " may be restored only into a subnet group whose subnets are tagged Purpose=quarantine."
    ),
    settings={"purpose": Setting("quarantine", "value of the tag Purpose of the subnets for masking")},
)
def nonprod_masked(resource: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """No database outside production comes from production's data, but from what was masked there.

    What carries this environment's name, or comes from a resource of this stack, is masked already. Databases
    and copies of snapshots are judged by where they come from, state machines and schedules by what they ask
    of RDS; a definition that is not known yet, by the rights of its role (dat-nonprod-restore-rights).
    """
    if resource.type in STATE_MACHINES:
        for request in requests_of(resource):
            yield from _asked(resource, request, graph.environment)
        return
    if resource.type in SCHEDULES:
        request = request_of(resource)
        if request is not None:
            yield from _asked(resource, request, graph.environment)
        return
    if resource.type in SNAPSHOT_COPIES:
        for path in _COPIED:
            if resource.has(path) and _is_unmasked(resource.text(path), graph.environment):
                yield f"{path} is {resource.text(path)}, which was not masked"
        return
    if _quarantined(resource, graph, settings["purpose"]):
        return
    for path in _SOURCES:
        if resource.has(path) and (source := _foreign(resource, path, graph)):
            yield f"{path} is {source}, and its subnets are not the quarantined ones"


@resource_rule(
    "dat-nonprod-restore-rights",
    subjects=tuple(PERMISSIONS),
    severity=Severity.CRITICAL,
    levels=mandatory_in("staging", "testing", "dev", otherwise=Level.DISABLED),
    controls=Controls((), (), ("DATA-03", "SEC-09", "ENV-03", "SEC-14"), ("8(4)", "8(5)")),
    remedy=(
        "Name the snapshots: those of this environment, and of production's only"
        " snapshot:fleet-erp-prod-masked-*."
    ),
)
def nonprod_restore_rights(holder: ResourceView) -> Findings:
    """Outside production nobody may copy or restore what production did not mask, by whatever way.

    A statement that allows it names what it takes: snapshots of this environment, or masked ones of another.
    """
    for document in documents(holder, Use.PERMISSIONS):
        for statement in document.allowing:
            if _allows_bringing(statement):
                yield from _reaching(holder, statement, document.place.what)


def _allows_bringing(statement: Statement) -> bool:
    """Whether a statement allows an action that brings data into a database or snapshot."""
    if statement.not_actions:
        return not all(_named(known, statement.not_actions) for known in _BRINGING)
    return any(_named(known, statement.actions) for known in _BRINGING)


def _named(action: str, patterns: tuple[str, ...]) -> bool:
    return any(re.fullmatch(_pattern(pattern), action) for pattern in patterns)


def _reaching(holder: ResourceView, statement: Statement, what: str) -> Iterator[Finding]:
    where = f"{statement.label} of the {what}"
    if statement.not_resources or not statement.resources:
        yield holder.finding(f"{where} lets any database be restored from any snapshot")
        return
    for resource in statement.resources:
        found = _RDS_ARN.match(resource)
        if found is None:
            if resource == "*" or ":rds:" in resource:
                yield holder.finding(f"{where} lets any database be restored from any snapshot")
            continue
        kind, name = found["kind"], found["name"] or ""
        if not any(re.fullmatch(_pattern(kind), known) for known in _SOURCE_KINDS):
            continue
        if _MASKED.search(name) and "*" not in name.partition("-masked-")[0]:
            continue
        ours = own_accounts(holder)
        if (ours and found["account"] not in ours) or _names_others(name, holder.environment):
            yield holder.finding(f"{where} reaches {kind}:{name}, which production did not mask")


def _pattern(text: str) -> str:
    return re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")


def _names_others(name: str, environment: str) -> bool:
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    return bool(words & set(ENVIRONMENTS) - {environment})


def _asked(resource: ResourceView, request: Request, environment: str) -> Iterator[Finding]:
    if request.service != "rds":
        return
    for member in _REQUESTS.get(request.action, ()):
        if not request.has(member):
            continue
        source = request.text(member)
        if source is None:
            yield resource.finding(f"{request.place}: nobody says where {member} comes from")
        elif _is_unmasked(source, environment):
            yield resource.finding(f"{request.place}: {member} is {source}, which was not masked")


def _foreign(database: ResourceView, path: str, graph: Graph) -> str | None:
    """Give the name of a source that is not this environment's own, or None."""
    link = database.link(path)
    for copy in link.targets(*SNAPSHOT_COPIES):
        name = _COPIED[0] if copy.has(_COPIED[0]) else _COPIED[1]
        if _is_unmasked(copy.text(name), graph.environment):
            return f"a copy of {copy.text(name)}"
        return None
    if link.targets(*_OWN):
        return None
    value = database.text(path)
    return value if _is_foreign(value, graph.environment) else None


def _is_unmasked(source: str, environment: str) -> bool:
    return _is_foreign(source, environment) and not _MASKED.search(source)


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
