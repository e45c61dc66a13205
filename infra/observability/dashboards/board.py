"""Dashboards: rows of panels, laid out by themselves, written as Grafana's classic JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from .data_sources import PROMETHEUS, DataSource
from .panels import Panel

COLUMNS: Final = 24
"""How many columns Grafana's grid has."""
ROW_HEIGHT: Final = 1
SCHEMA_VERSION: Final = 42
"""Of the classic model; Grafana 13 brings older ones up to its own when it loads them."""
TIME_ZONE: Final = "Asia/Kolkata"
FISCAL_YEAR_BEGINS: Final = 3
"""April, counted from 0: "this fiscal year" in the time picker is India's."""
TAG: Final = "fleet-erp"
"""All dashboards carry it, and link to one another by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A choice at the top of a dashboard: values of a label or field, all of them at first."""

    name: str
    label: str
    values: str
    """`label_values(metric, label)`; of logs, `{"find": "terms", "field": …}` as JSON."""
    every: str = ".*"
    """What stands for all values."""
    source: DataSource = PROMETHEUS

    def to_json(self) -> dict[str, Any]:
        """Give the variable as Grafana keeps it."""
        asked = (
            {"query": self.values, "refId": f"variable-{self.name}"}
            if self.source.type == PROMETHEUS.type
            else self.values
        )
        return {
            "name": self.name,
            "label": self.label,
            "type": "query",
            "datasource": self.source.reference,
            "definition": self.values,
            "query": asked,
            "refresh": 2,
            "regex": "",
            "sort": 1,
            "multi": True,
            "includeAll": True,
            "allValue": self.every,
            "current": {"text": ["All"], "value": ["$__all"]},
            "options": [],
            "hide": 0,
            "skipUrlSync": False,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBox:
    """A field at the top of a dashboard into which people write."""

    name: str
    label: str
    initial: str

    def to_json(self) -> dict[str, Any]:
        """Give the field as Grafana keeps it."""
        return {
            "name": self.name,
            "label": self.label,
            "type": "textbox",
            "query": self.initial,
            "current": {"text": self.initial, "value": self.initial},
            "options": [{"selected": True, "text": self.initial, "value": self.initial}],
            "hide": 0,
            "skipUrlSync": False,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """Moments that are marked in all curves."""

    name: str
    expression: str
    """PromQL; there is a mark while it gives anything."""
    title: str
    """What a mark is called; `{{label}}` takes a label."""
    colour: str
    step: str = "60s"
    shown: bool = True
    source: DataSource = PROMETHEUS

    def to_json(self) -> dict[str, Any]:
        """Give the annotation as Grafana keeps it."""
        return {
            "name": self.name,
            "datasource": self.source.reference,
            "enable": self.shown,
            "hide": False,
            "iconColor": self.colour,
            "expr": self.expression,
            "step": self.step,
            "titleFormat": self.title,
            "textFormat": "",
            "tagKeys": "",
            "useValueForTime": False,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A way out of a dashboard, at its top."""

    title: str
    url: str
    tooltip: str = ""

    def to_json(self) -> dict[str, Any]:
        """Give the link as Grafana keeps it."""
        return {
            "type": "link",
            "title": self.title,
            "tooltip": self.tooltip,
            "url": self.url,
            "icon": "doc",
            "tags": [],
            "asDropdown": False,
            "includeVars": False,
            "keepTime": False,
            "targetBlank": True,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels under one heading; each line fills the width, its panels are as high as the highest."""

    title: str
    lines: tuple[tuple[Panel, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """One page of Grafana."""

    uid: str
    """Never changes: links and bookmarks carry it."""
    title: str
    description: str
    refresh: str
    time_from: str
    """How far back it looks at first: `now-6h`."""
    rows: tuple[Row, ...]
    variables: tuple[Variable | TextBox, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    links: tuple[Link, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels, in reading order."""
        return tuple(panel for row in self.rows for line in row.lines for panel in line)

    def to_json(self) -> dict[str, Any]:
        """Give the dashboard as Grafana reads it from a file: without the ids of an installation."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": [TAG, *self.tags],
            "schemaVersion": SCHEMA_VERSION,
            "editable": False,
            "graphTooltip": 1,
            "timezone": TIME_ZONE,
            "weekStart": "monday",
            "fiscalYearStartMonth": FISCAL_YEAR_BEGINS,
            "refresh": self.refresh,
            "time": {"from": self.time_from, "to": "now"},
            "timepicker": {"refresh_intervals": ["30s", "1m", "5m", "15m", "1h"]},
            "templating": {"list": [variable.to_json() for variable in self.variables]},
            "annotations": {"list": [annotation.to_json() for annotation in self.annotations]},
            "links": [_TO_THE_OTHERS, *(link.to_json() for link in self.links)],
            "panels": _laid_out(self.rows),
        }

    def text(self) -> str:
        """Give the dashboard as the text of a file, always the same."""
        return json.dumps(self.to_json(), indent=1, ensure_ascii=False) + "\n"


_TO_THE_OTHERS: Final[dict[str, Any]] = {
    "type": "dashboards",
    "title": "Fleet ERP",
    "tooltip": "",
    "url": "",
    "icon": "external link",
    "tags": [TAG],
    "asDropdown": True,
    "includeVars": False,
    "keepTime": True,
    "targetBlank": False,
}


def widths(line: Sequence[Panel]) -> list[int]:
    """Share the columns of the grid among the panels of a line by their weights; none is left over."""
    whole = sum(panel.weight for panel in line)
    if not line or whole > COLUMNS:
        raise ValueError(f"{len(line)} panels with weights of {whole} do not share {COLUMNS} columns")
    edges = [0]
    for panel in line:
        edges.append(edges[-1] + panel.weight)
    at = [round(edge * COLUMNS / whole) for edge in edges]
    return [right - left for left, right in pairwise(at)]


def _laid_out(rows: Sequence[Row]) -> list[dict[str, Any]]:
    placed: list[dict[str, Any]] = []
    y = 0
    for row in rows:
        placed.append(
            {
                "id": len(placed) + 1,
                "type": "row",
                "title": row.title,
                "collapsed": False,
                "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": ROW_HEIGHT},
                "panels": [],
            }
        )
        y += ROW_HEIGHT
        for line in row.lines:
            x, height = 0, max(panel.height for panel in line)
            for panel, width in zip(line, widths(line), strict=True):
                grid = {"x": x, "y": y, "w": width, "h": height}
                placed.append(panel.to_json(panel_id=len(placed) + 1, grid=grid))
                x += width
            y += height
    return placed
