"""The verdict on a restore test: who is told what, held to AWS's own models of its services."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber
from moto import mock_aws

from ops import records
from ops.errors import NotProvenError
from ops.restore_validation.findings import Answer, Finding, Question, Recorded
from ops.restore_validation.judge import NAMESPACE, Circumstances, Clients, judge

REGION = "ap-south-1"
JOB = "9E0B2C3D-1111-2222-3333-444455556666"
BUCKET = "fleet-erp-prod-records-111122223333-ap-south-1"
TAKEN_AT = datetime(2026, 10, 1, 22, 40, tzinfo=UTC)
HOST = "awsbackup-restore-test-1.abc.ap-south-1.rds.amazonaws.com"
CIRCUMSTANCES = Circumstances(
    environment="prod",
    examiner="fleet-erp-prod-restore-database",
    records_bucket=BUCKET,
    odoo_database="tms",
    gps_database="gps",
    max_age_minutes=15,
)
WHOLE = Answer(
    findings=(Finding(name="freshness", passed=True, detail="3 minutes"),),
    counts={"account_move": 2700},
    sets={"account_move 2026-05": Recorded(rows=30, checksum="a" * 32)},
    newest_position_at=TAKEN_AT - timedelta(minutes=3),
)
STALE = Answer(findings=(Finding(name="freshness", passed=False, detail="40 minutes older"),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The judge's clients, each with a stand-in that refuses what AWS's model of the service refuses."""

    clients: Clients
    backup: Stubber
    rds: Stubber
    functions: Stubber
    metrics: Stubber

    def restored(self) -> None:
        """Have a restore job that ended well, and take note that its validation begins."""
        self.backup.add_response(
            "describe_restore_job",
            {
                "RestoreJobId": JOB,
                "RecoveryPointArn": "arn:aws:rds:ap-south-1:111122223333:snapshot:awsbackup:job-1",
                "RecoveryPointCreationDate": TAKEN_AT,
                "CreationDate": TAKEN_AT + timedelta(hours=4),
                "CompletionDate": TAKEN_AT + timedelta(hours=5),
                "CreatedResourceArn": "arn:aws:rds:ap-south-1:111122223333:db:awsbackup-restore-test-1",
                "Status": "COMPLETED",
            },
            {"RestoreJobId": JOB},
        )
        self.told("VALIDATING")
        self.rds.add_response(
            "describe_db_instances",
            {"DBInstances": [{"Endpoint": {"Address": HOST, "Port": 5432}}]},
            {"DBInstanceIdentifier": "awsbackup-restore-test-1"},
        )

    def told(self, status: str, message: str | None = None) -> None:
        """Expect AWS Backup to be told a status."""
        expected: dict[str, Any] = {"RestoreJobId": JOB, "ValidationStatus": status}
        if message is not None:
            expected["ValidationStatusMessage"] = message
        self.backup.add_response("put_restore_validation_result", {}, expected)

    def examined(self, answer: Answer | bytes, *, asked: object = ANY, error: str | None = None) -> None:
        """Have the examiner answer."""
        payload = answer if isinstance(answer, bytes) else answer.model_dump_json().encode()
        response: dict[str, Any] = {
            "StatusCode": 200,
            "Payload": StreamingBody(io.BytesIO(payload), len(payload)),
        }
        if error is not None:
            response["FunctionError"] = error
        self.functions.add_response(
            "invoke",
            response,
            {
                "FunctionName": CIRCUMSTANCES.examiner,
                "InvocationType": "RequestResponse",
                "Payload": asked,
            },
        )

    def counted(self, *, passed: bool) -> None:
        """Expect one of both metrics to be 1."""
        self.metrics.add_response(
            "put_metric_data",
            {},
            {
                "Namespace": NAMESPACE,
                "MetricData": [
                    {
                        "MetricName": name,
                        "Dimensions": [{"Name": "Environment", "Value": "prod"}],
                        "Value": float(value),
                        "Unit": "Count",
                    }
                    for name, value in (("Passed", passed), ("Failed", not passed))
                ],
            },
        )

    def all_told(self) -> None:
        """Nothing that was expected is missing."""
        for stubber in (self.backup, self.rds, self.functions, self.metrics):
            stubber.assert_no_pending_responses()

    def kept(self) -> list[records.Record]:
        """What lies in the bucket."""
        return records.list_all(BUCKET, client=self.clients.objects, kind="restore-test")


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, Any]]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        yield {
            name: boto3.client(service, region_name=REGION)
            for name, service in (
                ("backup", "backup"),
                ("rds", "rds"),
                ("functions", "lambda"),
                ("metrics", "cloudwatch"),
                ("objects", "s3"),
            )
        }


@pytest.fixture
def desk(services: dict[str, Any]) -> Iterator[Desk]:
    bucket = {"Bucket": BUCKET}
    objects = services["objects"]
    objects.create_bucket(**bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    with ExitStack() as stack:
        stubbers = {
            name: stack.enter_context(Stubber(services[name])) for name in services if name != "objects"
        }
        yield Desk(clients=Clients(**services), **stubbers)
    for entry in objects.list_objects_v2(**bucket).get("Contents", ()):
        objects.delete_object(**bucket, Key=entry["Key"])
    objects.delete_bucket(**bucket)


def question_of(**known: Any) -> bytes:
    return (
        Question(
            host=HOST,
            odoo_database="tms",
            gps_database="gps",
            taken_at=TAKEN_AT,
            max_age_minutes=15,
            **known,
        )
        .model_dump_json()
        .encode()
    )


def test_whole_database_is_told_recorded_and_counted(desk: Desk) -> None:
    desk.restored()
    desk.examined(WHOLE, asked=question_of())
    desk.counted(passed=True)
    desk.told("SUCCESSFUL", "1 checks passed")
    assert judge(JOB, desk.clients, CIRCUMSTANCES)["passed"] is True
    desk.all_told()
    (record,) = desk.kept()
    assert (record.result, record.environment) == ("passed", "prod")
    assert record.figures["restore_minutes"] == 60
    assert record.figures["recovery_point_minutes"] == 3
    assert record.details["counts"] == {"account_move": 2700}
    assert record.details["recovery_point_at"] == TAKEN_AT.isoformat()


def test_next_test_is_asked_for_what_the_last_good_one_found(desk: Desk) -> None:
    """A failed test in between is nothing to compare with."""
    for answer in (WHOLE, STALE):
        desk.restored()
        desk.examined(answer)
        desk.counted(passed=answer.passed)
        desk.told("SUCCESSFUL" if answer.passed else "FAILED", answer.summary)
        if answer.passed:
            judge(JOB, desk.clients, CIRCUMSTANCES)
        else:
            with pytest.raises(NotProvenError):
                judge(JOB, desk.clients, CIRCUMSTANCES)
    desk.restored()
    desk.examined(WHOLE, asked=question_of(counts=WHOLE.counts, sets=WHOLE.sets))
    desk.counted(passed=True)
    desk.told("SUCCESSFUL", "1 checks passed")
    judge(JOB, desk.clients, CIRCUMSTANCES)
    desk.all_told()
    assert [record.result for record in desk.kept()].count("failed") == 1


def test_stale_database_fails_everywhere_and_people_hear_of_it(desk: Desk) -> None:
    """The error goes to the topic of alarms: it is what the function failed on."""
    desk.restored()
    desk.examined(STALE)
    desk.counted(passed=False)
    desk.told("FAILED", STALE.summary)
    with pytest.raises(NotProvenError, match="40 minutes older"):
        judge(JOB, desk.clients, CIRCUMSTANCES)
    desk.all_told()
    assert [record.result for record in desk.kept()] == ["failed"]


@pytest.mark.requirement("DATA-02")
@pytest.mark.parametrize("most", [60, 59])
def test_restore_that_takes_longer_than_recovery_may_is_a_failed_test(desk: Desk, most: int) -> None:
    """The job took an hour."""
    desk.restored()
    desk.examined(WHOLE)
    desk.counted(passed=most == 60)
    if most == 60:
        desk.told("SUCCESSFUL", "2 checks passed")
        judge(JOB, desk.clients, replace(CIRCUMSTANCES, max_restore_minutes=most))
    else:
        desk.told("FAILED", "restore time: the restore took 60 minutes, at most 59 are allowed")
        with pytest.raises(NotProvenError, match="took 60 minutes"):
            judge(JOB, desk.clients, replace(CIRCUMSTANCES, max_restore_minutes=most))
    desk.all_told()
    (record,) = desk.kept()
    assert [step.name for step in record.steps] == ["freshness", "restore time"]


def test_timely_restore_of_what_was_not_examined_proves_nothing(desk: Desk) -> None:
    desk.restored()
    desk.examined(b'{"findings": []}')
    desk.counted(passed=False)
    desk.told("FAILED", "nothing was asked")
    with pytest.raises(NotProvenError):
        judge(JOB, desk.clients, replace(CIRCUMSTANCES, max_restore_minutes=240))
    desk.all_told()


@pytest.mark.parametrize(
    ("answer", "error"),
    [(b'{"errorMessage": "Ramesh Iyer"}', "Unhandled"), (b"nonsense", None), (b'{"findings": []}', None)],
)
def test_examiner_without_an_answer_is_a_failed_test(desk: Desk, answer: bytes, error: str | None) -> None:
    """Not asked is not proven, and what an examiner says in its error goes nowhere."""
    desk.restored()
    desk.examined(answer, error=error)
    desk.counted(passed=False)
    desk.backup.add_response(
        "put_restore_validation_result",
        {},
        {
            "RestoreJobId": JOB,
            "ValidationStatus": "FAILED",
            "ValidationStatusMessage": ANY,
        },
    )
    with pytest.raises(NotProvenError) as failure:
        judge(JOB, desk.clients, CIRCUMSTANCES)
    desk.all_told()
    (record,) = desk.kept()
    assert record.result == "failed"
    assert "Ramesh" not in record.to_text() + str(failure.value)


def test_restored_database_that_vanished_is_a_failed_test(desk: Desk) -> None:
    desk.backup.add_response(
        "describe_restore_job",
        {
            "RestoreJobId": JOB,
            "RecoveryPointArn": "arn:aws:rds:ap-south-1:111122223333:snapshot:awsbackup:job-1",
            "RecoveryPointCreationDate": TAKEN_AT,
            "CreationDate": TAKEN_AT,
            "CreatedResourceArn": "arn:aws:rds:ap-south-1:111122223333:db:awsbackup-restore-test-1",
        },
    )
    desk.told("VALIDATING")
    desk.rds.add_client_error("describe_db_instances", "DBInstanceNotFound")
    desk.counted(passed=False)
    desk.told("FAILED", "validation: could not be asked: DBInstanceNotFoundFault")
    with pytest.raises(NotProvenError):
        judge(JOB, desk.clients, CIRCUMSTANCES)
    desk.all_told()
