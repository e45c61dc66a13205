"""What panels ask: PromQL, SQL over the business views, searches of the logs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from .data_sources import DATABASE, LOGS, PROMETHEUS, DataSource

TIME_FIELD: Final = "@timestamp"
_COUNT: Final = "1"
_SHARE: Final = "4"
_WEIGHTED: Final = "5"


class Query(Protocol):
    """A question to one data source."""

    @property
    def source(self) -> DataSource:
        """Who is asked."""
        ...

    def target(self, ref_id: str) -> dict[str, Any]:
        """Give the query as Grafana keeps it; `ref_id` is its letter in the panel."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PrometheusQuery:
    """PromQL, over the time shown or at its end."""

    expression: str
    legend: str = "__auto"
    """How a series is called: `{{service}}` takes a label."""
    instant: bool = False
    """The value at the end of the time shown, instead of a curve."""
    table: bool = False
    """Labels as columns."""
    buckets: bool = False
    """The series are the buckets of a histogram."""
    source: DataSource = PROMETHEUS

    def target(self, ref_id: str) -> dict[str, Any]:
        """Give the query as Grafana keeps it."""
        shape = "heatmap" if self.buckets else "table" if self.table else "time_series"
        return {
            "refId": ref_id,
            "datasource": self.source.reference,
            "editorMode": "code",
            "expr": self.expression,
            "format": shape,
            "instant": self.instant,
            "range": not self.instant,
            "legendFormat": self.legend,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlQuery:
    """SQL over the views of schema `bi`, which hold no personal data."""

    sql: str
    series: bool = False
    """Whether the first column is `time` and the others are curves."""
    source: DataSource = field(default=DATABASE, init=False)

    def target(self, ref_id: str) -> dict[str, Any]:
        """Give the query as Grafana keeps it."""
        return {
            "refId": ref_id,
            "datasource": self.source.reference,
            "editorMode": "code",
            "format": "time_series" if self.series else "table",
            "rawQuery": True,
            "rawSql": self.sql,
        }


LogAnswer = Literal["lines", "count", "weighted count"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogsQuery:
    """A search of the logs in Lucene's syntax.

    | answer | what it gives |
    |---|---|
    | `lines` | the newest lines |
    | `count` | how many there are |
    | `weighted count` | how many there were before Fluent Bit left some out: kept lines by kept share |
    """

    lucene: str
    answer: LogAnswer = "count"
    by: str | None = None
    """Counts for each value of this field, the most frequent first."""
    most: int = 10
    """How many values."""
    over_time: bool = True
    """Counts as curves; otherwise one number each."""
    share_field: str = "sample_rate"
    """Where a line says which share of its kind was kept; a line without it stands for itself."""
    alias: str = ""
    source: DataSource = field(default=LOGS, init=False)

    def target(self, ref_id: str) -> dict[str, Any]:
        """Give the query as Grafana keeps it."""
        return {
            "refId": ref_id,
            "datasource": self.source.reference,
            "queryType": "lucene",
            "luceneQueryType": "Metric",
            "format": "table",
            "query": self.lucene,
            "alias": self.alias,
            "timeField": TIME_FIELD,
            "metrics": self._metrics(),
            "bucketAggs": self._buckets(),
        }

    def _metrics(self) -> list[dict[str, Any]]:
        if self.answer == "lines":
            return [{"id": _COUNT, "type": "logs"}]
        if self.answer == "count":
            return [{"id": _COUNT, "type": "count"}]
        return [
            {"id": _COUNT, "type": "count", "hide": True},
            {
                "id": _SHARE,
                "type": "avg",
                "field": self.share_field,
                "settings": {"missing": "1"},
                "hide": True,
            },
            {
                "id": _WEIGHTED,
                "type": "bucket_script",
                "pipelineVariables": [
                    {"name": "kept", "pipelineAgg": _COUNT},
                    {"name": "share", "pipelineAgg": _SHARE},
                ],
                "settings": {"script": "params.kept / params.share"},
            },
        ]

    def _buckets(self) -> list[dict[str, Any]]:
        if self.answer == "lines":
            return []
        terms: Sequence[dict[str, Any]] = (
            [
                {
                    "id": "2",
                    "type": "terms",
                    "field": self.by,
                    "settings": {
                        "min_doc_count": "1",
                        "order": "desc",
                        "orderBy": "_count",
                        "size": str(self.most),
                    },
                }
            ]
            if self.by is not None
            else []
        )
        histogram = {
            "id": "3",
            "type": "date_histogram",
            "field": TIME_FIELD,
            "settings": {"interval": "auto", "min_doc_count": "0", "trimEdges": "0"},
        }
        return [*terms, *([histogram] if self.over_time else [])]
