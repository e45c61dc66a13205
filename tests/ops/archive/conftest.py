"""One server of each kind for the folder, a database and a bucket for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import psycopg
import pytest

from ops.archive.app import connect
from ops.archive.export import Sizes
from ops.archive.objects import Bucket
from ops.archive.run import Options
from tests.infra.workloads.jobs import postgres_server
from tests.infra.workloads.jobs.postgres_server import PostgresServer

from . import world
from .world import Database

_NUMBERS = count(1)
SMALL = Options(sizes=Sizes(rows_per_file=70, rows_per_group=30), lock_pause_seconds=0)
"""So small that a month of a test has several files, and these several groups."""


@pytest.fixture(scope="session")
def gps_server() -> Iterator[PostgresServer]:
    if reason := postgres_server.missing():
        pytest.skip(reason)
    with world.databases() as server:
        yield server


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    with world.s3_endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def gps(gps_server: PostgresServer) -> Database:
    return world.database(gps_server, f"gps_{next(_NUMBERS)}")


@pytest.fixture
def bucket(s3_endpoint: str) -> Bucket:
    return world.bucket(s3_endpoint, f"{world.BUCKET}-{next(_NUMBERS)}")


@pytest.fixture
def connecting(gps: Database) -> Callable[[], psycopg.Connection]:
    return lambda: connect(gps.archive)
