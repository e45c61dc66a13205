"""How the children of a cluster component are registered, and how one takes its values from another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from preview.engine.eks_arguments import Input
from preview.engine.goal import Goal
from preview.engine.providers import Surroundings
from preview.engine.wire import reference
from preview.graph import UNKNOWN, Properties, Resource, plain

AWS_PLUGIN_VERSION = "7.25.0"
"""The version of the AWS plugin that the component asks for."""


class Children:
    """Registers children below one component; `enter` passes each through the transforms that apply."""

    def __init__(
        self,
        component: Resource,
        *,
        aws_provider: str,
        enter: Callable[[Goal], Resource],
        state: Callable[[str], Resource],
        where: Callable[[Resource], Surroundings],
    ) -> None:
        self.component = component
        self.enter = enter
        self.state = state
        """Gives a registered resource by its URN."""
        self.where = where
        self._aws_provider = aws_provider

    def named(self, suffix: str) -> str:
        """Give the logical name of a child."""
        return f"{self.component.name}-{suffix}"

    def goal(
        self, token: str, suffix: str, inputs: Mapping[str, Any], *, parent: Resource | None = None
    ) -> Goal:
        """Prepare a child. Inputs that are None are left out; an `Input` brings its dependencies along."""
        custom = not token.startswith("eks:")
        goal = Goal(
            token=token,
            name=self.named(suffix),
            parent=(parent or self.component).urn,
            custom=custom,
            inputs={},
            provider=self._aws_provider if token.startswith("aws:") else "",
            version=AWS_PLUGIN_VERSION if token.startswith("aws:") else "",
            source=self.component.source,
        )
        for key, value in sorted(inputs.items()):
            content = value.value if isinstance(value, Input) else value
            if content is None:
                continue
            goal.inputs[key] = content
            if isinstance(value, Input) and value.urns:
                goal.property_dependencies[key] = set(value.urns)
                goal.dependencies |= value.urns
        return goal

    def register(
        self, token: str, suffix: str, inputs: Mapping[str, Any], *, parent: Resource | None = None
    ) -> Resource:
        """Register a child that needs no options of its own."""
        return self.enter(self.goal(token, suffix, inputs, parent=parent))


def output(resource: Resource, key: str) -> Input:
    """Give an output of a child as the input of another; what is not there is unknown."""
    value = (resource.id or UNKNOWN) if key == "id" else resource.outputs.get(key, UNKNOWN)
    return Input(value, frozenset({resource.urn}))


def reference_to(resource: Resource) -> Properties:
    """Give a reference to a child."""
    return reference(resource.urn, (resource.id or UNKNOWN) if resource.custom else None)


def inside(value: Any, key: str) -> Any:  # noqa: ANN401
    """Give a member of an object, unknown while the object is."""
    value = plain(value)
    return plain(value.get(key, UNKNOWN)) if isinstance(value, dict) else UNKNOWN
