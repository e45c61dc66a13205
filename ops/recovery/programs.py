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
from typing import BinaryIO, Final, Protocol

ROOT: Final = Path(__file__).resolve().parents[2]
BEAT_SECONDS: Final = 5
LEAVE_SECONDS: Final = 120
"""How long a program has to end what it began after it was interrupted."""
SHOWN_AFTER_SECONDS: Final = 10
"""A program that takes longer is one that somebody waits for: its output is shown as it comes."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended, what it answered, and what it complained of."""

    status: int
    output: str
    errors: str = ""


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
    """Starts programs from the root of the checkout, without a shell."""

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
        with (
            tempfile.TemporaryFile() as given,
            tempfile.NamedTemporaryFile() as said,
            tempfile.NamedTemporaryFile() as complained,
        ):
            given.write((text or "").encode())
            given.seek(0)
            try:
                process = subprocess.Popen(  # noqa: S603  (our own command; no shell)
                    list(arguments),
                    cwd=ROOT,
                    env={**os.environ, **variables},
                    stdin=given,
                    stdout=said,
                    stderr=complained,
                )
            except FileNotFoundError:
                return Done(127, f"{arguments[0]}: not found on PATH")
            began = time.monotonic()
            late = False
            # Handles of our own: reading by those of the program would move where it writes.
            with Path(said.name).open("rb") as output, Path(complained.name).open("rb") as errors:
                try:
                    while process.poll() is None:
                        passed = time.monotonic() - began
                        if passed > timeout_seconds:
                            late = True
                            break
                        beat()
                        if passed > SHOWN_AFTER_SECONDS:
                            _show(output, errors)
                        try:
                            process.wait(timeout=BEAT_SECONDS)
                        except subprocess.TimeoutExpired:
                            continue
                finally:
                    # Also when `beat` raises: what was started must not go on unwatched.
                    _end(process)
                output.seek(0)
                errors.seek(0)
                return Done(
                    124 if late else process.returncode,
                    output.read().decode(errors="replace"),
                    errors.read().decode(errors="replace"),
                )


def _show(*streams: BinaryIO) -> None:
    for stream in streams:
        print(stream.read().decode(errors="replace"), file=sys.stderr, end="", flush=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=LEAVE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
