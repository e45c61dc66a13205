"""What the environments install is what these tests walked: values of the release, and keys before it."""

from __future__ import annotations

import pytest

from preview.graph import plain
from tests.conftest import EstateRenderer

from .conftest import WATCHED, rendered
from .escalation import POLICY, called_at

RELEASE = "kubernetes:helm.sh/v3:Release"
EXTERNAL = "kubernetes:external-secrets.io/v1:ExternalSecret"


@pytest.mark.requirement("OBS-04")
@pytest.mark.parametrize("stack", WATCHED)
def test_the_release_gets_these_values_after_the_keys(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    (release,) = [each for each in graph.of_type(RELEASE) if each.name == "kube-prometheus-stack"]
    assert plain(release.inputs)["values"]["alertmanager"] == rendered(stack)
    (keys,) = [each for each in graph.of_type(EXTERNAL) if each.name == "alertmanager-receivers"]
    assert keys.urn in release.dependencies


@pytest.mark.requirement("OBS-13")
def test_production_declares_who_is_called_when(estate: EstateRenderer) -> None:
    escalation = {0: "on call", 15: "Engineering Lead", 30: "Head of Engineering"}
    assert called_at(estate("prod")) == escalation


def test_no_other_environment_changes_pagerduty(estate: EstateRenderer) -> None:
    for stack in ("staging", "dr", "testing"):
        assert not list(estate(stack).of_type(POLICY))


def test_testing_has_nobody_to_tell(estate: EstateRenderer) -> None:
    assert not [each for each in estate("testing").resources if "alertmanager" in each.name]
