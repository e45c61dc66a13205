"""`python -m ops gate`: status 0 when a gate is open, 1 with one line that says why when it is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer
import yaml
from botocore.exceptions import BotoCoreError, ClientError

from ..errors import NotProvenError, OperatorError
from ..records import PREFIX, Record, read_from
from ..recovery.aws import Aws
from ..recovery.estate import DRILL_DAYS, STACK, Estate
from ..recovery.report import last_drill, tell_last_drill
from .penetration_test import objections

ROOT: Final = Path(__file__).resolve().parents[2]
HOSTS: Final = ("web_hostname", "gps_hostname")

app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)

Environment = Annotated[str, typer.Option(help="The environment to be deployed.")]
Records = Annotated[str, typer.Option(help="Where records lie: a folder, or s3://<bucket>[/<prefix>].")]
Moment = Annotated[
    str | None, typer.Option("--at", help="As of when, with its offset: 2026-12-31T10:00+05:30; else now.")
]


@app.command(name="penetration-test")
def penetration_test(environment: Environment, records: Records = PREFIX, at: Moment = None) -> None:
    """Ask for a penetration test that passed, at most 365 days ago, of every public host (SEC-12)."""
    now = moment(at)
    hosts = public_hosts(environment)
    _decide("penetration test", environment, objections(_of(environment, records), hosts=hosts, now=now))


@app.command()
def chaos(environment: Environment, records: Records = PREFIX, at: Moment = None) -> None:
    """Ask for chaos experiments that passed: before the first go-live (OPS-03)."""
    now = moment(at)
    done = [record for record in _of(environment, records) if record.kind == "chaos"]
    last = max(done, key=lambda record: (record.finished_at, record.file_name), default=None)
    found = []
    if last is None:
        found.append("there is no record of any")
    elif last.finished_at > now:
        found.append(f"the last ones say that they ended {last.finished_at.isoformat()}, still to come")
    elif last.result != "passed":
        found.append(f"the last ones, of {last.finished_at.isoformat()}, ended {last.result}")
    _decide("chaos experiments", environment, found)


@app.command()
def drill(
    environment: Environment = STACK,
    records: Records = PREFIX,
    at: Moment = None,
    *,
    tell: Annotated[
        bool, typer.Option("--tell", help="Tell CloudWatch again when the last drill was")
    ] = False,
) -> None:
    """Ask for a drill of the recovery region that passed, at most a year ago (DATA-08)."""
    now = moment(at)
    done = _of(environment, records)
    last = last_drill(done, environment)
    found = []
    if last is None:
        found.append("there is no record of one that passed")
    elif last > now:
        found.append(f"the last one says that it ended {last.isoformat()}, still to come")
    elif now - last > timedelta(days=DRILL_DAYS):
        found.append(f"the last one that passed was {(now - last).days} days ago, more than {DRILL_DAYS}")
    if tell:
        region = Estate.read().region
        try:
            tell_last_drill(last, environment, Aws(region).client("cloudwatch"))
        except (BotoCoreError, ClientError) as error:
            raise OperatorError(f"CloudWatch of {region} cannot be told: {error}") from None
    _decide("drill", environment, found)


def _of(environment: str, place: str) -> list[Record]:
    return [record for record in read_from(place) if record.environment == environment]


def _decide(what: str, environment: str, found: list[str]) -> None:
    if found:
        raise NotProvenError(f"gate closed, {what} of {environment}: {'; '.join(found)}")
    print(f"gate open: {what} of {environment}")


def moment(at: str | None) -> datetime:
    """Read `--at`; now where there is none. Raises OperatorError without an offset from UTC."""
    if at is None:
        return datetime.now(UTC)
    try:
        read = datetime.fromisoformat(at)
    except ValueError:
        raise OperatorError(f"--at: {at!r} is no time; write it as 2026-12-31T10:00+05:30") from None
    if read.tzinfo is None:
        raise OperatorError(f"--at: {at!r} has no offset from UTC; write it as 2026-12-31T10:00+05:30")
    return read


def public_hosts(environment: str, root: Path = ROOT) -> list[str]:
    """Give the host names that the internet reaches, from the stack file of the checkout."""
    path = root / f"Pulumi.{environment}.yaml"
    try:
        document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        edge = document["config"]["fleet-erp:edge"]
        hosts = [edge[key] for key in HOSTS if edge.get(key)]
    except FileNotFoundError:
        raise OperatorError(f"there is no {path.name} in this checkout") from None
    except (KeyError, TypeError, yaml.YAMLError):
        raise OperatorError(f"{path.name}: fleet-erp:edge cannot be read") from None
    if not hosts:
        raise OperatorError(f"{path.name}: fleet-erp:edge names neither {' nor '.join(HOSTS)}")
    return hosts
