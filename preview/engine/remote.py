"""Remote components: those whose children a plugin would register."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from pulumi.runtime.proto import resource_pb2

from preview.engine.eks_arguments import Arguments
from preview.engine.eks_children import Children
from preview.engine.eks_cluster import register_children
from preview.engine.eks_outputs import component_outputs
from preview.engine.errors import RenderError
from preview.engine.goal import Goal
from preview.engine.registry import Registry
from preview.engine.wire import to_struct
from preview.graph import Resource

_EKS_CLUSTER = "eks:index:Cluster"
_PROFILE = "aws:profile"


def construct(
    goal: Goal, registry: Registry, *, record: Callable[[Goal], Resource], enter: Callable[[Goal], Resource]
) -> resource_pb2.RegisterResourceResponse:
    """Expand a remote component into its children.

    `record` enters the component itself, whose transforms have run on its arguments; `enter` passes a child
    through its transforms first. Raises RenderError for a component that has no model here.
    """
    if goal.token != _EKS_CLUSTER:
        raise RenderError(
            f"{goal.token} '{goal.name}'{f' ({goal.source})' if goal.source else ''} is a remote component, "
            f"whose children a plugin makes; only {_EKS_CLUSTER} can be expanded offline"
        )
    arguments = Arguments(goal)
    arguments.check()
    registry.provider_of(goal)
    component = record(dataclasses.replace(goal, inputs={}, property_dependencies={}))
    children = Children(
        component,
        aws_provider=goal.providers.get("aws", ""),
        enter=enter,
        state=lambda urn: registry.resources[urn],
        where=lambda resource: registry.surroundings(resource.provider or "", resource.inputs.get("region")),
    )
    parts = register_children(children, arguments, profile=registry.config.get(_PROFILE))
    outputs = component_outputs(children, arguments, parts)
    component.outputs.update({key: output.value for key, output in outputs.items()})
    return resource_pb2.RegisterResourceResponse(
        urn=component.urn,
        object=to_struct(component.outputs),
        propertyDependencies={
            key: resource_pb2.RegisterResourceResponse.PropertyDependencies(urns=sorted(output.urns))
            for key, output in outputs.items()
        },
    )
