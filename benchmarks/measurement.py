"""Run a command in a process of its own and take its wall time and peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
KIB: Final = 1024
# A pack's finding must not stop a measurement: only the time is of interest here.
ACCEPTED: Final = (0, 1)


@dataclass(frozen=True, slots=True)
class Measurement:
    """The best of several runs, since whatever else the machine does only ever adds time."""

    seconds: float
    peak_mib: float


def measure(arguments: Sequence[str], *, repeats: int) -> Measurement:
    """Run `python <arguments>` several times. Raises RuntimeError with its error output when it fails."""
    best = Measurement(float("inf"), float("inf"))
    for _ in range(repeats):
        seconds, peak = _run([sys.executable, *arguments])
        best = Measurement(min(best.seconds, seconds), min(best.peak_mib, peak))
    return best


def _run(command: Sequence[str]) -> tuple[float, float]:
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None  # noqa: S101  (PIPE was asked for; the type checker cannot know)
    errors = process.stderr.read()
    # wait4 gives the peak memory of just this child, which getrusage(RUSAGE_CHILDREN) mixes with all others.
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in ACCEPTED:
        raise RuntimeError(f"{' '.join(command)} failed: {errors.strip()[-400:]}")
    return seconds, usage.ru_maxrss / KIB
