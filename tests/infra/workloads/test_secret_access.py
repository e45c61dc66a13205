"""What ExternalSecrets ask for exists, and the store of their namespace may read it (SEC-02, SEC-03)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

import pytest

from infra.naming import Naming
from preview.graph import ResourceGraph
from tests.conftest import EstateRenderer
from tests.infra.settings.stack_files import estate_settings

STACKS: Final = ("prod", "staging", "testing", "dr")
EXTERNAL_SECRET: Final = "kubernetes:external-secrets.io/v1:ExternalSecret"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
SECRET: Final = "aws:secretsmanager/secret:Secret"
SUFFIX: Final = "-AbCdEf"
"""Six characters that Secrets Manager adds to the name in an ARN."""


def asked(graph: ResourceGraph) -> set[tuple[str, str]]:
    """Give (namespace, secret) for all that is asked for by name."""
    return {
        (resource.inputs["metadata"]["namespace"], entry["remoteRef"]["key"])
        for resource in graph.of_type(EXTERNAL_SECRET)
        for entry in resource.inputs["spec"]["data"]
        if not entry["remoteRef"]["key"].startswith("arn:")
    }


def readable(graph: ResourceGraph, namespace: str) -> Iterator[str]:
    """Give the patterns that the role of a namespace's store may read."""
    (policy,) = (
        resource for resource in graph.of_type(ROLE_POLICY) if resource.name == f"{namespace}-secrets"
    )
    for statement in json.loads(policy.inputs["policy"])["Statement"]:
        if "secretsmanager:GetSecretValue" in statement["Action"]:
            resources = statement["Resource"]
            yield from [resources] if isinstance(resources, str) else resources


@pytest.mark.requirement("SEC-02", "SEC-03")
@pytest.mark.parametrize("stack", STACKS)
def test_each_store_may_read_what_is_asked_for(estate: EstateRenderer, stack: str) -> None:
    """No more namespaces than need it, none that does not get it."""
    graph, settings = estate(stack), estate_settings(stack)
    naming = Naming.of(settings.environment, settings.schedule)
    refused = [
        (namespace, secret)
        for namespace, secret in sorted(asked(graph))
        if not any(
            fnmatchcase(naming.arn("secretsmanager", f"secret:{secret}{SUFFIX}"), pattern)
            for pattern in readable(graph, namespace)
        )
    ]
    watched = set() if settings.observability is None else {"observability"}
    assert {namespace for namespace, _ in asked(graph)} == {"erp", "gps"} | watched
    assert refused == []


@pytest.mark.parametrize("stack", STACKS)
def test_what_is_asked_for_is_declared(estate: EstateRenderer, stack: str) -> None:
    """Here, or by production for its recovery region, which gets the partners' keys as replicas."""
    graph = estate(stack)
    declared = {resource.inputs["name"] for resource in graph.of_type(SECRET)}
    missing = {secret for _, secret in asked(graph)} - declared
    assert missing == (
        {"fleet-erp/prod/gps-api-key", "fleet-erp/prod/gsp-api-key"} if stack == "dr" else set()
    )
