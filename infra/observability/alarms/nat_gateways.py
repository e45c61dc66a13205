"""Alarms on the NAT gateways (AWS/NATGateway), through which partners are called (NET-06).

Reference: Amazon VPC User Guide, "NAT gateway metrics and dimensions", for metrics and thresholds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import pulumi

from .metric_alarm import Alarm, Formula, Metric

DROPPED_PERCENT: Final = 0.01
"""Above that AWS itself may have a problem."""

RUNBOOK: Final = "nat-gateway"


def nat_gateway_alarms(gateways: Mapping[str, pulumi.Input[str]]) -> Iterator[Alarm]:
    """Give the alarms of each gateway, by availability zone."""
    for zone, gateway in gateways.items():
        yield from _gateway(zone, {"NatGatewayId": gateway})


def _gateway(zone: str, dimensions: Mapping[str, pulumi.Input[str]]) -> Iterator[Alarm]:
    def total(name: str) -> Metric:
        return Metric(namespace="AWS/NATGateway", name=name, statistic="Sum", dimensions=dimensions)

    label = f"nat-{zone[-1]}"
    yield Alarm(
        name=f"{label}-ports",
        watches=total("ErrorPortAllocation"),
        when=">",
        threshold=0,
        periods=3,
        missing="notBreaching",
        says=f"The NAT gateway of {zone} has had no free port for 15 minutes: calls to partners fail.",
        do="Find the pod that opens connections without end; give the gateway a second address.",
        runbook=RUNBOOK,
    )
    yield Alarm(
        name=f"{label}-drops",
        watches=Formula(
            expression="IF(source + destination > 0, 100 * dropped / (source + destination), 0)",
            label="Dropped packets in percent",
            metrics={
                "dropped": total("PacketsDropCount"),
                "source": total("PacketsInFromSource"),
                "destination": total("PacketsInFromDestination"),
            },
        ),
        when=">",
        threshold=DROPPED_PERCENT,
        periods=3,
        missing="notBreaching",
        says=f"The NAT gateway of {zone} has dropped over {DROPPED_PERCENT} % of packets for 15 minutes.",
        do="Look at AWS Health for the zone, and at the gateway's bandwidth.",
        runbook=RUNBOOK,
    )
