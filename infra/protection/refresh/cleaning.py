"""The states that delete everything of a refresh, whatever it had come to."""

from __future__ import annotations

from typing import Final

from ...naming import Naming
from .parts import masked, masking_key_secret, quarantined
from .states import (
    FAILURE_PATH,
    INSTANCE,
    SNAPSHOT,
    State,
    States,
    choice,
    computed,
    present,
    remove,
    sdk,
    task,
    value,
)

DELETE_MINUTES: Final = 120
"""How long deleting a thing may take: one that is still being made must be ready before it can be deleted."""

NAMES_PATH: Final = "$.names"
SHARED_PATH: Final = "$.shared"
LEFT_PATH: Final = "$.left"

CLEAN: Final = "Clean up"
DONE: Final = "Everything is deleted"


def names_state(naming: Naming, run_path: str, *, then: str) -> State:
    """Give the step that names everything of a run after the run, and forgets all else it knew."""

    def named(text: str) -> str:
        return f"States.Format('{text}{{}}', {run_path})"

    quarantine = quarantined(naming)
    return computed(
        {
            "names": {
                "run.$": run_path,
                "instance.$": named(quarantine),
                # A snapshot and an instance may share a name; all that is unmasked begins with the same.
                "source.$": f"States.Format('{quarantine}{{}}-source', {run_path})",
                "copy.$": f"States.Format('{quarantine}{{}}-copy', {run_path})",
                "draft.$": f"States.Format('{quarantine}{{}}-draft', {run_path})",
                "masked.$": named(masked(naming)),
                "key.$": named(masking_key_secret(naming)),
            }
        },
        path="$",
        then=then,
    )


def cleaning_states(*, then: str) -> States:
    """Give the states from `CLEAN` on: what fails is noted, and the rest is deleted all the same.

    The masked snapshot stays once it is shared; made and not shared, it goes too.
    """
    states: States = {}
    steps = [("instance", "Delete the copy of production", INSTANCE)]
    steps += [
        (name, f"Delete the {what} snapshot", SNAPSHOT)
        for name, what in (("source", "first"), ("copy", "unmasked"), ("draft", "unshared"))
    ]
    keep = "Is it shared?"
    forget = "Forget the masking key"
    follow = [what for _, what, _ in steps[1:]] + [forget]
    for (name, what, kind), following in zip(steps, follow, strict=True):
        note = f"{what}: note"
        _, removal = remove(
            what,
            kind,
            f"{NAMES_PATH}.{name}",
            delete_instance() if kind is INSTANCE else delete_snapshot(f"{NAMES_PATH}.{name}"),
            then=following,
            on_failure=note,
            minutes=DELETE_MINUTES,
        )
        states |= noting(removal, note)
        states[note] = value(what, path=LEFT_PATH, then=following)
    states[CLEAN] = value("started", path="$.cleaning", then=steps[0][1])
    states[forget] = task(
        sdk("secretsmanager:deleteSecret"),
        {"SecretId.$": f"{NAMES_PATH}.key", "ForceDeleteWithoutRecovery": True},
        then=keep,
        on_failure=f"{forget}: note",
        expected_errors={"SecretsManager.ResourceNotFoundException": keep},
    )
    states |= noting({forget: states[forget]}, f"{forget}: note")
    states[f"{forget}: note"] = value(forget, path=LEFT_PATH, then=keep)
    states[keep] = choice([(present(SHARED_PATH), then)], otherwise="Delete the masked snapshot")
    what = "Delete the masked snapshot"
    _, removal = remove(
        what,
        SNAPSHOT,
        f"{NAMES_PATH}.masked",
        delete_snapshot(f"{NAMES_PATH}.masked"),
        then=then,
        on_failure=f"{what}: note",
        minutes=DELETE_MINUTES,
    )
    states |= noting(removal, f"{what}: note")
    states[f"{what}: note"] = value(what, path=LEFT_PATH, then=then)
    return states


def noting(states: States, note: str) -> States:
    """Keep why the refresh failed: what fails now is noted elsewhere."""
    for state in states.values():
        for catch in state.get("Catch", ()):
            if catch["Next"] == note:
                catch["ResultPath"] = None
        if state["Type"] == "Pass" and state.get("ResultPath") == FAILURE_PATH:
            state["ResultPath"] = "$.trouble"
    return states


def delete_instance() -> State:
    """Delete the instance of the run, and what RDS would keep of it."""
    return task(
        sdk("rds:deleteDBInstance"),
        {
            "DbInstanceIdentifier.$": f"{NAMES_PATH}.instance",
            "SkipFinalSnapshot": True,
            "DeleteAutomatedBackups": True,
        },
        then="",
        on_failure="",
    )


def delete_snapshot(name_path: str) -> State:
    """Delete a snapshot of the run."""
    return task(sdk("rds:deleteDBSnapshot"), {"DbSnapshotIdentifier.$": name_path}, then="", on_failure="")
