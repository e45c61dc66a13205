"""Address plan and egress of the VPC."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from .types import Area, AvailabilityZone, Cidr, InterfaceEndpoint, LogRetentionDays, PositiveCount

MAIL_ENDPOINT: Final = "email-smtp"
"""The interface endpoint of Amazon SES that speaks SMTP; all others speak HTTPS."""


class SubnetSettings(Area):
    """One subnet: its zone and its addresses."""

    zone: AvailabilityZone
    cidr: Cidr


class NetworkSettings(Area):
    """The VPC (NET-01, NET-02, NET-06, NET-07)."""

    cidr: Cidr
    private_subnets: tuple[SubnetSettings, ...] = Field(min_length=2)
    """Nodes and data stores; the first subnet of a zone pair is where single-zone stores live."""
    public_subnets: tuple[SubnetSettings, ...] = Field(min_length=2)
    """Load balancer and NAT gateways only; an Application Load Balancer needs two zones."""
    nat: Literal["per-zone", "single"]
    """One NAT gateway per zone survives the loss of a zone; one alone is cheaper."""
    interface_endpoints: tuple[InterfaceEndpoint, ...] = ()
    """Billed per endpoint and zone; the free S3 gateway endpoint always exists."""
    flow_log_retention_days: LogRetentionDays
    rejected_packets_alarm: PositiveCount
    """Rejected flows in five minutes that raise an alarm (NET-07)."""
    partner_cidrs: tuple[Cidr, ...] = ()
    """Addresses of GSP and GPS partners that publish them; HTTPS from nodes is limited to these (NET-06)."""
