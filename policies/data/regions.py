"""In which regions data may lie."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Setting,
    Settings,
    Severity,
    everywhere,
    stack_rule,
)
from policies.framework.values import Secret

_PROVIDERS: Final = ("pulumi:providers:aws",)
_DESTINATION: Final = re.compile(r"^(?!source|cloudwatchAlarm).*region$", re.IGNORECASE)
"""Properties that say where something lies or is sent; not those that say where it is read from."""
_REGION: Final = re.compile(r"^[a-z]{2}(-[a-z]+)+-\d$")


@stack_rule(
    "dat-region",
    subjects=_PROVIDERS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-14", "DATA-08", "ENV-05"), ("16",)),
    remedy="Declare the resource with a provider, or the argument region, of a region that is allowed.",
    settings={
        "regions": Setting(
            ["ap-south-1"],
            "regions in which data may lie",
            {"prod": ["ap-south-1", "ap-southeast-1"], "dr": ["ap-southeast-1"]},
        ),
        "global_region": Setting("us-east-1", "the region in which global services are declared"),
        "global_services": Setting(
            ["acm", "budgets", "cloudfront", "cloudwatch", "costexplorer", "iam", "route53", "sns", "wafv2"],
            "services that may be declared in the global region: they keep no business data",
        ),
    },
)
def region(graph: Graph, settings: Settings) -> Findings:
    """Everything lies in the regions that the environment may use, and nothing is copied elsewhere.

    Production may reach into the recovery region, because it sends its data there; no other environment
    leaves its own.
    """
    allowed, everyone = settings["regions"], settings["global_region"]
    for provider in graph.of(*_PROVIDERS):
        found = provider.text("region")
        if not found:
            yield provider.finding("region is not set, so the shell of whoever deploys decides")
        elif found not in {*allowed, everyone}:
            yield provider.finding(f"region is {found}, not {' or '.join(allowed)}")
    for resource in graph.resources:
        if not resource.type.startswith("aws:"):
            continue
        service = resource.type.split(":")[1].split("/")[0]
        permitted = {*allowed, *([everyone] if service in settings["global_services"] else [])}
        home = resource.provider_block.text("region") if not resource.has("region") else ""
        if home == everyone and home not in permitted:
            yield resource.finding(f"it lies in {home}, where only global services are declared")
        for path, found in _regions(resource):
            if found not in permitted:
                yield resource.finding(f"{path} is {found}, not {' or '.join(allowed)}")


def _regions(resource: ResourceView) -> Iterator[tuple[str, str]]:
    if resource.is_unknown("region"):
        raise resource.not_judged("region")
    yield from _walk(resource.properties(), "")


def _walk(tree: Any, path: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401  (any wire value)
    if isinstance(tree, Secret):
        yield from _walk(tree.value, path)
    elif isinstance(tree, Mapping):
        for name, value in tree.items():
            inner = f"{path}.{name}" if path else str(name)
            if isinstance(value, str) and _DESTINATION.match(str(name)) and _REGION.match(value):
                yield inner, value
            else:
                yield from _walk(value, inner)
    elif isinstance(tree, list):
        for at, value in enumerate(tree):
            yield from _walk(value, f"{path}.{at}")
