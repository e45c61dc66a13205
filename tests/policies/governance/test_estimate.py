"""The rules' estimate is the preview's, and costs neither a cycle of imports nor the engine's patience."""

from __future__ import annotations

import subprocess
import sys

import pytest

from policies.framework.exemptions import Exemptions
from policies.framework.pack import REPOSITORY
from policies.framework.run import Run
from policies.governance.price_list import estimate_of
from preview.cost import estimate, load_prices, load_usage
from preview.graph import ResourceGraph
from preview.judgement.requests import Requests
from tests.conftest import EstateRenderer
from tests.policies.table import TODAY


def seen_by_policies(graph: ResourceGraph):  # noqa: ANN201  (the framework's graph)
    """Give the graph as a policy run sees it, through the engine's messages."""
    run = Run(graph.stack, graph.stack, Exemptions((), graph.stack, graph.stack, TODAY))
    requests = Requests(graph)
    for resource in graph.resources:
        run.see(requests.of_resource(resource))
    return run.see_stack(requests.of_stack())


@pytest.mark.requirement("OPS-01")
@pytest.mark.parametrize("unknowns", [False, True], ids=["known", "unknown"])
@pytest.mark.parametrize("stack", ["prod", "staging", "testing", "dr", "dev"])
def test_rules_and_preview_see_the_same_bill(estate: EstateRenderer, stack: str, *, unknowns: bool) -> None:
    graph = estate(stack, unknowns=unknowns)
    shown = estimate(graph, prices=load_prices(), usage=load_usage().for_stack(stack))
    judged = estimate_of(seen_by_policies(graph))
    assert judged.lines == shown.lines
    assert judged.unpriced == shown.unpriced


def test_pricing_knows_nothing_of_policies_and_the_pack_nothing_of_the_preview_around_it() -> None:
    """The pack prices with `preview.cost`; if that needed the judgement, the two would go in a circle."""
    script = (
        "import sys, preview.cost;"
        "assert not [name for name in sys.modules if name.startswith('policies')];"
        "from policies.framework.pack import POLICIES, load_pack;"
        "assert load_pack(POLICIES / 'governance').rules;"
        "print(*sorted(name for name in sys.modules if name.startswith('preview.')))"
    )
    done = subprocess.run(  # noqa: S603  (the script above)
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    rooms = {name.split(".")[1] for name in done.stdout.split()}
    assert rooms == {"cost", "graph", "layers"}
