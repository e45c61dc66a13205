"""The share of successful GPS events that is kept, drawn by the filter as rendered, in a real Lua."""

from __future__ import annotations

import pytest

from infra.observability.logs.lua import script
from infra.workloads.gps.configuration import SAMPLING_ANNOTATION

from .scripts import Record, event, load, pod

EVENTS = 20_000
ASKED = {SAMPLING_ANNOTATION: "10"}


def kept(records: list[Record], *, percent: int = 10) -> list[Record]:
    """Give what is left of records."""
    apply = load(success_sampling_percent=percent)
    return [shaped for record in records if (shaped := apply(record)) is not None]


@pytest.mark.requirement("OBS-11")
def test_a_tenth_of_successful_events_is_kept_and_says_so() -> None:
    left = kept([event(kubernetes=pod(annotations=ASKED), number=number) for number in range(EVENTS)])
    assert 0.09 < len(left) / EVENTS < 0.11
    assert {record["sample_rate"] for record in left} == {0.1}
    # What was kept stands for what there was, to within a tenth.
    assert sum(1 / record["sample_rate"] for record in left) == pytest.approx(EVENTS, rel=0.1)


@pytest.mark.requirement("OBS-11")
@pytest.mark.parametrize(
    "different",
    [
        {"level": "WARNING"},
        {"level": "ERROR"},
        {"level": "CRITICAL"},
        {"level": None},
        {"level": 30},
        {"outcome": "rejected"},
        {"outcome": "failed"},
        {"outcome": None},
        {"event": "batch_stored"},
        {"event": None},
        {"level": "error", "outcome": "success"},
    ],
    ids=str,
)
def test_errors_and_everything_else_of_the_service_are_never_drawn(different: Record) -> None:
    records = [event(kubernetes=pod(annotations=ASKED), **different) for _ in range(500)]
    left = kept(records)
    assert len(left) == len(records)
    assert not any("sample_rate" in record for record in left)


@pytest.mark.requirement("OBS-11")
@pytest.mark.parametrize(
    "kubernetes",
    [
        pod(application="odoo", namespace="erp", container="odoo", annotations=ASKED),
        pod(application="gps-partitions", annotations=ASKED),
        {"namespace_name": "gps"},
        {"labels": {"app.kubernetes.io/name": "gps"}},
    ],
    ids=["odoo", "another-name", "no-labels", "no-annotations"],
)
def test_other_services_are_never_drawn(kubernetes: Record) -> None:
    records = [event(kubernetes=kubernetes) for _ in range(500)]
    assert len(kept(records)) == len(records)


@pytest.mark.requirement("OBS-11")
@pytest.mark.parametrize("asked", ["", "ten", "10 %", "010", "-10", "100", "50", "1e1", None])
def test_a_pod_that_asks_for_another_share_keeps_everything(asked: str | None) -> None:
    annotations = {} if asked is None else {SAMPLING_ANNOTATION: asked}
    records = [event(kubernetes=pod(annotations=annotations)) for _ in range(500)]
    assert len(kept(records)) == len(records)


@pytest.mark.requirement("OBS-12")
@pytest.mark.parametrize("asked", ["100", "10", "0"])
def test_nothing_is_drawn_where_everything_is_kept(asked: str) -> None:
    records = [event(kubernetes=pod(annotations={SAMPLING_ANNOTATION: asked})) for _ in range(2000)]
    left = kept(records, percent=100)
    assert len(left) == len(records)
    assert not any("sample_rate" in record for record in left)
    assert "math.random" not in script(success_sampling_percent=100)


@pytest.mark.parametrize("percent", [1, 25, 50, 99])
def test_other_shares_are_kept_as_well(percent: int) -> None:
    annotations = {SAMPLING_ANNOTATION: str(percent)}
    left = kept([event(kubernetes=pod(annotations=annotations)) for _ in range(5000)], percent=percent)
    assert len(left) / 5000 == pytest.approx(percent / 100, abs=0.03)
    assert {record["sample_rate"] for record in left} == {percent / 100}


def test_records_without_metadata_are_kept() -> None:
    apply = load(success_sampling_percent=10)
    record = event(kubernetes={})
    del record["kubernetes"]
    assert all(apply(record) is not None for _ in range(200))
