"""The failover: it ends in the active state, or stops and says why; never half-promoted in silence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest

from ops.errors import OperatorError
from ops.recovery import failover
from ops.recovery.estate import RTO_SECONDS
from ops.recovery.journal import LEASE_SECONDS, Entries, Journal
from ops.recovery.report import markdown, record_of
from ops.recovery.situation import Allowed

from .schedules import rehearse, schedule
from .simulated_aws import CrashError
from .stand_ins import UP_STAGES
from .world import World

SEEDS = (0, 1, 7, 9, 14, 15)
"""Some of `make drill`: every kind of fault is among them."""


def lose_the_region(world: World, *, behind: float = 8.0) -> None:
    """Let ap-south-1 be gone since ten minutes, the replica having been `behind` it by so many seconds."""
    world.aws.primary_lost = True
    began = world.aws.clock.now() - timedelta(minutes=10)
    world.aws.lag = lambda: behind + (world.aws.clock.now() - began).total_seconds()


@pytest.mark.requirement("DATA-08")
@pytest.mark.requirement("ENV-05")
def test_the_region_is_lost_and_the_other_serves(world: World) -> None:
    """With ap-south-1 unreachable: promoted, guarded, grown, led to, asked; in less than four hours."""
    lose_the_region(world)
    entries = world.work("failover", outage_began=world.aws.clock.now() - timedelta(minutes=10))
    assert (entries.state, entries.reason) == ("completed", "")
    assert (world.promoted, world.promotions, world.switched, world.active) == (True, 1, True, True)
    assert world.stages_done == list(UP_STAGES)
    assert [step.state for step in entries.steps] == ["done"] * len(failover.STEPS)
    assert list(world.cluster.jobs) == [f"outbox-replay-{entries.run}"]
    record = record_of(entries, "dr", now=world.aws.clock.now())
    assert record.result == "passed"
    assert 600 < int(record.figures["rto_seconds"]) < RTO_SECONDS
    assert record.figures["rpo_seconds"] == 8
    page = markdown(record)
    assert "- RTO: 0:5" in page
    assert "ap-south-1 does not answer" in page


def test_nothing_is_asked_of_the_lost_region_but_whether_it_lives(world: World) -> None:
    lose_the_region(world)
    assert world.work("failover").state == "completed"
    assert world.aws.lost_calls == ["rds.DescribeDBInstances"]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.requirement("DATA-08")
def test_rehearsals_by_seed(world: World, seed: int) -> None:
    """Faults, crashes, lag: `rehearse` holds the journal to what is there after every end."""
    outcome = rehearse(world, schedule(seed))
    assert outcome.entries.state in {"completed", "unchanged"}
    assert outcome.entries.state == "completed" or outcome.entries.reason


@pytest.mark.parametrize("moment", ["begun", "done"])
@pytest.mark.requirement("DATA-08")
def test_a_crash_after_each_step_resumes(
    world: World, moment: Literal["begun", "done"], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies whenever a step was begun, or done, for the first time; a new one goes on."""
    lose_the_region(world)
    died: set[str] = set()
    save = Journal.save

    def save_and_die(journal: Journal) -> None:
        save(journal)
        assert journal.entries is not None
        for step in journal.entries.steps:
            if step.state == moment and step.name not in died:
                died.add(step.name)
                world.aws.dead = True
                raise CrashError

    monkeypatch.setattr(Journal, "save", save_and_die)
    entries = repeat(world)
    assert entries.state == "completed"
    assert died == {step.name for step in failover.STEPS}
    assert (world.promotions, world.cluster.started_jobs) == (1, 1)
    assert entries.outage_began is None


def repeat(world: World, times: int = 30) -> Entries:
    for _ in range(times):
        try:
            return world.work("failover")
        except CrashError:
            world.aws.restart()
            world.aws.clock.sleep(LEASE_SECONDS + 1)
    raise AssertionError("no end")


def test_a_deployment_that_broke_off_after_the_promotion_is_not_taken_for_done(world: World) -> None:
    """A promoted database alone is half a failover: it is said, and the next run deploys again."""
    world.up_failures = ["guard"] * 3
    entries = world.work("failover", Allowed(production_runs=True))
    assert world.promoted
    assert entries.state == "half-done"
    assert "update failed" in entries.reason
    assert "promoted" in failover.position(world.situation("failover", Allowed()))
    assert record_of(entries, "dr", now=world.aws.clock.now()).result == "failed"
    assert world.work("failover").state == "completed"
    assert world.promotions == 1


def test_what_fails_before_the_deployment_is_undone(world: World) -> None:
    world.program_failures = {"get": 10_000}
    entries = world.work("failover", Allowed(production_runs=True))
    assert entries.state == "half-done", "whether the value was set cannot be asked: that is no undoing"
    assert "not undone: set fleet-erp:recovery.active to false" in entries.reason
    world.program_failures = {}
    assert world.work("failover", Allowed(production_runs=True)).state == "completed"


def test_files_are_released_with_the_other_region_or_without_it(world: World) -> None:
    """Pods that cannot write never become healthy, so this comes before the deployment."""
    assert world.work("failover", Allowed(production_runs=True)).state == "completed"
    assert world.aws.files_copied is None
    world.reset()
    lose_the_region(world)
    entries = world.work("failover")
    assert (entries.state, world.aws.files_copied) == ("completed", None)
    assert "the replication is ended in ap-southeast-1 alone" in {each.choice for each in entries.decisions}


def test_a_release_that_never_ends_is_done_here_alone_by_the_next_run(world: World) -> None:
    world.aws.files_copied = "DELETING"
    entries = world.work("failover", Allowed(production_runs=True))
    assert (entries.state, world.aws.files_copied) == ("completed", None)


def test_a_release_that_is_refused_is_told_before_anything_is_promoted(world: World) -> None:
    world.aws.trouble.refused = frozenset({"efs.DeleteReplicationConfiguration"})
    entries = world.work("failover", Allowed(production_runs=True))
    assert (entries.state, world.promoted) == ("half-done", False)
    assert entries.reason.startswith("files: ")
    assert "AccessDenied" in entries.reason
    world.aws.trouble.refused = frozenset()
    assert world.work("failover", Allowed(production_runs=True)).state == "completed"


def test_a_value_that_is_not_taken_is_put_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> str | None:
        from ops.recovery.steps import StepFailedError  # noqa: PLC0415

        raise StepFailedError("the stack file is read-only")

    steps = tuple(
        replace(step, precondition=refuse) if step.name == "files" else step for step in failover.STEPS
    )
    monkeypatch.setattr("ops.recovery.command.PLANS", {"failover": replace(failover.PLAN, steps=steps)})
    entries = world.work("failover", Allowed(production_runs=True))
    assert (entries.state, world.active, world.promoted) == ("unchanged", False, False)
    assert entries.reason == "files: the stack file is read-only"


@pytest.mark.requirement("DATA-02")
def test_more_loss_than_promised_is_a_decision(world: World) -> None:
    """A replica that was 20 minutes behind stops the failover, until somebody accepts that, on record."""
    lose_the_region(world, behind=1200)
    began = world.aws.clock.now() - timedelta(minutes=10)
    entries = world.work("failover", outage_began=began)
    assert entries.state == "unchanged"
    assert entries.reason.startswith("recovery-point: 1200 s of transactions are lost, more than 900")
    assert not world.active
    entries = world.work("failover", Allowed(loss=True), outage_began=began)
    assert entries.state == "completed"
    assert ("recovery point", "1200 s are lost, more than 900") in {
        (each.point, each.choice) for each in entries.decisions
    }
    assert record_of(entries, "dr", now=world.aws.clock.now()).figures["rpo_seconds"] == 1200


def test_without_a_lag_the_loss_is_not_known(world: World) -> None:
    world.aws.primary_lost = True
    world.aws.lag = lambda: None
    assert "how much is lost is not known" in world.work("failover").reason
    world.aws.lag = lambda: -1.0
    assert "how much is lost is not known" in world.work("failover").reason
    assert world.work("failover", Allowed(loss=True)).state == "completed"


def test_production_that_lives_stops_it(world: World) -> None:
    entries = world.work("failover")
    assert entries.state == "unchanged"
    assert "fleet-erp-prod-postgres in ap-south-1 is available" in entries.reason
    world.primary_status("stopped")
    assert world.work("failover").state == "completed"


@pytest.mark.parametrize(
    ("break_it", "check"),
    [
        (
            lambda world: setattr(world.aws, "quota", 8.0),
            "quota: 8 vCPUs are allowed, all nodes together are 16",
        ),
        (
            lambda world: setattr(
                world, "estate", replace(world.estate, partner_keys=(*world.estate.partner_keys, "new-key"))
            ),
            "secrets: fleet-erp/prod/new-key (is not there)",
        ),
        (
            lambda world: setattr(
                world,
                "estate",
                replace(world.estate, images=(replace(world.estate.images[0], digest=f"sha256:{'0' * 64}"),)),
            ),
            "images: not in this region's registry: fleet-erp/odoo@sha256:000000000000",
        ),
        (
            lambda world: setattr(world, "estate", replace(world.estate, gps_hostname="gps.example.org")),
            "certificate: no issued certificate for erp.example.com and gps.example.org",
        ),
    ],
)
def test_a_region_that_could_not_serve_is_not_activated(
    world: World, break_it: Callable[[World], None], check: str
) -> None:
    """Each missing thing is named before anything is changed; a person may go on in spite of it."""
    lose_the_region(world)
    whole = world.estate
    break_it(world)
    try:
        entries = world.work("failover")
        assert entries.state == "unchanged"
        assert check in entries.reason
        assert not world.active
    finally:
        world.estate = whole


def test_a_failover_in_spite_of_a_check_says_so(world: World) -> None:
    lose_the_region(world)
    world.aws.quota = 8.0
    entries = world.work("failover", Allowed(despite=("quota",)))
    assert entries.state == "completed"
    assert any("goes on although quota" in each.choice for each in entries.decisions)


def test_a_failover_is_not_done_twice(world: World) -> None:
    lose_the_region(world)
    first = world.work("failover")
    with pytest.raises(OperatorError, match=f"failover {first.run} was completed at"):
        world.work("failover")
    assert world.journal_in_the_bucket("failover") == first


def test_of_two_processes_one_works(world: World) -> None:
    """A living process keeps others out; one that is dead is taken over at once by who knows it is."""
    other = world.situation("failover", Allowed()).journal
    other.acquire("second engineer", take_over=False)
    with pytest.raises(OperatorError, match="second engineer works on this failover until"):
        world.work("failover", Allowed(production_runs=True))
    assert not world.active
    assert world.work("failover", Allowed(production_runs=True), take_over=True).state == "completed"
    world.aws.clock.sleep(LEASE_SECONDS)
    with pytest.raises(OperatorError, match="another process has taken over"):
        other.beat()


def test_without_a_journal_nothing_is_done(world: World) -> None:
    """S3 of the recovery region answers nobody: an error, and no step."""
    world.aws.trouble.faults |= dict.fromkeys(range(1, 5000), "error")
    with pytest.raises(OperatorError, match="AWS cannot be asked"):
        world.work("failover", Allowed(production_runs=True))
    assert (world.active, world.promoted) == (False, False)


def test_what_aws_denies_is_not_tried_for_hours(world: World) -> None:
    world.aws.trouble.refused = frozenset({"rds.DescribeDBInstances"})
    began = world.aws.clock.now()
    entries = world.work("failover")
    assert entries.state == "unchanged"
    assert "AWS refused: An error occurred (AccessDenied)" in entries.reason
    assert (world.aws.clock.now() - began).total_seconds() < 60


def test_a_step_that_does_not_come_to_its_end_ends_in_time(world: World) -> None:
    """Targets stay unhealthy: after the step's time it is half done, and says what is missing."""
    lose_the_region(world)
    world.stages_done = ["serve"]
    began = world.aws.clock.now()
    entries = world.work("failover")
    assert entries.state == "half-done"
    assert entries.reason.startswith("workloads: not in time: fleet-erp-dr-odoo has no healthy pod")
    assert (world.aws.clock.now() - began).total_seconds() < RTO_SECONDS
