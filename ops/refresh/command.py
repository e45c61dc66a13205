"""`python -m ops refresh …`: start, watch and answer refreshes, and take what they shared.

`job` is for the container in production's quarantine. All other commands take the credentials of one account:
production's, or with `--environment` that of the environment that takes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError

from ops.errors import NotProvenError, OperatorError
from ops.records import PREFIX, write

from .job import Place, Step, do
from .machine import PRODUCTION, Decision, Machine, Names, accepted, record_of

app = typer.Typer(
    help="Refresh environments outside production from production, masked.", no_args_is_help=True
)

Taker = Literal["staging", "testing"]
Region = Annotated[str, typer.Option(envvar="AWS_REGION", help="Region of the environments")]
Of = Annotated[Literal["prod", "staging", "testing"], typer.Option(help="Whose machine")]
Endpoint = Annotated[str | None, typer.Option(hidden=True, envvar="REFRESH_ENDPOINT")]
Run = Annotated[str | None, typer.Argument(help="Name of the run; the last one if not given")]
Json = Annotated[bool, typer.Option("--json", help="Result as JSON")]


@app.command()
def start(
    name: Annotated[str | None, typer.Option(help="Name of the run; made from the time if not given")] = None,
    region: Region = "ap-south-1",
    endpoint: Endpoint = None,
) -> None:
    """Start a refresh; refused while one runs."""
    with _understood():
        print(_machine(PRODUCTION, region, endpoint)[0].start(name, now=datetime.now(UTC)))


@app.command()
def take(
    run: Annotated[str, typer.Argument(help="Run of production whose snapshot is taken")],
    environment: Annotated[Taker, typer.Option(help="Who takes it")],
    region: Region = "ap-south-1",
    endpoint: Endpoint = None,
) -> None:
    """Start the intake of a shared snapshot, as production's event does by itself."""
    with _understood():
        print(_machine(environment, region, endpoint)[0].take(run, now=datetime.now(UTC)))


@app.command(name="accepted")
def newest(
    environment: Annotated[Taker, typer.Option(help="Who accepted it")],
    region: Region = "ap-south-1",
    endpoint: Endpoint = None,
) -> None:
    """Name the newest snapshot that was accepted, for `fleet-erp:database.snapshot`."""
    with _understood():
        names, _ = _names(environment, region, endpoint)
        print(accepted(names, boto3.client("rds", region_name=region, endpoint_url=endpoint)))


@app.command()
def status(
    run: Run = None,
    environment: Of = "prod",
    region: Region = "ap-south-1",
    endpoint: Endpoint = None,
    *,
    as_json: Json = False,
    record: Annotated[
        bool, typer.Option("--record", help="Write the record of a run that has ended")
    ] = False,
    folder: Annotated[Path, typer.Option(help="Where records lie")] = Path(PREFIX),
) -> None:
    """Show how far a run is; status 1 when it ended otherwise than well."""
    with _understood():
        machine, who = _machine(environment, region, endpoint)
        state = machine.status(run or machine.latest())
    if as_json:
        print(
            json.dumps(
                {
                    "run": state.run,
                    "status": state.status,
                    "step": state.step,
                    "started_at": state.started_at.isoformat(),
                    "stopped_at": state.stopped_at.isoformat() if state.stopped_at else None,
                    "error": state.error,
                    "steps": [step.name for step in state.steps],
                },
                indent=2,
            )
        )
    else:
        for step in state.steps:
            print(f"{step.started_at:%Y-%m-%d %H:%M:%S}  {step.name}")
        print(f"{state.run}: {state.status}{f', {state.error}' if state.error else ''}")
    if record:
        print(write(record_of(state, environment=environment, by=who), folder), file=sys.stderr)
    if state.status not in {"RUNNING", "SUCCEEDED"}:
        raise NotProvenError(f"{state.run} ended as {state.status}; docs/runbooks/refresh.md")


@app.command()
def resume(
    run: Annotated[str, typer.Argument(help="Name of the run")],
    region: Region = "ap-south-1",
    endpoint: Endpoint = None,
) -> None:
    """Let a failed run that waits go on: what is done already is found, and not done again."""
    _decide(run, "resume", region, endpoint)


@app.command()
def discard(
    run: Annotated[str, typer.Argument(help="Name of the run")],
    region: Region = "ap-south-1",
    endpoint: Endpoint = None,
) -> None:
    """Let a failed run that waits delete everything now."""
    _decide(run, "discard", region, endpoint)


@app.command(hidden=True)
def job(step: Step) -> None:
    """Do one step on the copy in quarantine: for the state machine."""
    with _understood():
        place = Place.of(os.environ)
        store: Any = boto3.client("secretsmanager", region_name=os.environ.get("AWS_REGION"))
        do(step, place, store)


def _decide(run: str, decision: Decision, region: str, endpoint: str | None) -> None:
    with _understood():
        _machine(PRODUCTION, region, endpoint)[0].decide(run, decision)
    print(f"{run}: {decision}", file=sys.stderr)


def _names(environment: str, region: str, endpoint: str | None) -> tuple[Names, str]:
    """Give the names in the account that the caller is in, and who the caller is."""
    caller = boto3.client("sts", region_name=region, endpoint_url=endpoint).get_caller_identity()
    return Names(environment=environment, account_id=caller["Account"], region=region), caller["Arn"]


def _machine(environment: str, region: str, endpoint: str | None) -> tuple[Machine, str]:
    """Give an environment's machine, and who the caller is."""
    names, who = _names(environment, region, endpoint)
    return (
        Machine(
            names,
            states=boto3.client("stepfunctions", region_name=region, endpoint_url=endpoint),
            queues=boto3.client("sqs", region_name=region, endpoint_url=endpoint),
        ),
        who,
    )


@contextmanager
def _understood() -> Iterator[None]:
    """Turn what AWS refuses into a line for the operator."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise OperatorError(f"AWS refused: {error}") from None
