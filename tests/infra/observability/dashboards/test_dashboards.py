"""What every dashboard of every watched environment is: valid, laid out, asking for what exists."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Final

import jsonschema
import pytest
import yaml

from infra.observability.dashboards.board import COLUMNS
from infra.observability.metrics.catalogue import catalogue
from tests.infra.observability.rules.promtool import needs_promtool, promtool
from tests.schemas.validation import FOLDER

from .boards import WATCHED, boards_of, panels, prometheus_expressions, recorded
from .promql import expanded, labels, metrics

SCHEMA: Final = json.loads((FOLDER / "grafana" / "dashboard.json").read_text(encoding="utf-8"))
UIDS: Final = (
    "fleet-operational",
    "fleet-technical",
    "fleet-slo",
    "fleet-recovery",
    "fleet-logs",
    "fleet-cluster",
    "fleet-stores",
)
EVERY: Final = [(stack, uid) for stack in WATCHED for uid in UIDS]
OF_PROMETHEUS_ITSELF: Final = frozenset({"ALERTS"})
"""Series that Prometheus makes of its alerts."""
every_board = pytest.mark.parametrize(("stack", "uid"), EVERY)


@pytest.mark.parametrize("stack", WATCHED)
def test_every_environment_has_every_dashboard_once(stack: str) -> None:
    assert tuple(boards_of(stack)) == UIDS


def test_the_schema_is_a_schema_and_refuses_what_is_wrong() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for change in (
        {"id": 3},
        {"refresh": "often"},
        {"timezone": "browser"},
        {"schemaVersion": 27},
        {"panels": []},
        {"refesh": "1m"},
    ):
        board = {**boards_of("prod")["fleet-technical"].to_json(), **change}
        assert not validator.is_valid(board), change


@every_board
def test_grafana_understands_every_key(stack: str, uid: str) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    board = json.loads(boards_of(stack)[uid].text())
    problems = [
        f"{'.'.join(map(str, error.path))}: {error.message[:300]}" for error in validator.iter_errors(board)
    ]
    assert problems == []


@every_board
def test_panels_have_ids_of_their_own_and_lie_beside_one_another(stack: str, uid: str) -> None:
    board = boards_of(stack)[uid].to_json()
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    titles = [panel["title"] for panel in panels(board)]
    assert len(titles) == len(set(titles)), "two panels of one title cannot be told apart"
    boxes = [panel["gridPos"] for panel in board["panels"]]
    assert all(box["x"] + box["w"] <= COLUMNS for box in boxes)
    for one, other in combinations(boxes, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)


@every_board
def test_lines_fill_the_grid(stack: str, uid: str) -> None:
    board = boards_of(stack)[uid].to_json()
    lines: dict[int, int] = {}
    for panel in board["panels"]:
        box = panel["gridPos"]
        lines[box["y"]] = lines.get(box["y"], 0) + box["w"]
    assert set(lines.values()) == {COLUMNS}


@every_board
def test_the_text_is_always_the_same_and_fits_a_config_map(stack: str, uid: str) -> None:
    board = boards_of(stack)[uid]
    assert board.text() == board.text()
    assert json.loads(board.text()) == board.to_json()
    assert len(board.text().encode()) < 1024 * 1024


@every_board
def test_every_metric_is_collected_or_recorded(stack: str, uid: str) -> None:
    """A panel whose metric nobody collects is empty for ever, and looks as if all were well."""
    known = catalogue().series_names() | recorded(stack) | OF_PROMETHEUS_ITSELF
    asked = {
        (place, name)
        for place, _, expression in prometheus_expressions(boards_of(stack)[uid].to_json())
        for name in metrics(expanded(expression))
    }
    assert {(place, name) for place, name in asked if name not in known} == set()


OF_EVERY_SCRAPE: Final = frozenset({"namespace", "service", "pod", "job", "instance"})
OF_RECORDED: Final = frozenset({"service", "namespace", "pod", "vhost", "queue"})
"""What recording rules keep, by their names before the first colon."""


@every_board
def test_every_label_is_one_of_the_metrics_asked(stack: str, uid: str) -> None:
    """A matcher of a label that nothing has finds nothing."""
    of_metric = {
        name: frozenset(metric.labels) | OF_EVERY_SCRAPE
        for _, metric in catalogue().metrics()
        for name in metric.series_names
    }
    wrong = []
    for place, _, expression in prometheus_expressions(boards_of(stack)[uid].to_json()):
        asked = metrics(expanded(expression)) - OF_PROMETHEUS_ITSELF
        has = frozenset().union(*(of_metric.get(name, OF_RECORDED) for name in asked))
        if asked and labels(expression) - has:
            wrong.append((place, labels(expression) - has))
    assert wrong == []


def test_the_tokenizer_finds_labels() -> None:
    expression = 'sum by (a, b) (x{c="d=e", f!~"g{h}"}) / on(i) group_left(j) y{k=~"$l"} offset 5m'
    assert labels(expression) == {"a", "b", "c", "f", "i", "j", "k"}
    assert labels("sum(up) or on() vector(0)") == set()


@pytest.mark.parametrize("stack", WATCHED)
def test_the_long_term_store_is_asked_for_what_it_gets(stack: str) -> None:
    """Only names with a colon are sent there."""
    asked = {
        name
        for board in boards_of(stack).values()
        for _, source, expression in prometheus_expressions(board.to_json())
        if source == "amp"
        for name in metrics(expanded(expression))
    }
    assert asked
    assert all(":" in name for name in asked), asked


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("up", {"up"}),
        ('sum by (a, b) (rate(x_total{c="up"}[5m])) > 0', {"x_total"}),
        ("sum(rate(x[5m])) by (a) / on(a) group_left(b) y:z:w", {"x", "y:z:w"}),
        ("histogram_quantile(0.95, sum by (le) (rate(q_bucket[1h])))", {"q_bucket"}),
        ("count(a == 0) or on() vector(0)", {"a"}),
        ("max_over_time(timestamp(a > 0)[7d:10m])", {"a"}),
        ("a unless b offset 10m", {"a", "b"}),
        ("count(a) > bool 0", {"a"}),
        ("1 - avg by (i) (rate(m{mode='idle'}[2m]))", {"m"}),
        ("time() - m", {"m"}),
    ],
)
def test_the_tokenizer_finds_the_names(expression: str, names: set[str]) -> None:
    assert metrics(expression) == names


@needs_promtool
@pytest.mark.parametrize("stack", WATCHED)
def test_promtool_can_read_every_expression(stack: str, tmp_path: Path) -> None:
    expressions = [
        expression
        for board in boards_of(stack).values()
        for _, _, expression in prometheus_expressions(board.to_json())
    ]
    assert len(expressions) > 100
    rules = [
        {"record": f"dashboard:expression:{number}", "expr": expanded(expression)}
        for number, expression in enumerate(expressions)
    ]
    file = tmp_path / "expressions.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboards", "rules": rules}]}))
    done = promtool("check", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr
    rules[0]["expr"] += " )"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboards", "rules": rules}]}))
    assert promtool("check", "rules", file).returncode != 0


@every_board
def test_runbooks_exist(stack: str, uid: str, repository: Path) -> None:
    """A link to a page that nobody wrote is worse than none."""
    board = boards_of(stack)[uid].to_json()
    links = [*board["links"], *(link for panel in panels(board) for link in panel["links"])]
    pages = {link["url"].rsplit("/", 1)[1] for link in links if link["url"].endswith(".md")}
    assert {page for page in pages if not (repository / "docs" / "runbooks" / page).is_file()} == set()


@every_board
def test_links_to_other_dashboards_lead_somewhere(stack: str, uid: str) -> None:
    board = boards_of(stack)[uid].to_json()
    links = [*board["links"], *(link for panel in panels(board) for link in panel["links"])]
    inside = {link["url"].removeprefix("/d/") for link in links if link["url"].startswith("/d/")}
    assert inside <= set(UIDS)
