"""The state machines of a refresh as a person sees them: started, watched, and answered when one waits.

Production's machine makes masked snapshots; that of another environment, its intake, takes one.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from ops.errors import OperatorError
from ops.records import Record, Result, Step

RUN: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_RUN: Final = 30
PRODUCTION: Final = "prod"
RUNNING: Final = "RUNNING"
ACCEPTED: Final = {"Key": "Accepted", "Value": "true"}
"""How an intake marks a snapshot of which its environment may be made."""
_RESULTS: Final[dict[str, Result]] = {"SUCCEEDED": "passed", "ABORTED": "aborted"}
_ENTERED: Final = "stateEnteredEventDetails"
_QUIET: Final = re.compile(r": (look|is it there\?|ask|wait|count|passed\?)$")
"""States that are parts of a step, not steps."""

Decision = Literal["resume", "discard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the machine and its queue are called, computed as `infra/naming.py` does."""

    environment: str
    account_id: str
    region: str

    @property
    def machine_arn(self) -> str:
        """The machine that refreshes, or takes what was refreshed."""
        account = f"{self.region}:{self.account_id}"
        what = "refresh" if self.environment == PRODUCTION else "intake"
        return f"arn:aws:states:{account}:stateMachine:fleet-erp-{self.environment}-{what}"

    @property
    def masked(self) -> str:
        """What masked snapshots begin with."""
        return f"fleet-erp-{self.environment}-masked-"

    @property
    def queue(self) -> str:
        """Where failed runs wait."""
        return f"fleet-erp-{self.environment}-refresh-decisions"

    def execution_arn(self, run: str) -> str:
        """One run."""
        return f"{self.machine_arn.replace(':stateMachine:', ':execution:')}:{run}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How far a run is."""

    run: str
    status: str
    step: str
    started_at: datetime
    stopped_at: datetime | None
    error: str | None
    steps: tuple[Step, ...]


class Machine:
    """The machine, through boto3's clients of Step Functions and SQS."""

    def __init__(self, names: Names, *, states: Any, queues: Any) -> None:  # noqa: ANN401  (boto3 has no types)
        self._names = names
        self._states = states
        self._queues = queues

    def start(self, run: str | None = None, *, now: datetime) -> str:
        """Start a refresh and give its name. Raises OperatorError while another runs, or for a bad name.

        Two at once would share the quarantine's job and confuse whoever watches.
        """
        name = run or f"manual-{now.astimezone(UTC):%Y%m%dt%H%M%S}"
        return self._begin(checked(name), name, "{}")

    def take(self, run: str, *, now: datetime) -> str:
        """Start the intake of what a run of production shared, and give the name of the intake.

        Raises OperatorError while another runs, or for a bad name. What was taken already is examined again.
        """
        given = json.dumps({"run": checked(run)})
        return self._begin(run, f"take-{now.astimezone(UTC):%Y%m%dt%H%M%S}", given)

    def _begin(self, run: str, name: str, given: str) -> str:
        if running := self.running():
            raise OperatorError(f"{running[0]} is running; `status` shows it, and one at a time is enough")
        try:
            self._states.start_execution(stateMachineArn=self._names.machine_arn, name=name, input=given)
        except self._states.exceptions.ExecutionAlreadyExists:
            raise OperatorError(
                f"{run} has run before: another name, for its name is that of snapshots"
            ) from None
        return name

    def running(self) -> list[str]:
        """Name the runs that have not ended."""
        answer = self._states.list_executions(
            stateMachineArn=self._names.machine_arn, statusFilter=RUNNING, maxResults=100
        )
        return [execution["name"] for execution in answer["executions"]]

    def latest(self) -> str:
        """Name the newest run. Raises OperatorError when there was none."""
        answer = self._states.list_executions(stateMachineArn=self._names.machine_arn, maxResults=100)
        if not answer["executions"]:
            begins = "start" if self._names.environment == PRODUCTION else "take"
            raise OperatorError(f"there was no run yet; `{begins}` begins one")
        return max(answer["executions"], key=lambda execution: execution["startDate"])["name"]

    def status(self, run: str) -> Status:
        """Say how far a run is. Raises OperatorError for one that does not exist."""
        arn = self._names.execution_arn(run)
        try:
            execution = self._states.describe_execution(executionArn=arn)
        except self._states.exceptions.ExecutionDoesNotExist:
            raise OperatorError(
                f"{run}: there is no such run; `status` without a name shows the last"
            ) from None
        steps, error = self._steps(arn)
        return Status(
            run=run,
            status=execution["status"],
            step=steps[-1].name if steps else "",
            started_at=execution["startDate"],
            stopped_at=execution.get("stopDate"),
            error=error,
            steps=tuple(steps),
        )

    def decide(self, run: str, decision: Decision) -> None:
        """Answer a failed run that waits. Raises OperatorError for one that does not."""
        url = self._queues.get_queue_url(QueueName=self._names.queue)["QueueUrl"]
        for message in self._waiting(url):
            body = json.loads(message["Body"])
            if body["run"] != run:
                continue
            self._states.send_task_success(taskToken=body["token"], output=json.dumps({"do": decision}))
            self._queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return
        raise OperatorError(
            f"{run} waits for no decision: it runs, has ended, or somebody else is answering it just now"
            " (try again in half a minute)"
        )

    def _waiting(self, url: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while messages := self._queues.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=5, WaitTimeSeconds=0
        ).get("Messages"):
            found += messages
        return found

    def _steps(self, arn: str) -> tuple[list[Step], str | None]:
        """Read the steps from the history; a step ends where the next one begins."""
        entered: list[tuple[str, datetime]] = []
        error = None
        token: dict[str, str] = {}
        while True:
            page = self._states.get_execution_history(executionArn=arn, maxResults=1000, **token)
            for event in page["events"]:
                if _ENTERED in event:
                    entered.append((event[_ENTERED]["name"], event["timestamp"]))
                for key in (
                    "taskFailedEventDetails",
                    "taskTimedOutEventDetails",
                    "executionFailedEventDetails",
                ):
                    if key in event:
                        error = f"{event[key].get('error', '')}: {event[key].get('cause', '')}"[:1000]
            if "nextToken" not in page:
                break
            token = {"nextToken": page["nextToken"]}
        steps = [(name, at) for name, at in entered if not _QUIET.search(name)]
        ends = [at for _, at in steps[1:]] + [entered[-1][1]] if entered else []
        return [
            Step(name=name, result="passed", started_at=at, finished_at=end)
            for (name, at), end in zip(steps, ends, strict=True)
        ], error


def checked(run: str) -> str:
    """Give the name of a run. Raises OperatorError for a text that is none."""
    if not RUN.fullmatch(run) or len(run) > LONGEST_RUN:
        raise OperatorError(
            f"{run!r} is no name for a run: small letters, digits and single hyphens, at most"
            f" {LONGEST_RUN}, for identifiers of RDS are made of it"
        )
    return run


def accepted(names: Names, databases: Any) -> str:  # noqa: ANN401  (boto3 has no types)
    """Name the newest snapshot that the intake accepted. Raises OperatorError when there is none."""
    found: list[tuple[datetime, str]] = []
    for page in databases.get_paginator("describe_db_snapshots").paginate(SnapshotType="manual"):
        found += [
            (snapshot["SnapshotCreateTime"], snapshot["DBSnapshotIdentifier"])
            for snapshot in page["DBSnapshots"]
            if snapshot["DBSnapshotIdentifier"].startswith(names.masked)
            and snapshot["Status"] == "available"
            and ACCEPTED in snapshot.get("TagList", ())
        ]
    if not found:
        raise OperatorError(f"{names.environment} has accepted no snapshot yet; `take` begins an intake")
    return max(found)[1]


def record_of(status: Status, *, environment: str, by: str) -> Record:
    """Write down a run that has ended. Raises OperatorError for one that has not."""
    if status.stopped_at is None:
        raise OperatorError(f"{status.run} has not ended: it is at {status.step!r}")
    result = _RESULTS.get(status.status, "failed")
    shared = any(step.name in {"It is shared", "It is accepted"} for step in status.steps)
    return Record(
        kind="refresh",
        environment=environment,
        started_at=status.started_at,
        finished_at=status.stopped_at,
        by=by,
        result=result,
        figures={
            "hours": round((status.stopped_at - status.started_at).total_seconds() / 3600, 2),
            "shared": shared,
        },
        steps=status.steps if result == "passed" else (),
        details={
            "run": status.run,
            "status": status.status,
            "error": status.error if result != "passed" else None,
            "last_step": status.step,
            "steps": [step.name for step in status.steps],
        },
    )
