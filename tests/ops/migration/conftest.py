"""One server for the folder, two databases for each test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.infra.workloads.jobs import postgres_server
from tests.infra.workloads.jobs.postgres_server import PostgresServer

from . import world
from .world import Migration

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def migration_server() -> Iterator[PostgresServer]:
    if reason := postgres_server.missing():
        pytest.skip(reason)
    with world.servers() as server:
        yield server


@pytest.fixture
def migration(migration_server: PostgresServer, tmp_path: Path) -> Migration:
    return world.migration(migration_server, next(_NUMBERS), tmp_path)
