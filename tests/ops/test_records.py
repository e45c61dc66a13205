"""Records: written whole, read back the same, and never skipped when they are wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from ops import records
from ops.errors import OperatorError
from ops.records import Record, Step

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "schema" / "record.schema.json"
BEGAN = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


def record(**changed: Any) -> Record:
    facts: dict[str, Any] = {
        "kind": "masking",
        "environment": "staging",
        "started_at": BEGAN,
        "finished_at": BEGAN + timedelta(hours=1),
        "by": "masking-job",
        "result": "passed",
        "figures": {"rows": 5, "amount_total": "1234.50"},
        "steps": [Step(name="verify", result="passed")],
        "details": {"tables": ["res_partner"]},
    }
    return Record.model_validate(facts | changed)


@pytest.fixture(scope="module")
def bucket() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client(
            "s3", region_name="ap-south-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        client.create_bucket(Bucket="records", CreateBucketConfiguration={"LocationConstraint": "ap-south-1"})
        yield client


def test_what_is_written_is_read(tmp_path: Path) -> None:
    older, newer = record(), record(kind="drill", environment="dr", started_at=BEGAN + timedelta(minutes=1))
    for each in (newer, older, older):
        place = records.write(each, tmp_path)
        assert place.parent == tmp_path / each.kind
    assert records.read_all(tmp_path) == [older, newer]
    assert records.read_all(tmp_path, kind="drill") == [newer]
    assert records.read_all(tmp_path / "missing") == []


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("ops.records.os.fsync", full)
    with pytest.raises(OSError, match="disk full"):
        records.write(record(), tmp_path)
    assert list((tmp_path / "masking").iterdir()) == []


def test_records_in_a_bucket(bucket: Any) -> None:
    many = [record(figures={"number": number}) for number in range(3)]
    keys = {records.put(each, "records", client=bucket) for each in many}
    assert all(key.startswith("records/masking/20260301T020000Z-staging-") for key in keys)
    records.put(record(kind="drill"), "records", client=bucket)
    found = records.list_all("records", client=bucket, kind="masking")
    assert sorted(each.to_text() for each in found) == sorted(each.to_text() for each in many)
    assert len(records.list_all("records", client=bucket)) == 4
    assert records.list_all("records", "elsewhere", client=bucket) == []


def test_every_mistake_of_every_file_is_said(tmp_path: Path) -> None:
    records.write(record(), tmp_path)
    (tmp_path / "drill").mkdir()
    (tmp_path / "drill" / "a.json").write_text("{")
    (tmp_path / "drill" / "b.json").write_text(record().to_text())
    broken = json.loads(record().to_text()) | {"result": "fine", "kind": "archive", "unknown": 1}
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "c.json").write_text(json.dumps(broken))
    with pytest.raises(OperatorError) as caught:
        records.read_all(tmp_path)
    lines = str(caught.value).splitlines()
    assert [line.removeprefix(f"{tmp_path}/").split(":")[0] for line in lines] == [
        "archive/c.json",
        "archive/c.json",
        "drill/a.json",
        "drill/b.json",
    ]
    assert "is masking, but lies among drill" in lines[-1]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"started_at": datetime(2026, 3, 1)}, "timezone"),
        ({"finished_at": BEGAN - timedelta(seconds=1)}, "before started_at"),
        ({"environment": "production"}, "environment"),
        ({"kind": "guess"}, "kind"),
        ({"by": ""}, "by"),
        ({"figures": {"ratio": float("nan")}}, "finite"),
        ({"steps": [{"name": "copy", "result": "failed"}]}, "passed, but not that of copy"),
        ({"schema_version": 2}, "schema_version"),
    ],
)
def test_a_wrong_record_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        record(**changed)


@given(
    offset=st.integers(-14 * 60, 14 * 60),
    figures=st.dictionaries(
        st.text(),
        st.integers() | st.booleans() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    ),
    by=st.text(st.characters(codec="utf-8"), min_size=1, max_size=50),
)
def test_any_record_survives_its_text(offset: int, figures: dict[str, Any], by: str) -> None:
    local = BEGAN.astimezone(timezone(timedelta(minutes=offset)))
    made = record(started_at=local, by=by, figures=figures)
    read = records.parse(made.to_text(), "here")
    assert read == made
    assert {key: type(value) for key, value in read.figures.items()} == {
        key: type(value) for key, value in figures.items()
    }
    assert read.file_name == made.file_name


def test_the_schema_is_current_and_accepts_records() -> None:
    assert SCHEMA.read_text() == records.schema(), "run `make schema`"
    jsonschema.validate(json.loads(record().to_text()), json.loads(SCHEMA.read_text()))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(
            json.loads(record().to_text()) | {"result": "fine"}, json.loads(SCHEMA.read_text())
        )
