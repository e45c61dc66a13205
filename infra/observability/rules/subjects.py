"""All rules of an environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .autoscaling import autoscaling_rules
from .availability import availability_rules
from .backups import backup_rules
from .certificates import certificate_rules
from .cluster import cluster_rules
from .context import RuleContext
from .database import database_rules
from .dns import dns_rules
from .drills import drill_rules
from .gps import gps_rules
from .latency import latency_rules
from .logs import log_rules
from .model import RuleGroup
from .queues import queue_rules
from .recordings import recording_groups
from .security import security_rules
from .stores import store_rules
from .watching import watching_rules

SUBJECTS: Final[tuple[Callable[[RuleContext], tuple[RuleGroup, ...]], ...]] = (
    recording_groups,
    latency_rules,
    availability_rules,
    gps_rules,
    queue_rules,
    autoscaling_rules,
    database_rules,
    store_rules,
    log_rules,
    certificate_rules,
    dns_rules,
    backup_rules,
    drill_rules,
    security_rules,
    cluster_rules,
    watching_rules,
)
"""One function a subject; a new one is a file and a line here."""


def rule_groups(context: RuleContext) -> tuple[RuleGroup, ...]:
    """Give every rule of an environment, by group."""
    return tuple(group for subject in SUBJECTS for group in subject(context))
