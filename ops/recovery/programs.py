"""Programs that the work starts: the Pulumi CLI by way of `delivery`, and kubectl."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

ROOT: Final = Path(__file__).resolve().parents[2]
BEAT_SECONDS: Final = 5
LEAVE_SECONDS: Final = 120
"""How long a program has to end what it began after it was interrupted."""
KEPT: Final = 4000
"""Characters of output that are kept: the end says what failed."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended, and the end of what it said."""

    status: int
    output: str


class Programs(Protocol):
    """Runs a program to its end."""

    def run(
        self,
        arguments: Sequence[str],
        *,
        variables: Mapping[str, str],
        text: str | None,
        timeout_seconds: float,
        beat: Callable[[], None],
    ) -> Done:
        """Run it; `text` is its input, `beat` is called every few seconds. Status 124: it took too long."""
        ...


class SystemPrograms:
    """Starts programs from the root of the checkout; their output is shown as it comes, on stderr."""

    def run(
        self,
        arguments: Sequence[str],
        *,
        variables: Mapping[str, str],
        text: str | None,
        timeout_seconds: float,
        beat: Callable[[], None],
    ) -> Done:
        """Run it. A program that outlives its time, or whose `beat` fails, is interrupted, then killed."""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
            given.write((text or "").encode())
            given.seek(0)
            try:
                process = subprocess.Popen(  # noqa: S603  (our own command; no shell)
                    list(arguments),
                    cwd=ROOT,
                    env={**os.environ, **variables},
                    stdin=given,
                    stdout=said,
                    stderr=subprocess.STDOUT,
                )
            except FileNotFoundError:
                return Done(127, f"{arguments[0]}: not found on PATH")
            deadline = time.monotonic() + timeout_seconds
            late = False
            try:
                while process.poll() is None:
                    if time.monotonic() > deadline:
                        late = True
                        break
                    beat()
                    try:
                        process.wait(timeout=BEAT_SECONDS)
                    except subprocess.TimeoutExpired:
                        continue
            finally:
                # Also when `beat` raises: what was started must not go on unwatched.
                _end(process)
            said.seek(0)
            output = said.read().decode(errors="replace")
            print(output, file=sys.stderr, end="")
            return Done(124 if late else process.returncode, output[-KEPT:])


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=LEAVE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
