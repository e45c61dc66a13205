"""`python -m ops recovery …`: is the recovery region ready, take over, rehearse it, keep it on record."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer
from botocore.exceptions import BotoCoreError, ClientError

from .. import records
from ..errors import NotProvenError, OperatorError
from . import drill as drills
from . import examination, outbox, report
from . import failover as failovers
from .aws import Aws
from .clock import SystemClock
from .estate import STACK, Estate
from .journal import Entries, Journal, Kind, begun
from .programs import SystemPrograms
from .readiness import CHECKS, Finding, findings
from .situation import Allowed, Situation, SystemProbe, database, replica_of
from .steps import Plan, Step, walk

app = typer.Typer(
    help="Take over in the recovery region, rehearse it, and keep both on record.", no_args_is_help=True
)

Json = Annotated[bool, typer.Option("--json", help="Result as JSON")]
Endpoint = Annotated[str | None, typer.Option(hidden=True, envvar="RECOVERY_ENDPOINT")]
TakeOver = Annotated[
    bool, typer.Option("--take-over", help="Go on with work whose process is dead, without waiting")
]
Folder = Annotated[Path, typer.Option(help="Where the record is written as well")]
Work = Annotated[Kind, typer.Argument(help="failover or drill")]

PLANS: dict[Kind, Plan[Situation]] = {"failover": failovers.PLAN, "drill": drills.PLAN}


@app.command()
def check(endpoint: Endpoint = None, *, as_json: Json = False) -> None:
    """Tell whether the recovery region could take over now; status 1 when something is amiss."""
    with understood():
        found = findings(situation_of("failover", endpoint=endpoint))
    _show(found, as_json=as_json)
    bad = [each.check for each in found if each.status != "ready"]
    if bad:
        raise NotProvenError(f"not ready: {', '.join(bad)}; docs/runbooks/region-loss.md")


@app.command()
def failover(
    endpoint: Endpoint = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the region's name")] = False,
    outage_began: Annotated[
        str | None, typer.Option(help="When users lost the system, with offset: 2026-12-31T10:00+05:30")
    ] = None,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Go on when more than 15 minutes are lost")
    ] = False,
    although_production_runs: Annotated[
        bool, typer.Option("--although-production-runs", help="Lose what production still takes")
    ] = False,
    without_replay: Annotated[
        bool, typer.Option("--without-replay", help="Leave the messages of the outbox for later")
    ] = False,
    despite: Annotated[
        list[str] | None, typer.Option(help="Go on although this check fails; may be given again")
    ] = None,
    deploy_profile: Annotated[
        str | None,
        typer.Option(envvar="RECOVERY_DEPLOY_PROFILE", help="AWS profile of who may deploy; else the caller"),
    ] = None,
    take_over: TakeOver = False,
    folder: Folder = Path(records.PREFIX),
) -> None:
    """Make the recovery region the one that serves. One way. Broken off, the same command goes on."""
    allowed = Allowed(
        loss=accept_loss,
        production_runs=although_production_runs,
        without_replay=without_replay,
        despite=tuple(despite or ()),
    )
    _known_checks(allowed.despite)
    began = None if outage_began is None else _moment(outage_began)
    with understood():
        situation = situation_of("failover", endpoint=endpoint, allowed=allowed)
        situation.deploy_profile = deploy_profile
        if began is not None and began > situation.clock.now():
            raise OperatorError(f"--outage-began: {outage_began} is still to come")
        _confirm(situation.estate, yes=yes)
        entries = work(situation, outage_began=began, take_over=take_over)
    _tell(situation, entries, folder)


@app.command()
def drill(
    endpoint: Endpoint = None,
    *,
    take_over: TakeOver = False,
    folder: Folder = Path(records.PREFIX),
) -> None:
    """Rehearse on a copy of the replica: restore, start, ask, measure, clear away."""
    with understood():
        situation = situation_of("drill", endpoint=endpoint)
        entries = work(situation, outage_began=None, take_over=take_over)
    _tell(situation, entries, folder)


@app.command()
def status(kind: Work, endpoint: Endpoint = None, *, as_json: Json = False) -> None:
    """Show how far a failover or drill is; status 1 when it is half done."""
    with understood():
        situation = situation_of(kind, endpoint=endpoint)
        entries = situation.journal.load()
        position = failovers.position(situation)
    if entries is None:
        print(f"there was no {kind} yet; {position}")
        return
    if as_json:
        print(
            json.dumps({**entries.model_dump(mode="json", exclude={"mark"}), "position": position}, indent=2)
        )
    else:
        for entry in entries.steps:
            print(f"{entry.state:8} {entry.name}{f': {entry.detail}' if entry.detail else ''}")
        print(
            f"{entries.kind} {entries.run}: {entries.state}{f', {entries.reason}' if entries.reason else ''}"
        )
        print(position)
    if entries.state in {"half-done", "undoing"}:
        raise NotProvenError(
            f"{entries.kind} {entries.run} is not over: repeat it; docs/runbooks/{entries.kind}.md"
        )


@app.command()
def record(
    kind: Work,
    endpoint: Endpoint = None,
    *,
    as_json: Json = False,
    folder: Folder = Path(records.PREFIX),
) -> None:
    """Write the record of the last failover or drill again, and show it as a page or as JSON."""
    with understood():
        situation = situation_of(kind, endpoint=endpoint)
        entries = situation.journal.load()
        if entries is None:
            raise OperatorError(f"there was no {kind} yet: {situation.journal.place} is not there")
        document = report.record_of(entries, situation.estate.environment, now=situation.clock.now())
        keep(situation, entries, folder)
    print(document.to_text() if as_json else report.markdown(document), end="")


@app.command()
def steps(kind: Work) -> None:
    """Show the steps, what undoes each and how long each may take."""
    for number, step in enumerate(PLANS[kind].steps, start=1):
        print(f"{number:2} {step.name:15} {_minutes(step):>8}  {step.title}")
        if step.undo is not None:
            print(f"{'':27} undo: {step.undo_title}")
        if step.one_way:
            print(f"{'':27} from here on the way is forward only")


@app.command()
def replay(
    service: Annotated[str, typer.Option(envvar="PGSERVICE", help="Service of libpq")],
    url_file: Annotated[Path, typer.Option(envvar="BROKER_URL_FILE", help="File with the broker's URL")],
    run: Annotated[str, typer.Option(help="Sends each message once for each run", envvar="REPLAY_RUN")],
    database: Annotated[str | None, typer.Option(help="Database, where the service names none")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Send what is left in the outbox to the broker: in a pod, after a failover."""
    try:
        with outbox.connect(service, database) as connection, outbox.rabbitmq(url_file) as broker:
            done = outbox.replay(connection, broker, run=run, say=lambda text: print(text, file=sys.stderr))
    except psycopg.Error as error:
        raise OperatorError(f"the database refused: {str(error).strip().splitlines()[0]}") from None
    print(json.dumps({"run": run, "sent": done.sent}) if as_json else f"{done.sent} messages sent")


@app.command(hidden=True)
def examine(
    service: Annotated[str, typer.Option(help="Service of libpq")],
    odoo_database: Annotated[str, typer.Option()],
    gps_database: Annotated[str, typer.Option()],
    open_with: Annotated[Path | None, typer.Option(help="File with a password for the role odoo")] = None,
) -> None:
    """Ask the copy of a drill for its figures: in the drill's pod."""
    password = None if open_with is None else open_with.read_text(encoding="utf-8").strip()
    try:
        found = examination.examine(
            service, odoo_database=odoo_database, gps_database=gps_database, password=password
        )
    except psycopg.Error as error:
        raise OperatorError(f"the copy refused: {str(error).strip().splitlines()[0]}") from None
    print(json.dumps(examination.as_figures(found)))


def situation_of(kind: Kind, *, endpoint: str | None, allowed: Allowed | None = None) -> Situation:
    """Give what steps work on, as the checkout and the caller's credentials say."""
    estate = Estate.read()
    aws = Aws(estate.region, endpoint=endpoint)
    caller = aws.client("sts").get_caller_identity()
    if caller["Account"] != estate.account_id and endpoint is None:
        raise OperatorError(
            f"these credentials are of account {caller['Account']}, "
            f"Pulumi.{STACK}.yaml says {estate.account_id}"
        )
    clock = SystemClock()
    return Situation(
        estate=estate,
        aws=aws,
        primary=Aws(estate.primary_region, doubtful=True, endpoint=endpoint),
        programs=SystemPrograms(),
        probe=SystemProbe(),
        clock=clock,
        journal=Journal(kind, estate.records_bucket, aws.client("s3"), clock),
        allowed=allowed or Allowed(),
        by=f"{getpass.getuser()} as {caller['Arn']}" if "USER" in os.environ else caller["Arn"],
        say=lambda text: print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True),
        deadline=clock.now(),
    )


def work(situation: Situation, *, outage_began: datetime | None, take_over: bool) -> Entries:
    """Begin, or go on with, the work of a journal, and give its entries at the end."""
    journal = situation.journal
    journal.acquire(situation.by, take_over=take_over)
    try:
        entries = journal.load()
        now = situation.clock.now()
        if entries is not None and entries.kind == "failover" and entries.state == "completed":
            _not_again(situation, entries)
        if entries is None or entries.ended:
            journal.begin(begun(journal.kind, by=situation.by, now=now, outage_began=outage_began))
        else:
            situation.say(
                f"goes on with {entries.kind} {entries.run}, begun {entries.started_at:%Y-%m-%d %H:%M} UTC"
            )
            if situation.by != entries.by:
                situation.decide("resumed", f"{situation.by} goes on with what {entries.by} began")
            entries.outage_began = outage_began or entries.outage_began
        done = walk(PLANS[journal.kind], situation, situation.say)
    finally:
        journal.release()
    return done


def _not_again(situation: Situation, entries: Entries) -> None:
    """Keep the journal of a failover for as long as it is true."""
    instance = database(situation.aws, situation.estate.database)
    if instance is None or not replica_of(instance):
        raise OperatorError(
            f"failover {entries.run} was completed at {entries.ended_at:%Y-%m-%d %H:%M} UTC: "
            f"{failovers.position(situation)}; the way back is docs/runbooks/failback.md"
        )


def keep(situation: Situation, entries: Entries, folder: Path) -> tuple[str, Path]:
    """Write the record beside the journal and here, and tell the metric; give both places."""
    document = report.record_of(entries, situation.estate.environment, now=situation.clock.now())
    bucket = situation.estate.records_bucket
    client = situation.aws.client("s3")
    written = records.write(document, folder)
    written.with_suffix(".md").write_text(report.markdown(document), encoding="utf-8")
    key = records.put(document, bucket, client=client)
    if document.kind == "drill":
        done = records.list_all(bucket, client=client, kind="drill")
        environment = situation.estate.environment
        last = report.last_drill(done, environment)
        report.tell_last_drill(last, environment, situation.aws.client("cloudwatch"))
    return f"s3://{bucket}/{key}", written


def _tell(situation: Situation, entries: Entries, folder: Path) -> None:
    """Say how it ended, whether or not it can be put on record."""
    try:
        place, written = keep(situation, entries, folder)
        print(f"{place}\n{written.with_suffix('.md')}")
    except (BotoCoreError, ClientError, OSError) as error:
        situation.say(f"not recorded: {error}; `ops recovery record {entries.kind}` does it later")
    if entries.state == "completed":
        print(f"{entries.kind} {entries.run}: completed")
        return
    again = "repeat the command when the cause is mended"
    if entries.state == "unchanged":
        raise NotProvenError(
            f"{entries.kind} {entries.run} stopped, nothing is changed: {entries.reason}; {again}"
        )
    raise NotProvenError(
        f"{entries.kind} {entries.run} IS HALF DONE: {entries.reason}\n"
        f"{again}; docs/runbooks/{entries.kind}.md"
    )


def _show(found: Sequence[Finding], *, as_json: bool) -> None:
    if as_json:
        print(
            json.dumps([{"check": f.check, "status": f.status, "detail": f.detail} for f in found], indent=2)
        )
        return
    for each in found:
        print(f"{each.status:8} {each.check:12} {each.detail}")


def _confirm(estate: Estate, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise OperatorError("nobody can be asked here: --yes goes on without a question")
    print(
        f"This makes {estate.region} serve instead of {estate.primary_region}. It is one way: "
        "the way back is docs/runbooks/failback.md.",
        file=sys.stderr,
    )
    typed = typer.prompt(f"Type {estate.region} to go on", err=True)
    if typed.strip() != estate.region:
        raise OperatorError(f"{typed!r} is not {estate.region}: nothing was done")


def _known_checks(names: Sequence[str]) -> None:
    known = {each.name for each in CHECKS}
    if wrong := sorted(set(names) - known):
        raise OperatorError(
            f"--despite: {', '.join(wrong)}: there is no such check; {', '.join(sorted(known))}"
        )


def _moment(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise OperatorError(
            f"--outage-began: {text!r} is no time; write it as 2026-12-31T10:00+05:30"
        ) from None
    if read.tzinfo is None:
        raise OperatorError(f"--outage-began: {text!r} has no offset; write it as 2026-12-31T10:00+05:30")
    return read


def _minutes(step: Step[Any]) -> str:
    return f"{timedelta(seconds=step.timeout_seconds).total_seconds() / 60:.0f} min"


@contextmanager
def understood() -> Iterator[None]:
    """Turn what AWS refuses into a line for the operator."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise OperatorError(f"AWS cannot be asked: {error}") from None
