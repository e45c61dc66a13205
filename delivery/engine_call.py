"""How the Pulumi CLI is called for a stack: all packs, its environment's levels, its own state backend."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.settings import PROJECT
from policies.framework.environments import environment_of
from policies.framework.levels import levels_file
from policies.framework.pack import pack_directories
from preview.engine.stack_file import load_stack

ROOT: Final = Path(__file__).resolve().parents[1]
PACKS: Final = ROOT / "policies"

NEEDED: Final = {
    "pulumi": "the Pulumi CLI, 3.272 or newer",
    "aws": "the AWS CLI, 2.7 or newer, which the EKS component runs",
}
"""Programs that a deployment needs on PATH, and why."""

BACKEND_VARIABLE: Final = "PULUMI_BACKEND_URL"


class MissingProgramError(Exception):
    """A program that the deployment needs is not on PATH; one line for each."""


@dataclass(frozen=True, slots=True)
class EngineCall:
    """One call of the CLI: its arguments, and the environment variables that differ from the caller's."""

    arguments: tuple[str, ...]
    variables: Mapping[str, str]


def engine_call(
    verb: str, stack: str, *, extra: Sequence[str] = (), variables: Mapping[str, str], root: Path = ROOT
) -> EngineCall:
    """Build the call `pulumi <verb> -s <stack>` with every pack and the levels of the environment.

    The state backend is the environment's own bucket, in the region of the stack: the recovery stack must
    not need the region that failed. A backend that the caller's `variables` name wins, for trials.
    Raises StackFileError when the stack file cannot be read, ValueError for a stack of no environment.
    """
    levels = levels_file(root / "policies", environment_of(stack)).relative_to(root)
    packs = [directory.relative_to(root) for directory in pack_directories(root / "policies")]
    arguments = ["pulumi", verb, "-s", stack]
    for pack in packs:
        arguments += ["--policy-pack", str(pack)]
    # The CLI pairs packs and configurations by their order.
    for _ in packs:
        arguments += ["--policy-pack-config", str(levels)]
    backend = variables.get(BACKEND_VARIABLE) or state_backend(stack, root=root)
    return EngineCall((*arguments, *extra), {BACKEND_VARIABLE: backend})


def state_backend(stack: str, *, root: Path = ROOT) -> str:
    """Give the URL of the bucket that holds the stack's state: one per account and region."""
    configuration = load_stack(root, stack)
    environment = json.loads(configuration.config[f"{PROJECT}:environment"])
    bucket = f"{PROJECT}-state-{environment['account_id']}-{environment['region']}"
    return f"s3://{bucket}?region={environment['region']}&awssdk=v2"


def require_programs(path: str | None) -> None:
    """Raise MissingProgramError unless everything in NEEDED is on `path`."""
    missing = [
        f"{name}: not found on PATH; needed is {what}"
        for name, what in NEEDED.items()
        if shutil.which(name, path=path) is None
    ]
    if missing:
        raise MissingProgramError("\n".join(missing))
