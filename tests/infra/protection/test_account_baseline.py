"""Singletons of an account and region: made where the settings say so, and nowhere else."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
import pytest

from infra.naming import Naming
from infra.protection import AccountBaseline, ServiceLinkedRoles
from preview.graph import ResourceGraph
from tests.conftest import ComponentRenderer, EstateRenderer
from tests.infra.settings.stack_files import estate_settings

REGIONAL = {
    "aws:ebs/encryptionByDefault:EncryptionByDefault",
    "aws:ebs/defaultKmsKey:DefaultKmsKey",
    "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults",
    "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess",
    "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess",
    "aws:ec2/serialConsoleAccess:SerialConsoleAccess",
    "aws:ssm/serviceSetting:ServiceSetting",
}
GLOBAL = {
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
    "aws:iam/accountPasswordPolicy:AccountPasswordPolicy",
    "aws:iam/serviceLinkedRole:ServiceLinkedRole",
}


def singletons(graph: ResourceGraph) -> set[str]:
    return {resource.type for resource in graph.resources} & (REGIONAL | GLOBAL)


@pytest.mark.parametrize("account_baseline", [True, False])
@pytest.mark.parametrize("account_globals", [True, False])
def test_settings_decide_who_owns_what(
    component: ComponentRenderer, naming: Naming, *, account_baseline: bool, account_globals: bool
) -> None:
    settings = estate_settings("prod").environment.model_copy(
        update={"account_baseline": account_baseline, "account_globals": account_globals}
    )

    def program() -> None:
        provider = aws.Provider("aws", aws.ProviderArgs(region=naming.region))
        opts = pulumi.ResourceOptions(providers=[provider])
        ServiceLinkedRoles("service-linked-roles", settings=settings, opts=opts)
        AccountBaseline(
            "account-baseline",
            settings=settings,
            naming=naming,
            volume_key_arn=naming.arn("kms", "key/00000000-0000-0000-0000-000000000000"),
            opts=opts,
        )

    expected = (REGIONAL if account_baseline else set()) | (GLOBAL if account_globals else set())
    assert singletons(component(program)) == expected


def test_one_stack_owns_the_singletons_of_an_account(estate: EstateRenderer) -> None:
    owners: dict[tuple[str, str], list[str]] = {}
    for stack in ("prod", "staging", "testing", "dr"):
        environment = estate_settings(stack).environment
        for token in singletons(estate(stack)):
            scope = environment.region if token in REGIONAL else "global"
            owners.setdefault((f"{environment.account_id} {scope}", token), []).append(stack)
    assert owners
    assert {scope: found for scope, found in owners.items() if len(found) > 1} == {}


@pytest.mark.requirement("SEC-06")
@pytest.mark.parametrize("stack", ["prod", "staging", "testing", "dr"])
def test_volumes_are_encrypted_by_default_with_the_data_key(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    (default,) = graph.of_type("aws:ebs/encryptionByDefault:EncryptionByDefault")
    (key,) = graph.of_type("aws:ebs/defaultKmsKey:DefaultKmsKey")
    assert default.inputs["enabled"] is True
    assert [urn.rsplit("$", 1)[-1] for urn in key.property_dependencies["keyArn"]] == [
        "aws:kms/key:Key::data"
    ]


def test_instances_keep_their_credentials_and_nothing_is_public(estate: EstateRenderer) -> None:
    graph = estate("prod")
    (metadata,) = graph.of_type("aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults")
    assert metadata.inputs["httpTokens"] == "required"
    assert metadata.inputs["httpPutResponseHopLimit"] == 1
    (snapshots,) = graph.of_type("aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess")
    assert snapshots.inputs["state"] == "block-all-sharing"
    (images,) = graph.of_type("aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess")
    assert images.inputs["state"] == "block-new-sharing"
    (buckets,) = graph.of_type("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock")
    assert buckets.inputs == {
        "accountId": "111122223333",
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    (console,) = graph.of_type("aws:ec2/serialConsoleAccess:SerialConsoleAccess")
    assert console.inputs["enabled"] is False
    (documents,) = graph.of_type("aws:ssm/serviceSetting:ServiceSetting")
    assert documents.inputs == {
        "settingId": "arn:aws:ssm:ap-south-1:111122223333:servicesetting"
        "/ssm/documents/console/public-sharing-permission",
        "settingValue": "Disable",
    }


def test_passwords_are_as_the_benchmark_wants_them(estate: EstateRenderer) -> None:
    (passwords,) = estate("prod").of_type("aws:iam/accountPasswordPolicy:AccountPasswordPolicy")
    assert passwords.inputs["minimumPasswordLength"] >= 14
    assert passwords.inputs["passwordReusePrevention"] == 24
    for demanded in ("LowercaseCharacters", "UppercaseCharacters", "Numbers", "Symbols"):
        assert passwords.inputs[f"require{demanded}"] is True


def test_roles_that_others_depend_on_exist(estate: EstateRenderer) -> None:
    services = {
        role.inputs["awsServiceName"]
        for role in estate("prod").of_type("aws:iam/serviceLinkedRole:ServiceLinkedRole")
    }
    assert services == {
        "autoscaling.amazonaws.com",
        "config.amazonaws.com",
        "opensearchservice.amazonaws.com",
    }
