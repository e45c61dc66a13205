"""Names here are those of the program, and what the work may do is what it does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from delivery.engine_call import state_backend
from infra.naming import Kind, Naming
from infra.workloads.gps.replay import NAME as REPLAY
from ops.errors import OperatorError
from ops.recovery import drill, failover
from ops.recovery.command import keep
from ops.recovery.estate import Estate
from ops.recovery.permissions import RIGHTS, actions
from ops.recovery.readiness import findings
from ops.recovery.rehearsal_pod import NAMESPACE, documents
from ops.recovery.report import record_of
from ops.recovery.situation import Allowed
from policies.kubernetes.sizes import quantity
from preview.graph import ResourceGraph
from tests.conftest import EstateRenderer

from .world import World

ROOT = Path(__file__).resolve().parents[3]


def naming(environment: str, region: str) -> Naming:
    return Naming(
        environment=environment,
        account_id="111122223333",
        region=region,
        owner="",
        cost_center="",
        schedule="",
    )


def test_names_are_those_of_the_program() -> None:
    estate = Estate.read()
    here, home = naming("dr", "ap-southeast-1"), naming("prod", "ap-south-1")
    assert (estate.environment, estate.region) == ("dr", "ap-southeast-1")
    assert (estate.primary_environment, estate.primary_region) == ("prod", "ap-south-1")
    assert estate.database == here.database
    assert estate.primary_database == home.database
    assert estate.cluster == here.cluster
    assert estate.filestore == here.name(Kind.FILE_SYSTEM, "filestore")
    assert estate.records_bucket == here.bucket("recovery")
    assert estate.state_backend == state_backend("dr")
    assert estate.target_groups == tuple(here.name(Kind.TARGET_GROUP, each) for each in ("odoo", "gps"))
    assert estate.prefix == here.name(Kind.LOAD_BALANCER)
    assert estate.copies_vault == home.name(Kind.BACKUP_VAULT, "copies")
    assert estate.own_secrets == here.secret("")
    assert {image.repository for image in estate.images} == {
        here.repository(name) for name in ("odoo", "nginx", "gps", "ops", "grafana")
    }
    assert failover.REPLAY == REPLAY


def named(graph: ResourceGraph, token: str) -> set[str]:
    return {str(resource.inputs.get("name")) for resource in graph.of_type(token)}


def test_what_is_asked_for_is_declared(estate: EstateRenderer) -> None:
    """A name that nothing carries would make every check fail, on the day when it counts."""
    graph, facts = estate("dr"), Estate.read()
    tags = {
        resource.inputs["tags"]["Name"] for resource in graph.of_type("aws:route53/healthCheck:HealthCheck")
    }
    assert {facts.home_switch, facts.standby_switch} <= tags
    assert set(facts.target_groups) <= named(graph, "aws:lb/targetGroup:TargetGroup")
    assert facts.prefix in named(graph, "aws:lb/loadBalancer:LoadBalancer")
    secrets = named(graph, "aws:secretsmanager/secret:Secret")
    assert {name for name in facts.needed_secrets if name.startswith(facts.own_secrets)} <= secrets
    tokens = {each.inputs["creationToken"] for each in graph.of_type("aws:efs/fileSystem:FileSystem")}
    assert facts.filestore in tokens
    buckets = {resource.inputs.get("bucket") for resource in graph.of_type("aws:s3/bucket:Bucket")}
    assert facts.records_bucket in buckets
    (job,) = [each for each in graph.of_type("kubernetes:batch/v1:CronJob") if each.name == REPLAY]
    assert job.inputs["spec"]["suspend"] is True
    prefixes = {
        str(each.inputs["nodeGroupNamePrefix"]) for each in graph.of_type("aws:eks/nodeGroup:NodeGroup")
    }
    assert prefixes == {f"{group.name}-standby-" for group in facts.node_groups}


def test_a_drill_has_a_closed_room_and_its_operator_no_other_key(estate: EstateRenderer) -> None:
    """The standby declares the namespace: nobody needs to administer the cluster for a drill."""
    graph = estate("dr")
    (space,) = [
        each.inputs["metadata"]
        for each in graph.of_type("kubernetes:core/v1:Namespace")
        if each.inputs["metadata"]["name"] == NAMESPACE
    ]
    assert space["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    rules = [
        each.inputs["spec"]
        for each in graph.of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")
        if each.name.startswith(f"{NAMESPACE}-")
    ]
    assert any(rule == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} for rule in rules)
    assert not any("ingress" in rule for rule in rules)
    ports = {port["port"] for rule in rules for way in rule.get("egress", ()) for port in way["ports"]}
    assert ports == {53, 5432}
    scopes = [
        each.inputs["accessScope"].get("namespaces", [])
        for each in graph.of_type("aws:eks/accessPolicyAssociation:AccessPolicyAssociation")
        if each.inputs["principalArn"].endswith(":role/fleet-erp-operator-dr")
    ]
    assert [NAMESPACE in names for names in scopes].count(True) == 1
    assert drill.ROLE == "operator"
    assert not [each for each in estate("prod").resources if NAMESPACE in each.name]


def test_the_quota_of_the_room_holds_the_pod(estate: EstateRenderer) -> None:
    """Init containers run one by one, so a pod asks for the largest of them or for its containers' sum."""
    (quota,) = [
        each.inputs["spec"]["hard"]
        for each in estate("dr").of_type("kubernetes:core/v1:ResourceQuota")
        if each.name == f"{NAMESPACE}-quota"
    ]
    listed = documents(Estate.read(), run="1", host="copy.example.com", password="of nobody")
    (pod,) = [each["spec"] for each in listed["items"] if each["kind"] == "Pod"]

    def asked(kind: str, name: str) -> float:
        def of(container: dict[str, Any]) -> float:
            return quantity(container["resources"][kind][name]) or 0

        return max(*map(of, pod["initContainers"]), sum(map(of, pod["containers"])))

    assert asked("requests", "cpu") == quantity(quota["requests.cpu"])
    assert asked("requests", "memory") == quantity(quota["requests.memory"])
    assert asked("limits", "memory") == quantity(quota["limits.memory"])
    assert quota["pods"] == "1"


def test_a_stack_file_that_says_it_otherwise_is_refused_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match=r"there is no Pulumi\.dr\.yaml in this checkout"):
        Estate.read(tmp_path)
    (tmp_path / "Pulumi.dr.yaml").write_text("config: {fleet-erp:recovery: {peer_environment: prod}}")
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {}")
    with pytest.raises(OperatorError, match=r"Pulumi\.dr\.yaml: 'environment' is missing"):
        Estate.read(tmp_path)
    (tmp_path / "Pulumi.dr.yaml").write_text("config: 3")
    with pytest.raises(OperatorError, match=r"Pulumi\.dr\.yaml: cannot be read"):
        Estate.read(tmp_path)


def test_what_is_called_is_what_may_be_called(world: World, tmp_path: Path) -> None:
    """Checks, failover, drill and record together call every operation of the list, and no other."""
    world.aws.called.clear()
    findings(world.situation("failover", Allowed()))
    drilled = world.work("drill")
    keep(world.situation("drill", Allowed()), drilled, tmp_path)
    world.work("failover", Allowed(production_runs=True))
    world.aws.aws("ap-southeast-1", doubtful=False).client("sts").get_caller_identity()
    assert set(world.aws.called) == {(right.service, right.operation) for right in RIGHTS}
    assert json.loads((next(tmp_path.rglob("*.json"))).read_text())["kind"] == "drill"
    assert next(tmp_path.rglob("*.md")).read_text().startswith("# Drill of dr")
    assert record_of(drilled, "dr", now=world.aws.clock.now()).kind == "drill"


def test_no_action_reads_data_or_secrets_or_changes_anything_but_a_drill_and_who_writes_files() -> None:
    changing = {each for each in actions() if not each.split(":")[1].startswith(("Describe", "List", "Get"))}
    assert changing == {
        "cloudwatch:PutMetricData",
        "elasticfilesystem:DeleteReplicationConfiguration",
        "rds:AddTagsToResource",
        "rds:CreateDBSnapshot",
        "rds:DeleteDBInstance",
        "rds:DeleteDBSnapshot",
        "rds:ModifyDBInstance",
        "rds:RestoreDBInstanceFromDBSnapshot",
        "s3:PutObject",
    }
    assert "secretsmanager:GetSecretValue" not in actions()


def test_the_role_may_do_what_is_called_and_only_what_that_needs(estate: EstateRenderer) -> None:
    """Keys are used through S3 and RDS alone; roles of the cluster are what kubectl needs."""
    (policy,) = [
        each
        for each in estate("dr").of_type("aws:iam/rolePolicy:RolePolicy")
        if each.name == "recovery-operator"
    ]
    statements = json.loads(policy.inputs["policy"])["Statement"]
    allowed = {
        action
        for each in statements
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    }
    around = {"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "sts:AssumeRole"}
    assert allowed == {*actions(), *around}
    for each in statements:
        if "rds:ModifyDBInstance" in each["Action"] or "rds:DeleteDBSnapshot" in each["Action"]:
            named = [each["Resource"]] if isinstance(each["Resource"], str) else each["Resource"]
            assert all(":fleet-erp-dr-drill-*" in resource for resource in named), (
                "the standby's own is out of reach"
            )
