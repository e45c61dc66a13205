"""The real stacks, priced with the product's own table and assumptions."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from preview.cost import Estimate, estimate, load_prices, load_usage
from preview.graph import ResourceGraph

STACKS = ("prod", "staging", "testing", "dr")
SLEEPING = {"staging", "testing"}
NO_PRICER = {"no pricer for this type", "its pricer found nothing to price"}

Estate = Callable[..., ResourceGraph]


def _price(graph: ResourceGraph) -> Estimate:
    return estimate(graph, prices=load_prices(), usage=load_usage().for_stack(graph.stack))


@pytest.mark.requirement("OPS-01")
@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_of_a_stack_is_priced_unpriced_for_a_reason_or_known_to_be_free(
    estate: Estate, stack: str
) -> None:
    graph = estate(stack)
    found = _price(graph)
    assert not [entry for entry in found.unpriced if entry.why in NO_PRICER]
    seen = {line.urn for line in found.lines} | {entry.urn for entry in found.unpriced}
    made = [resource for resource in graph.resources if resource.custom and not resource.external]
    assert len(made) == len(seen) + found.free_count
    assert found.total > 0


@pytest.mark.parametrize("stack", STACKS)
def test_the_first_preview_of_a_new_stack_costs_the_same(estate: Estate, stack: str) -> None:
    assert _price(estate(stack, unknowns=True)).total == _price(estate(stack)).total


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_is_priced_in_another_region(estate: Estate, stack: str) -> None:
    home = "ap-southeast-1" if stack == "dr" else "ap-south-1"
    priced = _price(estate(stack)).lines
    # A replica's incoming traffic is charged where it comes from.
    strange = {
        line.what
        for line in priced
        # What production copies lies, with its keys, where it is safe from the loss of its region.
        if line.region not in {home, "global"}
        and "$fleet:protection:RecoveryCopies$" not in line.urn
        and "fleet:recovery:Replication$" not in line.urn
    }
    assert strange <= {"replication traffic"} | ({"replica in ap-southeast-1"} if stack == "prod" else set())


@pytest.mark.parametrize("stack", STACKS)
def test_only_nodes_and_databases_of_sleeping_stacks_save(estate: Estate, stack: str) -> None:
    found = _price(estate(stack))
    saving = [line for line in found.lines if line.usd_per_month < line.usd_always_on]
    assert {line.unit for line in saving} <= {"hour"}
    assert {line.urn.split("::")[2].split("$")[-1] for line in saving} == (
        {"aws:eks/nodeGroup:NodeGroup", "aws:rds/instance:Instance"} if stack in SLEEPING else set()
    )
    # 60 of 168 hours awake.
    assert all(round(line.usd_per_month / line.usd_always_on, 3) == Decimal("0.357") for line in saving)
