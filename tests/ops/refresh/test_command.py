"""`python -m ops refresh …` against moto: what it starts and shows, and what it refuses in one line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ops.__main__ import main
from ops.records import read_all

REGION = "ap-south-1"
ACCOUNT = "123456789012"
DEFINITION = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
HISTORY = "SF_EXECUTION_HISTORY_TYPE"


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account with the machines of production and of staging, and production's queue."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_REGION", raising=False)
    with mock_aws():
        states = boto3.client("stepfunctions", region_name=REGION)
        for name in ("fleet-erp-prod-refresh", "fleet-erp-staging-intake"):
            states.create_state_machine(
                name=name, definition=DEFINITION, roleArn=f"arn:aws:iam::{ACCOUNT}:role/machine"
            )
        boto3.client("sqs", region_name=REGION).create_queue(QueueName="fleet-erp-prod-refresh-decisions")
        yield


def executions(machine: str) -> list[dict[str, Any]]:
    states = boto3.client("stepfunctions", region_name=REGION)
    arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{machine}"
    return [
        states.describe_execution(executionArn=entry["executionArn"])
        for entry in states.list_executions(stateMachineArn=arn)["executions"]
    ]


def stop(run: str, machine: str = "fleet-erp-prod-refresh") -> None:
    arn = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:{machine}:{run}"
    boto3.client("stepfunctions", region_name=REGION).stop_execution(executionArn=arn)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that cannot work, and give what it says: one line, status 2, no traceback."""
    capsys.readouterr()
    assert main(["refresh", *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert "Traceback" not in line
    return line


def test_starts_a_run_and_prints_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["refresh", "start", "--name", "release-7"]) == 0
    assert capsys.readouterr().out == "release-7\n"
    (execution,) = executions("fleet-erp-prod-refresh")
    assert (execution["name"], execution["input"]) == ("release-7", "{}")


def test_names_a_run_after_the_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["refresh", "start"]) == 0
    name = capsys.readouterr().out.strip()
    assert name.startswith("manual-20")
    assert len(name) <= 30


@pytest.mark.parametrize(
    "name", ["Release", "a_b", "a--b", "-a", "a" * 31, "a.b", "two words", "$(reboot)", "über"]
)
def test_refuses_a_name_that_rds_would_refuse(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert "is no name for a run" in refused(capsys, "start", f"--name={name}")
    assert "is no name for a run" in refused(capsys, "take", "--environment=staging", "--", name)
    assert executions("fleet-erp-prod-refresh") == executions("fleet-erp-staging-intake") == []


def test_refuses_a_second_run_while_one_runs(capsys: pytest.CaptureFixture[str]) -> None:
    main(["refresh", "start", "--name", "first"])
    assert "first is running" in refused(capsys, "start", "--name", "second")
    assert len(executions("fleet-erp-prod-refresh")) == 1


def test_refuses_a_name_that_was_used(capsys: pytest.CaptureFixture[str]) -> None:
    main(["refresh", "start", "--name", "first"])
    stop("first")
    assert "has run before" in refused(capsys, "start", "--name", "first")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("status",), "there was no run yet; `start` begins one"),
        (("status", "--environment=staging"), "there was no run yet; `take` begins one"),
        (("status", "nobody"), "nobody: there is no such run"),
        (("resume", "nobody"), "nobody waits for no decision"),
        (("discard", "nobody"), "nobody waits for no decision"),
        (("accepted", "--environment=staging"), "staging has accepted no snapshot yet"),
        (("status", "--environment=testing"), "AWS refused"),
        (("take", "run-1", "--environment=testing"), "AWS refused"),
        (("start", "--region=ap-southeast-1"), "AWS refused"),
    ],
)
def test_says_in_one_line_what_is_not_there(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    assert says in refused(capsys, *arguments)


def test_says_in_one_line_that_aws_cannot_be_reached(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(variable)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    assert "AWS refused: Unable to locate credentials" in refused(capsys, "status")


@pytest.mark.parametrize(
    "wrong", [("begin",), ("status", "--environment=dr"), ("take", "run-1"), ("start", "x")]
)
def test_refuses_what_is_no_command(wrong: tuple[str, ...]) -> None:
    assert main(["refresh", *wrong]) == 2


def test_shows_the_steps_of_the_last_run(capsys: pytest.CaptureFixture[str]) -> None:
    main(["refresh", "start", "--name", "first"])
    capsys.readouterr()
    assert main(["refresh", "status", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["run"], shown["status"], shown["stopped_at"]) == ("first", "RUNNING", None)
    assert shown["steps"]
    assert main(["refresh", "status", "first"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "first: RUNNING"


def test_a_run_that_ended_badly_is_status_1_and_on_record(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    main(["refresh", "start", "--name", "first"])
    assert "has not ended" in refused_status(capsys, tmp_path)
    stop("first")
    assert main(["refresh", "status", "first", "--record", "--folder", str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert "first: ABORTED" in told.out
    assert told.err.splitlines()[-1] == "first ended as ABORTED; docs/runbooks/refresh.md"
    (record,) = read_all(tmp_path, kind="refresh")
    assert (record.environment, record.result) == ("prod", "aborted")


def refused_status(capsys: pytest.CaptureFixture[str], folder: Path) -> str:
    capsys.readouterr()
    assert main(["refresh", "status", "first", "--record", "--folder", str(folder)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_answers_a_run_that_waits(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    queues = boto3.client("sqs", region_name=REGION)
    url = queues.get_queue_url(QueueName="fleet-erp-prod-refresh-decisions")["QueueUrl"]
    queues.send_message(QueueUrl=url, MessageBody=json.dumps({"run": "first", "token": "t" * 10}))
    answered: list[dict[str, str]] = []
    # Without running machines moto knows no tokens.
    monkeypatch.setattr(
        "moto.stepfunctions.responses.StepFunctionResponse.send_task_success",
        lambda self: (answered.append(json.loads(self._get_param("output"))), (200, {}, "{}"))[1],
    )
    assert main(["refresh", "resume", "first"]) == 0
    assert capsys.readouterr().err == "first: resume\n"
    assert answered == [{"do": "resume"}]
    assert "waits for no decision" in refused(capsys, "discard", "first")


def test_starts_the_intake_of_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["refresh", "take", "release-7", "--environment", "staging"]) == 0
    name = capsys.readouterr().out.strip()
    (execution,) = executions("fleet-erp-staging-intake")
    assert (execution["name"], json.loads(execution["input"])) == (name, {"run": "release-7"})
    assert "is running" in refused(capsys, "take", "release-8", "--environment=staging")
    assert main(["refresh", "status", "--environment", "staging"]) == 0


def test_names_the_newest_snapshot_that_was_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    rds = boto3.client("rds", region_name=REGION)
    rds.create_db_instance(
        DBInstanceIdentifier="postgres",
        DBInstanceClass="db.m5.large",
        Engine="postgres",
        MasterUsername="fleet",
        MasterUserPassword="password1234",
        AllocatedStorage=20,
    )
    accepted = [{"Key": "Accepted", "Value": "true"}]
    for name, tags in (
        ("fleet-erp-staging-masked-b-1", accepted),
        ("fleet-erp-staging-masked-a-2", accepted),
        ("fleet-erp-staging-masked-c-3", [{"Key": "Accepted", "Value": "false"}]),
        ("fleet-erp-staging-masked-d-4", []),
        ("fleet-erp-testing-masked-e-5", accepted),
        ("somebody-s", accepted),
    ):
        rds.create_db_snapshot(DBInstanceIdentifier="postgres", DBSnapshotIdentifier=name, Tags=tags)
    assert main(["refresh", "accepted", "--environment", "staging"]) == 0
    assert capsys.readouterr().out == "fleet-erp-staging-masked-a-2\n"
