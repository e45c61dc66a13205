"""Steps as data, and the one way in which they are walked, resumed and undone.

A step has a pre-condition, an action, a verification, an undo and a timeout. Every part may be called again:
after a crash the verification of a step that was begun is asked first, then it is done once more. Errors that
pass are outlasted until the step's time is over. A plan ends in one of these states:

| state | when |
|---|---|
| completed | every step is done and verified |
| unchanged | a step failed, and all that was changed is undone |
| half-done | a step failed that cannot be undone, or the undoing failed: the reason says what to do |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Generic, Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from ..errors import OperatorError
from .aws import code_of, passes
from .clock import Clock
from .journal import Entries, Journal, Say, TakenOverError

POLL_SECONDS: Final = 15
LONGEST_POLL_SECONDS: Final = 60
"""What takes an hour is not asked for every quarter of a minute."""
FAILED: Final = "failed"
"""Under which name the memory keeps which step failed, and why."""
SAVE_TRIES: Final = 40
"""How often a journal is written again while S3 does not answer: ten minutes."""


class Held(Protocol):
    """What the walk itself needs of the situation that steps work on."""

    clock: Clock
    journal: Journal
    deadline: datetime
    """When the time of the step that is being done is over."""


S = TypeVar("S", bound=Held)


class StepFailedError(Exception):
    """Why a step cannot go on; no further try would change it."""


class TryAgainError(Exception):
    """An action failed in a way that may pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[S]):
    """One step. Functions give None when all is well, else what is wrong or still missing."""

    name: str
    title: str
    precondition: Callable[[S], str | None]
    action: Callable[[S], None]
    verification: Callable[[S], str | None]
    undo: Callable[[S], str | None] | None = None
    """Undoes it and tells what is not undone yet; asked until it is. None: there is nothing to undo."""
    undo_title: str = ""
    one_way: bool = False
    """Nothing that comes after its beginning is undone: the only way is forward."""
    timeout_seconds: int
    tries: int = 3
    """How often the action is begun in one run, where it fails in a way that may pass."""


@dataclass(frozen=True, slots=True)
class Plan(Generic[S]):
    """Steps in their order; `undo_at_end`: what was made is for the rehearsal alone."""

    steps: tuple[Step[S], ...]
    undo_at_end: bool = False


def walk(plan: Plan[S], situation: S, say: Say) -> Entries:
    """Walk a plan from where its journal is, and give the journal's entries at its end.

    Raises TakenOverError where another process has the work, OperatorError where the journal cannot be kept:
    then nothing goes on, and what was begun stands in it.
    """
    return _Walk(plan, situation, say).run()


class _Walk(Generic[S]):
    def __init__(self, plan: Plan[S], situation: S, say: Say) -> None:
        self._plan = plan
        self._situation = situation
        self._journal = situation.journal
        self._clock = situation.clock
        self._say = say

    @property
    def _entries(self) -> Entries:
        entries = self._journal.entries
        if entries is None:
            raise ValueError("the journal was not begun")
        return entries

    def run(self) -> Entries:
        entries = self._entries
        for step in self._plan.steps:
            entries.step(step.name)
        left_over = entries.state == "half-done" and self._plan.undo_at_end
        if entries.state == "undoing" or left_over:
            return self._undo(str(entries.memory.get(FAILED, "")))
        entries.state, entries.reason, entries.ended_at = "running", "", None
        entries.memory.pop(FAILED, None)
        self._save()
        for number, step in enumerate(self._plan.steps, start=1):
            if entries.step(step.name).state == "done":
                continue
            self._say(f"{number}/{len(self._plan.steps)} {step.title}")
            try:
                self._do(step)
            except StepFailedError as error:
                return self._failed(step, str(error))
        if self._plan.undo_at_end:
            return self._undo("")
        return self._end("completed", "")

    def _do(self, step: Step[S]) -> None:
        entry = self._entries.step(step.name)
        again = entry.state in {"begun", "failed"}
        deadline = self._clock.now() + timedelta(seconds=step.timeout_seconds)
        self._situation.deadline = deadline
        if again and self._asked(step.verification, deadline) is None:
            self._done(step)
            return
        if wrong := self._asked(step.precondition, deadline):
            if entry.state == "waiting":
                entry.began_at = self._clock.now()
            raise StepFailedError(wrong)
        entry.state = "begun"
        entry.began_at = entry.began_at or self._clock.now()
        for attempt in range(1, step.tries + 1):
            entry.attempts += 1
            self._save()
            try:
                self._asked(_nothing(step.action), deadline, acts=True)
            except TryAgainError as error:
                if attempt == step.tries:
                    raise StepFailedError(f"{error} (tried {step.tries} times)") from None
                self._say(f"  {error}; once more")
                self._pause(deadline, str(error))
                continue
            break
        said = ""
        for wait in _waits():
            missing = self._asked(step.verification, deadline)
            if missing is None:
                break
            if missing != said:
                self._say(f"  waiting: {missing}")
                said = missing
            self._pause(deadline, missing, seconds=wait)
        self._done(step)

    def _done(self, step: Step[S]) -> None:
        entry = self._entries.step(step.name)
        entry.state, entry.ended_at = "done", self._clock.now()
        self._save()

    def _asked(
        self, function: Callable[[S], str | None], deadline: datetime, *, acts: bool = False
    ) -> str | None:
        """Call a part of a step; outlast what passes. Raises StepFailedError for everything else.

        Who `acts` hears of a failed program at once: whether to begin again is counted.
        """
        while True:
            self._renew()
            try:
                return function(self._situation)
            except TryAgainError as error:
                if acts:
                    raise
                self._say(f"  {error}; once more")
                self._pause(deadline, str(error))
            except (BotoCoreError, ClientError) as error:
                if not passes(error):
                    code = code_of(error)
                    refused = "AWS refused" if code else "AWS cannot be asked"
                    raise StepFailedError(f"{refused}: {error}") from None
                self._say(f"  {error}; once more")
                self._pause(deadline, f"AWS did not answer: {error}")

    def _pause(self, deadline: datetime, why: str, *, seconds: int = POLL_SECONDS) -> None:
        if self._clock.now() + timedelta(seconds=seconds) > deadline:
            raise StepFailedError(f"not in time: {why}")
        self._clock.sleep(seconds)

    def _failed(self, step: Step[S], reason: str) -> Entries:
        entry = self._entries.step(step.name)
        entry.state, entry.detail, entry.ended_at = "failed", reason, self._clock.now()
        whole = f"{step.name}: {reason}"
        self._entries.memory[FAILED] = whole
        self._say(f"  failed: {reason}")
        if self._gone_one_way():
            return self._end("half-done", whole)
        return self._undo(whole)

    def _gone_one_way(self) -> bool:
        return any(
            step.one_way
            and self._entries.step(step.name).attempts > 0
            and self._entries.step(step.name).state != "undone"
            for step in self._plan.steps
        )

    def _undo(self, reason: str) -> Entries:
        entries = self._entries
        entries.state, entries.reason = "undoing", reason
        self._save()
        left: list[str] = []
        for step in reversed(self._plan.steps):
            entry = entries.step(step.name)
            cleared = entry.state == "undone" or entries.memory.get(f"cleared:{step.name}")
            if step.undo is None or entry.attempts == 0 or cleared:
                continue
            self._say(f"undo: {step.undo_title}")
            deadline = self._clock.now() + timedelta(seconds=step.timeout_seconds)
            self._situation.deadline = deadline
            try:
                for wait in _waits():
                    missing = self._asked(step.undo, deadline)
                    if missing is None:
                        break
                    self._pause(deadline, missing, seconds=wait)
            except (StepFailedError, TryAgainError) as error:
                left.append(f"not undone: {step.undo_title}: {error}")
                self._say(f"  {left[-1]}")
                continue
            entry.state = "done" if self._plan.undo_at_end and entry.state == "done" else "undone"
            entry.detail = "; ".join(filter(None, (entry.detail, step.undo_title)))
            if entry.state == "done":
                # A rehearsal's step that passed stays passed; that it is cleared away stands in the memory.
                entries.memory[f"cleared:{step.name}"] = True
            self._save()
        if left:
            return self._end("half-done", "; ".join(filter(None, (reason, *left))))
        if reason:
            return self._end("unchanged", reason)
        return self._end("completed", "")

    def _end(self, state: Any, reason: str) -> Entries:  # noqa: ANN401  (a literal that pydantic checks)
        entries = self._entries
        entries.state, entries.reason, entries.ended_at = state, reason, self._clock.now()
        self._save()
        return entries

    def _save(self) -> None:
        """Write the journal, patiently: without it nothing may go on."""
        self._kept(self._journal.save)

    def _renew(self) -> None:
        self._kept(self._journal.beat)

    def _kept(self, write: Callable[[], None]) -> None:
        for attempt in range(1, SAVE_TRIES + 1):
            try:
                write()
            except TakenOverError:
                raise
            except (BotoCoreError, ClientError) as error:
                if not passes(error) or attempt == SAVE_TRIES:
                    raise OperatorError(
                        f"{self._journal.place} cannot be written: {error}\n"
                        "stopped where the work was; repeat the command to go on"
                    ) from None
                self._clock.sleep(POLL_SECONDS)
            else:
                return


def _waits() -> Iterator[int]:
    """Give how long to wait before asking again, longer and longer."""
    seconds = POLL_SECONDS
    while True:
        yield seconds
        seconds = min(LONGEST_POLL_SECONDS, seconds + POLL_SECONDS)


def _nothing(action: Callable[[S], None]) -> Callable[[S], str | None]:
    def call(situation: S) -> None:
        action(situation)

    return call
