"""Everything one preview knows about a stack: the data behind the terminal page, its JSON and the reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from preview.changes import Override
from preview.cost import Estimate, estimate, load_prices, load_usage
from preview.engine import LogLine
from preview.graph import Resource, ResourceGraph
from preview.judgement import Judgement, environment_of, judge
from preview.layers import layer_of
from preview.stacks import render_stack


@dataclass(frozen=True)
class StackPreview:
    """One stack as it would be deployed, with what the policies say and what it costs."""

    graph: ResourceGraph
    judgement: Judgement
    estimate: Estimate
    log: tuple[LogLine, ...] = ()

    @property
    def stack(self) -> str:
        """The stack's name."""
        return self.graph.stack

    @property
    def passed(self) -> bool:
        """Whether the stack may be deployed as far as the policies go."""
        return self.judgement.passed

    @property
    def warnings(self) -> tuple[str, ...]:
        """What program and SDK complained about while they ran."""
        return tuple(line.message for line in self.log if line.severity in {"warning", "error"})

    @cached_property
    def layers(self) -> dict[str, list[Resource]]:
        """The custom resources of each layer; layers in the order of their first resource in the program."""
        found: dict[str, list[Resource]] = {}
        for resource in self.graph.resources:
            if resource.custom and not resource.type.startswith("pulumi:"):
                found.setdefault(layer_of(resource), []).append(resource)
        return dict(sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0])))

    @cached_property
    def component_count(self) -> int:
        """How many components group the resources."""
        return sum(
            not resource.custom and resource.type != "pulumi:pulumi:Stack"
            for resource in self.graph.resources
        )

    @cached_property
    def resource_count(self) -> int:
        """How many resources a provider would make."""
        return sum(len(resources) for resources in self.layers.values())

    def to_json(self) -> dict[str, Any]:
        """Give the preview as a plain object: the same checkout and day always give the same object."""
        return {
            "stack": self.stack,
            "unknowns": self.graph.unknowns,
            "passed": self.passed,
            "resources": self.resource_count,
            "components": self.component_count,
            "layers": {
                layer: dict(Counter(resource.type for resource in resources).most_common())
                for layer, resources in self.layers.items()
            },
            "warnings": list(self.warnings),
            "policies": self.judgement.to_json(),
            "cost": self.estimate.to_json(),
        }


def preview_stack(
    stack: str, *, today: date, unknowns: bool = False, overrides: Iterable[Override] = ()
) -> StackPreview:
    """Render, judge and price one stack. Raises what `render_stack` raises."""
    rendering = render_stack(stack, unknowns=unknowns, overrides=overrides)
    return preview_graph(rendering.graph, environment=environment_of(stack), today=today, log=rendering.log)


def preview_graph(
    graph: ResourceGraph, *, environment: str, today: date, log: tuple[LogLine, ...] = ()
) -> StackPreview:
    """Judge and price a resource list, rendered here or read from a file."""
    return StackPreview(
        graph=graph,
        judgement=judge(graph, environment=environment, today=today),
        estimate=estimate(graph, prices=load_prices(), usage=load_usage().for_stack(environment)),
        log=log,
    )
