"""States of Amazon States Language, built by small functions; every step can be done twice.

A thing is never made before somebody looked whether it is there, so that a run that goes on after a failure,
or a request that was answered by a broken connection, makes nothing a second time:

    begin → look → there? ─ ready ───────────────→ next
              ↑      ├─ failed ──────────────────→ failed
              │      ├─ looked too often ────────→ failed
              │      ├─ missing → make ─┐
              └─ count ← wait ←─────────┘ (also when it is there and not ready)

References: Amazon States Language; AWS Step Functions developer guide, "AWS SDK service integrations":
parameters and results are in PascalCase as the SDK for Java 2 writes them: it makes a word of an acronym at
the beginning of a name, and of no other. So `DbInstances`, not `DBInstances`, but `MultiAZ`; an error is
`Rds.DbInstanceNotFoundException`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

State = dict[str, Any]
States = dict[str, State]
Parameters = Mapping[str, Any]

HOUR: Final = 3600
PUBLISH: Final = "arn:aws:states:::sns:publish"
FAILED: Final = "Tell people"
"""Where every failure leads."""
LOOK_SECONDS: Final = 60
"""Between two looks: RDS takes minutes to hours."""
REQUEST_SECONDS: Final = 120
"""How long one request to AWS may take."""
FAILURE_PATH: Final = "$.failure"
LOOKED_PATH: Final = "$.looked"
LOOKS_PATH: Final = "$.looks"
COUNT_PATH: Final = "$.looks.count"

_TRANSIENT: Final = (
    {
        "ErrorEquals": ["States.ALL"],
        "IntervalSeconds": 15,
        "MaxAttempts": 4,
        "BackoffRate": 2.0,
        "MaxDelaySeconds": 240,
        "JitterStrategy": "FULL",
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A kind of thing that can be looked for without an error when it is missing.

    Asking for a name answers a missing thing with an error; a filter answers with an empty list.
    """

    look: str
    """SDK integration that lists."""
    filter: str
    members: str
    """Member of the answer that holds the list."""
    status: str
    """Member of one entry that holds its state."""
    ready: str
    failed: tuple[str, ...]
    deleting: str
    missing: str
    """Error that says it is missing, should AWS answer a filter with one after all."""


INSTANCE: Final = Resource(
    look="rds:describeDBInstances",
    filter="db-instance-id",
    members="DbInstances",
    status="DbInstanceStatus",
    ready="available",
    failed=(
        "failed",
        "inaccessible-encryption-credentials",
        "incompatible-network",
        "incompatible-option-group",
        "incompatible-parameters",
        "incompatible-restore",
        "restore-error",
        "storage-full",
    ),
    deleting="deleting",
    missing="Rds.DbInstanceNotFoundException",
)
SNAPSHOT: Final = Resource(
    look="rds:describeDBSnapshots",
    filter="db-snapshot-id",
    members="DbSnapshots",
    status="Status",
    ready="available",
    failed=("failed", "incompatible-restore"),
    deleting="deleting",
    missing="Rds.DbSnapshotNotFoundException",
)


def task(
    resource: str,
    parameters: Parameters,
    *,
    then: str,
    on_failure: str,
    result_path: str | None = None,
    result_selector: Parameters | None = None,
    timeout_seconds: int = REQUEST_SECONDS,
    retry: Sequence[Parameters] = _TRANSIENT,
    expected_errors: Mapping[str, str] | None = None,
) -> State:
    """Give a step that asks AWS; `expected_errors` says where to go with which error."""
    catch = [
        {"ErrorEquals": [error], "Next": target, "ResultPath": None}
        for error, target in (expected_errors or {}).items()
    ]
    expected = [{"ErrorEquals": [error], "MaxAttempts": 0} for error in (expected_errors or {})]
    state: State = {
        "Type": "Task",
        "Resource": resource if resource.startswith("arn:") else f"arn:aws:states:::{resource}",
        "Parameters": dict(parameters),
        "TimeoutSeconds": timeout_seconds,
        # What is expected is not tried again.
        "Retry": [*expected, *(dict(entry) for entry in retry)],
        "Catch": [*catch, {"ErrorEquals": ["States.ALL"], "Next": on_failure, "ResultPath": FAILURE_PATH}],
        # The answers of AWS hold more than anybody should keep in the history.
        "ResultPath": result_path,
        "Next": then,
    }
    if not state["Retry"]:
        del state["Retry"]
    if result_selector is not None:
        state["ResultSelector"] = dict(result_selector)
    return state


def sdk(action: str) -> str:
    """Name an SDK integration: `rds:copyDBSnapshot`."""
    return f"arn:aws:states:::aws-sdk:{action}"


def value(values: object, *, path: str | None, then: str) -> State:
    """Give a step that puts constants into the state of the run."""
    return {"Type": "Pass", "Result": values, "ResultPath": path, "Next": then}


def computed(values: Parameters, *, path: str, then: str) -> State:
    """Give a step that puts values into the state of the run that are computed from others."""
    return {"Type": "Pass", "Parameters": dict(values), "ResultPath": path, "Next": then}


def choice(rules: Sequence[tuple[Parameters, str]], *, otherwise: str) -> State:
    """Give a step that decides: the first rule that holds."""
    return {
        "Type": "Choice",
        "Choices": [{**rule, "Next": target} for rule, target in rules],
        "Default": otherwise,
    }


def every(*rules: Parameters) -> Parameters:
    """Give a rule that holds when all of them do."""
    return {"And": [dict(rule) for rule in rules]}


def text_is(path: str, wanted: pulumi.Input[str]) -> Parameters:
    """Give a rule about a text."""
    return {"Variable": path, "StringEquals": wanted}


def present(path: str, *, is_present: bool = True) -> Parameters:
    """Give a rule about whether something is there."""
    return {"Variable": path, "IsPresent": is_present}


def failure(error: str, cause: str, *, then: str) -> State:
    """Give a step that notes a failure in the form in which AWS notes one."""
    return value({"Error": error, "Cause": cause}, path=FAILURE_PATH, then=then)


def ensure(
    what: str,
    kind: Resource,
    name_path: str,
    make: State,
    *,
    then: str,
    on_failure: str,
    minutes: int,
) -> tuple[str, States]:
    """Give the first of the states that make a thing, unless it is there, and wait until it is ready.

    `make` is its task; where it goes next, and that it may find the thing made, is set here.
    """
    names = _Names(what)
    entry = f"{LOOKED_PATH}.{kind.members}[0]"
    status = f"{entry}.{kind.status}"
    making = {**make, "Next": names.wait}
    return names.begin, {
        names.begin: value({"count": 0}, path=LOOKS_PATH, then=names.look),
        names.look: _look(kind, name_path, then=names.is_it, on_failure=on_failure),
        names.is_it: choice(
            [
                (every(present(entry), text_is(status, kind.ready)), then),
                *((every(present(entry), text_is(status, state)), names.broken) for state in kind.failed),
                ({"Variable": COUNT_PATH, "NumericGreaterThanEquals": minutes}, names.late),
                (present(entry), names.wait),
            ],
            otherwise=names.make,
        ),
        names.make: making,
        names.wait: {"Type": "Wait", "Seconds": LOOK_SECONDS, "Next": names.count},
        names.count: _count(then=names.look),
        names.broken: failure("Refresh.Broken", f"{what}: AWS could not make it", then=on_failure),
        names.late: failure("Refresh.TooLate", f"{what}: not ready after {minutes} minutes", then=on_failure),
    }


def remove(
    what: str,
    kind: Resource,
    name_path: str,
    delete: State,
    *,
    then: str,
    on_failure: str,
    minutes: int,
) -> tuple[str, States]:
    """Give the first of the states that delete a thing, if it is there, and wait until it is gone."""
    names = _Names(what)
    entry = f"{LOOKED_PATH}.{kind.members}[0]"
    return names.begin, {
        names.begin: value({"count": 0}, path=LOOKS_PATH, then=names.look),
        names.look: _look(kind, name_path, then=names.is_it, on_failure=on_failure),
        names.is_it: choice(
            [
                (present(entry, is_present=False), then),
                ({"Variable": COUNT_PATH, "NumericGreaterThanEquals": minutes}, names.late),
                (text_is(f"{entry}.{kind.status}", kind.deleting), names.wait),
            ],
            otherwise=names.make,
        ),
        # It may be busy, as while it is being made: refused now, it is asked again at the next look.
        names.make: {
            **{key: part for key, part in delete.items() if key != "Retry"},
            "Next": names.wait,
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": names.wait, "ResultPath": None}],
        },
        names.wait: {"Type": "Wait", "Seconds": LOOK_SECONDS, "Next": names.count},
        names.count: _count(then=names.look),
        names.late: failure(
            "Refresh.LeftOver", f"{what}: still there after {minutes} minutes", then=on_failure
        ),
    }


class _Names:
    """The states of one thing, each name used once in a machine."""

    def __init__(self, what: str) -> None:
        self.begin = what
        self.look = f"{what}: look"
        self.is_it = f"{what}: is it there?"
        self.make = f"{what}: ask"
        self.wait = f"{what}: wait"
        self.count = f"{what}: count"
        self.broken = f"{what}: broken"
        self.late = f"{what}: too late"


def _look(kind: Resource, name_path: str, *, then: str, on_failure: str) -> State:
    look = task(
        sdk(kind.look),
        {"Filters": [{"Name": kind.filter, "Values.$": f"States.Array({name_path})"}]},
        result_path=LOOKED_PATH,
        then=then,
        on_failure=on_failure,
        expected_errors={kind.missing: then},
    )
    # What was seen before is not what is there now.
    look["Catch"][0]["ResultPath"] = LOOKED_PATH
    return look


def _count(*, then: str) -> State:
    return computed({"count.$": f"States.MathAdd({COUNT_PATH}, 1)"}, path=LOOKS_PATH, then=then)
