"""Programs are started without a shell, watched, and never left behind."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.recovery import programs
from ops.recovery.journal import TakenOverError
from ops.recovery.programs import ROOT, Done, SystemPrograms


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(programs, "LEAVE_SECONDS", 2)


def nothing() -> None:
    """Nothing holds the lease."""


def run(
    code: str, *, timeout_seconds: float = 20, beat: Callable[[], None] = nothing, text: str | None = None
) -> Done:
    return SystemPrograms().run(
        [sys.executable, "-c", code],
        variables={"PULUMI_BACKEND_URL": "s3://state"},
        text=text,
        timeout_seconds=timeout_seconds,
        beat=beat,
    )


def test_input_variables_folder_output_and_status_pass() -> None:
    done = run(
        "import os, sys; print(os.environ['PULUMI_BACKEND_URL'], os.getcwd(), sys.stdin.read()); sys.exit(3)",
        text="objects",
    )
    assert done == Done(3, f"s3://state {ROOT} objects\n")


def test_an_answer_is_whole_and_complaints_are_apart() -> None:
    """A pod as JSON is long, and kubectl warns beside it."""
    done = run("import sys; print('x' * 50_000); print('warning: old', file=sys.stderr)")
    assert (len(done.output), done.errors) == (50_001, "warning: old\n")


def test_what_takes_long_is_shown_as_it_comes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(programs, "SHOWN_AFTER_SECONDS", 0)
    shown: list[str] = []
    code = "import time; print('updating postgres', flush=True); time.sleep(1.5)"
    run(code, beat=lambda: shown.append(capsys.readouterr().err))
    assert "updating postgres" in "".join(shown), "it was shown before the program had ended"


def test_a_program_that_is_not_there_is_named() -> None:
    done = SystemPrograms().run(
        ["no-such-program"], variables={}, text=None, timeout_seconds=1, beat=lambda: None
    )
    assert done == Done(127, "no-such-program: not found on PATH")


WAITS = "import os, pathlib, time; pathlib.Path({path!r}).write_text(str(os.getpid())); time.sleep(60)"


def gone(path: Path) -> bool:
    try:
        os.kill(int(path.read_text()), 0)
    except ProcessLookupError:
        return True
    return False


def test_a_program_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    began = time.monotonic()
    assert run(WAITS.format(path=str(pid)), timeout_seconds=1.5).status == 124
    assert time.monotonic() - began < 15
    assert gone(pid)


def test_a_deployment_ends_when_another_process_takes_over(tmp_path: Path) -> None:
    """Two deployments at once are worse than none."""
    pid = tmp_path / "pid"

    def beat() -> None:
        if pid.exists() and pid.read_text():
            raise TakenOverError("another process has taken over")

    with pytest.raises(TakenOverError):
        run(WAITS.format(path=str(pid)), beat=beat)
    assert gone(pid)
