"""The panels that the strategy names are there, with their refresh: OBS-03, OBS-14, OBS-15.

Each board is looked at as it is in the ConfigMaps of the rendered stack; what each panel must ask is said
here once more, so that a panel that is gone, or asks something else, fails by its name.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from infra.observability.dashboards.board import Dashboard
from tests.conftest import EstateRenderer

from .boards import WATCHED, Json, boards_of, context_of, panels, titled

BY_STRATEGY: Final = ("prod", "staging")
OPERATIONAL: Final = {
    "Pending deliveries": r"sum\(deliveries\).*FROM bi\.pending_deliveries",
    "Delayed trips": r"count\(\*\).*FROM bi\.delayed_trips",
    "Pending payment collections": r"sum\(amount\).*FROM bi\.pending_collections",
    "Total revenue, month to date": r"sum\(month_to_date\).*FROM bi\.revenue",
    "Total revenue, fiscal year to date": r"sum\(year_to_date\).*FROM bi\.revenue",
}
"""OBS-14: title and what the SQL of the panel reads."""
TECHNICAL: Final = {
    "API latency p95": r"service:http_request_duration_seconds:p95_5m",
    "API latency p95 by service": r"service:http_request_duration_seconds:p95_5m",
    "API latency p99": r"service:http_request_duration_seconds:p99_5m",
    "API latency p99 by service": r"service:http_request_duration_seconds:p99_5m",
    "Error rate": r"service:http_requests:error_ratio_rate5m",
    "Error rate by service": r"service:http_requests:error_ratio_rate5m",
    "Pod CPU, of what it requested": r"namespace_pod:cpu_usage:ratio_of_request",
    "Pod memory, of what it requested": r"namespace_pod:memory_usage:ratio_of_request",
    "DB connections": r"pg_stat_database_numbackends",
    "DB connections in use": r"database:connections:ratio",
    "Queue depth": r"mq:queue_messages",
}
"""OBS-15: title and what the PromQL of the panel reads."""


def rendered_boards(estate: EstateRenderer, stack: str) -> dict[str, Json]:
    """The dashboards in the ConfigMaps that Grafana's side container takes, by uid."""
    boards: dict[str, Json] = {}
    for resource in estate(stack).resources:
        if resource.type != "kubernetes:core/v1:ConfigMap":
            continue
        metadata: dict[str, Any] = resource.inputs["metadata"]
        if (metadata.get("labels") or {}).get("grafana_dashboard") != "1":
            continue
        assert metadata["namespace"] == "observability"
        assert metadata["annotations"]["grafana_folder"] == "Fleet ERP"
        for text in resource.inputs["data"].values():
            board = json.loads(text)
            assert board["uid"] not in boards
            boards[board["uid"]] = board
    return boards


def missing(board: Json, wanted: dict[str, str]) -> list[str]:
    """Give the titles whose panel is not there or does not ask for what it should."""
    found = {panel["title"]: panel for panel in panels(board)}
    return [
        title
        for title, asks in wanted.items()
        if title not in found
        or not any(
            re.search(asks, target.get("rawSql") or target.get("expr") or "", re.DOTALL)
            for target in found[title]["targets"]
        )
    ]


@pytest.mark.requirement("OBS-03")
@pytest.mark.parametrize("stack", WATCHED)
def test_the_rendered_stack_has_dashboards_for_metrics_and_logs(estate: EstateRenderer, stack: str) -> None:
    boards = rendered_boards(estate, stack)
    assert boards == {uid: json.loads(board.text()) for uid, board in boards_of(stack).items()}
    sources = {
        target["datasource"]["uid"]
        for board in boards.values()
        for panel in panels(board)
        for target in panel["targets"]
    }
    assert {"prometheus", "logs"} <= sources


@pytest.mark.requirement("OBS-03")
@pytest.mark.parametrize("stack", WATCHED)
def test_grafana_runs_and_takes_these_dashboards_and_their_data_sources(
    estate: EstateRenderer, stack: str
) -> None:
    """A label or uid of which the two sides think differently leaves every page empty."""
    graph = estate(stack)
    (release,) = [
        resource
        for resource in graph.resources
        if resource.type == "kubernetes:helm.sh/v3:Release"
        and str(resource.inputs["chart"]).endswith("/kube-prometheus-stack")
    ]
    grafana = release.inputs["values"]["grafana"]
    assert grafana["enabled"] is True
    taken = grafana["sidecar"]["dashboards"]
    assert (taken["enabled"], taken["resource"], taken["searchNamespace"]) == (
        True,
        "configmap",
        "observability",
    )
    assert taken["provider"]["foldersFromFilesStructure"] is True
    (provisioned,) = [
        resource.inputs["spec"]["target"]["template"]["data"]
        for resource in graph.resources
        if resource.type == "kubernetes:external-secrets.io/v1:ExternalSecret"
        and resource.inputs["metadata"]["name"] == "grafana-data-sources"
    ]
    declared = {
        (source["uid"], source["type"])
        for text in provisioned.values()
        for source in yaml.safe_load(text)["datasources"]
    }
    for resource in graph.resources:
        if resource.type != "kubernetes:core/v1:ConfigMap":
            continue
        metadata = resource.inputs["metadata"]
        if taken["label"] in (metadata.get("labels") or {}):
            assert metadata["labels"][taken["label"]] == taken["labelValue"]
            assert metadata["annotations"][taken["folderAnnotation"]]
            (text,) = resource.inputs["data"].values()
            for panel in panels(json.loads(text)):
                for target in panel["targets"]:
                    asked = target["datasource"]
                    assert (asked["uid"], asked["type"]) in declared, panel["title"]


def test_testing_has_no_dashboards(estate: EstateRenderer) -> None:
    assert rendered_boards(estate, "testing") == {}


@pytest.mark.requirement("OBS-14")
@pytest.mark.parametrize("stack", BY_STRATEGY)
def test_the_operational_dashboard(estate: EstateRenderer, stack: str) -> None:
    board = rendered_boards(estate, stack)["fleet-operational"]
    assert board["refresh"] == "1m"
    assert missing(board, OPERATIONAL) == []
    assert board["fiscalYearStartMonth"] == 3
    for title in OPERATIONAL:
        panel = titled(board, title)
        assert panel["datasource"] == {"type": "grafana-postgresql-datasource", "uid": "erp-database"}
        money = "revenue" in title or "collections" in title
        assert panel["fieldConfig"]["defaults"]["unit"] == ("currencyINR" if money else "none")


@pytest.mark.requirement("OBS-15")
@pytest.mark.parametrize("stack", BY_STRATEGY)
def test_the_technical_dashboard(estate: EstateRenderer, stack: str) -> None:
    board = rendered_boards(estate, stack)["fleet-technical"]
    assert board["refresh"] == "30s"
    assert missing(board, TECHNICAL) == []
    for title in TECHNICAL:
        assert {target["datasource"]["uid"] for target in titled(board, title)["targets"]} == {"prometheus"}


@pytest.mark.parametrize(
    ("uid", "wanted"), [("fleet-operational", OPERATIONAL), ("fleet-technical", TECHNICAL)]
)
def test_a_panel_that_is_gone_or_asks_something_else_is_missed(uid: str, wanted: dict[str, str]) -> None:
    for title in wanted:
        board = boards_of("prod")[uid].to_json()
        board["panels"] = [panel for panel in board["panels"] if panel["title"] != title]
        assert missing(board, wanted) == [title]
        board = boards_of("prod")[uid].to_json()
        for target in titled(board, title)["targets"]:
            target["rawSql" if "rawSql" in target else "expr"] = "vector(0)"
        assert missing(board, wanted) == [title]


@pytest.mark.parametrize(
    ("stack", "warning", "critical"), [("prod", 0.18, 0.2), ("staging", 0.3, 0.5), ("dr", 0.18, 0.2)]
)
def test_lines_of_latency_are_where_alerts_are(stack: str, warning: float, critical: float) -> None:
    """Those of the stack file (OBS-05, OBS-07), in seconds as the metric is."""
    board = boards_of(stack)["fleet-technical"].to_json()
    for title in ("API latency p95", "API latency p95 by service"):
        defaults = titled(board, title)["fieldConfig"]["defaults"]
        assert defaults["unit"] == "s"
        assert [(step["value"], step["color"]) for step in defaults["thresholds"]["steps"]] == [
            (None, "green"),
            (warning, "orange"),
            (critical, "red"),
        ]


def test_dead_letters_are_red_from_the_first() -> None:
    panel = titled(boards_of("prod")["fleet-technical"].to_json(), "Dead letters")
    assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"][-1] == {"color": "red", "value": 1}
    assert panel["fieldConfig"]["defaults"]["noValue"] == "not measured"


def test_gps_events_are_counted_as_many_as_there_were() -> None:
    """Kept lines by kept share; a line that says no share stands for itself (OBS-11)."""
    panel = titled(boards_of("prod")["fleet-logs"].to_json(), "GPS events by outcome, as many as there were")
    weighted = panel["targets"][0]["metrics"]
    assert [metric["type"] for metric in weighted] == ["count", "avg", "bucket_script"]
    assert [metric.get("hide", False) for metric in weighted] == [True, True, False]
    assert (weighted[1]["field"], weighted[1]["settings"]) == ("sample_rate", {"missing": "1"})
    assert weighted[2]["settings"]["script"] == "params.kept / params.share"
    assert {variable["pipelineAgg"] for variable in weighted[2]["pipelineVariables"]} == {
        weighted[0]["id"],
        weighted[1]["id"],
    }


def test_what_people_search_for_is_lucene_of_its_own() -> None:
    """In brackets, so that OR does not reach beyond it; raw, so that a colon stays one."""
    board = boards_of("prod")["fleet-logs"].to_json()
    for title in ("Newest errors", "Newest lines"):
        (target,) = titled(board, title)["targets"]
        assert target["query"].endswith(" AND (${search:raw})")
        assert target["metrics"] == [{"id": "1", "type": "logs"}]


def test_every_title_says_its_environment() -> None:
    def titles(boards: dict[str, Dashboard]) -> set[str]:
        return {board.title for board in boards.values()}

    assert all(title.endswith(" · prod") for title in titles(boards_of("prod")))
    assert titles(boards_of("prod")).isdisjoint(titles(boards_of("staging")))
    assert context_of("staging").environment == "staging"


def test_the_page_names_every_dashboard_with_its_refresh(repository: Path) -> None:
    page = (repository / "docs" / "dashboards.md").read_text(encoding="utf-8")
    spoken = {"30s": "30 s", "1m": "minute", "5m": "5 min"}
    for uid, board in boards_of("prod").items():
        (row,) = [line for line in page.splitlines() if line.startswith("|") and f"`{uid}`" in line]
        assert spoken[board.refresh] in row
        assert board.title.split(" · ", maxsplit=1)[0] in row
