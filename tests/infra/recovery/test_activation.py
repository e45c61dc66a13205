"""One value makes the standby its region's production, and nothing is lost on the way (ENV-05, DATA-08)."""

from __future__ import annotations

import pytest
import yaml

from delivery.engine_call import state_backend
from preview.__main__ import main
from preview.graph import Resource, ResourceGraph
from tests.infra.settings.stack_files import ROOT

from .states import AT_HOME, AT_REST, AWAY, change, graph_of, named

INSTANCE = "aws:rds/instance:Instance"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
NODES = "aws:eks/nodeGroup:NodeGroup"
HEALTH_CHECK = "aws:route53/healthCheck:HealthCheck"
RULE = "aws:lb/listenerRule:ListenerRule"

REPLACEABLE = {NODES, "aws:ec2/launchTemplate:LaunchTemplate", "aws:autoscaling/tag:Tag"}
"""Nodes at rest are another group than nodes at work."""
OF_THE_REST = {"aws:cloudwatch/metricAlarm:MetricAlarm", "kubernetes:monitoring.coreos.com/v1:PrometheusRule"}
"""Alarms on what only a region at rest does."""


@pytest.mark.requirement("ENV-05")
def test_activation_replaces_and_deletes_nothing_that_holds_data() -> None:
    changes = change(AT_REST, AWAY)
    assert changes.of("replace") == ()
    assert changes.losing_data == ()
    assert {each.resource.type for each in changes.of("delete")} <= REPLACEABLE | OF_THE_REST
    assert [each.resource.name for each in changes.of("delete") if each.resource.protect] == []


def test_activation_changes_the_database_in_place() -> None:
    (database,) = [each for each in change(AT_REST, AWAY).of("update") if each.resource.type == INSTANCE]
    assert set(database.paths) == {
        "allocatedStorage",
        "engineVersion",
        "finalSnapshotIdentifier",
        "multiAz",
        "passwordWo",
        "passwordWoVersion",
        "replicateSourceDb",
        "skipFinalSnapshot",
    }


@pytest.mark.requirement("ENV-05")
def test_the_promoted_database_is_kept_as_productions_is() -> None:
    away, home = (named(graph_of(state), INSTANCE, "postgres") for state in (AWAY, AT_HOME))
    assert "replicateSourceDb" not in away
    for key in (
        *("instanceClass", "multiAz", "allocatedStorage", "maxAllocatedStorage", "iops", "storageThroughput"),
        *("backupRetentionPeriod", "deletionProtection", "skipFinalSnapshot", "deleteAutomatedBackups"),
        *("engineVersion", "storageEncrypted", "monitoringInterval", "iamDatabaseAuthenticationEnabled"),
    ):
        assert away[key] == home[key], key
    assert away["finalSnapshotIdentifier"] == "fleet-erp-dr-postgres-final"
    # Multi-AZ and the password must not wait for the maintenance window.
    assert away["applyImmediately"] is True


def replicas(graph: ResourceGraph) -> dict[str, object]:
    return {each.name: each.inputs["spec"].get("replicas") for each in graph.of_type(DEPLOYMENT)}


def scalers(graph: ResourceGraph) -> dict[str, object]:
    tokens = ("kubernetes:autoscaling/v2:HorizontalPodAutoscaler", "kubernetes:keda.sh/v1alpha1:ScaledObject")
    return {each.name: each.inputs["spec"] for each in graph.of_type(*tokens)}


@pytest.mark.requirement("ENV-05")
def test_workloads_get_productions_size() -> None:
    rest, away, home = graph_of(AT_REST), graph_of(AWAY), graph_of(AT_HOME)
    assert set(replicas(rest).values()) == {0}
    assert replicas(away) == replicas(home)
    assert set(scalers(rest)) == set()
    assert {
        name: (spec.get("minReplicas"), spec.get("maxReplicas"))  # pyright: ignore[reportAttributeAccessIssue]
        for name, spec in scalers(away).items()
    } == {
        name: (spec.get("minReplicas"), spec.get("maxReplicas"))  # pyright: ignore[reportAttributeAccessIssue]
        for name, spec in scalers(home).items()
    }


@pytest.mark.requirement("ENV-05")
def test_nodes_get_productions_size() -> None:
    def shape(graph: ResourceGraph) -> list[tuple[str, object, object]]:
        return [
            (each.name, each.inputs["instanceTypes"], each.inputs["scalingConfig"])
            for each in graph.of_type(NODES)
        ]

    assert shape(graph_of(AWAY)) == shape(graph_of(AT_HOME))
    ((name, types, size),) = shape(graph_of(AT_REST))
    assert (name, types) == ("general-standby", ["m5.large"])
    assert size == {"minSize": 2, "desiredSize": 2, "maxSize": 3}


def test_jobs_on_a_clock_wait_for_the_activation() -> None:
    def suspended(graph: ResourceGraph) -> dict[str, object]:
        found = graph.of_type("kubernetes:batch/v1:CronJob")
        return {each.name: each.inputs["spec"].get("suspend", False) for each in found}

    rest, away, home = (suspended(graph_of(state)) for state in (AT_REST, AWAY, AT_HOME))
    serving = {name for name in rest if away[name] is not True}
    assert serving
    assert {name for name in serving if home.get(name)} == set()
    assert rest["gps-partitions"] is True


@pytest.mark.requirement("ENV-05")
def test_names_and_answers_move_with_the_activation() -> None:
    changes = {each.resource.name: each for each in change(AT_REST, AWAY).of("update")}
    for switch in ("home-may-serve", "standby-may-serve"):
        assert changes[switch].paths == ("invertHealthcheck",)
    for rule in ("rule-web", "rule-gps"):
        assert "actions[0].targetGroupArn" in changes[rule].paths


def parts(graph: ResourceGraph) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for each in graph.resources:
        found.setdefault(each.type, []).append(each)
    return found


@pytest.mark.requirement("ENV-05")
def test_a_warm_standby_has_everything_of_its_own() -> None:
    """Own network, cluster, broker, cache, edge with certificate and firewall, in its region."""
    graph = graph_of(AT_REST)
    found = parts(graph)
    for token in (
        "aws:ec2/vpc:Vpc",
        "aws:eks/cluster:Cluster",
        INSTANCE,
        "aws:mq/broker:Broker",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:efs/fileSystem:FileSystem",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:acm/certificate:Certificate",
        "aws:wafv2/webAcl:WebAcl",
        "aws:wafv2/webAclAssociation:WebAclAssociation",
    ):
        assert len(found[token]) == 1, token
    providers = {each.inputs["region"] for each in found["pulumi:providers:aws"]}
    assert providers == {"ap-southeast-1"}
    cidrs = [named(graph_of(state), "aws:ec2/vpc:Vpc", "vpc")["cidrBlock"] for state in (AT_REST, AT_HOME)]
    assert len(set(cidrs)) == 2
    assert not named(graph, "aws:elasticache/replicationGroup:ReplicationGroup", "cache").get(
        "globalReplicationGroupId"
    )


@pytest.mark.requirement("ENV-05")
def test_continuous_replication_feeds_it() -> None:
    """The database by a replica; buckets, files, images and keys by what the home declares."""
    instance = named(graph_of(AT_REST), INSTANCE, "postgres")
    assert instance["replicateSourceDb"] == "arn:aws:rds:ap-south-1:111122223333:db:fleet-erp-prod-postgres"
    home = parts(graph_of(AT_HOME))
    for token in (
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
        "aws:efs/replicationConfiguration:ReplicationConfiguration",
        "aws:ecr/replicationConfiguration:ReplicationConfiguration",
        "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
    ):
        assert home[token], token


def test_state_and_key_of_the_standby_lie_in_its_region() -> None:
    """In an outage of the other region nothing could be deployed otherwise."""
    file = yaml.safe_load((ROOT / "Pulumi.dr.yaml").read_text())
    assert file["secretsprovider"].endswith("?region=ap-southeast-1")
    assert (
        state_backend("dr")
        == "s3://fleet-erp-state-111122223333-ap-southeast-1?region=ap-southeast-1&awssdk=v2"
    )


def test_the_list_of_changes_is_shown_and_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "dr", "--set", "recovery.active=true"]) == 0
    page = capsys.readouterr().out
    assert "dr with recovery.active=true" in page
    assert "~ update  postgres (aws:rds/instance:Instance)" in page
    assert "nothing that holds data is replaced or deleted" in page
    assert max(len(line) for line in page.splitlines()) <= 100
