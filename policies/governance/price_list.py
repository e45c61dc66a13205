"""What a stack costs a month, from the resources that a policy run sees.

The estimate is that of the preview: `preview.cost` prices a plain resource list from its dated table and
knows nothing of policies, so it can be used from here in the engine as well as offline.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from policies.framework import Graph, NotJudged, ResourceView
from policies.framework.values import Secret, Unknown
from preview.cost import Estimate, PriceTable, UsageBook, estimate, load_prices, load_usage
from preview.cost.charges import UNKNOWN_VALUE
from preview.graph import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN, Resource, ResourceGraph


def estimate_of(graph: Graph) -> Estimate:
    """Give the estimate of a stack (a fact of the graph), with the assumptions of its environment."""
    return estimate(
        ResourceGraph(project="", stack=graph.stack, resources=tuple(_resources(graph)), exports={}),
        prices=_prices(),
        usage=_usage().for_stack(graph.environment),
    )


def monthly_usd(graph: Graph) -> float:
    """Give US dollars a month: priced lines, and the upper bounds of what has only these.

    Raises NotJudged when a price depends on a value that is not known yet: the sum would be too low.
    """
    found = graph.fact(estimate_of)
    for entry in found.unpriced:
        if entry.why.startswith(UNKNOWN_VALUE) and entry.upper_usd_per_month is None:
            raise NotJudged(f"its {entry.what} cannot be priced: {entry.why}", graph.by_urn[entry.urn])
    return float(found.total + found.unpriced_upper)


@cache
def _prices() -> PriceTable:
    return load_prices()


@cache
def _usage() -> UsageBook:
    return load_usage()


def _resources(graph: Graph) -> Iterator[Resource]:
    providers: dict[str, Resource] = {}
    for view in graph.resources:
        yield _resource(view)
        # The engine shows a resource's provider with the resource, and not always in the list of the stack.
        if view.provider and view.provider not in graph.by_urn and view.provider not in providers:
            providers[view.provider] = _provider(view, view.provider)
    yield from providers.values()


def _resource(view: ResourceView) -> Resource:
    outputs = _wire(view.outputs.properties())
    return Resource(
        urn=view.urn,
        type=view.type,
        name=view.name,
        parent=view.parent,
        custom=view.provider is not None,
        inputs=_wire(view.properties()),
        outputs=outputs,
        id=outputs.get("id") if isinstance(outputs.get("id"), str) else None,
        provider=f"{view.provider}::id" if view.provider else None,
        dependencies=view.dependencies,
        property_dependencies=view.property_dependencies,
    )


def _provider(view: ResourceView, urn: str) -> Resource:
    inputs = _wire(view.provider_block.properties())
    head, _, name = urn.rpartition("::")
    return Resource(
        urn=urn,
        type=head.rpartition("::")[2],
        name=name,
        parent=None,
        custom=False,
        inputs=inputs,
        outputs=inputs,
    )


def _wire(value: Any) -> Any:  # noqa: ANN401  (any wire value)
    """Give a tree in the engine's wire form, as the preview's resource list has it."""
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, Secret):
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": _wire(value.value)}
    if isinstance(value, dict):
        return {key: _wire(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_wire(entry) for entry in value]
    return value
