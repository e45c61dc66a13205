"""PostgreSQL in every environment: figures, secrecy, replicas and the promotion of a standby."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from infra.settings import EstateSettings
from preview.graph import Resource, ResourceGraph, is_secret, plain
from tests.infra.data.conftest import PRIVATE_SUBNETS, Stores, key_arn, one
from tests.infra.settings.stack_files import estate_settings

INSTANCE = "aws:rds/instance:Instance"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
ESTATES = ("prod", "staging", "testing", "dr")

CREATE_ONLY = frozenset(
    {
        "availabilityZone",
        "backupTarget",
        "characterSetName",
        "customIamInstanceProfile",
        "dbName",
        "dbSubnetGroupName",
        "engine",
        "engineLifecycleSupport",
        "identifier",
        "identifierPrefix",
        "kmsKeyId",
        "ncharCharacterSetName",
        "snapshotIdentifier",
        "storageEncrypted",
        "timezone",
        "username",
    }
)
"""Changing one of these makes AWS build another instance."""


def activated(settings: EstateSettings) -> EstateSettings:
    """The standby after `fleet-erp:recovery.active` was set."""
    return settings.model_copy(update={"recovery": settings.recovery.model_copy(update={"active": True})})


def _changed_database(**changes: object) -> Callable[[EstateSettings], EstateSettings]:
    def change(settings: EstateSettings) -> EstateSettings:
        return settings.model_copy(update={"database": settings.database.model_copy(update=changes)})

    return change


def main(graph: ResourceGraph) -> Resource:
    return one(graph, INSTANCE, "postgres")


def figures(resource: Resource, *keys: str) -> dict[str, Any]:
    return {key: resource.inputs.get(key) for key in keys}


@pytest.mark.parametrize(
    ("stack", "instance_class", "multi_az"),
    [
        pytest.param("prod", "db.m5.xlarge", True, marks=pytest.mark.requirement("COMP-01")),
        pytest.param("staging", "db.m5.large", False, marks=pytest.mark.requirement("COMP-02")),
        pytest.param("testing", "db.t3.medium", False, marks=pytest.mark.requirement("COMP-03")),
    ],
)
def test_class_and_zones(stores: Stores, stack: str, instance_class: str, *, multi_az: bool) -> None:
    instance = main(stores(stack))
    assert figures(instance, "instanceClass", "multiAz", "engine", "engineVersion") == {
        "instanceClass": instance_class,
        "multiAz": multi_az,
        "engine": "postgres",
        "engineVersion": "16.15",
    }


@pytest.mark.requirement("STOR-01")
def test_production_storage_grows_and_is_as_fast_as_gp3_starts(stores: Stores) -> None:
    # 3,000 IOPS and 250 MB/s were asked for; gp3 on RDS PostgreSQL starts at 12,000 and 500 from 400 GiB up.
    assert figures(
        main(stores("prod")),
        *("allocatedStorage", "maxAllocatedStorage", "storageType", "iops", "storageThroughput"),
        *("storageEncrypted", "multiAz"),
    ) == {
        "allocatedStorage": 500,
        "maxAllocatedStorage": 1000,
        "storageType": "gp3",
        "iops": 12000,
        "storageThroughput": 500,
        "storageEncrypted": True,
        "multiAz": True,
    }


@pytest.mark.requirement("STOR-03")
def test_staging_storage_is_fixed(stores: Stores) -> None:
    assert figures(
        main(stores("staging")),
        *("allocatedStorage", "maxAllocatedStorage", "storageType", "iops", "storageThroughput"),
        *("storageEncrypted", "multiAz"),
    ) == {
        "allocatedStorage": 500,
        "maxAllocatedStorage": None,
        "storageType": "gp3",
        "iops": 12000,
        "storageThroughput": 500,
        "storageEncrypted": True,
        "multiAz": False,
    }


def test_small_storage_takes_no_iops(stores: Stores) -> None:
    small = stores("testing", change=_changed_database(storage_gib=100, iops=None, throughput_mibps=None))
    assert figures(main(small), "allocatedStorage", "iops", "storageThroughput") == {
        "allocatedStorage": 100,
        "iops": None,
        "storageThroughput": None,
    }


@pytest.mark.requirement("DATA-03")
@pytest.mark.parametrize("stack", ["staging", "testing"])
def test_it_is_made_of_the_masked_snapshot_that_the_settings_name(stores: Stores, stack: str) -> None:
    snapshot = f"fleet-erp-{stack}-masked-scheduled-7"
    before, after = main(stores(stack)), main(stores(stack, change=_changed_database(snapshot=snapshot)))
    assert "snapshotIdentifier" not in before.inputs
    assert after.inputs["snapshotIdentifier"] == snapshot
    # The same name, so the old one goes first; what it leaves has a name of its own.
    assert after.inputs["identifier"] == before.inputs["identifier"]
    assert after.delete_before_replace
    assert not before.delete_before_replace
    assert figures(after, "allocatedStorage", "kmsKeyId", "manageMasterUserPassword") == figures(
        before, "allocatedStorage", "kmsKeyId", "manageMasterUserPassword"
    )
    if stack == "staging":
        assert after.inputs["finalSnapshotIdentifier"] == (
            "fleet-erp-staging-postgres-final-masked-scheduled-7"
        )


@pytest.mark.parametrize("stack", ["staging", "testing"])
def test_no_masked_snapshot_is_too_large(stores: Stores, stack: str) -> None:
    """RDS makes no volume smaller than that of the snapshot."""
    size = main(stores("prod")).inputs["allocatedStorage"]
    assert main(stores(stack)).inputs["allocatedStorage"] >= size


@pytest.mark.requirement("DATA-01")
def test_every_environment_has_a_database_of_its_own(stores: Stores) -> None:
    identifiers = {stack: main(stores(stack)).inputs["identifier"] for stack in ESTATES}
    assert identifiers == {stack: f"fleet-erp-{stack}-postgres" for stack in ESTATES}
    keys = {stack: main(stores(stack)).inputs["kmsKeyId"] for stack in ("prod", "dr")}
    assert keys == {"prod": key_arn("data", "ap-south-1"), "dr": key_arn("data", "ap-southeast-1")}


def test_production_keeps_daily_snapshots_for_30_days(stores: Stores) -> None:
    assert figures(
        main(stores("prod")),
        *("backupRetentionPeriod", "backupWindow", "deleteAutomatedBackups", "copyTagsToSnapshot"),
    ) == {
        "backupRetentionPeriod": 30,
        "backupWindow": "19:00-20:00",
        "deleteAutomatedBackups": False,
        "copyTagsToSnapshot": True,
    }


@pytest.mark.parametrize(
    ("stack", "protected"), [("prod", True), ("staging", True), ("testing", False), ("dr", True)]
)
def test_deletion_follows_the_settings(stores: Stores, stack: str, *, protected: bool) -> None:
    instance = main(stores(stack))
    standby = stack == "dr"
    assert instance.inputs["deletionProtection"] is protected
    assert instance.inputs["skipFinalSnapshot"] is (standby or not protected)
    assert instance.inputs.get("finalSnapshotIdentifier") == (
        f"fleet-erp-{stack}-postgres-final" if protected and not standby else None
    )


def test_production_instances_carry_protect(stores: Stores) -> None:
    protected = {r.name for r in stores("prod").of_type(INSTANCE) if r.protect}
    assert protected == {"postgres", "postgres-report"}
    subnets = one(stores("prod"), "aws:rds/subnetGroup:SubnetGroup", "postgres-subnets")
    assert not subnets.protect


@pytest.mark.requirement("NET-01")
@pytest.mark.parametrize("stack", ESTATES)
def test_instances_live_in_private_subnets(stores: Stores, stack: str) -> None:
    graph = stores(stack)
    group = one(graph, "aws:rds/subnetGroup:SubnetGroup", "postgres-subnets")
    assert group.inputs["subnetIds"] == list(PRIVATE_SUBNETS)
    for instance in graph.of_type(INSTANCE):
        assert figures(instance, "publiclyAccessible", "dbSubnetGroupName", "vpcSecurityGroupIds") == {
            "publiclyAccessible": False,
            "dbSubnetGroupName": group.inputs["name"],
            "vpcSecurityGroupIds": ["sg-of-rds"],
        }


@pytest.mark.requirement("SEC-05")
@pytest.mark.parametrize("stack", ESTATES)
def test_tls_1_2_is_forced(stores: Stores, stack: str) -> None:
    graph = stores(stack)
    groups = {group.inputs["name"]: group for group in graph.of_type(PARAMETERS)}
    instances = list(graph.of_type(INSTANCE))
    assert {i.inputs["parameterGroupName"] for i in instances} == set(groups)
    for group in groups.values():
        values = parameters(group)
        assert group.inputs["family"] == "postgres16"
        assert values["rds.force_ssl"] == ("1", "immediate")
        assert values["ssl_min_protocol_version"] == ("TLSv1.2", "immediate")
    assert {i.inputs["caCertIdentifier"] for i in instances} == {"rds-ca-rsa2048-g1"}


def parameters(group: Resource) -> dict[str, tuple[str, str]]:
    return {p["name"]: (p["value"], p["applyMethod"]) for p in group.inputs["parameters"]}


def test_parameters_audit_without_personal_data(stores: Stores) -> None:
    values = parameters(one(stores("prod"), PARAMETERS, "postgres-parameters"))
    assert values["log_statement"] == ("ddl", "immediate")
    assert values["pgaudit.log"] == ("ddl,role", "immediate")
    # Read at start only: RDS refuses to apply them at once.
    assert {name for name, (_, method) in values.items() if method == "pending-reboot"} == {
        "shared_preload_libraries"
    }
    # A tenth of 500 GiB, in MiB.
    assert values["max_slot_wal_keep_size"] == ("51200", "immediate")


@pytest.mark.requirement("SEC-06")
@pytest.mark.parametrize("stack", ESTATES)
def test_all_at_rest_uses_our_keys(stores: Stores, stack: str) -> None:
    graph = stores(stack)
    region = "ap-southeast-1" if stack == "dr" else "ap-south-1"
    for instance in graph.of_type(INSTANCE):
        assert instance.inputs["storageEncrypted"] is True
        assert instance.inputs["performanceInsightsKmsKeyId"] == key_arn("data", region)
        # A replica in the region of its source takes the source's key; RDS refuses to be told.
        expected = None if instance.name == "postgres-report" else key_arn("data", region)
        assert instance.inputs.get("kmsKeyId") == expected


@pytest.mark.parametrize(("stack", "days"), [("prod", 90), ("staging", 30), ("testing", 14), ("dr", 90)])
def test_log_groups_exist_before_their_instance(stores: Stores, stack: str, days: int) -> None:
    graph = stores(stack)
    region = "ap-southeast-1" if stack == "dr" else "ap-south-1"
    for instance in graph.of_type(INSTANCE):
        exported = instance.inputs["enabledCloudwatchLogsExports"]
        assert exported == ["postgresql", "upgrade"]
        groups = [
            graph.by_urn[urn]
            for urn in instance.dependencies
            if graph.by_urn[urn].type == "aws:cloudwatch/logGroup:LogGroup"
        ]
        assert sorted(group.inputs["name"] for group in groups) == [
            f"/aws/rds/instance/{instance.inputs['identifier']}/{log}" for log in exported
        ]
        assert {(g.inputs["retentionInDays"], g.inputs["kmsKeyId"]) for g in groups} == {
            (days, key_arn("logs", region))
        }


@pytest.mark.parametrize(("stack", "interval"), [("prod", 60), ("staging", 60), ("testing", 0)])
def test_enhanced_monitoring_has_its_role_first(stores: Stores, stack: str, interval: int) -> None:
    graph = stores(stack)
    instance = main(graph)
    roles = [role for role in graph.of_type("aws:iam/role:Role") if role.name == "postgres-monitoring"]
    assert instance.inputs["monitoringInterval"] == interval
    assert ("monitoringRoleArn" in instance.inputs) is (interval > 0)
    assert len(roles) == (1 if interval else 0)
    for role in roles:
        (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        assert statement["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
        assert statement["Condition"] == {
            "StringEquals": {"aws:SourceAccount": estate_settings(stack).environment.account_id}
        }
        attachment = one(graph, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "postgres-monitoring")
        assert attachment.urn in instance.dependencies


@pytest.mark.parametrize("stack", ["prod", "dr"])
def test_own_password_reaches_instance_and_secret_as_a_secret(stores: Stores, stack: str) -> None:
    graph = stores(stack, change=activated if stack == "dr" else None)
    instance = main(graph)
    assert "manageMasterUserPassword" not in instance.inputs
    assert is_secret(instance.inputs["passwordWo"])
    secret = one(graph, "aws:secretsmanager/secret:Secret", "database-master-secret")
    version = one(graph, "aws:secretsmanager/secretVersion:SecretVersion", "database-master-secret-value")
    assert is_secret(version.inputs["secretStringWo"])
    document = json.loads(plain(version.inputs["secretStringWo"]))
    assert set(document) == {"engine", "host", "port", "username", "password"}
    assert (document["username"], document["port"]) == ("fleet_admin", 5432)
    assert graph.exports["database_master_secret_arn"] == secret.outputs["arn"]


@pytest.mark.parametrize("stack", ["staging", "testing"])
def test_managed_password_is_made_by_rds(stores: Stores, stack: str) -> None:
    graph = stores(stack)
    assert figures(
        main(graph), "manageMasterUserPassword", "masterUserSecretKmsKeyId", "passwordWo", "username"
    ) == {
        "manageMasterUserPassword": True,
        "masterUserSecretKmsKeyId": key_arn("secrets", "ap-south-1"),
        "passwordWo": None,
        "username": "fleet_admin",
    }
    assert not [r for r in graph.resources if r.name.startswith("database-master")]
    (secret,) = main(graph).outputs["masterUserSecrets"]
    assert graph.exports["database_master_secret_arn"] == secret["secretArn"]


@pytest.mark.requirement("LOAD-03")
def test_reports_read_a_replica(stores: Stores) -> None:
    graph = stores("prod")
    replica = one(graph, INSTANCE, "postgres-report")
    source = main(graph)
    assert replica.property_dependencies["replicateSourceDb"] == (source.urn,)
    # The ARN: RDS refuses the identifier as soon as a subnet group is named.
    assert replica.inputs["replicateSourceDb"] == source.outputs["arn"]
    assert figures(replica, "identifier", "instanceClass", "multiAz", "skipFinalSnapshot") == {
        "identifier": "fleet-erp-prod-postgres-report",
        "instanceClass": "db.m5.large",
        "multiAz": False,
        "skipFinalSnapshot": True,
    }
    assert not INHERITED & set(replica.inputs)
    delay = parameters(one(graph, PARAMETERS, "report-parameters"))["max_standby_streaming_delay"]
    assert delay == ("900000", "immediate")


INHERITED = {
    "allocatedStorage",
    "dbName",
    "engine",
    "engineLifecycleSupport",
    "engineVersion",
    "manageMasterUserPassword",
    "password",
    "passwordWo",
    "username",
}
"""What a replica takes from its source, and RDS refuses to be told."""


def test_only_production_has_a_report_replica(stores: Stores) -> None:
    assert [len(list(stores(stack).of_type(INSTANCE))) for stack in ESTATES] == [2, 1, 1, 1]


def test_standby_replicates_across_regions(stores: Stores) -> None:
    instance = main(stores("dr"))
    assert figures(
        instance, "replicateSourceDb", "kmsKeyId", "skipFinalSnapshot", "multiAz", "backupRetentionPeriod"
    ) == {
        "replicateSourceDb": "arn:aws:rds:ap-south-1:111122223333:db:fleet-erp-prod-postgres",
        "kmsKeyId": key_arn("data", "ap-southeast-1"),
        "skipFinalSnapshot": True,
        "multiAz": False,
        "backupRetentionPeriod": 30,
    }
    assert not INHERITED & set(instance.inputs)


def test_activation_promotes_in_place(stores: Stores) -> None:
    standby, active = stores("dr"), stores("dr", change=activated)
    assert set(standby.by_urn) == set(active.by_urn)
    changed = {
        urn for urn, resource in standby.by_urn.items() if resource.inputs != active.by_urn[urn].inputs
    }
    files = one(standby, "aws:efs/fileSystem:FileSystem", "filestore")
    assert changed == {main(standby).urn, files.urn}
    assert differing(files.inputs, active.by_urn[files.urn].inputs) == {"protection"}
    before, after = main(standby).inputs, main(active).inputs
    assert differing(before, after) == {
        "replicateSourceDb",
        "allocatedStorage",
        "engineVersion",
        "finalSnapshotIdentifier",
        "multiAz",
        "passwordWo",
        "passwordWoVersion",
        "skipFinalSnapshot",
    }
    assert not differing(before, after) & CREATE_ONLY
    assert "replicateSourceDb" not in after
    # Otherwise Multi-AZ would wait for the maintenance window.
    assert (after["multiAz"], after["applyImmediately"]) == (True, True)
    assert main(active).protect


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    return {key for key in set(before) | set(after) if before.get(key) != after.get(key)}
