"""What a run does with months that are due, and what it refuses to drop."""

# ruff: noqa: S608  (names and dates are ours)

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ops.archive import ledger
from ops.archive import run as archive
from ops.archive.content import content_of
from ops.archive.export import content
from ops.archive.layout import SCHEMA, Part
from ops.archive.objects import Bucket
from ops.archive.restoration import restore
from ops.errors import OperatorError

from .conftest import SMALL
from .world import Database, months_ago

Connect = Callable[[], psycopg.Connection]
OLD, OLDER, YOUNG = months_ago(14), months_ago(15), months_ago(12)


def run(
    connecting: Connect, bucket: Bucket, progress: Callable[[str], None] = lambda _: None
) -> archive.Outcome:
    return archive.run(connecting, bucket, SMALL, progress)


def rows(gps: Database, table: str) -> list[str]:
    return [row for (row,) in gps.ask(f"SELECT p::text FROM {table} AS p ORDER BY vehicle_id, device_time")]


@pytest.mark.requirement("DATA-06")
def test_old_months_leave_and_young_ones_stay(gps: Database, connecting: Connect, bucket: Bucket) -> None:
    for month in (OLD, OLDER, YOUNG):
        gps.fill(month)
    before = rows(gps, "gps.positions")
    outcome = run(connecting, bucket)
    assert outcome.dropped == (Part(OLDER), Part(OLD))
    assert outcome.problems == ()
    assert gps.state() == [
        (f"{OLDER:%Y-%m}", 1, "dropped", 120, False),
        (f"{OLD:%Y-%m}", 1, "dropped", 120, False),
    ]
    assert len(rows(gps, "gps.positions")) == 120
    assert run(connecting, bucket) == archive.Outcome()
    with connecting() as connection:
        table = [restore(connection, month, bucket, lambda _: None) for month in (OLDER, OLD)]
    assert sorted(before) == sorted(
        [*rows(gps, "gps.positions"), *(row for name in table for row in rows(gps, name))]
    )


@pytest.mark.requirement("DATA-06")
def test_hours_stay_online(gps: Database, connecting: Connect, bucket: Bucket) -> None:
    gps.fill(OLD, vehicles=1, positions=0)
    gps.ask(
        "INSERT INTO gps.positions (vehicle_id, device_time, accepted_at, latitude, longitude, speed_kmh)"
        f" SELECT 'v', timestamptz '{OLD} 10:00+00' + m * interval '1 minute', now(), 0, x, s FROM (VALUES"
        " (0, 0.0, 10), (10, 0.1, 20), (20, 0.2, NULL), (70, 0.3, 60), (80, 0.4, 30)) AS p (m, x, s)"
    )
    run(connecting, bucket)
    degree = 111.1950802335329
    found = gps.ask(
        "SELECT extract(hour FROM hour AT TIME ZONE 'UTC')::int, positions, first_longitude, last_longitude,"
        " distance_km, speed_samples, speed_mean_kmh, speed_max_kmh FROM gps.position_hours ORDER BY hour"
    )
    # The leg of fifty minutes counts as nothing.
    assert found == [
        (10, 3, 0.0, 0.2, pytest.approx(0.2 * degree), 2, 15.0, 20.0),
        (11, 2, 0.3, 0.4, pytest.approx(0.1 * degree), 2, 45.0, 60.0),
    ]
    assert gps.ask("SELECT day, positions, distance_km, speed_mean_kmh FROM gps.position_days") == [
        (OLD, 5, pytest.approx(0.3 * degree), 30.0)
    ]


def test_hash_is_that_of_the_database(gps: Database, connecting: Connect, bucket: Bucket) -> None:
    gps.fill(OLD)
    lines = gps.ask(
        "SELECT vehicle_id, device_time, accepted_at, stored_at, latitude, longitude, speed_kmh,"
        " heading_degrees, details::text, gps.position_hash(vehicle_id, device_time, accepted_at, stored_at,"
        f" latitude, longitude, speed_kmh, heading_degrees, details::text) FROM gps.positions_{OLD:%Y_%m}"
    )
    for *values, expected in lines:
        row = dict(zip(SCHEMA.names, values, strict=True))
        batch = pa.RecordBatch.from_pylist([row], schema=SCHEMA)
        assert content_of(batch).checksum == expected
    with connecting() as connection:
        assert content(connection, Part(OLD)).checksum == sum(expected for *_, expected in lines)


def test_objects_are_laid_out_as_described(gps: Database, connecting: Connect, bucket: Bucket) -> None:
    gps.fill(OLD)
    run(connecting, bucket)
    folder = f"positions/year={OLD.year}/month={OLD.month:02}/"
    names = sorted(bucket.current_versions("positions/"))
    assert names == [
        folder + "manifest-1.json",
        folder + "part-1-00000.parquet",
        folder + "part-1-00001.parquet",
    ]
    manifest = json.loads(bucket.client.get_object(Bucket=bucket.name, Key=names[0])["Body"].read())
    assert [file["positions"] for file in manifest["files"]] == [90, 30]
    body = bucket.client.get_object(Bucket=bucket.name, Key=names[1])["Body"].read()
    parquet = pq.ParquetFile(pa.BufferReader(body))
    assert parquet.schema_arrow.metadata == {b"fleet.positions.schema_version": b"1"}
    column = parquet.metadata.row_group(0).column(1)
    assert (parquet.num_row_groups, column.compression, column.is_stats_set) == (3, "ZSTD", True)


@pytest.mark.requirement("DATA-06")
@pytest.mark.parametrize("moment", ["exported", "verified", "detached"])
def test_late_rows_stop_the_drop(gps: Database, connecting: Connect, bucket: Bucket, moment: str) -> None:
    """Whenever a row comes, it is never lost: it stops the drop, and the next run exports it too."""
    gps.fill(OLD)
    if moment == "detached":
        # Nobody can write to a detached month but its owner.
        late = f"SET ROLE gps_owner; INSERT INTO gps.positions_{OLD:%Y_%m}"
    else:
        late = "INSERT INTO gps.positions"

    def progress(line: str) -> None:
        if line == f"{Part(OLD)}: {moment}":
            gps.ask(
                f"{late} (vehicle_id, device_time, accepted_at, latitude, longitude)"
                f" VALUES ('late', '{OLD} 12:00+00', now(), 1, 2)"
            )

    outcome = run(connecting, bucket, progress)
    assert outcome.dropped == ()
    assert len(outcome.problems) == 1
    assert gps.state() == [(f"{OLD:%Y-%m}", 1, "changed", 120, True)]
    assert len(rows(gps, "gps.positions")) == 121
    again = run(connecting, bucket)
    assert (again.dropped, again.positions) == ((Part(OLD),), 121)
    assert gps.state() == [(f"{OLD:%Y-%m}", 1, "dropped", 121, False)]


@pytest.mark.requirement("DATA-06")
def test_rows_that_come_after_the_drop_are_archived_too(
    gps: Database, connecting: Connect, bucket: Bucket
) -> None:
    gps.fill(OLD)
    before = rows(gps, "gps.positions")
    run(connecting, bucket)
    gps.ask(
        "INSERT INTO gps.positions (vehicle_id, device_time, accepted_at, latitude, longitude)"
        f" VALUES ('late', '{OLD} 12:00+00', now(), 1, 2), ('wrong clock', '1999-05-05', now(), 1, 2)"
    )
    before += rows(gps, "gps.positions")
    outcome = run(connecting, bucket)
    assert (outcome.stragglers, outcome.positions, outcome.problems) == (2, 2, ())
    assert outcome.dropped[1] == Part(OLD, 2)
    assert rows(gps, "gps.positions") == []
    with connecting() as connection:
        loaded = [restore(connection, part.month, bucket, lambda _: None) for part in outcome.dropped]
    assert sorted(row for name in loaded for row in rows(gps, name)) == sorted(before)


def test_nothing_is_dropped_by_hand(gps: Database, connecting: Connect) -> None:
    """The job's role has no other way than the steps."""
    gps.fill(OLD)
    with connecting() as connection:
        for statement, refusal in (
            (f"SELECT gps.drop_partition('{OLD}')", "were not verified"),
            (f"SELECT gps.detach_partition('{OLD}')", "were not verified"),
            (f"SELECT gps.drop_partition('{YOUNG}')", "stay online for 12 months"),
            (f"DROP TABLE gps.positions_{OLD:%Y_%m}", "must be owner"),
            (f"DELETE FROM gps.positions WHERE device_time < '{YOUNG}'", "permission denied"),
        ):
            with pytest.raises(psycopg.Error, match=refusal):
                connection.execute(statement)  # pyright: ignore[reportArgumentType, reportCallIssue]
        # Even a ledger that lies drops nothing: the month is counted and hashed once more.
        ledger.begin(connection, Part(OLD), "b")
        connection.execute(
            "UPDATE ops_archive.months SET state = 'verified', verified_at = now(), positions = 1,"
            " checksum = 1, read_back_positions = 1, read_back_checksum = 1"
        )
        ledger.detach(connection, OLD)
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="changed after"):
            ledger.drop(connection, OLD)


def test_one_run_at_a_time(gps: Database, connecting: Connect, bucket: Bucket) -> None:
    with (
        connecting() as other,
        ledger.one_run(other),
        pytest.raises(OperatorError, match="another run of the archive is under way"),
    ):
        run(connecting, bucket)


def test_a_bucket_without_versions_is_refused(gps: Database, connecting: Connect, bucket: Bucket) -> None:
    bucket.client.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Suspended"})
    with pytest.raises(OperatorError, match="keeps no versions"):
        run(connecting, bucket)


def test_a_lock_that_does_not_come_stops_nobody(gps: Database, connecting: Connect, bucket: Bucket) -> None:
    """A report that reads the table for long keeps the month online; the next run goes on."""
    gps.fill(OLD)
    gps.ask("ALTER FUNCTION gps.detach_partition SET lock_timeout = '20ms'")
    with psycopg.connect(gps.superuser) as reader:
        reader.execute("SELECT count(*) FROM gps.positions")
        with pytest.raises(OperatorError, match=r"no lock on gps\.positions"):
            run(connecting, bucket)
    assert gps.state()[0][2:] == ("verified", 120, True)
    assert run(connecting, bucket).dropped == (Part(OLD),)


def test_an_empty_month_leaves_too(gps: Database, connecting: Connect, bucket: Bucket) -> None:
    gps.fill(OLD, positions=0)
    assert run(connecting, bucket).dropped == (Part(OLD),)
    with connecting() as connection:
        assert restore(connection, OLD, bucket, lambda _: None) == f"gps_restored.positions_{OLD:%Y_%m}"


def test_no_more_months_than_asked_for(gps: Database, connecting: Connect, bucket: Bucket) -> None:
    for month in (OLD, OLDER):
        gps.fill(month)
    outcome = archive.run(connecting, bucket, replace(SMALL, most_months=1), lambda _: None)
    assert outcome.dropped == (Part(OLDER),)
