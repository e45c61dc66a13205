"""From the event of a finished restore test to its verdict, told to everyone who asks for it.

The verdict goes to AWS Backup (PutRestoreValidationResult), into the records as `restore-test`, and into a
metric that alarms read. A failed verdict then fails the function too, so that people hear of it.

References: AWS Backup developer guide, "Restore testing validation"; EventBridge, "Restore Job State Change".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import boto3
from botocore.config import Config

from ops import records
from ops.errors import NotProvenError
from ops.records import Record, Step

from .findings import Answer, Finding, Question, Recorded

NAMESPACE: Final = "FleetErp/RestoreTests"
PASSED: Final = "Passed"
FAILED: Final = "Failed"
KIND: Final = "restore-test"
MESSAGE_LENGTH: Final = 900
IDENTITY: Final = "restore-validation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """The services that are asked and told: clients of boto3, which has no types of its own."""

    backup: Any
    rds: Any
    functions: Any
    objects: Any
    metrics: Any

    @classmethod
    def of_account(cls) -> Clients:
        """Give those of the function's own account and region."""
        return cls(
            backup=boto3.client("backup"),
            rds=boto3.client("rds"),
            functions=boto3.client("lambda", config=Config(read_timeout=900, retries={"max_attempts": 0})),
            objects=boto3.client("s3"),
            metrics=boto3.client("cloudwatch"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the judge must know of the environment; the rule of the event adds it."""

    environment: str
    examiner: str
    """The function that reaches restored databases."""
    records_bucket: str
    odoo_database: str
    gps_database: str
    max_age_minutes: int | None
    max_restore_minutes: int | None = None
    """How long the restore may have taken: RTO, for there is no recovery before it has ended."""


def handler(event: Mapping[str, Any], _context: object = None) -> dict[str, Any]:
    """Judge the restore test of an event, which has its job and the circumstances.

    Raises NotProvenError when it failed.
    """
    return judge(event["restoreJobId"], Clients.of_account(), Circumstances(**event["circumstances"]))


def judge(job_id: str, clients: Clients, circumstances: Circumstances) -> dict[str, Any]:
    """Find out whether the restored database is whole, and tell it.

    The restore job, not the event, says what was restored from which backup: an event is no proof. Raises
    NotProvenError, after everyone was told, when the database is not whole.
    """
    began = datetime.now(UTC)
    job = clients.backup.describe_restore_job(RestoreJobId=job_id)
    clients.backup.put_restore_validation_result(RestoreJobId=job_id, ValidationStatus="VALIDATING")
    try:
        answer = _ask(job, clients, circumstances)
    except Exception as error:
        # Whatever went wrong, the database is not proven to be whole; the text may hold anything.
        detail = f"could not be asked: {type(error).__name__}"
        answer = Answer(findings=(Finding(name="validation", passed=False, detail=detail),))
    if answer.findings and circumstances.max_restore_minutes is not None:
        timely = _timely(job, circumstances.max_restore_minutes)
        answer = answer.model_copy(update={"findings": (*answer.findings, timely)})
    record = _record(job, answer, circumstances, began)
    records.put(record, circumstances.records_bucket, client=clients.objects)
    clients.metrics.put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [{"Name": "Environment", "Value": circumstances.environment}],
                "Value": float(counted),
                "Unit": "Count",
            }
            for name, counted in ((PASSED, answer.passed), (FAILED, not answer.passed))
        ],
    )
    clients.backup.put_restore_validation_result(
        RestoreJobId=job_id,
        ValidationStatus="SUCCESSFUL" if answer.passed else "FAILED",
        ValidationStatusMessage=answer.summary[:MESSAGE_LENGTH],
    )
    if not answer.passed:
        raise NotProvenError(f"restore test {job_id}: {answer.summary}")
    return {"restoreJobId": job_id, "passed": True, "summary": answer.summary}


def _ask(job: Mapping[str, Any], clients: Clients, circumstances: Circumstances) -> Answer:
    identifier = str(job["CreatedResourceArn"]).rsplit(":", 1)[-1]
    (instance,) = clients.rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
    last = _last_good(clients, circumstances)
    question = Question(
        host=instance["Endpoint"]["Address"],
        port=instance["Endpoint"]["Port"],
        odoo_database=circumstances.odoo_database,
        gps_database=circumstances.gps_database,
        taken_at=job["RecoveryPointCreationDate"],
        max_age_minutes=circumstances.max_age_minutes,
        counts=_counts_of(last),
        sets=_sets_of(last),
    )
    response = clients.functions.invoke(
        FunctionName=circumstances.examiner,
        InvocationType="RequestResponse",
        Payload=question.model_dump_json().encode(),
    )
    payload = response["Payload"].read()
    if response.get("FunctionError"):
        raise RuntimeError(response["FunctionError"])
    return Answer.model_validate_json(payload)


def _timely(job: Mapping[str, Any], most_minutes: int) -> Finding:
    minutes = _restore_minutes(job)
    took = "has no end" if minutes is None else f"took {minutes:.0f} minutes"
    return Finding(
        name="restore time",
        passed=minutes is not None and minutes <= most_minutes,
        detail=f"the restore {took}, at most {most_minutes} are allowed",
    )


def _restore_minutes(job: Mapping[str, Any]) -> float | None:
    restored = job.get("CompletionDate")
    if not isinstance(restored, datetime):
        return None
    return (restored - job["CreationDate"]).total_seconds() / 60


def _last_good(clients: Clients, circumstances: Circumstances) -> Record | None:
    """Give the last test that passed: what it found is what this one must find again."""
    good = [
        record
        for record in records.list_all(circumstances.records_bucket, client=clients.objects, kind=KIND)
        if record.environment == circumstances.environment and record.result == "passed"
    ]
    return good[-1] if good else None


def _counts_of(record: Record | None) -> dict[str, int]:
    counts = record.details.get("counts") if record else None
    return Answer.model_validate({"findings": [], "counts": counts or {}}).counts


def _sets_of(record: Record | None) -> dict[str, Recorded]:
    sets = record.details.get("sets") if record else None
    return Answer.model_validate({"findings": [], "sets": sets or {}}).sets


def _record(job: Mapping[str, Any], answer: Answer, circumstances: Circumstances, began: datetime) -> Record:
    figures: dict[str, Any] = {
        "checks": len(answer.findings),
        "checks_failed": sum(not finding.passed for finding in answer.findings),
    }
    if (minutes := _restore_minutes(job)) is not None:
        figures["restore_minutes"] = round(minutes, 1)
    if answer.newest_position_at is not None:
        age = job["RecoveryPointCreationDate"] - answer.newest_position_at
        figures["recovery_point_minutes"] = round(age.total_seconds() / 60, 1)
    kept: dict[str, Any] = json.loads(answer.model_dump_json(include={"counts", "sets"}))
    return Record(
        kind=KIND,
        environment=circumstances.environment,
        started_at=began,
        finished_at=datetime.now(UTC),
        by=IDENTITY,
        result="passed" if answer.passed else "failed",
        figures=figures,
        steps=tuple(
            Step(name=finding.name, result="passed" if finding.passed else "failed", detail=finding.detail)
            for finding in answer.findings
        ),
        details={
            "restore_job": job["RestoreJobId"],
            "recovery_point": job["RecoveryPointArn"],
            "recovery_point_at": job["RecoveryPointCreationDate"].isoformat(),
            **kept,
        },
    )
