"""Ways from Secrets Manager into the namespaces."""

from __future__ import annotations

import pytest

from .conftest import Platforms
from .reading import (
    KUBERNETES_BINDING,
    KUBERNETES_ROLE,
    ROLE,
    SECRET_STORE,
    SERVICE_ACCOUNT,
    STACKS,
    named,
    release,
)

WITH_STORE = ("erp", "gps", "observability")


@pytest.mark.parametrize("stack", STACKS)
def test_each_namespace_with_secrets_has_a_store_of_its_own(platforms: Platforms, stack: str) -> None:
    stores = list(platforms(stack).of_type(SECRET_STORE))
    assert {store.inputs["metadata"]["namespace"] for store in stores} == set(WITH_STORE)
    region = "ap-southeast-1" if stack == "dr" else "ap-south-1"
    for store in stores:
        assert store.inputs["metadata"]["name"] == "secrets-manager"
        assert store.inputs["spec"] == {
            "provider": {
                "aws": {
                    "service": "SecretsManager",
                    "region": region,
                    "auth": {
                        "jwt": {
                            "serviceAccountRef": {
                                "name": "secret-reader",
                                "audiences": ["sts.amazonaws.com"],
                            }
                        }
                    },
                }
            }
        }


@pytest.mark.requirement("SEC-03")
@pytest.mark.parametrize("namespace", WITH_STORE)
def test_the_operator_speaks_for_the_reader_of_a_namespace_and_nobody_else(
    platforms: Platforms, namespace: str
) -> None:
    graph = platforms("prod")
    role = named(graph, KUBERNETES_ROLE, "external-secrets-token", namespace)
    assert role["rules"] == [
        {
            "apiGroups": [""],
            "resources": ["serviceaccounts/token"],
            "resourceNames": ["secret-reader"],
            "verbs": ["create"],
        }
    ]
    binding = named(graph, KUBERNETES_BINDING, "external-secrets-token", namespace)
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": "external-secrets", "namespace": "platform-system"}
    ]
    assert binding["roleRef"]["name"] == "external-secrets-token"
    values = release(graph, "external-secrets").inputs["values"]
    assert values["serviceAccount"] == {"name": "external-secrets"}
    assert values["rbac"]["serviceAccountTokenCreate"] is False


@pytest.mark.parametrize("namespace", WITH_STORE)
def test_the_reader_carries_the_role_of_its_namespace(platforms: Platforms, namespace: str) -> None:
    graph = platforms("prod")
    account = named(graph, SERVICE_ACCOUNT, "secret-reader", namespace)
    (role,) = [role for role in graph.of_type(ROLE) if role.name == f"{namespace}-secrets"]
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": role.outputs["arn"]}


def test_nothing_reaches_across_namespaces(platforms: Platforms) -> None:
    values = release(platforms("prod"), "external-secrets").inputs["values"]
    assert not any(values["crds"].values())
    assert not any(value for key, value in values.items() if key.startswith("process"))


def test_stores_come_after_the_operator_that_serves_them(platforms: Platforms) -> None:
    graph = platforms("prod")
    operator = release(graph, "external-secrets").urn
    for store in graph.of_type(SECRET_STORE):
        assert operator in store.dependencies
    assert graph.exports["secret_store_name"] == "secrets-manager"
