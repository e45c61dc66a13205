"""The states that the two environments pass on the way away from home and back, rendered as stacks."""

from __future__ import annotations

from functools import cache
from typing import Final

from preview.changes import Changes, Override, changes_between, load_known_types
from preview.graph import ResourceGraph
from preview.stacks import render_stack
from tests import sharing
from tests.conftest import rendering_of

AT_REST: Final = "dr"
"""The standby follows."""
AWAY: Final = "dr recovery.active=true"
"""The region of the home is lost, and the standby serves."""
HANDING_OVER: Final = "dr recovery.active=true recovery.handover=closed"
"""The standby answers 503, so that the home gets the last write."""
RELEASED: Final = "dr recovery.active=true recovery.handover=released"
"""Besides, names lead home."""
AT_HOME: Final = "prod"
"""The home serves, as it was made."""
FOLLOWING: Final = "prod recovery.role=standby database.made_as=replica recovery.peer_filestore_id=null"
"""The home is back and follows its standby; the replication of files in the old direction is ended."""
FOLLOWING_WITH_FILES: Final = "prod recovery.role=standby database.made_as=replica"
"""Files come home too."""
FILES_ENDED: Final = FOLLOWING
"""Files are all here, and the file system can be written to again."""
HOME_AGAIN: Final = "prod database.made_as=replica recovery.peer_filestore_id=null"
"""The home serves again, with a database that was made as a replica; nothing is copied away yet."""
AT_HOME_AGAIN: Final = "prod database.made_as=replica"
"""Everything is copied to the standby again."""


def stack_of(state: str) -> str:
    """The environment whose state it is."""
    return state.split(" ", 1)[0]


@cache
def graph_of(state: str, *, unknowns: bool = False) -> ResourceGraph:
    """Render a state by the same path as the real stacks: the stack file and settings on top of it."""
    stack, *settings = state.split(" ")
    if not settings:
        return rendering_of(stack, unknowns=unknowns).graph
    overrides = [Override.parse(text) for text in settings]
    name = state.replace(" ", "_") + ("-unknowns" if unknowns else "")
    rendering = sharing.once_a_run(name, lambda: render_stack(stack, unknowns=unknowns, overrides=overrides))
    assert [line for line in rendering.log if line.severity in {"warning", "error"}] == []
    return rendering.graph


@cache
def change(before: str, after: str) -> Changes:
    """What a deployment does that takes an environment from one state to another."""
    return changes_between(graph_of(before), graph_of(after), known=load_known_types())


def named(graph: ResourceGraph, token: str, name: str) -> dict[str, object]:
    """The inputs of the one resource of a type and name."""
    (found,) = [each for each in graph.of_type(token) if each.name == name]
    return found.inputs
