"""Breakages of the database: encryption, transport, protection, storage, logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from preview.graph import Resource
from tests.policies.mutations.editing import MISSING, value_at, with_input, without_input
from tests.policies.mutations.mutation import (
    Estate,
    Flaw,
    Mutation,
    Where,
    broken,
    flawed,
    label,
    mutation,
)

_INSTANCE: Final = ("aws:rds/instance:Instance",)
_PARAMETERS: Final = ("aws:rds/parameterGroup:ParameterGroup",)

_PARAMETER_RULES: Final = {
    "rds.force_ssl": ("0", "tls-rds-force-ssl"),
    "ssl_min_protocol_version": ("TLSv1.1", "tls-rds-minimum"),
    "log_statement": ("all", "log-rds-statements"),
    "log_min_duration_statement": ("-1", "log-rds-min-duration"),
    "log_connections": ("0", "log-rds-connections"),
    "log_disconnections": ("0", "log-rds-connections"),
    "shared_preload_libraries": ("pg_stat_statements", "log-rds-audit"),
    "pgaudit.log": ("none", "log-rds-audit"),
}
"""Parameter → a bad value, and the rule about it."""

_TEXT: Final = "Sommer-2026-in-Mumbai"


def _is_replica(instance: Resource) -> bool:
    return "replicateSourceDb" in instance.inputs


def _is_primary(instance: Resource) -> bool:
    return not _is_replica(instance)


def _copies_neighbour(instance: Resource) -> bool:
    return "replicateSourceDb" in instance.property_dependencies


def _has(path: str) -> Where:
    return lambda resource: value_at(resource.inputs, path) is not MISSING


def _names_key(instance: Resource) -> bool:
    return "kmsKeyId" in instance.inputs


def _encryption_flag_counts(instance: Resource) -> bool:
    # AWS takes a key for a replica only when its source is encrypted.
    return not (_is_replica(instance) and _names_key(instance))


def _is_backed_up(instance: Resource) -> bool:
    return bool(instance.inputs.get("backupRetentionPeriod"))


_FLAWS: Final = (
    Flaw(_INSTANCE, "storageEncrypted", False, ("enc-rds-storage",), _encryption_flag_counts),
    Flaw(_INSTANCE, "storageEncrypted", MISSING, ("enc-rds-storage",), _encryption_flag_counts),
    Flaw(_INSTANCE, "kmsKeyId", "alias/aws/rds", ("enc-rds-cmk",), _names_key),
    Flaw(_INSTANCE, "kmsKeyId", MISSING, ("enc-rds-cmk",)),
    Flaw(_INSTANCE, "performanceInsightsKmsKeyId", "alias/aws/rds", ("enc-rds-insights-cmk",)),
    Flaw(_INSTANCE, "performanceInsightsKmsKeyId", MISSING, ("enc-rds-insights-cmk",)),
    Flaw(_INSTANCE, "caCertIdentifier", "rds-ca-2019", ("tls-rds-ca",)),
    Flaw(_INSTANCE, "caCertIdentifier", MISSING, ("tls-rds-ca",)),
    Flaw(_INSTANCE, "publiclyAccessible", True, ("net-rds-not-public",)),
    Flaw(
        _INSTANCE,
        "instanceClass",
        "db.t4g.micro",
        ("avl-rds-class", "cst-instance-allow-list-databases"),
        lambda database: not _copies_neighbour(database),
    ),
    Flaw(
        _INSTANCE,
        "instanceClass",
        "db.t4g.micro",
        ("cst-instance-allow-list-databases",),
        _copies_neighbour,
    ),
    Flaw(_INSTANCE, "deletionProtection", False, ("avl-rds-deletion-protection",)),
    Flaw(_INSTANCE, "deletionProtection", MISSING, ("avl-rds-deletion-protection",)),
    Flaw(_INSTANCE, "skipFinalSnapshot", True, ("avl-rds-final-snapshot",), _is_primary),
    Flaw(_INSTANCE, "skipFinalSnapshot", False, ("avl-rds-final-snapshot",), _is_replica),
    Flaw(_INSTANCE, "finalSnapshotIdentifier", MISSING, ("avl-rds-final-snapshot",)),
    Flaw(_INSTANCE, "engineVersion", "13.20", ("avl-rds-version",)),
    Flaw(_INSTANCE, "allowMajorVersionUpgrade", True, ("avl-rds-major-upgrade",)),
    Flaw(_INSTANCE, "maintenanceWindow", MISSING, ("avl-rds-windows",)),
    Flaw(_INSTANCE, "backupWindow", MISSING, ("avl-rds-windows",), _is_backed_up),
    Flaw(_INSTANCE, "backupRetentionPeriod", 0, ("avl-rds-backup-retention",)),
    Flaw(_INSTANCE, "backupRetentionPeriod", MISSING, ("avl-rds-backup-retention",), _is_backed_up),
    Flaw(_INSTANCE, "deleteAutomatedBackups", True, ("avl-rds-keep-backups",), _is_backed_up),
    Flaw(_INSTANCE, "deleteAutomatedBackups", MISSING, ("avl-rds-keep-backups",)),
    Flaw(_INSTANCE, "storageType", "gp2", ("avl-rds-storage-shape", "cst-storage-class")),
    Flaw(_INSTANCE, "storageType", MISSING, ("avl-rds-storage-shape", "cst-storage-class")),
    Flaw(_INSTANCE, "storageThroughput", MISSING, ("avl-rds-storage-shape",)),
    Flaw(_INSTANCE, "iops", 3000, ("avl-rds-storage-shape",), _has("iops")),
    Flaw(_INSTANCE, "iops", MISSING, ("avl-rds-storage-shape",)),
    Flaw(_INSTANCE, "copyTagsToSnapshot", False, ("dat-rds-snapshot-tags",)),
    Flaw(_INSTANCE, "iamDatabaseAuthenticationEnabled", False, ("iam-rds-iam-auth",), mandatory=False),
    Flaw(_INSTANCE, "username", "postgres", ("iam-rds-admin-name",), _is_primary),
    Flaw(_INSTANCE, "username", MISSING, ("iam-rds-admin-name",)),
    Flaw(_INSTANCE, "passwordWo", MISSING, ("iam-rds-password",)),
    Flaw(_INSTANCE, "manageMasterUserPassword", MISSING, ("iam-rds-password",)),
    Flaw(_INSTANCE, "enabledCloudwatchLogsExports", [], ("log-rds",)),
    Flaw(_INSTANCE, "enabledCloudwatchLogsExports", ["postgresql"], ("log-rds",)),
    Flaw(_INSTANCE, "enabledCloudwatchLogsExports", MISSING, ("log-rds",)),
    Flaw(_INSTANCE, "monitoringInterval", 0, ("log-rds-monitoring",)),
    Flaw(_INSTANCE, "monitoringInterval", MISSING, ("log-rds-monitoring",), _has("monitoringRoleArn")),
    Flaw(_INSTANCE, "monitoringRoleArn", MISSING, ("log-rds-monitoring",)),
    Flaw(_INSTANCE, "performanceInsightsEnabled", False, ("log-rds-insights",)),
    Flaw(_INSTANCE, "performanceInsightsEnabled", MISSING, ("log-rds-insights",)),
    Flaw(
        _INSTANCE,
        "parameterGroupName",
        MISSING,
        (
            "tls-rds-force-ssl",
            "tls-rds-minimum",
            "log-rds-min-duration",
            "log-rds-connections",
            "log-rds-statements",
            "log-rds-audit",
        ),
    ),
    Flaw(
        _INSTANCE,
        "parameterGroupName",
        "default.postgres16",
        (
            "tls-rds-force-ssl",
            "tls-rds-minimum",
            "log-rds-min-duration",
            "log-rds-connections",
            "log-rds-statements",
            "log-rds-audit",
        ),
    ),
)


def databases(estate: Estate) -> Iterator[Mutation]:
    """Break the instances, their parameters and their subnet group."""
    yield from flawed(estate, _FLAWS)
    for instance in estate.of(*_INSTANCE):
        yield from _environment_flaws(instance, estate)
        yield from _foreign_keys(instance, estate)
        yield from _plain_passwords(instance)
        yield from _sources(instance, estate)
        if not _copies_neighbour(instance) or "dbSubnetGroupName" not in instance.inputs:
            yield broken(instance, "dbSubnetGroupName", MISSING, "net-data-private-subnets")
    used = {
        group.urn
        for instance in estate.of(*_INSTANCE)
        for group in estate.depended_on(instance, "parameterGroupName", *_PARAMETERS)
    }
    for group in estate.of(*_PARAMETERS):
        # The quarantine's belongs to copies that no stack declares.
        if group.urn in used:
            yield from _parameters(group)


def _environment_flaws(instance: Resource, estate: Estate) -> Iterator[Mutation]:
    """Switches that are right one way in one environment and the other way in another."""
    automatic = bool(instance.inputs["autoMinorVersionUpgrade"])
    yield broken(instance, "autoMinorVersionUpgrade", not automatic, "avl-rds-minor-upgrade")
    scheduled = ("cst-schedule", "tag-schedule") if estate.sleeps else ()
    yield broken(instance, "identifier", "somewhere-else", "log-group-declared", *scheduled)
    shared = len(estate.of(*_INSTANCE)) > 1
    unused = () if shared else ("net-sg-attached",)
    for nothing in (MISSING, []):
        yield broken(instance, "vpcSecurityGroupIds", nothing, "net-sg-data-from-nodes", *unused)
    if _is_primary(instance):
        single = () if instance.inputs["multiAz"] else ("cst-nonprod-single",)
        yield broken(instance, "multiAz", not instance.inputs["multiAz"], "avl-rds-multi-az", *single)
        yield broken(instance, "allocatedStorage", 10, "avl-rds-storage-size", *_too_small_for_iops(instance))
    night, noon = ("wed:20:30-wed:21:30", "20:30-21:30"), ("wed:07:30-wed:08:30", "07:30-08:30")
    week, day = night if estate.sleeps else noon
    yield broken(instance, "maintenanceWindow", week, "avl-rds-windows")
    if _is_backed_up(instance):
        yield broken(instance, "backupWindow", day, "avl-rds-windows")
        overlapping = str(instance.inputs["maintenanceWindow"]).replace("sun:", "").replace("thu:", "")
        yield broken(instance, "backupWindow", overlapping, "avl-rds-windows")
        days = instance.inputs["backupRetentionPeriod"]
        least = {"prod": 30, "staging": 7, "testing": 1, "dr": 30}[estate.environment]
        if days == least > 1:
            yield broken(instance, "backupRetentionPeriod", days - 1, "avl-rds-backup-retention")
    if "allocatedStorage" in instance.inputs:
        ceiling = ("avl-rds-storage-ceiling",) if "maxAllocatedStorage" in instance.inputs else ()
        speed = () if "iops" in instance.inputs else ("avl-rds-storage-shape",)
        rules = ("cst-estimate", "cst-estimate-limit", *ceiling, *speed)
        yield broken(instance, "allocatedStorage", 65_536, *rules)
    if "maxAllocatedStorage" in instance.inputs:
        yield broken(instance, "maxAllocatedStorage", MISSING, "avl-rds-storage-ceiling")
    else:
        yield broken(instance, "maxAllocatedStorage", 2000, "avl-rds-storage-ceiling")


def _too_small_for_iops(instance: Resource) -> tuple[str, ...]:
    return ("avl-rds-storage-shape", "cst-storage-speed") if "iops" in instance.inputs else ()


def _foreign_keys(instance: Resource, estate: Estate) -> Iterator[Mutation]:
    for path, also in (("kmsKeyId", ("enc-rds-cmk",)), ("performanceInsightsKmsKeyId", ())):
        if path in instance.inputs:
            yield broken(instance, path, estate.foreign_key, "enc-key-per-environment", *also)


def _plain_passwords(instance: Resource) -> Iterator[Mutation]:
    if _is_primary(instance):
        without_managed = (
            (without_input(instance.urn, "manageMasterUserPassword"),)
            if "manageMasterUserPassword" in instance.inputs
            else ()
        )
        for path in ("passwordWo", "password"):
            yield broken(
                instance,
                path,
                _TEXT,
                "iam-rds-password",
                "iam-no-plaintext-secret",
                also=without_managed,
            )


def _sources(instance: Resource, estate: Estate) -> Iterator[Mutation]:
    """Where the data comes from: unmasked from production, or from a region that must be survived."""
    if estate.sleeps:
        yield broken(instance, "snapshotIdentifier", "fleet-erp-prod-postgres-final", "dat-nonprod-masked")
        yield broken(
            instance,
            ("restoreToPointInTime", "sourceDbInstanceIdentifier"),
            "fleet-erp-prod-postgres",
            "dat-nonprod-masked",
        )
    if estate.environment == "dr":
        source = f"arn:aws:rds:{estate.region}:{estate.account_id}:db:fleet-erp-prod-postgres"
        yield broken(instance, "replicateSourceDb", source, "avl-rds-standby")
        yield broken(instance, "replicateSourceDb", "fleet-erp-prod-postgres", "avl-rds-standby")


def _parameters(group: Resource) -> Iterator[Mutation]:
    parameters = group.inputs["parameters"]
    for at, parameter in enumerate(parameters):
        name = parameter["name"]
        if name not in _PARAMETER_RULES:
            continue
        value, rule = _PARAMETER_RULES[name]
        yield mutation(
            f"{label(group)}: {name} = {value}",
            with_input(group.urn, ("parameters", at, "value"), value),
            caught_by=(rule,),
        )
        rest = [entry for entry in parameters if entry is not parameter]
        yield mutation(
            f"{label(group)} without {name}",
            with_input(group.urn, "parameters", rest),
            caught_by=(rule,),
        )
