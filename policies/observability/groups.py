"""Log groups: how long they keep, and that none appears by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.tokens import CLUSTERS, DATABASES, FLOW_LOGS, FUNCTIONS, LOG_GROUPS, SEARCH_DOMAINS
from policies.framework import (
    Controls,
    Findings,
    Graph,
    NotJudged,
    ResourceView,
    Setting,
    Settings,
    Severity,
    everywhere,
    joined_rule,
    mandatory_in,
    resource_rule,
)

_DELIVERY: Final = "DELIVERY"
"""A class of log groups whose retention AWS fixes."""


@resource_rule(
    "log-retention",
    subjects=LOG_GROUPS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls(("CloudWatch.16",), ("CKV_AWS_66",), ("OBS-11", "OBS-12", "NET-07", "OPS-01")),
    remedy="Set retention_in_days; 0 or nothing keeps the log, and its bill, for ever.",
)
def retention(group: ResourceView) -> Findings:
    """Every log group keeps its entries for a time that is declared."""
    if group.text("logGroupClass") != _DELIVERY and not group.number("retentionInDays"):
        yield "retentionInDays is 0 or not set, so nothing is ever deleted"


@joined_rule(
    "log-retention-flow",
    subjects=LOG_GROUPS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls(("CloudWatch.16",), (), ("NET-07",), ("8(5)",)),
    remedy="Set retention_in_days=90 on the log group of the flow logs.",
    settings={"days": Setting(90, "How long flow logs are kept (NET-07).")},
)
def retention_flow(group: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """Flow logs are kept for 90 days."""
    if not graph.attached(group, "logDestination", *FLOW_LOGS):
        return
    days = group.number("retentionInDays") or 0
    if 0 < days < settings["days"]:
        yield f"retentionInDays is {days:g}, and flow logs are kept for {settings['days']:g}"


@resource_rule(
    "log-retention-class",
    subjects=LOG_GROUPS,
    severity=Severity.LOW,
    levels=mandatory_in("prod", "staging", "dr"),
    controls=Controls(("CloudWatch.16",), (), ("OBS-11", "OBS-12")),
    remedy="Set retention_in_days to what the environment asks for.",
    settings={
        "minimumDays": Setting(
            90,
            "The shortest time for which the environment keeps a log (OBS-11, OBS-12).",
            {"staging": 30, "testing": 14, "dev": 7},
        )
    },
)
def retention_class(group: ResourceView, settings: Settings) -> Findings:
    """Every log is kept at least as long as its environment asks for."""
    days = group.number("retentionInDays") or 0
    if 0 < days < settings["minimumDays"]:
        yield f"retentionInDays is {days:g}, less than the {settings['minimumDays']:g} of {group.environment}"


@joined_rule(
    "log-group-declared",
    subjects=(*CLUSTERS, *DATABASES, *FUNCTIONS, *SEARCH_DOMAINS),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls(("CloudWatch.16",), ("CKV_AWS_66", "CKV_AWS_158"), ("NET-07", "SEC-06", "OPS-01")),
    remedy="Declare cloudwatch.LogGroup with that name, a retention and the logs key.",
)
def group_declared(service: ResourceView, graph: Graph) -> Findings:
    """The log groups that a service writes to are declared, so that none is without retention and key.

    AWS fixes the names of most of them; a search domain names its own.
    """
    if service.type in SEARCH_DOMAINS:
        yield from _published(service)
        return
    for name in _written(service):
        if graph.identified(name, *LOG_GROUPS):
            continue
        if unnamed := [group for group in graph.of(*LOG_GROUPS) if group.is_unknown("name")]:
            raise NotJudged(f"the name of the log group {unnamed[0].name} is not known yet", service)
        yield f"it writes to {name}, which this stack does not declare"


def _published(domain: ResourceView) -> Iterator[str]:
    for option in domain.blocks("logPublishingOptions"):
        link = domain.link(f"{option.at}.cloudwatchLogGroupArn")
        if link.given and not link.targets(*LOG_GROUPS):
            where = link.value or "a group"
            yield f"its {option.text('logType')} go to {where}, which this stack does not declare"


def _written(service: ResourceView) -> Iterator[str]:
    """Give the names of the groups that a service writes to, as AWS composes them."""
    if service.type in CLUSTERS:
        if service.texts("enabledClusterLogTypes"):
            yield f"/aws/eks/{_physical_name(service, 'name')}/cluster"
    elif service.type in DATABASES:
        for log in service.texts("enabledCloudwatchLogsExports"):
            yield f"/aws/rds/instance/{_physical_name(service, 'identifier')}/{log}"
    elif service.has("loggingConfig.logGroup"):
        yield service.text("loggingConfig.logGroup")
    else:
        yield f"/aws/lambda/{_physical_name(service, 'name')}"


def _physical_name(service: ResourceView, path: str) -> str:
    """Give the name that the program chose, or the one that the engine made up."""
    return service.text(path) if service.has(path) else service.outputs.text(path)
