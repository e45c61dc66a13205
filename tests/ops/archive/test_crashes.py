"""Runs that are killed anywhere, and an S3 that fails: nothing is lost, nothing unverified is dropped."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError

from ops.archive import run as archive
from ops.archive.app import connect
from ops.archive.layout import Part
from ops.archive.objects import Bucket
from ops.archive.restoration import restore
from tests.ops.killing import run_and_kill

from . import world
from .conftest import SMALL
from .test_run import OLD, rows, run
from .world import Database, months_ago

Connect = Callable[[], psycopg.Connection]
KILLS = 25
SEED = 7


@pytest.mark.requirement("DATA-06")
def test_killed_runs_lose_nothing(gps: Database, bucket: Bucket, s3_endpoint: str) -> None:
    """Killed 25 times at random moments of a run, months always are in the table or wholly in S3."""

    def work() -> None:
        client = world.s3_client(s3_endpoint)
        outcome = archive.run(
            lambda: connect(gps.archive), Bucket(bucket.name, client), SMALL, lambda _: None
        )
        assert outcome.problems == ()

    expected: dict[int, list[str]] = {}

    def fill(number: int) -> None:
        month = months_ago(number)
        gps.fill(month, positions=80)
        expected[number] = rows(gps, f"gps.positions_{month:%Y_%m}")

    chance = random.Random(SEED)  # noqa: S311  (seeded on purpose)
    fill(14)
    began = time.monotonic()
    assert not run_and_kill(work, after_seconds=None)
    whole = time.monotonic() - began
    kills, number = 0, 15
    fill(number)
    while kills < KILLS:
        if run_and_kill(work, after_seconds=chance.uniform(0, whole)):
            kills += 1
            check(gps, expected)
        else:
            number += 1
            fill(number)
    assert not run_and_kill(work, after_seconds=None)
    assert {state for _, _, state, _, _ in gps.state()} == {"dropped"}
    assert rows(gps, "gps.positions") == []
    with connect(gps.archive) as connection:
        for month, there in expected.items():
            table = restore(connection, months_ago(month), bucket, lambda _: None)
            assert rows(gps, table) == there
    assert gps.ask("SELECT sum(positions) FROM gps.position_hours") == [(240 * len(expected),)]


def check(gps: Database, expected: dict[int, list[str]]) -> None:
    """A month is there with all its rows, or was verified and dropped."""
    dropped = {
        month
        for (month,) in gps.ask(
            "SELECT month FROM ops_archive.months WHERE state = 'dropped'"
            " AND verified_at IS NOT NULL AND read_back_checksum = checksum"
        )
    }
    for number, there in expected.items():
        month = months_ago(number)
        if month not in dropped:
            assert rows(gps, f"gps.positions_{month:%Y_%m}") == there


def fail(client: Any, operation: str, *, times: int) -> Callable[[], int]:
    """Let S3 answer 500 to an operation so often; give a function that says how often it did."""
    from botocore.awsrequest import AWSResponse  # noqa: PLC0415  (only the injection needs it)

    class Body:
        def stream(self, **_: object) -> list[bytes]:
            return [b"<Error><Code>InternalError</Code><Message>injected</Message></Error>"]

    done = 0

    def answer(request: Any, **_: object) -> AWSResponse | None:
        nonlocal done
        if done >= times:
            return None
        done += 1
        return AWSResponse(request.url, 500, {}, Body())

    client.meta.events.register(f"before-send.s3.{operation}", answer)
    return lambda: done


@pytest.mark.parametrize(
    "operation",
    [
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "PutObject",
        "GetObject",
        "ListObjectVersions",
    ],
)
def test_an_s3_that_fails_delays_only(
    gps: Database, connecting: Connect, bucket: Bucket, operation: str
) -> None:
    gps.fill(OLD)
    count = fail(bucket.client, operation, times=1)
    with pytest.raises(ClientError, match="InternalError"):
        run(connecting, bucket)
    assert count() == 1
    assert len(rows(gps, "gps.positions")) == 120
    assert run(connecting, bucket).dropped == (Part(OLD),)


def test_one_500_is_tried_again(gps: Database, connecting: Connect, bucket: Bucket, s3_endpoint: str) -> None:
    gps.fill(OLD)
    patient = Bucket(bucket.name, world.s3_client(s3_endpoint, attempts=3))
    count = fail(patient.client, "UploadPart", times=1)
    assert run(connecting, patient).dropped == (Part(OLD),)
    assert count() == 1


@pytest.mark.requirement("DATA-06")
@pytest.mark.parametrize("spoil", ["truncated", "changed byte", "deleted", "replaced", "unknown file"])
def test_what_s3_does_not_hold_is_not_dropped(
    gps: Database, connecting: Connect, bucket: Bucket, spoil: str
) -> None:
    """Found before the drop, whatever happened to the object; the next run exports the month again."""
    gps.fill(OLD)
    key = Part(OLD).file_key(0)
    client, name = bucket.client, bucket.name

    def progress(line: str) -> None:
        if line != f"{Part(OLD)}: exported":
            return
        body = client.get_object(Bucket=name, Key=key)["Body"].read()
        if spoil == "deleted":
            client.delete_object(Bucket=name, Key=key)
        elif spoil == "unknown file":
            client.put_object(Bucket=name, Key=Part(OLD).file_key(9), Body=body)
        elif spoil == "replaced":
            client.put_object(Bucket=name, Key=key, Body=body)
        else:
            spoilt = body[:-100] if spoil == "truncated" else body[:200] + b"\xff" + body[201:]
            version = client.put_object(Bucket=name, Key=key, Body=spoilt)["VersionId"]
            # As if the very version that was written held other bytes.
            gps.ask(f"UPDATE ops_archive.files SET version = '{version}' WHERE key = '{key}'")  # noqa: S608
            manifest = client.get_object(Bucket=name, Key=Part(OLD).manifest_key)["Body"].read()
            old = client.list_object_versions(Bucket=name, Prefix=key)["Versions"][-1]["VersionId"]
            written = client.put_object(
                Bucket=name,
                Key=Part(OLD).manifest_key,
                Body=manifest.replace(old.encode(), version.encode()),
            )
            gps.ask(f"UPDATE ops_archive.months SET manifest_version = '{written['VersionId']}'")  # noqa: S608

    outcome = run(connecting, bucket, progress)
    assert outcome.dropped == ()
    (problem,) = outcome.problems
    assert ("SHA-256" in problem) is (spoil in {"truncated", "changed byte"})
    assert len(rows(gps, "gps.positions")) == 120
    if spoil == "unknown file":
        client.delete_object(Bucket=name, Key=Part(OLD).file_key(9))
    assert run(connecting, bucket).dropped == (Part(OLD),)


@pytest.mark.requirement("DATA-06")
def test_an_object_that_is_replaced_after_it_was_verified_stops_the_drop(
    gps: Database, connecting: Connect, bucket: Bucket
) -> None:
    gps.fill(OLD)

    def progress(line: str) -> None:
        if line == f"{Part(OLD)}: verified":
            bucket.client.put_object(Bucket=bucket.name, Key=Part(OLD).file_key(0), Body=b"other")

    outcome = run(connecting, bucket, progress)
    assert outcome.dropped == ()
    assert "missing, replaced or nobody's" in outcome.problems[0]
    assert run(connecting, bucket).dropped == (Part(OLD),)
