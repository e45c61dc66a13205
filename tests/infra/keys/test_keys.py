"""One rotated key per purpose and environment, and who may use which."""

from __future__ import annotations

from typing import Any

import pytest

from infra.keys import ALARM_PUBLISHERS
from infra.naming import Naming
from preview.graph import ResourceGraph
from tests.conftest import EstateRenderer
from tests.infra.settings.stack_files import estate_settings

from .evaluation import KEY, may, statements, via_services

ESTATES = ("prod", "staging", "testing", "dr")
PURPOSES = {"data", "logs", "secrets", "backup"}
OF_PRODUCTION = {"backup-copies", "data-replicas", "quarantine", "masked", "secret-replicas"}
"""Copies in the recovery region, and both ends of the refresh: keys that lie beside the environment's own."""
AUTOSCALING = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
USE = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext")
CALLING_SERVICES = {
    "aws:amp/workspace:Workspace": "aps",
    "aws:backup/vault:Vault": "backup",
    "aws:cfg/deliveryChannel:DeliveryChannel": "s3",
    "aws:ebs/defaultKmsKey:DefaultKmsKey": "ec2",
    "aws:ec2/launchTemplate:LaunchTemplate": "ec2",
    "aws:ecr/repository:Repository": "ecr",
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": "ecr",
    "aws:efs/fileSystem:FileSystem": "elasticfilesystem",
    "aws:eks/cluster:Cluster": "eks",
    "aws:elasticache/replicationGroup:ReplicationGroup": "elasticache",
    "aws:mq/broker:Broker": "mq",
    "aws:opensearch/domain:Domain": "es",
    "aws:rds/instance:Instance": "rds",
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": "rds",
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": "s3",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": "s3",
    "aws:scheduler/schedule:Schedule": "scheduler",
    "aws:secretsmanager/secret:Secret": "secretsmanager",
    "aws:sns/topic:Topic": "sns",
    "aws:sqs/queue:Queue": "sqs",
    # The driver makes volumes with it.
    "kubernetes:storage.k8s.io/v1:StorageClass": "ec2",
}
"""Which service calls KMS for a resource that names a key."""
NOT_CALLERS = {
    "aws:kms/alias:Alias",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:cloudwatch/logGroup:LogGroup",
    # CloudTrail encrypts in its own name: tests/infra/protection/test_trail.py.
    "aws:cloudtrail/trail:Trail",
}


def naming_of(stack: str) -> Naming:
    settings = estate_settings(stack)
    return Naming.of(settings.environment, settings.schedule)


@pytest.mark.requirement("SEC-06", "ISO-01")
@pytest.mark.parametrize("stack", ESTATES)
def test_each_environment_has_its_own_rotated_keys(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    keys = {key.name: key for key in graph.of_type(KEY)}
    purposes = PURPOSES | (OF_PRODUCTION if stack == "prod" else set())
    assert set(keys) == purposes
    for key in keys.values():
        assert key.inputs["enableKeyRotation"] is True
        assert key.inputs["rotationPeriodInDays"] == 365
        assert key.inputs["deletionWindowInDays"] == 30
        assert key.inputs.get("bypassPolicyLockoutSafetyCheck", False) is False
    assert {alias.inputs["name"] for alias in graph.of_type("aws:kms/alias:Alias")} == {
        f"alias/fleet-erp-{stack}-{purpose}" for purpose in purposes
    }


@pytest.mark.parametrize(("stack", "protected"), [("prod", True), ("dr", True), ("testing", False)])
def test_keys_of_real_data_survive_a_mistake(estate: EstateRenderer, stack: str, *, protected: bool) -> None:
    assert {key.protect for key in estate(stack).of_type(KEY)} == {protected}


@pytest.mark.requirement("SEC-06")
@pytest.mark.parametrize("stack", ESTATES)
@pytest.mark.parametrize("purpose", sorted(PURPOSES))
def test_account_administers_a_key_but_does_not_decrypt_by_hand(
    estate: EstateRenderer, stack: str, purpose: str
) -> None:
    policy = statements(estate(stack), purpose)
    root = naming_of(stack).account_root_arn
    # Who cannot change the policy any more has lost the key.
    for action in ("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:CreateGrant", "kms:DescribeKey"):
        assert may(policy, root, action)
    for action in USE:
        assert not may(policy, root, action)
        assert not may(policy, root, action, kms_ViaService="lambda.ap-south-1.amazonaws.com")


@pytest.mark.requirement("SEC-06")
@pytest.mark.parametrize("stack", ESTATES)
def test_no_policy_names_everyone_another_account_or_every_action(estate: EstateRenderer, stack: str) -> None:
    account = naming_of(stack).account_id
    for purpose in PURPOSES:
        for statement in statements(estate(stack), purpose):
            assert statement["Principal"] != "*"
            assert statement["Action"] not in ("*", "kms:*")
            for arn in _listed(statement["Principal"].get("AWS", [])):
                assert arn.startswith(f"arn:aws:iam::{account}:")


@pytest.mark.parametrize("stack", ESTATES)
def test_services_that_use_a_key_are_named_in_its_policy(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    used = services_by_key(graph)
    assert set(used) >= {"data", "logs", "secrets"}
    for purpose, services in used.items():
        assert services <= via_services(statements(graph, purpose)), purpose


def services_by_key(graph: ResourceGraph) -> dict[str, set[str]]:
    """Which services call KMS with which key, read from the resources that name one."""
    names = {key.urn: key.name for key in graph.of_type(KEY)}
    used: dict[str, set[str]] = {}
    for resource in graph.resources:
        if not resource.custom or resource.type in NOT_CALLERS:
            continue
        for name, urns in resource.property_dependencies.items():
            for urn in urns:
                # Schedules and state machines carry key ARNs inside calls, which others then use.
                if urn in names and name not in {"target", "definition"}:
                    used.setdefault(names[urn], set()).add(CALLING_SERVICES[resource.type])
    return used


@pytest.mark.parametrize("action", USE)
def test_autoscaling_may_use_the_data_key(estate: EstateRenderer, action: str) -> None:
    role = naming_of("prod").global_arn("iam", AUTOSCALING)
    assert may(statements(estate("prod"), "data"), role, action)
    assert not may(statements(estate("prod"), "secrets"), role, action)


def test_autoscaling_may_grant_the_data_key_to_volumes_alone(estate: EstateRenderer) -> None:
    policy = statements(estate("prod"), "data")
    role = naming_of("prod").global_arn("iam", AUTOSCALING)
    assert may(policy, role, "kms:CreateGrant", kms_GrantIsForAWSResource="true")
    assert not may(policy, role, "kms:CreateGrant", kms_GrantIsForAWSResource="false")
    assert not may(policy, role, "kms:PutKeyPolicy")


def test_data_key_waits_for_the_role_that_its_policy_names(estate: EstateRenderer) -> None:
    """KMS refuses a policy that names a role that does not exist."""
    (key,) = [key for key in estate("prod").of_type(KEY) if key.name == "data"]
    assert any(urn.endswith("ServiceLinkedRole::autoscaling") for urn in key.dependencies)


LOG_CONTEXT = "kms:EncryptionContext:aws:logs:arn"


@pytest.mark.parametrize("stack", ESTATES)
def test_every_encrypted_log_group_may_use_the_logs_key(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    naming = naming_of(stack)
    policy = statements(graph, "logs")
    groups = [group.inputs["name"] for group in graph.of_type("aws:cloudwatch/logGroup:LogGroup")]
    assert f"/fleet-erp/{stack}/flow-logs" in groups
    groups.append("/aws/amazonmq/broker/b-1234abcd-56ef-78ab-90cd-1234567890ab/general")
    for group in groups:
        arn = naming.arn("logs", f"log-group:{group}")
        assert may(policy, f"logs.{naming.region}.amazonaws.com", "kms:GenerateDataKey", **{LOG_CONTEXT: arn})


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:logs:ap-south-1:111122223333:log-group:/fleet-erp/staging/flow-logs",
        "arn:aws:logs:ap-south-1:111122223333:log-group:/aws/lambda/other",
        "arn:aws:logs:ap-south-1:222233334444:log-group:/fleet-erp/prod/flow-logs",
    ],
)
def test_log_groups_of_others_may_not(estate: EstateRenderer, arn: str) -> None:
    policy = statements(estate("prod"), "logs")
    assert not may(policy, "logs.ap-south-1.amazonaws.com", "kms:GenerateDataKey", **{LOG_CONTEXT: arn})


@pytest.mark.parametrize("service", ALARM_PUBLISHERS)
def test_publishers_encrypt_alarms_without_saying_for_whom(estate: EstateRenderer, service: str) -> None:
    """EventBridge sends KMS no source: with a source condition its messages would vanish."""
    policy = statements(estate("prod"), "logs")
    assert may(policy, service, "kms:GenerateDataKey")
    assert may(policy, service, "kms:Decrypt")
    assert not may(statements(estate("prod"), "data"), service, "kms:Decrypt")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
