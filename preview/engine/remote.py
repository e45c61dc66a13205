"""Remote components: those whose children a plugin would register."""

from __future__ import annotations

from typing import Any

from pulumi.runtime.proto import resource_pb2

from preview.engine.errors import RenderError
from preview.engine.goal import Goal


def construct(goal: Goal, monitor: Any) -> resource_pb2.RegisterResourceResponse:  # noqa: ANN401
    """Expand a remote component into its children. Raises RenderError for one that has no model here."""
    raise RenderError(
        f"{goal.token} '{goal.name}'{f' ({goal.source})' if goal.source else ''} is a remote component whose "
        "children are made by a plugin; only eks:index:Cluster can be expanded offline"
    )
