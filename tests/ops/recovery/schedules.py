"""Rehearsals by seed: what goes wrong in each, what somebody has allowed, and what must hold in the end."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from ops.errors import OperatorError
from ops.recovery.estate import RPO_SECONDS, RTO_SECONDS
from ops.recovery.journal import LEASE_SECONDS, Entries, Kind
from ops.recovery.report import record_of
from ops.recovery.situation import Allowed

from .simulated_aws import FAULTS, CrashError, Fault
from .stand_ins import UP_STAGES
from .standby import ESTATE
from .world import World

SCHEDULES: Final = 120
DRILL_EVERY: Final = 6
CRASH: Final = "the process died"
MOST_RUNS: Final = 40
"""How often somebody repeats the command before he gives up."""
LOST_MINUTES: Final = 20
"""How long the region has been lost when somebody decides."""

Lag = Literal["small", "over", "unknown"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """What happens in one rehearsal. The numbers of calls go on over repetitions of the command."""

    seed: int
    kind: Kind
    primary: Literal["lost", "running", "stopped"]
    lag: Lag
    allowed: Allowed
    faults: dict[int, Fault]
    crashes: dict[int, Literal["before", "after"]]
    up_failures: tuple[str, ...] = ()
    program_failures: dict[str, int] = field(default_factory=dict)
    take_over: bool = False
    quota: float = 64.0

    @property
    def troubles(self) -> str:
        """Say in a few words what goes wrong."""
        words = [f"region {self.primary}", f"lag {self.lag}"]
        for fault in FAULTS:
            if count := sum(each == fault for each in self.faults.values()):
                words.append(f"{count} {fault}")
        if self.crashes:
            words.append(f"{len(self.crashes)} crashes")
        words += [f"up fails before {stage}" for stage in self.up_failures]
        words += [f"{word} fails {times}x" for word, times in self.program_failures.items()]
        if self.quota < 16:
            words.append("quota too small")
        return ", ".join(words)


def schedule(seed: int) -> Schedule:
    """Draw a rehearsal."""
    chance = random.Random(seed)  # noqa: S311  (seeded on purpose)
    kind: Kind = "drill" if seed % DRILL_EVERY == DRILL_EVERY - 1 else "failover"
    faults: dict[int, Fault] = {}
    for _ in range(chance.choice((0, 1, 2, 3))):
        # A burst: what outlasts botocore's own tries is for the walk to outlast.
        start, length, fault = chance.randint(1, 190), chance.randint(1, 25), chance.choice(FAULTS)
        faults |= dict.fromkeys(range(start, start + length), fault)
    crashes: dict[int, Literal["before", "after"]] = {}
    for _ in range(chance.choice((0, 1, 1, 2, 4))):
        crashes[chance.randint(1, 200)] = chance.choice(("before", "after"))
    lag: Lag = chance.choices(("small", "over", "unknown"), (6, 2, 1))[0]
    primary: Literal["lost", "running", "stopped"] = chance.choices(
        ("lost", "running", "stopped"), (6, 1, 1)
    )[0]
    return Schedule(
        seed=seed,
        kind=kind,
        primary="running" if kind == "drill" else primary,
        lag=lag,
        allowed=Allowed(
            loss=chance.random() < 0.6,
            production_runs=chance.random() < 0.5,
            without_replay=chance.random() < 0.1,
            despite=("quota",) if chance.random() < 0.1 else (),
        ),
        faults=faults,
        crashes=crashes,
        up_failures=tuple(chance.choices(UP_STAGES, k=chance.choice((0, 0, 0, 1, 2, 4)))),
        program_failures=(
            {chance.choice(("create", "apply", "get", "set", "logs")): chance.randint(1, 4)}
            if chance.random() < 0.2
            else {}
        ),
        take_over=chance.random() < 0.5,
        quota=8.0 if chance.random() < 0.06 else 64.0,
    )


@dataclass(slots=True)
class Outcome:
    """How a rehearsal went."""

    schedule: Schedule
    stops: list[str]
    """Why each repetition of the command ended before the work did."""
    entries: Entries
    rto_seconds: int | None
    rpo_seconds: int | None

    @property
    def crashes(self) -> int:
        """How often the process died and another went on."""
        return self.stops.count(CRASH)


def rehearse(world: World, plan: Schedule) -> Outcome:
    """Repeat the command until the work has ended. Raises AssertionError where a promise is broken."""
    world.reset()
    clock = world.aws.clock
    trouble = world.aws.trouble
    trouble.faults |= plan.faults
    trouble.crashes |= plan.crashes
    world.up_failures = list(plan.up_failures)
    world.program_failures = dict(plan.program_failures)
    world.aws.quota = plan.quota
    world.aws.primary_lost = plan.primary == "lost"
    world.primary_status("stopped" if plan.primary == "stopped" else "available")
    outage = clock.now() - timedelta(minutes=LOST_MINUTES) if plan.kind == "failover" else None
    world.aws.lag = _lag(
        world, plan, at_loss={"small": 8.0, "over": RPO_SECONDS + 300.0, "unknown": None}[plan.lag]
    )
    stops: list[str] = []
    entries: Entries | None = None
    for run in range(1, MOST_RUNS + 1):
        try:
            entries = world.work(
                plan.kind, plan.allowed, take_over=plan.take_over and run > 1, outage_began=outage
            )
        except CrashError:
            stops.append(CRASH)
            world.aws.restart()
            if not plan.take_over:
                clock.sleep(LEASE_SECONDS + 1)
            continue
        except OperatorError as error:
            stops.append(str(error))
            told = _never_silent(world, plan)
            if told is not None:
                # All was done, and only the answer to the last line of the journal was lost.
                return _outcome(world, plan, told, stops)
            clock.sleep(120)
            continue
        _check(world, plan, entries)
        if entries.state == "completed" or (entries.state == "unchanged" and not _passing(world)):
            return _outcome(world, plan, entries, stops)
        stops.append(entries.reason)
        clock.sleep(300)
    raise AssertionError(f"{MOST_RUNS} runs, and no end: {stops[-3:]}")


def _lag(world: World, plan: Schedule, *, at_loss: float | None) -> Callable[[], float | None]:
    began = world.aws.clock.now()

    def lag() -> float | None:
        if at_loss is None or world.promoted:
            return None
        # After the loss nothing comes, so what is measured grows with the time.
        grown = (world.aws.clock.now() - began).total_seconds() + LOST_MINUTES * 60
        return at_loss + (grown if plan.primary == "lost" else 0.0)

    return lag


def _passing(world: World) -> bool:
    """Whether trouble is still to come: then somebody tries again."""
    ahead = [n for n in (*world.aws.trouble.faults, *world.aws.trouble.crashes) if n > world.aws.calls]
    return bool(ahead) and world.aws.calls < 400 and not world.permanent


def _never_silent(world: World, plan: Schedule) -> Entries | None:
    """Whatever has happened to the region, the journal says it; give the journal of what is done."""
    found = world.journal_in_the_bucket(plan.kind)
    if plan.kind == "failover" and (world.promoted or world.active):
        assert found is not None, "changed, and no journal"
        assert found.state != "unchanged", "changed, and the journal says that nothing is"
    if plan.kind == "failover" and found is not None and found.state == "completed":
        _check(world, plan, found)
        return found
    return None


def _check(world: World, plan: Schedule, entries: Entries) -> None:
    """Hold what the journal says to what is there."""
    assert entries.state in {"completed", "unchanged", "half-done"}, entries.state
    assert entries.state == "completed" or entries.reason, "stopped without a reason"
    assert world.journal_in_the_bucket(plan.kind) == entries
    if plan.kind == "drill":
        assert not world.promoted
        assert not world.active
        assert entries.state == "half-done" or world.left_over == [], world.left_over
        return
    if entries.state == "completed":
        assert world.promoted
        assert world.promotions == 1
        assert world.aws.files_copied is None, "Odoo could write nothing"
        assert world.active
        assert world.switched
        assert world.stages_done == list(UP_STAGES)
        assert world.cluster.started_jobs == (0 if _replay_left(entries) else 1)
    elif entries.state == "unchanged":
        assert not world.promoted
        assert not world.active
        assert not world.switched
        assert world.stages_done == []
        assert world.aws.files_copied == "ENABLED"
    else:
        assert entries.step("files").attempts or world.active, "half done is no excuse for what was not begun"


def _replay_left(entries: Entries) -> bool:
    return any(each.point == "messages" for each in entries.decisions)


def _outcome(world: World, plan: Schedule, entries: Entries, stops: list[str]) -> Outcome:
    record = record_of(entries, ESTATE.environment, now=world.aws.clock.now())
    rto, rpo = record.figures.get("rto_seconds"), record.figures.get("rpo_seconds")
    if entries.state == "completed":
        assert isinstance(rto, int)
        assert record.result == ("failed" if plan.kind == "drill" and rto > RTO_SECONDS else "passed")
        known = entries.memory.get("last_transaction") != "unknown"
        assert plan.kind == "drill" or isinstance(rpo, int) or not known
        if plan.kind == "failover":
            assert rto >= LOST_MINUTES * 60
            if plan.primary == "lost" and isinstance(rpo, int):
                expected = {"small": 8, "over": RPO_SECONDS + 300}[plan.lag]
                assert abs(rpo - expected) <= 60, "the measured loss is not the one that was made"
    return Outcome(
        schedule=plan,
        stops=stops,
        entries=entries,
        rto_seconds=rto if isinstance(rto, int) else None,
        rpo_seconds=rpo if isinstance(rpo, int) else None,
    )
