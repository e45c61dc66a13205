"""The gates of the production pipeline, as the pipeline calls them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from ops import records
from ops.__main__ import main
from ops.errors import OperatorError
from ops.gate.command import public_hosts
from ops.gate.penetration_test import objections
from ops.records import Record

NOW = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
HOSTS = ["erp.example.com", "gps.example.com"]
FIXED = {
    "id": "PT-1",
    "title": "Old TLS",
    "severity": "high",
    "status": "fixed",
    "retested_on": "2026-11-01",
}


def details(**changed: Any) -> dict[str, Any]:
    return {
        "scope": ["ERP.example.com.", "gps.example.com"],
        "report": "s3://reports/2026.pdf",
        "report_sha256": "0" * 64,
        "findings": [FIXED],
    } | changed


def pentest(ended: datetime = NOW - timedelta(days=30), **changed: Any) -> Record:
    return Record.model_validate(
        {
            "kind": "penetration-test",
            "environment": "prod",
            "started_at": ended - timedelta(days=5),
            "finished_at": ended,
            "by": "Testers Ltd",
            "result": "passed",
            "details": details(),
        }
        | changed
    )


def weakness(severity: str, status: str) -> dict[str, Any]:
    return FIXED | {"severity": severity, "status": status}


def gate(folder: Path, *written: Record, name: str = "penetration-test", at: datetime = NOW) -> int:
    for each in written:
        records.write(each, folder)
    return main(["gate", name, "--environment", "prod", "--records", str(folder), "--at", at.isoformat()])


@pytest.mark.requirement("SEC-12")
def test_a_good_record_opens_the_gate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(tmp_path, pentest()) == 0
    assert capsys.readouterr().out == "gate open: penetration test of prod\n"


@pytest.mark.requirement("SEC-12")
@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ([], "there is no record of one"),
        ([pentest(environment="staging")], "there is no record of one"),
        ([pentest(result="failed")], "ended failed"),
        ([pentest(), pentest(NOW - timedelta(days=1), result="aborted")], "ended aborted"),
        ([pentest(NOW - timedelta(days=365, seconds=1))], "is older than 365 days"),
        ([pentest(NOW + timedelta(seconds=1))], "still to come"),
        ([pentest(details=details(scope=["erp.example.com"]))], "gps.example.com was not tested"),
        ([pentest(details=details(scope=["*.example.com"]))], "erp.example.com was not tested"),
        ([pentest(details=details(findings=[weakness("critical", "open")]))], "PT-1 is critical and open"),
        ([pentest(details=details(findings=[weakness("high", "accepted")]))], "PT-1 is high and accepted"),
        ([pentest(details=details(findings=[FIXED | {"retested_on": None}]))], "retested_on"),
        ([pentest(details=details(report_sha256="x"))], "details.report_sha256"),
        ([pentest(details={})], "details.scope: Field required"),
    ],
)
def test_anything_less_closes_it_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], written: list[Record], reason: str
) -> None:
    assert gate(tmp_path, *written) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith("gate closed, penetration test of prod: ")
    assert reason in said.err


def test_lesser_findings_do_not_close_it(tmp_path: Path) -> None:
    open_ones = [weakness(severity, "open") for severity in ("medium", "low", "informational")]
    assert gate(tmp_path, pentest(details=details(findings=open_ones))) == 0


@pytest.mark.parametrize(
    ("ended", "last_good"),
    [
        # 365 days reach to the day before in a leap year, and to the same day otherwise.
        ("2028-02-29T12:00:00+00:00", "2029-02-28T12:00:00+00:00"),
        ("2027-03-01T12:00:00+00:00", "2028-02-29T12:00:00+00:00"),
        ("2026-03-01T12:00:00+00:00", "2027-03-01T12:00:00+00:00"),
        # The same moment, whatever the offset that it is written with.
        ("2026-01-01T00:30:00+05:30", "2026-12-31T19:00:00+00:00"),
        ("2026-01-01T00:30:00+05:30", "2027-01-01T00:30:00+05:30"),
        ("2025-12-31T23:30:00-08:00", "2027-01-01T13:00:00+05:30"),
    ],
)
def test_a_year_is_365_days_to_the_second(ended: str, last_good: str) -> None:
    record = pentest(datetime.fromisoformat(ended))
    until = datetime.fromisoformat(last_good)
    assert objections([record], hosts=HOSTS, now=until) == []
    late = objections([record], hosts=HOSTS, now=until + timedelta(seconds=1))
    assert [("older than" in line) for line in late] == [True]


@given(
    age=st.timedeltas(timedelta(0), timedelta(days=1000)),
    here=st.integers(-12 * 60, 14 * 60),
    there=st.integers(-12 * 60, 14 * 60),
)
def testedfsets_change_nothing(age: timedelta, here: int, there: int) -> None:
    ended = (NOW - age).astimezone(timezone(timedelta(minutes=there)))
    now = NOW.astimezone(timezone(timedelta(minutes=here)))
    assert bool(objections([pentest(ended)], hosts=HOSTS, now=now)) == (age > timedelta(days=365))


def test_the_last_record_decides_whatever_the_order() -> None:
    good, bad = pentest(), pentest(NOW - timedelta(days=60), result="failed")
    assert (
        objections([good, bad], hosts=HOSTS, now=NOW) == objections([bad, good], hosts=HOSTS, now=NOW) == []
    )


def test_hosts_are_those_of_the_stack_file(tmp_path: Path) -> None:
    assert public_hosts("prod") == HOSTS
    with pytest.raises(OperatorError, match=r"there is no Pulumi\.nowhere\.yaml"):
        public_hosts("nowhere")
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {fleet-erp:edge: {}}\n")
    with pytest.raises(OperatorError, match="names neither web_hostname nor gps_hostname"):
        public_hosts("prod", tmp_path)
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {}\n")
    with pytest.raises(OperatorError, match="cannot be read"):
        public_hosts("prod", tmp_path)


@pytest.mark.parametrize("at", ["2026-11-25T06:00:00", "yesterday"])
def test_a_time_without_offset_is_a_mistake(tmp_path: Path, at: str) -> None:
    arguments = ["gate", "penetration-test", "--environment", "prod", "--records", str(tmp_path)]
    assert main([*arguments, "--at", at]) == 2


def test_a_record_that_cannot_be_read_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "penetration-test").mkdir()
    (tmp_path / "penetration-test" / "2026.json").write_text(json.dumps({"kind": "penetration-test"}))
    assert gate(tmp_path, pentest()) == 2
    assert "penetration-test/2026.json: environment: Field required" in capsys.readouterr().err


def test_chaos_asks_for_experiments_that_passed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(tmp_path, name="chaos") == 1
    assert "there is no record of any" in capsys.readouterr().err
    failed = pentest(kind="chaos", result="failed", details={})
    assert gate(tmp_path, failed, name="chaos") == 1
    assert "ended failed" in capsys.readouterr().err
    passed = pentest(NOW - timedelta(days=2), kind="chaos", details={})
    assert gate(tmp_path, passed, name="chaos") == 0
    assert gate(tmp_path, name="chaos", at=NOW - timedelta(days=10)) == 1


def rehearsal(ended: datetime, result: str = "passed") -> Record:
    return pentest(ended, kind="drill", environment="dr", result=result, details={})


@pytest.mark.requirement("DATA-08")
@pytest.mark.parametrize(
    ("done", "status", "line"),
    [
        ([], 1, "gate closed, drill of dr: there is no record of one that passed"),
        ([rehearsal(NOW - timedelta(days=365))], 0, "gate open: drill of dr"),
        (
            [rehearsal(NOW - timedelta(days=365, seconds=1)), rehearsal(NOW - timedelta(days=3), "failed")],
            1,
            "gate closed, drill of dr: the last one that passed was 365 days ago, more than 365",
        ),
        (
            [rehearsal(NOW + timedelta(days=1))],
            1,
            "gate closed, drill of dr: the last one says that it ended"
            " 2026-11-26T06:00:00+00:00, still to come",
        ),
    ],
)
def test_a_drill_is_good_for_a_year(
    tmp_path: Path, done: list[Record], status: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for each in done:
        records.write(each, tmp_path)
    assert main(["gate", "drill", "--records", str(tmp_path), "--at", NOW.isoformat()]) == status
    said = capsys.readouterr()
    assert (said.out + said.err).splitlines() == [line]


@mock_aws
def test_the_gate_tells_cloudwatch_of_the_last_drill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the recovery region, where the alert on overdue drills reads it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    last = NOW - timedelta(days=40)
    records.write(rehearsal(last), tmp_path)
    assert main(["gate", "drill", "--records", str(tmp_path), "--at", NOW.isoformat(), "--tell"]) == 0
    told = boto3.client("cloudwatch", region_name="ap-southeast-1").get_metric_statistics(
        Namespace="FleetErp/Recovery",
        MetricName="LastDrill",
        Dimensions=[{"Name": "Environment", "Value": "dr"}],
        StartTime=datetime.now(UTC) - timedelta(hours=1),
        EndTime=datetime.now(UTC) + timedelta(hours=1),
        Period=3600,
        Statistics=["Maximum"],
    )["Datapoints"]
    assert [each["Maximum"] for each in told] == [last.timestamp()]


def test_the_sample_of_the_runbook_passes(tmp_path: Path) -> None:
    runbook = Path(__file__).resolve().parents[3] / "docs" / "runbooks" / "penetration-test.md"
    sample = runbook.read_text().split("```json\n")[1].split("```")[0]
    record = records.parse(sample, "docs/runbooks/penetration-test.md")
    assert gate(tmp_path, record, at=record.finished_at + timedelta(days=1)) == 0
