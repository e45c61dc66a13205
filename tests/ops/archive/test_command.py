"""The commands as the job and an operator run them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ops import records
from ops.__main__ import main
from ops.archive.objects import Bucket

from .test_run import OLD
from .world import ARCHIVE_PASSWORD, Database


@pytest.mark.requirement("DATA-06")
def test_run_status_verify_restore(
    *,
    gps: Database,
    bucket: Bucket,
    s3_endpoint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A month leaves, is shown, is read back, comes back, and is recorded."""
    gps.fill(OLD)
    service = gps.server.service_file(
        tmp_path / "pg_service.conf", "archive", user="gps_archive", password=ARCHIVE_PASSWORD
    )
    for name, value in {
        "PGSERVICEFILE": str(service),
        "PGDATABASE": gps.name,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "ap-south-1",
        "ARCHIVE_BUCKET": bucket.name,
        "ARCHIVE_S3_ENDPOINT": s3_endpoint,
    }.items():
        monkeypatch.setenv(name, value)

    def answer(*arguments: str) -> object:
        capsys.readouterr()
        assert main(["archive", *arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    month = f"{OLD:%Y-%m}"
    assert answer("status") == {"months": [], "due": [month]}
    assert answer("run") == {"dropped": [month], "positions": 120, "stragglers": 0, "problems": []}
    assert answer("verify", month) == {"month": month, "verified": 120}
    assert answer("restore", month) == {"month": month, "table": f"gps_restored.positions_{OLD:%Y_%m}"}
    (record,) = records.list_all(bucket.name, client=bucket.client)
    assert (record.kind, record.result, record.figures["positions"]) == ("archive", "passed", 120)
    assert main(["archive", "verify", "2001-01"]) == 2
    assert main(["archive", "verify", "January"]) == 2
    key = next(key for key in bucket.current_versions("positions/") if key.endswith("parquet"))
    bucket.client.delete_object(Bucket=bucket.name, Key=key)
    assert main(["archive", "verify", month]) == 1
