"""The contract file of metrics: which names exist, with which labels, from which source."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

FILE: Final = Path(__file__).with_name("catalogue.yaml")

MetricName = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
"""Without a colon: names with one are ours, recorded by rules."""
EstateName = Literal["prod", "staging", "dr"]
MetricType = Literal["counter", "gauge", "info", "histogram"]
OF_A_HISTOGRAM: Final = ("_bucket", "_sum", "_count")


class Metric(BaseModel):
    """One name that can be asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: MetricName
    type: MetricType
    labels: tuple[str, ...]
    """Labels that queries use, besides what every scrape adds."""
    meaning: str = Field(min_length=3)

    @property
    def series_names(self) -> tuple[str, ...]:
        """Give the names under which samples are stored: three for a histogram."""
        if self.type == "histogram":
            return tuple(f"{self.name}{suffix}" for suffix in OF_A_HISTOGRAM)
        return (self.name,)


class Source(BaseModel):
    """A program whose metrics are collected."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    what: str
    reference: str
    """Where names and labels can be looked up."""
    stacks: tuple[EstateName, ...] = ("prod", "staging", "dr")
    metrics: tuple[Metric, ...] = Field(min_length=1)


class Catalogue(BaseModel):
    """All sources."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: tuple[Source, ...]

    def metrics(self, *, stack: str | None = None) -> Iterator[tuple[Source, Metric]]:
        """Give every metric with its source; `stack`: those alone that an environment has."""
        for source in self.sources:
            if stack is None or stack in source.stacks:
                yield from ((source, metric) for metric in source.metrics)

    def series_names(self, *, stack: str | None = None) -> frozenset[str]:
        """Give the names that a query may use, such as `http_request_duration_seconds_bucket`."""
        return frozenset(name for _, metric in self.metrics(stack=stack) for name in metric.series_names)


@cache
def catalogue() -> Catalogue:
    """Read the file. Raises pydantic.ValidationError when it breaks the form."""
    return Catalogue.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
