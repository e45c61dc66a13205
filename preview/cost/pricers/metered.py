"""Services that bill what they look at or carry, without a resource whose size says how much.

Each row names a type and what it bills: a price with the assumption it goes with, or why there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from preview.cost.charges import Charge, Free
from preview.cost.item import Item
from preview.cost.pricers.kinds import PricePart, Pricers


@dataclass(frozen=True, slots=True)
class Meter:
    """A price and the assumption that gives its quantity."""

    service: str
    item: str
    unit: str
    assumption: str


METERED: Final[dict[str, dict[str, Meter]]] = {
    "aws:guardduty/detector:Detector": {
        "management events": Meter(
            "GuardDuty", "CloudTrail management events", "million-events", "guardduty_million_events"
        ),
        "flow and DNS logs": Meter(
            "GuardDuty", "VPC flow and DNS logs (first 500 GB)", "GB", "guardduty_log_gb"
        ),
    },
    "aws:cfg/recorder:Recorder": {
        "configuration items": Meter(
            "Config", "configuration item recorded (continuous)", "item", "config_items"
        ),
    },
    "aws:securityhub/account:Account": {
        "security checks": Meter(
            "Security Hub", "security check (first 100k)", "check", "securityhub_checks"
        ),
    },
}

USAGE_BASED: Final[dict[str, str]] = {
    "aws:amp/workspace:Workspace": "usage-based: samples and their storage; nothing assumed",
    "aws:amp/scraper:Scraper": "usage-based: collector hours and samples; nothing assumed",
    "aws:budgets/budgetAction:BudgetAction": "no price for a budget action",
    "aws:cfg/conformancePack:ConformancePack": "usage-based: no price for evaluations of a conformance pack",
    "aws:cfg/rule:Rule": "usage-based: evaluations; nothing assumed",
    "aws:cloudtrail/trail:Trail": "usage-based: one copy of management events is free, data events are not",
    "aws:cloudwatch/eventBus:EventBus": "usage-based: no price for events of other accounts",
    "aws:cloudwatch/dashboard:Dashboard": "no price for a dashboard (the first three of an account are free)",
    "aws:ecr/replicationConfiguration:ReplicationConfiguration": "usage-based: traffic of copied images",
    "aws:fis/experimentTemplate:ExperimentTemplate": "usage-based: no price for an action minute",
    "aws:guardduty/detectorFeature:DetectorFeature": "usage-based: what it looks at; nothing assumed",
    "aws:inspector2/enabler:Enabler": "usage-based: scanned images and instance hours; nothing assumed",
    "aws:ecs/taskDefinition:TaskDefinition": "usage-based: no price for CPU and memory of Fargate",
    "aws:lambda/function:Function": "usage-based: no price for invocations and run time",
    "aws:sfn/stateMachine:StateMachine": "usage-based: no price for state transitions",
    "aws:backup/restoreTestingPlan:RestoreTestingPlan": "usage-based: no price for a restore test",
    "aws:sns/topic:Topic": "usage-based: no price for publications and deliveries",
    "aws:sqs/queue:Queue": "usage-based: no price for requests",
}
"""Types that bill by use and have no price or no assumption."""


def _metered(what: str, meter: Meter) -> PricePart:
    def part(item: Item) -> Iterator[Charge]:
        rate = item.rate(meter.service, meter.item, unit=meter.unit)
        yield item.metered(what, rate, meter.assumption)

    return part


def _usage_based(why: str) -> PricePart:
    def part(item: Item) -> Iterator[Charge]:
        yield item.unpriced("usage", why)

    return part


def _certificate(item: Item) -> Iterator[Charge]:
    if item.declares("certificateAuthorityArn"):
        yield item.unpriced("private certificate", "no price for a certificate of a private authority")
    else:
        yield Free("public certificates cost nothing")


def _analyzer(item: Item) -> Iterator[Charge]:
    kind = item.text("type", default="ACCOUNT")
    if kind in {"ACCOUNT", "ORGANIZATION"}:
        yield Free("analysis of external access costs nothing")
    else:
        yield item.unpriced("analysis", f"usage-based: no price for an analyzer of type {kind}")


def _parameter(item: Item) -> Iterator[Charge]:
    tier = item.text("tier", default="Standard")
    if tier == "Standard":
        yield Free("standard parameters cost nothing")
    else:
        yield item.unpriced("parameter", f"no price for a parameter of tier {tier}")


PRICERS: Final[Pricers] = {
    **{
        token: {what: _metered(what, meter) for what, meter in meters.items()}
        for token, meters in METERED.items()
    },
    **{token: {"usage": _usage_based(why)} for token, why in USAGE_BASED.items()},
    "aws:acm/certificate:Certificate": {"certificate": _certificate},
    "aws:accessanalyzer/analyzer:Analyzer": {"analysis": _analyzer},
    "aws:ssm/parameter:Parameter": {"parameter": _parameter},
}
