"""Every real stack renders the same each time, whole in a first preview, and without a warning."""

from __future__ import annotations

import json

import pytest

from preview.stacks import STACKS, render_stack
from tests.conftest import rendering_of


@pytest.mark.parametrize("stack", STACKS)
def test_two_renders_are_identical(stack: str) -> None:
    first = json.dumps(rendering_of(stack).graph.to_json())
    assert json.dumps(render_stack(stack).graph.to_json()) == first


@pytest.mark.parametrize("stack", STACKS)
def test_first_preview_shows_the_same_resources(stack: str) -> None:
    """A resource made inside an `apply` would vanish where values are unknown."""
    known = {resource.urn for resource in rendering_of(stack).graph.resources}
    unknown = {resource.urn for resource in rendering_of(stack, unknowns=True).graph.resources}
    assert known == unknown


@pytest.mark.parametrize("unknowns", [False, True])
@pytest.mark.parametrize("stack", STACKS)
def test_nothing_is_logged_as_a_warning(stack: str, *, unknowns: bool) -> None:
    """The SDK only warns about an Output in an f-string; the text would be wrong."""
    lines = rendering_of(stack, unknowns=unknowns).log
    assert [line for line in lines if line.severity in {"warning", "error"}] == []
