"""Every Kubernetes object of every environment is one that the API of its cluster accepts."""

from __future__ import annotations

import pytest

from preview.graph import plain
from tests.conftest import EstateRenderer
from tests.infra.settings.stack_files import estate_settings
from tests.schemas.validation import is_object, problems


@pytest.mark.parametrize("stack", ["prod", "staging", "testing", "dr"])
def test_the_api_accepts_every_object(estate: EstateRenderer, stack: str) -> None:
    version = estate_settings(stack).versions.kubernetes
    objects = [resource for resource in estate(stack).resources if is_object(resource)]
    assert len(objects) > 100
    assert [line for resource in objects for line in problems(resource, version=version)] == []


@pytest.mark.requirement("SEC-02")
@pytest.mark.parametrize("stack", ["prod", "staging", "testing", "dr"])
def test_no_secret_is_made_by_the_program(estate: EstateRenderer, stack: str) -> None:
    """External Secrets makes them all, so their values are in no state."""
    made = [
        resource.name
        for resource in estate(stack).of_type("kubernetes:core/v1:Secret")
        if plain(resource.inputs).get("data") or plain(resource.inputs).get("stringData")
    ]
    assert made == []
