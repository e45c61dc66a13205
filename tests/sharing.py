"""What the processes of one test run share: rendered stacks, and a division of the work that suits them.

A render takes seconds and gives the same in every process; a copy of it is read in a fraction of one. The
folder of copies lives as long as the run, so no test ever sees the rendering of other sources.
"""

from __future__ import annotations

import fcntl
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from xdist.scheduler import LoadScopeScheduling

FOLDER_VARIABLE: Final = "FLEET_ERP_TEST_RENDERINGS"
MUTATIONS: Final = "tests/policies/mutations/"
STACKS: Final = ("prod", "staging", "testing", "dr")

_T = TypeVar("_T")


def open_folder() -> Path:
    """Make the run's folder, which the processes that the run starts find in their environment."""
    folder = Path(tempfile.mkdtemp(prefix="fleet-erp-renderings-"))
    os.environ[FOLDER_VARIABLE] = str(folder)
    return folder


def close_folder(folder: Path) -> None:
    """Take the folder away again."""
    os.environ.pop(FOLDER_VARIABLE, None)
    shutil.rmtree(folder, ignore_errors=True)


def once_a_run(name: str, make: Callable[[], _T]) -> _T:
    """Give what `make` gives, made by whichever process asks first; the others wait and read a copy."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder is None:
        return make()
    kept = Path(folder, f"{name}.pickle")
    with Path(folder, f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if kept.exists():
            return pickle.loads(kept.read_bytes())  # noqa: S301  (written by this run, in its own folder)
        made = make()
        kept.write_bytes(pickle.dumps(made))
    return made


class SharedScopes(LoadScopeScheduling):
    """Give a module to one process, as `--dist loadscope` does; but of mutations each stack.

    Who breaks a stack judges it whole first, which takes as long as a hundred breakages: all that break the
    same stack go to the same process.
    """

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


@cache
def scope_of(nodeid: str) -> str:
    """Name the group of tests that one process takes."""
    if nodeid.startswith(MUTATIONS):
        for stack in STACKS:
            if nodeid.endswith((f"[{stack}]", f"-{stack}]")):
                return f"{MUTATIONS}{stack}"
    return nodeid.rsplit("::", 1)[0]
