"""Panels: each one question, drawn in one way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase
from typing import Any, ClassVar, Final, Literal

from .queries import Query
from .thresholds import Thresholds, Unit

MIXED: Final = {"type": "datasource", "uid": "-- Mixed --"}
"""Grafana's own source of a panel whose queries ask several."""

Calculation = Literal["lastNotNull", "max", "mean", "sum"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelLink:
    """Where to go from a panel: what to do about it, or a closer look."""

    title: str
    url: str

    def to_json(self) -> dict[str, Any]:
        """Give the link as Grafana keeps it."""
        return {"title": self.title, "url": self.url, "targetBlank": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table that is shown otherwise than the panel's defaults say."""

    name: str
    unit: Unit | None = None
    heading: str | None = None
    hidden: bool = False
    thresholds: Thresholds | None = None
    """Colours the cell."""

    def override(self) -> dict[str, Any]:
        """Give the override as Grafana keeps it."""
        properties: list[dict[str, Any]] = []
        if self.unit is not None:
            properties.append({"id": "unit", "value": self.unit.id})
        if self.heading is not None:
            properties.append({"id": "displayName", "value": self.heading})
        if self.hidden:
            properties.append({"id": "custom.hideFrom.viz", "value": True})
        if self.thresholds is not None:
            properties.append({"id": "thresholds", "value": self.thresholds.to_json()})
            properties.append({"id": "custom.cellOptions", "value": {"type": "color-text"}})
        return _override(self.name, *properties)


def _override(name: str, *properties: dict[str, Any]) -> dict[str, Any]:
    return {"matcher": {"id": "byName", "options": name}, "properties": list(properties)}


@dataclass(frozen=True, kw_only=True)
class Panel:
    """What all kinds share. `weight` is the panel's part of the width of its line."""

    type: ClassVar[str]
    usual_height: ClassVar[int]

    title: str
    queries: tuple[Query, ...]
    description: str = ""
    unit: Unit = Unit.SHORT
    decimals: int | None = None
    thresholds: Thresholds = field(default_factory=Thresholds.none)
    links: tuple[PanelLink, ...] = ()
    weight: int = 1
    no_value: str | None = None
    """What stands where nothing is found."""
    time_from: str | None = None
    """How far back this panel looks, whatever the dashboard shows: `365d`."""
    interval: str | None = None
    """The least distance of two points: `1d`."""

    def __post_init__(self) -> None:
        if not self.queries:
            raise ValueError(f"panel {self.title!r} asks nothing")
        if self.weight < 1:
            raise ValueError(f"panel {self.title!r} has no width")

    @property
    def height(self) -> int:
        """In Grafana's grid units of 30 pixels."""
        return self.usual_height

    def to_json(self, *, panel_id: int, grid: dict[str, int]) -> dict[str, Any]:
        """Give the panel as Grafana keeps it."""
        sources = [query.source for query in self.queries]
        shared = sources[0].reference if len(set(sources)) == 1 else MIXED
        rendered: dict[str, Any] = {
            "id": panel_id,
            "type": self.type,
            "title": self.title,
            "description": self.description,
            "gridPos": grid,
            "datasource": shared,
            "targets": [
                query.target(letter) for letter, query in zip(ascii_uppercase, self.queries, strict=False)
            ],
            "fieldConfig": {"defaults": self._defaults(), "overrides": list(self._overrides())},
            "options": self._options(),
            "transformations": list(self._transformations()),
            "links": [link.to_json() for link in self.links],
        }
        if self.time_from is not None:
            rendered["timeFrom"] = self.time_from
        if self.interval is not None:
            rendered["interval"] = self.interval
        return rendered

    def _defaults(self) -> dict[str, Any]:
        defaults: dict[str, Any] = {
            "unit": self.unit.id,
            "color": {"mode": self._colour_mode()},
            "thresholds": self.thresholds.to_json(),
            "mappings": [],
            "custom": self._custom(),
        }
        if self.decimals is not None:
            defaults["decimals"] = self.decimals
        if self.no_value is not None:
            defaults["noValue"] = self.no_value
        return defaults

    def _colour_mode(self) -> str:
        return "thresholds"

    def _custom(self) -> dict[str, Any]:
        return {}

    def _options(self) -> dict[str, Any]:
        return {}

    def _overrides(self) -> Sequence[dict[str, Any]]:
        return ()

    def _transformations(self) -> Sequence[dict[str, Any]]:
        return ()


def _bounds(pattern: str) -> dict[str, Any]:
    return {
        "matcher": {"id": "byRegexp", "options": f"/{pattern}/"},
        "properties": [
            {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [8, 8]}},
            {"id": "custom.lineWidth", "value": 1},
        ],
    }


@dataclass(frozen=True, kw_only=True)
class TimeSeries(Panel):
    """Curves over the time shown, thresholds as lines."""

    type: ClassVar[str] = "timeseries"
    usual_height: ClassVar[int] = 8
    bars: bool = False
    stacked: bool = False
    minimum: float | None = 0
    """Where the axis begins; None leaves it to Grafana."""
    maximum: float | None = None
    colours: Mapping[str, str] = field(default_factory=dict)
    """Series, by name, that have a colour of their own."""
    dashed: str | None = None
    """A regular expression of the series that bound the others: thin and dashed."""

    def _overrides(self) -> Sequence[dict[str, Any]]:
        return [
            *(
                _override(name, {"id": "color", "value": {"mode": "fixed", "fixedColor": colour}})
                for name, colour in self.colours.items()
            ),
            *(() if self.dashed is None else (_bounds(self.dashed),)),
        ]

    def _colour_mode(self) -> str:
        return "palette-classic"

    def _defaults(self) -> dict[str, Any]:
        defaults = super()._defaults()
        if self.minimum is not None:
            defaults["min"] = self.minimum
        if self.maximum is not None:
            defaults["max"] = self.maximum
        return defaults

    def _custom(self) -> dict[str, Any]:
        return {
            "drawStyle": "bars" if self.bars else "line",
            "lineWidth": 1 if self.bars else 2,
            "fillOpacity": 70 if self.bars else 15 if self.stacked else 0,
            "showPoints": "never",
            "spanNulls": False,
            "stacking": {"mode": "normal" if self.stacked else "none", "group": "A"},
            "thresholdsStyle": {"mode": "dashed" if self.thresholds.judges else "off"},
        }

    def _options(self) -> dict[str, Any]:
        return {
            "legend": {
                "showLegend": True,
                "displayMode": "list",
                "placement": "bottom",
                "calcs": ["lastNotNull"],
            },
            "tooltip": {"mode": "multi", "sort": "desc"},
        }


@dataclass(frozen=True, kw_only=True)
class Stat(Panel):
    """One number, coloured by its thresholds."""

    type: ClassVar[str] = "stat"
    usual_height: ClassVar[int] = 4
    calculation: Calculation = "lastNotNull"
    trend: bool = False
    """A small curve behind the number."""

    def _options(self) -> dict[str, Any]:
        return {
            "reduceOptions": {"calcs": [self.calculation], "fields": "", "values": False},
            "colorMode": "value",
            "graphMode": "area" if self.trend else "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "textMode": "auto",
        }


@dataclass(frozen=True, kw_only=True)
class Gauge(Panel):
    """How far a number is from its end of the scale."""

    type: ClassVar[str] = "gauge"
    usual_height: ClassVar[int] = 6
    calculation: Calculation = "lastNotNull"
    minimum: float = 0
    maximum: float

    def _defaults(self) -> dict[str, Any]:
        return {**super()._defaults(), "min": self.minimum, "max": self.maximum}

    def _options(self) -> dict[str, Any]:
        return {
            "reduceOptions": {"calcs": [self.calculation], "fields": "", "values": False},
            "orientation": "auto",
            "showThresholdLabels": False,
            "showThresholdMarkers": True,
        }


@dataclass(frozen=True, kw_only=True)
class Table(Panel):
    """Rows and columns."""

    type: ClassVar[str] = "table"
    usual_height: ClassVar[int] = 9
    columns: tuple[Column, ...] = ()
    sort_by: str | None = None
    """The heading of the column whose largest value comes first."""
    few_rows: bool = False
    """Half a dozen rows at most."""

    @property
    def height(self) -> int:
        """In Grafana's grid units of 30 pixels."""
        return 6 if self.few_rows else self.usual_height

    def _custom(self) -> dict[str, Any]:
        return {"align": "auto", "cellOptions": {"type": "auto"}, "filterable": True, "inspect": False}

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"showHeader": True, "cellHeight": "sm"}
        if self.sort_by is not None:
            options["sortBy"] = [{"displayName": self.sort_by, "desc": True}]
        return options

    def _overrides(self) -> Sequence[dict[str, Any]]:
        return [column.override() for column in self.columns]

    def _transformations(self) -> Sequence[dict[str, Any]]:
        # Several queries become one table: a row for each set of labels.
        return [{"id": "merge", "options": {}}] if len(self.queries) > 1 else []


@dataclass(frozen=True, kw_only=True)
class Logs(Panel):
    """Lines, the newest first."""

    type: ClassVar[str] = "logs"
    usual_height: ClassVar[int] = 12

    def _options(self) -> dict[str, Any]:
        return {
            "showTime": True,
            "showLabels": False,
            "showCommonLabels": False,
            "showLogContextToggle": True,
            "wrapLogMessage": True,
            "prettifyLogMessage": False,
            "enableLogDetails": True,
            "dedupStrategy": "none",
            "sortOrder": "Descending",
        }


@dataclass(frozen=True, kw_only=True)
class Heatmap(Panel):
    """How the buckets of a histogram fill over time."""

    type: ClassVar[str] = "heatmap"
    usual_height: ClassVar[int] = 8

    def _custom(self) -> dict[str, Any]:
        return {"scaleDistribution": {"type": "linear"}}

    def _options(self) -> dict[str, Any]:
        return {
            "calculate": False,
            "cellGap": 1,
            "color": {
                "mode": "scheme",
                "scheme": "Oranges",
                "scale": "exponential",
                "exponent": 0.5,
                "steps": 64,
                "reverse": False,
                "fill": "dark-orange",
            },
            "filterValues": {"le": 1e-9},
            "legend": {"show": True},
            "rowsFrame": {"layout": "le"},
            "tooltip": {"mode": "single", "showColorScale": False, "yHistogram": False},
            "yAxis": {"axisPlacement": "left", "reverse": False, "unit": self.unit.id},
        }
