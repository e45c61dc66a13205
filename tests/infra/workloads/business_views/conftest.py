"""One server with a made-up ERP for all tests that only read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.infra.workloads.jobs.postgres_server import running_server

from .sample import MadeUpErp, prepare


@pytest.fixture(scope="package")
def erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpErp]:
    """Give the ERP with the views at `sample.NOW`; whoever changes it changes it back."""
    with running_server() as server:
        yield prepare(server, tmp_path_factory.mktemp("erp"))
