"""Dashboards of the real stack files, and what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any, Final

from infra.observability.dashboards import Dashboard, DashboardContext, dashboards
from infra.observability.rules import RuleContext, rule_groups
from infra.workloads.capacity import Capacity
from tests.infra.settings.stack_files import estate_settings

WATCHED: Final = ("staging", "prod", "dr")
Json = dict[str, Any]


@cache
def context_of(stack: str) -> DashboardContext:
    """The context of a real stack file."""
    return DashboardContext.of(estate_settings(stack))


@cache
def boards_of(stack: str) -> dict[str, Dashboard]:
    """The dashboards of a real stack file by uid."""
    return {board.uid: board for board in dashboards(context_of(stack))}


@cache
def recorded(stack: str) -> frozenset[str]:
    """Names that rules record.

    A recovery environment at rest has the same dashboards: most of them fill when it serves.
    """
    settings = estate_settings(stack)
    contexts = [RuleContext.of(settings, Capacity.of_estate(settings))]
    if not contexts[0].serving:
        contexts.append(replace(contexts[0], serving=True, standby=False))
    return frozenset(
        recording.record
        for context in contexts
        for group in rule_groups(context)
        for recording in group.recordings
    )


def panels(board: Json) -> list[Json]:
    """All panels but the headings of rows."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def titled(board: Json, title: str) -> Json:
    """The one panel with a title."""
    (panel,) = [panel for panel in panels(board) if panel["title"] == title]
    return panel


def prometheus_expressions(board: Json) -> Iterator[tuple[str, str, str]]:
    """Give place, data source and PromQL of panels, annotations and variables."""
    for panel in panels(board):
        for target in panel["targets"]:
            if "expr" in target:
                yield panel["title"], target["datasource"]["uid"], target["expr"]
    for mark in board["annotations"]["list"]:
        yield mark["name"], mark["datasource"]["uid"], mark["expr"]
    for variable in board["templating"]["list"]:
        if variable["type"] == "query" and variable["definition"].startswith("label_values("):
            expression = variable["definition"].removeprefix("label_values(").rsplit(",", 1)[0]
            yield variable["name"], variable["datasource"]["uid"], expression


def sql_queries(board: Json) -> Iterator[tuple[str, str]]:
    """Give title and SQL of every panel that asks the database."""
    for panel in panels(board):
        for target in panel["targets"]:
            if "rawSql" in target:
                yield panel["title"], target["rawSql"]
