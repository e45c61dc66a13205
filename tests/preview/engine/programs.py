"""Renders small programs and reads their resources."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from preview.engine import InvokeAnswers, Rendering, render
from preview.graph import Resource, ResourceGraph

PROJECT = "fleet"
STACK = "dev"
ACCOUNT_ID = "444455556666"
REGION = "ap-south-1"


def run(
    program: Callable[[], object] | Path,
    *,
    stack: str = STACK,
    config: Mapping[str, str] | None = None,
    secret_keys: Collection[str] = (),
    unknowns: bool = False,
) -> Rendering:
    """Render a program; the log must be free of warnings, which hide an Output in a text."""
    rendering = render(
        program if isinstance(program, Path) else _without_result(program),
        project=PROJECT,
        stack=stack,
        config=config or {},
        secret_keys=secret_keys,
        invokes=InvokeAnswers.for_account(account_id=ACCOUNT_ID, region=REGION),
        unknowns=unknowns,
    )
    noise = [line for line in rendering.log if line.severity in {"warning", "error"}]
    assert not noise, noise
    return rendering


def _without_result(program: Callable[[], object]) -> Callable[[], None]:
    def run_it() -> None:
        program()

    return run_it


def graph_of(program: Callable[[], object] | Path, *, unknowns: bool = False) -> ResourceGraph:
    """Render a program with defaults and give its graph."""
    return run(program, unknowns=unknowns).graph


def one(graph: ResourceGraph, name: str) -> Resource:
    """Give the only resource of this logical name."""
    found = [resource for resource in graph.resources if resource.name == name]
    assert len(found) == 1, [resource.urn for resource in found]
    return found[0]


def urn(chain: str, name: str, *, stack: str = STACK) -> str:
    """Give the URN of a resource by its chain of types."""
    return f"urn:pulumi:{stack}::{PROJECT}::{chain}::{name}"
