"""The parts of Odoo: the same image three times, each with other processes, limits and priority."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from ...cluster_platform.labels import (
    ALLOWED,
    ODOO,
    PRIORITY_REPORTS,
    PRIORITY_STANDARD,
    PRIORITY_TRANSACTIONS,
    REACHES_PARTNERS,
    SENDS_MAIL,
)
from .. import pods
from ..capacity import Capacity
from ..sizes import OdooCapacity
from .configuration import Limits, Processes

APPLICATION: Final = ODOO
CONTAINER: Final = "odoo"
"""Autoscalers follow this container alone: the proxy beside it is never busy."""

PartName = Literal["odoo-web", "odoo-cron", "odoo-report"]

WEB_LIMITS: Final = Limits(cpu_seconds=60, real_seconds=120)
CRON_LIMITS: Final = Limits(cpu_seconds=300, real_seconds=600)
"""A scheduled job that takes longer is to be split; and a drain of nodes waits for 15 minutes at most."""
REPORT_CPU_SHARE: Final = 0.8
"""Of the time that a user waits for a report, what Odoo itself may compute; the rest is wkhtmltopdf's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One Deployment of Odoo."""

    name: PartName
    size: OdooCapacity
    limits: Limits
    priority: str
    reaches_partners: bool
    reads_replica: bool
    """Whether what only reads goes to the replica for reports, where there is one."""
    serves: bool
    """Whether other pods, or the load balancer, send requests."""

    @property
    def processes(self) -> Processes:
        """What runs in its container."""
        return Processes.of(self.size, limits=self.limits)

    @property
    def selector(self) -> dict[str, str]:
        """Labels that pick its pods."""
        return pods.selector(APPLICATION, component=self.name)

    @property
    def labels(self) -> dict[str, str]:
        """Labels of its objects."""
        return pods.labels(APPLICATION, component=self.name)

    @property
    def pod_labels(self) -> dict[str, str]:
        """Labels of its pods: with those that open ways out of the namespace."""
        ways = {SENDS_MAIL: ALLOWED}
        if self.reaches_partners:
            ways[REACHES_PARTNERS] = ALLOWED
        return {**self.labels, **ways}

    @property
    def stop_seconds(self) -> int:
        """How long a pod may take to stop: draining, the longest request, and as long again to end it."""
        return self.limits.real_seconds + 2 * pods.DRAIN_SECONDS

    @property
    def response_seconds(self) -> int:
        """How long the proxy waits for a worker: a little longer than Odoo lets it work."""
        return self.limits.real_seconds + pods.DRAIN_SECONDS


def parts(capacity: Capacity, *, idle_timeout_seconds: int) -> tuple[Part, ...]:
    """Give the parts; the balancer's idle timeout is how long anybody waits for a report.

    | part | what it does | when nodes are full |
    |---|---|---|
    | web | pages and their data | goes first |
    | cron | scheduled jobs | before what has no priority |
    | report | reports and exports (LOAD-03) | waits and gives way |
    """
    web = Part(
        name="odoo-web",
        size=capacity.web,
        limits=WEB_LIMITS,
        priority=PRIORITY_TRANSACTIONS,
        reaches_partners=True,
        reads_replica=False,
        serves=True,
    )
    cron = Part(
        name="odoo-cron",
        size=capacity.cron,
        limits=CRON_LIMITS,
        priority=PRIORITY_STANDARD,
        reaches_partners=True,
        reads_replica=False,
        serves=False,
    )
    if capacity.report is None:
        return web, cron
    report = Part(
        name="odoo-report",
        size=capacity.report,
        limits=Limits(
            cpu_seconds=int(idle_timeout_seconds * REPORT_CPU_SHARE), real_seconds=idle_timeout_seconds
        ),
        priority=PRIORITY_REPORTS,
        reaches_partners=False,
        reads_replica=True,
        serves=True,
    )
    return web, cron, report
