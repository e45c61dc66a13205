"""What the environments install is what these tests walked: values of the release, and keys before it."""

from __future__ import annotations

import pytest

from preview.graph import plain
from tests.conftest import EstateRenderer

from .conftest import WATCHED, rendered

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


def test_testing_has_nobody_to_tell(estate: EstateRenderer) -> None:
    assert not [each for each in estate("testing").resources if "alertmanager" in each.name]
