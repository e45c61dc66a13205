"""Subscriptions to what RDS itself reports about instances, parameter groups and security groups.

Reference: RDS User Guide, "Amazon RDS event categories and event messages".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pulumi_aws import rds

from ...naming import Kind
from .metric_alarm import Bell
from .situation import Situation

INSTANCE_CATEGORIES: Final = (
    "configuration change",
    "deletion",
    "failover",
    "failure",
    "low storage",
    "maintenance",
    "read replica",
    "recovery",
    "restoration",
)
"""Not `backup`, `creation`, `notification`: nobody acts on those, and they come every day."""
RESTARTS: Final = "availability"
"""Shutdowns and restarts: every night where the schedule stops the database."""
PARAMETER_CATEGORIES: Final = ("configuration change",)
SECURITY_GROUP_CATEGORIES: Final = ("configuration change", "failure")


def categories(situation: Situation) -> Mapping[str, tuple[str, ...]]:
    """Give what is told, by type of source."""
    restarts = () if situation.sleeps else (RESTARTS,)
    return {
        "db-instance": (*restarts, *INSTANCE_CATEGORIES),
        "db-parameter-group": PARAMETER_CATEGORIES,
        "db-security-group": SECURITY_GROUP_CATEGORIES,
    }


def declare_database_events(*, situation: Situation, bell: Bell) -> None:
    """Declare one subscription for each type of source, to all sources of the account and region."""
    for source, wanted in categories(situation).items():
        name = bell.naming.name(Kind.EVENT_SUBSCRIPTION, source)
        rds.EventSubscription(
            source,
            rds.EventSubscriptionArgs(
                name=name,
                source_type=source,
                event_categories=list(wanted),
                sns_topic=bell.topic_arn,
                tags=bell.naming.tags(name),
            ),
            opts=bell.opts,
        )
