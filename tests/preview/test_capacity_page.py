"""`python -m preview capacity`: what a person sees of the derivation, also where the nodes do not hold."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from preview import stacks
from preview.__main__ import BLOCKED, MISTAKEN, main


@pytest.fixture
def checkout(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the stack files that a test may change."""
    for file in repository.glob("Pulumi*.yaml"):
        shutil.copy(file, tmp_path)
    monkeypatch.setattr(stacks, "ROOT", tmp_path)
    return tmp_path


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def _page(stack: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = main(["capacity", stack])
    captured = capsys.readouterr()
    assert captured.err == ""
    return status, captured.out


def _row(page: str, first: str) -> str:
    """The row of a table that begins with these words, its spaces made single."""
    # Columns are two spaces apart, so `gps-api replicas` is another row than `gps-api`.
    (line,) = (line for line in page.splitlines() if line.startswith(f"{first}  "))
    return re.sub(r"\s+", " ", line).strip()


def test_the_page_of_production(capsys: pytest.CaptureFixture[str]) -> None:
    status, page = _page("prod", capsys)
    assert status == 0
    assert _row(page, "Odoo workers") == "Odoo workers users / 6 100 and 150 users 17, at the peak 25"
    assert _row(page, "odoo-web") == "odoo-web 3 to 8 550m 2304Mi 3584Mi"
    assert _row(page, "gps-consumer") == "gps-consumer 2 to 10 150m 256Mi 512Mi"
    assert "prod fits." in page
    assert max(len(line) for line in page.splitlines()) <= 100


@pytest.mark.requirement("LOAD-02")
def test_twice_the_vehicles_change_replicas_limits_and_fit(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before_status, before = _page("prod", capsys)
    _replace(checkout / "Pulumi.prod.yaml", "peak_vehicles: 2000", "peak_vehicles: 4000")
    after_status, after = _page("prod", capsys)
    rows = ("gps-api", "gps-consumer", "one API key", "one address  GPS host")
    assert [_row(before, row) for row in rows] == [
        "gps-api 3 to 6 250m 256Mi 512Mi",
        "gps-consumer 2 to 10 150m 256Mi 512Mi",
        "one API key GPS API 6,000 in 60 s the application, with 429",
        "one address GPS host 40,000 in 300 s AWS WAF, with 403",
    ]
    assert [_row(after, row) for row in rows] == [
        "gps-api 6 to 12 250m 256Mi 512Mi",
        "gps-consumer 3 to 15 150m 256Mi 512Mi",
        "one API key GPS API 12,000 in 60 s the application, with 429",
        "one address GPS host 80,000 in 300 s AWS WAF, with 403",
    ]
    assert _row(before, "at rest, fewest nodes").endswith(" 3 fits")
    assert _row(after, "at rest, fewest nodes").endswith(" 4 too few")
    assert (before_status, after_status) == (0, BLOCKED)
    assert "Pulumi.prod.yaml: fleet-erp:cluster.node_groups[0].size.min: 3 cannot hold the pods" in after
    assert "prod does not fit." in after


@pytest.mark.requirement("SCALE-02")
def test_staging_says_how_many_nodes_a_stress_test_takes(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, page = _page("staging", capsys)
    assert status == 0, "what two nodes hold is a choice, not a mistake"
    assert "2 nodes hold 40% of 1.5 times the load; all of it takes 4" in page
    _replace(checkout / "Pulumi.staging.yaml", "        size: 2\n", "        size: 4\n")
    status, page = _page("staging", capsys)
    assert status == 0
    assert _row(page, "odoo-web") == "odoo-web 5 600m 3072Mi 4608Mi"
    assert "times the load; all of it takes" not in page


def test_a_waiting_standby_shows_both_states(capsys: pytest.CaptureFixture[str]) -> None:
    status, page = _page("dr", capsys)
    assert status == 0
    assert _row(page, "waiting, fewest nodes").endswith(" 2 fits")
    assert "No pod of Odoo or GPS runs until recovery.active" in page


@pytest.mark.parametrize("stack", ["testing", "dev"])
def test_small_environments_fit(stack: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, page = _page(stack, capsys)
    assert status == 0
    assert f"{stack} fits." in page


def test_other_mistakes_are_lines_and_status_two(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _replace(
        checkout / "Pulumi.prod.yaml", "class: db.m5.xlarge\n    multi_az", "class: db.m5.xlrge\n    multi_az"
    )
    assert main(["capacity", "prod"]) == MISTAKEN
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
