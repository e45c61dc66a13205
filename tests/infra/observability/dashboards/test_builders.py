"""The typed parts: what they refuse, and how they lay themselves out."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from itertools import pairwise
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.observability.dashboards import create_dashboards
from infra.observability.dashboards.board import COLUMNS, Dashboard, Row, widths
from infra.observability.dashboards.panels import MIXED, Column, Gauge, Stat, Table, TimeSeries
from infra.observability.dashboards.queries import LogsQuery, PrometheusQuery, SqlQuery
from infra.observability.dashboards.thresholds import CRITICAL, GOOD, NEUTRAL, WARNING, Thresholds, Unit
from tests.conftest import ComponentRenderer

UP = PrometheusQuery(expression="up")


def board(*lines: tuple[Any, ...]) -> Dashboard:
    return Dashboard(
        uid="fleet-example",
        title="Example",
        description="An example.",
        refresh="1m",
        time_from="now-1h",
        rows=(Row(title="Row", lines=lines),),
    )


def stat(title: str = "One", weight: int = 1) -> Stat:
    return Stat(title=title, queries=(UP,), weight=weight)


@given(st.lists(st.integers(min_value=1, max_value=6), min_size=1, max_size=4))
def test_a_line_fills_the_grid_by_weight(weights: list[int]) -> None:
    shared = widths([stat(weight=weight) for weight in weights])
    assert sum(shared) == COLUMNS
    assert all(width >= 1 for width in shared)
    for one, width in zip(weights, shared, strict=True):
        assert abs(width - COLUMNS * one / sum(weights)) <= 1


def test_too_many_panels_do_not_fit_a_line() -> None:
    with pytest.raises(ValueError, match="25 panels"):
        widths([stat() for _ in range(25)])
    with pytest.raises(ValueError, match="do not share"):
        widths([])


def test_lines_lie_below_one_another_and_are_as_high_as_their_highest() -> None:
    small, large = stat(), TimeSeries(title="Two", queries=(UP,))
    placed = board((small, large), (stat("Three"),)).to_json()["panels"]
    assert [(each["gridPos"]["y"], each["gridPos"]["h"]) for each in placed] == [
        (0, 1),
        (1, 8),
        (1, 8),
        (9, 4),
    ]
    assert all(one["id"] + 1 == other["id"] for one, other in pairwise(placed))


def test_thresholds_rise() -> None:
    with pytest.raises(ValueError, match="must rise"):
        Thresholds.rising(warning=2, critical=1)
    with pytest.raises(ValueError, match="must rise"):
        Thresholds.falling(warning=1, critical=1)
    assert Thresholds.rising(warning=1, critical=2) == Thresholds(GOOD, ((1, WARNING), (2, CRITICAL)))
    assert Thresholds.falling(warning=2, critical=1) == Thresholds(CRITICAL, ((1, WARNING), (2, GOOD)))
    assert Thresholds.falling(warning=2) == Thresholds(WARNING, ((2, GOOD),))
    assert Thresholds.none().to_json()["steps"] == [{"color": NEUTRAL, "value": None}]


def test_a_panel_asks_something_and_has_a_width() -> None:
    with pytest.raises(ValueError, match="asks nothing"):
        Stat(title="Nothing", queries=())
    with pytest.raises(ValueError, match="no width"):
        stat(weight=0)


def test_parts_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        stat().title = "Another"  # pyright: ignore[reportAttributeAccessIssue]


def test_queries_of_several_sources_make_a_mixed_panel() -> None:
    one = TimeSeries(title="One", queries=(UP,)).to_json(panel_id=1, grid={})
    assert one["datasource"] == {"type": "prometheus", "uid": "prometheus"}
    both = TimeSeries(title="Both", queries=(UP, LogsQuery(lucene="*"))).to_json(panel_id=1, grid={})
    assert both["datasource"] == MIXED
    assert [target["refId"] for target in both["targets"]] == ["A", "B"]


def test_lines_are_drawn_only_where_something_is_judged() -> None:
    def style(thresholds: Thresholds) -> str:
        panel = TimeSeries(title="One", queries=(UP,), thresholds=thresholds).to_json(panel_id=1, grid={})
        return panel["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"]["mode"]

    assert (style(Thresholds.none()), style(Thresholds.rising(warning=1))) == ("off", "dashed")


def test_columns_and_colours_become_overrides() -> None:
    table = Table(
        title="One",
        queries=(UP, UP),
        columns=(
            Column(name="Time", hidden=True),
            Column(name="Value", heading="Delay", unit=Unit.MINUTES, thresholds=Thresholds.rising(warning=1)),
        ),
    ).to_json(panel_id=1, grid={})
    hidden, delay = table["fieldConfig"]["overrides"]
    assert hidden["properties"] == [{"id": "custom.hideFrom.viz", "value": True}]
    assert [change["id"] for change in delay["properties"]] == [
        *("unit", "displayName", "thresholds", "custom.cellOptions")
    ]
    assert table["transformations"] == [{"id": "merge", "options": {}}]
    curve = TimeSeries(title="One", queries=(UP,), colours={"Late": WARNING}, dashed=" at most$")
    matchers = [
        override["matcher"] for override in curve.to_json(panel_id=1, grid={})["fieldConfig"]["overrides"]
    ]
    assert matchers == [
        {"id": "byName", "options": "Late"},
        {"id": "byRegexp", "options": "/ at most$/"},
    ]


def test_a_gauge_has_ends() -> None:
    defaults = Gauge(title="One", queries=(UP,), maximum=1).to_json(panel_id=1, grid={})["fieldConfig"][
        "defaults"
    ]
    assert (defaults["min"], defaults["max"]) == (0, 1)


def test_sql_says_whether_it_is_a_table_or_curves() -> None:
    assert SqlQuery(sql="SELECT 1").target("A")["format"] == "table"
    assert SqlQuery(sql="SELECT 1", series=True).target("A")["format"] == "time_series"


def test_each_dashboard_becomes_a_config_map(component: ComponentRenderer) -> None:
    made = board((stat(),))

    def program() -> None:
        create_dashboards([made], namespace_name="observability", opts=pulumi.ResourceOptions())

    (config_map,) = [
        resource for resource in component(program).resources if resource.type.endswith(":ConfigMap")
    ]
    assert config_map.inputs["metadata"]["name"] == "fleet-example"
    assert config_map.inputs["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert config_map.inputs["data"] == {"fleet-example.json": made.text()}


def test_a_dashboard_that_is_too_large_is_refused() -> None:
    large = replace(board((stat(),)), description="x" * 1024 * 1024)
    with pytest.raises(ValueError, match="too many for a ConfigMap"):
        create_dashboards([large], namespace_name="observability", opts=pulumi.ResourceOptions())
