"""What RDS itself reports: events that somebody subscribes to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.tokens import DATABASE_CLUSTERS, DATABASE_EVENTS, DATABASES
from policies.framework import Controls, Findings, Graph, Level, Severity, mandatory_in, stack_rule

_SUBJECTS: Final = (*DATABASE_EVENTS, *DATABASES, *DATABASE_CLUSTERS)
_LEVELS: Final = {**mandatory_in("prod", "dr"), "testing": Level.DISABLED, "dev": Level.DISABLED}
_REQUIREMENTS: Final = ("OBS-13", "OBS-01")
_REMEDY: Final = (
    "Declare rds.EventSubscription(source_type='{source}', event_categories={categories},"
    " sns_topic=<the alarm topic>)."
)


@stack_rule(
    "log-rds-events",
    subjects=_SUBJECTS,
    severity=Severity.MEDIUM,
    levels=_LEVELS,
    controls=Controls(("RDS.20",), (), _REQUIREMENTS),
    remedy=_REMEDY.format(
        source="db-instance", categories="['maintenance', 'configuration change', 'failure']"
    ),
)
def rds_events(graph: Graph) -> Findings:
    """Maintenance, changes and failures of database instances are told to somebody."""
    yield from _missing(graph, "db-instance", "maintenance", "configuration change", "failure")


@stack_rule(
    "log-rds-events-parameters",
    subjects=_SUBJECTS,
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls(("RDS.21",), (), _REQUIREMENTS),
    remedy=_REMEDY.format(source="db-parameter-group", categories="['configuration change']"),
)
def rds_events_parameters(graph: Graph) -> Findings:
    """Changes of database parameter groups are told to somebody."""
    yield from _missing(graph, "db-parameter-group", "configuration change")


@stack_rule(
    "log-rds-events-security-groups",
    subjects=_SUBJECTS,
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls(("RDS.22",), (), _REQUIREMENTS),
    remedy=_REMEDY.format(source="db-security-group", categories="['configuration change', 'failure']"),
)
def rds_events_security_groups(graph: Graph) -> Findings:
    """Changes and failures of database security groups are told to somebody."""
    yield from _missing(graph, "db-security-group", "configuration change", "failure")


def _missing(graph: Graph, source: str, *wanted: str) -> Iterator[str]:
    """Say which categories of a kind of source nobody hears of; nothing for a stack without databases.

    A subscription without source type is about every kind, one without categories about all of them.
    """
    if not graph.of(*DATABASES, *DATABASE_CLUSTERS):
        return
    heard: set[str] = set()
    for subscription in graph.of(*DATABASE_EVENTS):
        about_all = not subscription.has("sourceType")
        # One that names single sources leaves the rest of them out.
        if not subscription.flag("enabled", default=True) or subscription.has("sourceIds"):
            continue
        if about_all or subscription.text("sourceType") == source:
            heard.update(subscription.texts("eventCategories") or wanted)
    missing = [category for category in wanted if category not in heard]
    if missing:
        yield f"no event subscription is about {', '.join(missing)} of every {source}"
