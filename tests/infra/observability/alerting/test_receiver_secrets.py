"""Keys of the receivers: declared without a value, delivered as files, readable by one namespace."""

from __future__ import annotations

from typing import Any

import pytest

from infra.cluster_platform.labels import OBSERVABILITY
from infra.cluster_platform.secret_stores import readable_arns
from infra.observability.alerting import AlertReceivers
from infra.observability.alerting.receivers import secret_files
from preview.graph import ResourceGraph, is_secret, plain
from tests.conftest import ComponentRenderer
from tests.infra.settings.stack_files import estate_settings
from tests.schemas.validation import problems

from .conftest import WATCHED, alerting_settings, naming_of, rendered

SECRET = "aws:secretsmanager/secret:Secret"
VALUE = "aws:secretsmanager/secretVersion:SecretVersion"
EXTERNAL = "kubernetes:external-secrets.io/v1:ExternalSecret"
KEY = "arn:aws:kms:ap-south-1:111122223333:key/11112222-3333-4444-5555-666677778888"


def declared(component: ComponentRenderer, stack: str) -> ResourceGraph:
    """Render the component as the environment makes it."""

    def program() -> None:
        AlertReceivers(
            "alert-receivers",
            settings=alerting_settings(stack),
            naming=naming_of(stack),
            namespace="observability",
            secret_store="secrets-manager",
            key_arn=KEY,
            recovery_window_days=30,
            after=[],
        )

    return component(program, stack=stack, region=naming_of(stack).region)


@pytest.mark.parametrize("stack", WATCHED)
def test_each_file_is_a_secret_of_its_own_under_the_secrets_key(
    component: ComponentRenderer, stack: str
) -> None:
    naming = naming_of(stack)
    found = {each.inputs["name"]: each.inputs for each in declared(component, stack).of_type(SECRET)}
    names = {naming.secret(f"observability-{file}") for file in secret_files(alerting_settings(stack))}
    assert set(found) == names
    for inputs in found.values():
        assert inputs["kmsKeyId"] == KEY
        assert inputs["recoveryWindowInDays"] == 30
        assert inputs["tags"]["DataClassification"] == "restricted"


@pytest.mark.parametrize("stack", WATCHED)
def test_the_program_writes_no_value_but_the_key_that_it_made_itself(
    component: ComponentRenderer, stack: str
) -> None:
    """Production declares PagerDuty's integration and so knows its key; it is a secret wherever it stands."""
    written = list(declared(component, stack).of_type(VALUE))
    if stack != "prod":
        assert written == []
        return
    (value,) = written
    assert value.name == "observability-pagerduty-routing-key-value"
    assert is_secret(value.inputs["secretString"])


@pytest.mark.parametrize("stack", WATCHED)
def test_the_mounted_secret_holds_what_the_configuration_reads(
    component: ComponentRenderer, stack: str
) -> None:
    naming = naming_of(stack)
    (delivered,) = declared(component, stack).of_type(EXTERNAL)
    spec: dict[str, Any] = delivered.inputs["spec"]
    assert [spec["target"]["name"]] == rendered(stack)["alertmanagerSpec"]["secrets"]
    assert {each["secretKey"]: each["remoteRef"]["key"] for each in spec["data"]} == {
        file: naming.secret(f"observability-{file}") for file in secret_files(alerting_settings(stack))
    }
    assert problems(delivered, version=estate_settings(stack).versions.kubernetes) == []


@pytest.mark.parametrize("stack", WATCHED)
def test_the_store_of_the_namespace_may_read_them(stack: str) -> None:
    naming = naming_of(stack)
    patterns = readable_arns(naming, OBSERVABILITY, home=None)
    for file in secret_files(alerting_settings(stack)):
        arn = naming.arn("secretsmanager", f"secret:{naming.secret(f'observability-{file}')}-AbCdEf")
        assert any(arn.startswith(pattern.removesuffix("*")) for pattern in patterns)


def test_only_the_estate_that_declares_it_touches_pagerduty(component: ComponentRenderer) -> None:
    for stack in WATCHED:
        graph = declared(component, stack)
        there = [each for each in graph.resources if each.type.startswith("pagerduty:")]
        assert bool(there) == (stack == "prod")


def test_a_value_waits_for_its_secret_and_the_cluster_for_the_value(component: ComponentRenderer) -> None:
    graph = declared(component, "prod")
    (delivered,) = graph.of_type(EXTERNAL)
    (value,) = graph.of_type(VALUE)
    needed = {each.urn for each in graph.of_type(SECRET)} | {value.urn}
    assert needed <= set(delivered.dependencies)
    assert plain(value.inputs["secretId"])
