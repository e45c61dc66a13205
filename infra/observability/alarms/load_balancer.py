"""Alarms on the load balancer (AWS/ApplicationELB), and the one message when the site is down.

The balancer reports only while requests flow, so no data is no alarm, but for the hosts that must be there.
A standby answers 503 for everything, and an environment that sleeps does the same at night: neither is an
alarm. Warnings about latency come from Prometheus; from outside only the critical threshold counts, for when
the cluster cannot report itself.

Route 53 publishes its health check in us-east-1 alone, where this stack has neither topic nor key: the check
moves traffic, and these alarms tell people.

Reference: Application Load Balancers User Guide, "CloudWatch metrics for your Application Load Balancer".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import pulumi

from ...edge.load_balancer import Service
from ...settings import ObservabilitySettings
from .metric_alarm import FIVE_MINUTES, MINUTE, Alarm, Formula, Metric
from .situation import Situation

ERROR_PERCENT: Final = 5
FEWEST_REQUESTS: Final = 100
"""In five minutes: one error among three requests of a quiet hour is no outage."""
BALANCER_ERRORS: Final = 10
"""Answers in a minute that the balancer had to give itself, because no target could."""
MILLISECONDS: Final = 1000

RUNBOOK: Final = "load-balancer"
SITE_DOWN: Final = "site-down"
LATENCY: Final = "latency"


def load_balancer_alarms(
    *,
    settings: ObservabilitySettings | None,
    situation: Situation,
    balancer: pulumi.Input[str],
    target_groups: Mapping[Service, pulumi.Input[str]],
) -> Iterator[Alarm]:
    """Give the alarms that speak for themselves, where users are served."""
    if not situation.serving:
        return
    whole = {"LoadBalancer": balancer}
    yield Alarm(
        name="balancer-rejected",
        watches=_metric("RejectedConnectionCount", "Sum", whole),
        when=">",
        threshold=0,
        periods=1,
        missing="notBreaching",
        says="The load balancer has refused connections: it has reached its limit.",
        do="Look for a flood in the firewall's log and ask AWS to raise the balancer's capacity.",
        runbook=RUNBOOK,
    )
    yield Alarm(
        name="target-errors",
        watches=Formula(
            expression=f"IF(requests > {FEWEST_REQUESTS}, 100 * FILL(errors, 0) / requests, 0)",
            label="Answers 5xx in percent",
            metrics={
                "requests": _metric("RequestCount", "Sum", whole),
                "errors": _metric("HTTPCode_Target_5XX_Count", "Sum", whole),
            },
        ),
        when=">",
        threshold=ERROR_PERCENT,
        periods=2,
        missing="notBreaching",
        says=f"Pods have answered more than {ERROR_PERCENT} % of all requests with an error for 10 minutes.",
        do="Read the pods' logs and roll back the last deployment if it began there.",
        runbook=RUNBOOK,
    )
    for service, group in target_groups.items():
        yield _unhealthy(service, {"LoadBalancer": balancer, "TargetGroup": group})
    if settings is not None:
        yield _slow(
            settings.latency.critical_ms, {"LoadBalancer": balancer, "TargetGroup": target_groups["odoo"]}
        )


def parts_of_site_down(
    *,
    situation: Situation,
    balancer: pulumi.Input[str],
    target_groups: Mapping[Service, pulumi.Input[str]],
) -> Iterator[Alarm]:
    """Give the parts of the one message that the site is down; nothing where it may rest."""
    if not situation.always_serving:
        return
    for service, group in target_groups.items():
        yield Alarm(
            name=f"no-healthy-{service}",
            watches=_metric("HealthyHostCount", "Maximum", {"LoadBalancer": balancer, "TargetGroup": group}),
            when="<",
            threshold=1,
            period_seconds=MINUTE,
            periods=3,
            missing="breaching",
            says=f"No pod of {service} has been healthy for three minutes.",
            do="See the composite alarm.",
            runbook=SITE_DOWN,
            heard=False,
        )
    yield Alarm(
        name="balancer-errors",
        watches=_metric("HTTPCode_ELB_5XX_Count", "Sum", {"LoadBalancer": balancer}),
        when=">=",
        threshold=BALANCER_ERRORS,
        period_seconds=MINUTE,
        periods=3,
        missing="notBreaching",
        says="The load balancer itself has answered with errors for three minutes.",
        do="See the composite alarm.",
        runbook=SITE_DOWN,
        heard=False,
    )


def _unhealthy(service: Service, dimensions: Mapping[str, pulumi.Input[str]]) -> Alarm:
    return Alarm(
        name=f"unhealthy-{service}",
        watches=Formula(
            # With none healthy the site is down, and another alarm says so.
            expression="IF(healthy > 0, unhealthy, 0)",
            label="Unhealthy pods beside healthy ones",
            metrics={
                "healthy": _metric("HealthyHostCount", "Minimum", dimensions),
                "unhealthy": _metric("UnHealthyHostCount", "Minimum", dimensions),
            },
        ),
        when=">",
        threshold=0,
        periods=3,
        missing="notBreaching",
        says=f"A pod of {service} has failed its health check for 15 minutes; the others carry its share.",
        do="Look at the pod's events and logs, and delete it when it hangs.",
        runbook=RUNBOOK,
    )


def _slow(critical_ms: int, dimensions: Mapping[str, pulumi.Input[str]]) -> Alarm:
    return Alarm(
        name="web-latency",
        watches=_metric("TargetResponseTime", "p95", dimensions),
        when=">",
        threshold=critical_ms / MILLISECONDS,
        period_seconds=FIVE_MINUTES,
        periods=2,
        missing="notBreaching",
        says=f"One web request in twenty has taken more than {critical_ms} ms for 10 minutes.",
        do="Look at CPU of pods and database and at the last deployment.",
        runbook=LATENCY,
    )


def _metric(name: str, statistic: str, dimensions: Mapping[str, pulumi.Input[str]]) -> Metric:
    return Metric(namespace="AWS/ApplicationELB", name=name, statistic=statistic, dimensions=dimensions)
