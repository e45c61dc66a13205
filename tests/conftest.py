"""Fixtures that every room shares: rendered stacks and rendered components."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pulumi_aws as aws
import pytest

from infra.naming import Naming
from preview.engine import InvokeAnswers, Rendering, render
from preview.graph import ResourceGraph
from preview.stacks import render_stack
from tests import sharing

ACCOUNT_ID = "111122223333"
REGION = "ap-south-1"

MEMORY_BYTES = 8 * 1024**3
"""More than any test needs by far: one that grows without end fails before the machine does."""

EstateRenderer = Callable[..., ResourceGraph]
ComponentRenderer = Callable[..., ResourceGraph]


# How long an example takes says how busy the machine is: deadlines would fail by chance.
hypothesis.settings.register_profile(
    "fleet-erp", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("fleet-erp")


# What moto says of thousands of machine images, which no test asks for, takes a quarter of a second to read.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"


def pytest_configure(config: pytest.Config) -> None:
    """Bound the memory of this process, and of each that it starts; share renderings among them."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    limit = MEMORY_BYTES if most == resource.RLIM_INFINITY else min(MEMORY_BYTES, most)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, most))
    if config.getoption("numprocesses", None):
        folder = sharing.open_folder()
        config.add_cleanup(lambda: sharing.close_folder(folder))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> sharing.SharedScopes | None:
    """Divide the tests among processes so that what is dear is made once."""
    return sharing.SharedScopes(config, log) if config.getoption("dist") == "loadscope" else None


@cache
def rendering_of(stack: str, *, unknowns: bool = False) -> Rendering:
    """Render a real stack once for each run; the graph is frozen, so tests can share it."""
    name = f"{stack}-unknowns" if unknowns else stack
    return sharing.once_a_run(name, lambda: render_stack(stack, unknowns=unknowns))


@pytest.fixture(scope="session")
def estate() -> EstateRenderer:
    """Give `estate("prod")`, `estate("prod", unknowns=True)`: the resource list of a real stack."""

    def graph(stack: str, *, unknowns: bool = False) -> ResourceGraph:
        return rendering_of(stack, unknowns=unknowns).graph

    return graph


@pytest.fixture(scope="session")
def component() -> ComponentRenderer:
    """Give `component(program)`: the resource list of a function that makes components.

    The captured log must hold no warning: an Output in an f-string only warns.
    """

    def graph(
        program: Callable[[], None], *, stack: str = "prod", region: str = REGION, unknowns: bool = False
    ) -> ResourceGraph:
        rendering = render(
            program,
            project="fleet-erp",
            stack=stack,
            config={"aws:region": region},
            invokes=InvokeAnswers.for_account(account_id=ACCOUNT_ID, region=region),
            unknowns=unknowns,
        )
        assert [line for line in rendering.log if line.severity in {"warning", "error"}] == []
        return rendering.graph

    return graph


@pytest.fixture(scope="session")
def naming() -> Naming:
    """The names of production."""
    return Naming(
        environment="prod",
        account_id=ACCOUNT_ID,
        region=REGION,
        owner="platform-team@example.com",
        cost_center="ERP-PROD",
        schedule="always-on",
    )


@pytest.fixture(scope="session")
def provider() -> Callable[[], aws.Provider]:
    """Make an explicit provider inside a component program, as the environment does."""

    def make() -> aws.Provider:
        return aws.Provider("aws", aws.ProviderArgs(region=REGION, allowed_account_ids=[ACCOUNT_ID]))

    return make


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parents[1]
