"""Render the stacks of this repository: their files, their program, their answers to look-ups."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from preview.changes.overrides import Override, with_overrides
from preview.engine import InvokeAnswers, Rendering, render
from preview.engine.stack_file import StackConfiguration, load_stack

ROOT: Final = Path(__file__).resolve().parents[1]
"""The checkout: where Pulumi.yaml and the stack files are."""
PROGRAM: Final = ROOT / "infra"
STACKS: Final = ("prod", "staging", "testing", "dr", "dev")
"""Every environment, in the order in which they are shown."""


def render_stack(stack: str, *, unknowns: bool = False, overrides: Iterable[Override] = ()) -> Rendering:
    """Run the program with the stack's file. With `unknowns` as the first preview of a new stack.

    Raises StackFileError for a file that cannot be read, OverrideError for a setting that leads nowhere,
    RenderError for a program that fails; a wrong setting ends in SystemExit after the program printed one
    line for each mistake.
    """
    configuration = with_overrides(load_stack(ROOT, stack), overrides)
    return render(
        PROGRAM,
        project=configuration.project,
        stack=stack,
        config=configuration.config,
        secret_keys=configuration.secret_keys,
        invokes=_answers(configuration),
        unknowns=unknowns,
    )


def _answers(configuration: StackConfiguration) -> InvokeAnswers:
    """Take account and region from the stack file; a wrong file is reported by the program, not here."""
    try:
        environment = json.loads(configuration.config[f"{configuration.project}:environment"])
    except (KeyError, ValueError):
        environment = None
    identity: Mapping[str, object] = environment if isinstance(environment, dict) else {}
    return InvokeAnswers.for_account(
        account_id=str(identity.get("account_id", "111122223333")),
        region=str(identity.get("region", "ap-south-1")),
    )
