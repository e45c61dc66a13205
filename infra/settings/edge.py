"""The way in from the internet, and the load that comes that way."""

from __future__ import annotations

from pydantic import Field

from .types import Area, Cidr, HostedZoneId, Hostname, LogRetentionDays, PositiveCount


class FirewallSettings(Area):
    """AWS WAF on the load balancer (SEC-08)."""

    count_only: bool
    """Managed rules only count: the first week of a new environment."""
    web_requests_per_5_minutes: int = Field(ge=100)
    """Per address, outside the GPS path."""
    fleet_rate_margin: float = Field(ge=1, le=10)
    """The GPS limit is the computed peak of a fleet behind one address times this (LOAD-02)."""
    log_retention_days: LogRetentionDays


class EdgeSettings(Area):
    """Load balancer, certificate, DNS."""

    zone_id: HostedZoneId
    zone_name: Hostname
    web_hostname: Hostname
    """Where users reach Odoo."""
    gps_hostname: Hostname
    """Where vehicles and fleet gateways send positions."""
    allowed_cidrs: tuple[Cidr, ...] = Field(min_length=1)
    """Who may connect on 443; 0.0.0.0/0 in prod (NET-05)."""
    deletion_protection: bool
    idle_timeout_seconds: int = Field(ge=60, le=4000)
    certificate_expiry_alarm_days: int = Field(ge=10, le=60)
    health_check: bool
    """A Route 53 health check on the web host name."""
    firewall: FirewallSettings


class FleetLoadSettings(Area):
    """Positions that vehicles send (LOAD-02)."""

    vehicles: PositiveCount
    interval_seconds: PositiveCount
    peak_vehicles: PositiveCount
    peak_interval_seconds: PositiveCount

    @property
    def peak_requests_per_second(self) -> float:
        """Requests a second when every vehicle sends at the peak interval."""
        return self.peak_vehicles / self.peak_interval_seconds


class LoadSettings(Area):
    """The load everything is sized for (LOAD-01, LOAD-02)."""

    users: PositiveCount
    """Concurrent Odoo users."""
    peak_users: PositiveCount
    fleet: FleetLoadSettings
    factor: float = Field(default=1.0, ge=0.1, le=3)
    """1.5 in staging: sized above production for stress tests (SCALE-02)."""
