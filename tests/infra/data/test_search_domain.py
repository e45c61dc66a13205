"""OpenSearch where logs are kept."""

from __future__ import annotations

import json

import pytest

from tests.infra.data.conftest import PRIVATE_SUBNETS, Stores, key_arn, one

DOMAIN = "aws:opensearch/domain:Domain"
WITH_SEARCH = ("prod", "staging", "dr")


def test_testing_has_none(stores: Stores) -> None:
    assert list(stores("testing").of_type(DOMAIN)) == []


@pytest.mark.requirement("NET-01")
@pytest.mark.parametrize(("stack", "zones", "masters"), [("prod", 2, 3), ("staging", 1, None), ("dr", 2, 3)])
def test_subnets_follow_the_zones(stores: Stores, stack: str, zones: int, masters: int | None) -> None:
    inputs = one(stores(stack), DOMAIN, "search").inputs
    cluster = inputs["clusterConfig"]
    assert inputs["vpcOptions"] == {
        "subnetIds": list(PRIVATE_SUBNETS[:zones]),
        "securityGroupIds": ["sg-of-search"],
    }
    assert cluster["zoneAwarenessEnabled"] is (zones > 1)
    assert cluster.get("zoneAwarenessConfig") == ({"availabilityZoneCount": 2} if zones > 1 else None)
    assert cluster.get("dedicatedMasterCount") == masters
    # The service refuses Auto-Tune on burstable instances.
    assert ("autoTuneOptions" in inputs) is not cluster["instanceType"].startswith("t3.")


@pytest.mark.requirement("SEC-05", "SEC-06")
@pytest.mark.parametrize("stack", WITH_SEARCH)
def test_encrypted_everywhere(stores: Stores, stack: str) -> None:
    inputs = one(stores(stack), DOMAIN, "search").inputs
    region = "ap-southeast-1" if stack == "dr" else "ap-south-1"
    assert inputs["encryptAtRest"] == {"enabled": True, "kmsKeyId": key_arn("data", region)}
    assert inputs["nodeToNodeEncryption"] == {"enabled": True}
    assert inputs["domainEndpointOptions"] == {
        "enforceHttps": True,
        "tlsSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10",
    }


def test_domain_names_fit(stores: Stores) -> None:
    names = [one(stores(stack), DOMAIN, "search").inputs["domainName"] for stack in WITH_SEARCH]
    assert names == ["fleet-erp-prod-logs", "fleet-erp-staging-logs", "fleet-erp-dr-logs"]


def test_access_is_of_this_account_and_its_master_is_the_setup_job(stores: Stores) -> None:
    graph = stores("prod")
    domain = one(graph, DOMAIN, "search")
    (access,) = json.loads(domain.inputs["accessPolicies"])["Statement"]
    assert access["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert access["Resource"] == "arn:aws:es:ap-south-1:111122223333:domain/fleet-erp-prod-logs/*"
    assert all(action.startswith("es:ESHttp") for action in access["Action"])
    role = one(graph, "aws:iam/role:Role", "search-master")
    security = domain.inputs["advancedSecurityOptions"]
    assert (security["enabled"], security["internalUserDatabaseEnabled"]) == (True, False)
    assert security["masterUserOptions"] == {"masterUserArn": role.outputs["arn"]}
    (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trust["Condition"] == {
        "ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/fleet-erp-prod-search-setup"}
    }


@pytest.mark.parametrize(("stack", "days"), [("prod", 90), ("staging", 30)])
def test_all_logs_are_published_to_groups_that_admit_the_domain(
    stores: Stores, stack: str, days: int
) -> None:
    graph = stores(stack)
    domain = one(graph, DOMAIN, "search")
    options = domain.inputs["logPublishingOptions"]
    assert {option["logType"] for option in options} == {
        *("INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS", "ES_APPLICATION_LOGS", "AUDIT_LOGS")
    }
    groups = {
        group.outputs["arn"]: group
        for group in graph.of_type("aws:cloudwatch/logGroup:LogGroup")
        if group.name.startswith("search-")
    }
    assert {option["cloudwatchLogGroupArn"] for option in options} == set(groups)
    assert {(g.inputs["retentionInDays"], g.inputs["kmsKeyId"]) for g in groups.values()} == {
        (days, key_arn("logs", "ap-south-1"))
    }
    policy = one(graph, "aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "search-logs")
    assert policy.urn in domain.dependencies
    (statement,) = json.loads(policy.inputs["policyDocument"])["Statement"]
    assert statement["Principal"] == {"Service": "es.amazonaws.com"}
    account = statement["Condition"]["StringEquals"]["aws:SourceAccount"]
    assert set(statement["Resource"]) == {
        f"arn:aws:logs:ap-south-1:{account}:log-group:{group.inputs['name']}:*" for group in groups.values()
    }
    assert statement["Condition"]["ArnLike"]["aws:SourceArn"].endswith(
        f":domain/{domain.inputs['domainName']}"
    )
