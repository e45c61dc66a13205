"""What a state machine asks of AWS, as its definition in Amazon States Language says.

Only integrations with the AWS SDK are read (`arn:aws:states:::aws-sdk:rds:copyDBSnapshot`), and what
schedules ask in the same way (`arn:aws:scheduler:::aws-sdk:…`). A parameter that is a path (`"Name.$":
"$.names.copy"`) is looked up in the steps that put constants or `States.Format` there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.framework import ResourceView

_SDK: Final = re.compile(r"^arn:[a-z-]+:(?:states|scheduler):::aws-sdk:(?P<service>\w+):(?P<action>\w+)")
_FORMAT: Final = re.compile(r"^States\.Format\('(?P<text>(?:[^'\\]|\\.)*)'")

State = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One request: where it stands, what it asks, and its parameters."""

    place: str
    """How a message names it: the name of the state, or `the schedule`."""
    service: str
    action: str
    parameters: Mapping[str, Any]
    _constants: Mapping[str, str]

    def text(self, member: str) -> str | None:
        """Give the text of a parameter, with `{}` for what only a run knows. None: nobody says it."""
        if isinstance(given := self.parameters.get(member), str):
            return given
        path = self.parameters.get(f"{member}.$")
        if not isinstance(path, str):
            return None
        return _formatted(path) or self._constants.get(path)

    def has(self, member: str) -> bool:
        """Whether the parameter is given, as a value or as a path."""
        return member in self.parameters or f"{member}.$" in self.parameters


def requests_of(machine: ResourceView) -> list[Request]:
    """Give the requests of a machine; none of one whose definition is not known yet."""
    if machine.is_unknown("definition") or not machine.has("definition"):
        return []
    document = json.loads(machine.text("definition"))
    states = list(_states(document))
    constants: dict[str, str] = {}
    for _, state in states:
        if state.get("Type") == "Pass":
            constants |= dict(_constants(state))
    return [
        Request(name, found["service"], found["action"], state.get("Parameters", {}), constants)
        for name, state in states
        if state.get("Type") == "Task" and (found := _SDK.match(str(state.get("Resource", ""))))
    ]


def request_of(schedule: ResourceView) -> Request | None:
    """Give what a schedule asks of AWS itself; None for one with another target, or none known yet."""
    if schedule.is_unknown("target.arn") or schedule.is_unknown("target.input"):
        return None
    found = _SDK.match(schedule.text("target.arn"))
    if not found or not schedule.has("target.input"):
        return None
    return Request(
        "the schedule", found["service"], found["action"], json.loads(schedule.text("target.input")), {}
    )


def _states(document: State) -> Iterator[tuple[str, State]]:
    """Give every state, those of maps and parallel branches too."""
    for name, state in document.get("States", {}).items():
        yield name, state
        for inner in (state.get("Iterator"), state.get("ItemProcessor"), *state.get("Branches", ())):
            if inner:
                yield from _states(inner)


def _constants(state: State) -> Iterator[tuple[str, str]]:
    path = state.get("ResultPath", "$") or "$"
    for key in ("Parameters", "Result"):
        yield from _leaves(path, state.get(key))


def _leaves(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            name = str(key)
            if name.endswith(".$") and isinstance(inner, str):
                if (text := _formatted(inner)) is not None:
                    yield f"{path}.{name.removesuffix('.$')}", text
            else:
                yield from _leaves(f"{path}.{name}", inner)
    elif isinstance(value, str):
        yield path, value


def _formatted(expression: str) -> str | None:
    found = _FORMAT.match(expression)
    return found["text"] if found else None
