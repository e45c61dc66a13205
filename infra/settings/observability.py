"""What is measured and kept, when it is too much, and who is told."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .types import Area, Email, Pattern, PositiveCount, StorageGib, TimeOfDay, TimeZone
from .workloads import ImageSettings

HttpsUrl = Annotated[
    str,
    Pattern(
        "an HTTPS address", "https://host/path without a slash at the end", r"https://[\w.-]+(/[\w.~-]+)*"
    ),
]
SlackChannel = Annotated[str, Pattern("a Slack channel", "# and its name, in quotes", r"#[a-z0-9_-]{1,79}")]
PersonName = Annotated[str, Pattern("a name", "1 to 100 letters, digits and .' -", r"[\w.' -]{1,100}")]


class LatencySettings(Area):
    """p95 of the web API above which people hear of it (OBS-05, OBS-07)."""

    warning_ms: PositiveCount
    critical_ms: PositiveCount


class MetricsSettings(Area):
    """Prometheus in the cluster, and what is kept of it for longer (OBS-01, OBS-08)."""

    scrape_interval_seconds: Literal[30] = 30
    retention_days: int = Field(ge=1, le=90)
    """How long every sample is kept in the cluster."""
    volume_gib: StorageGib
    long_term_retention_days: int = Field(ge=30, le=1095)
    """How long aggregates are kept in Amazon Managed Prometheus."""


class LogShippingSettings(Area):
    """Fluent Bit and what OpenSearch keeps (OBS-02, OBS-11, OBS-12)."""

    retention_days: PositiveCount
    """An index older than that is deleted."""


class GrafanaSettings(Area):
    """Who draws the dashboards (OBS-03)."""

    image: ImageSettings
    """Grafana with the plugins that its data sources need: pods load nothing from the internet."""


class ResponderSettings(Area):
    """Somebody whom PagerDuty calls."""

    name: PersonName
    email: Email


class OnCallSettings(Area):
    """Who is on call: one person after another, each for `shift_days`."""

    time_zone: TimeZone
    handover: TimeOfDay
    """When one hands over to the next, in that time zone."""
    shift_days: int = Field(ge=1, le=28)
    rotation: tuple[ResponderSettings, ...] = Field(min_length=1)


class PagerDutySettings(Area):
    """Escalation of critical alerts, declared in PagerDuty (OBS-13)."""

    on_call: OnCallSettings
    engineering_lead: ResponderSettings
    """Called when nobody acknowledged within `lead_after_minutes`."""
    head_of_engineering: ResponderSettings
    """Called when nobody acknowledged within `head_after_minutes`."""
    lead_after_minutes: int = Field(default=15, ge=1, le=120)
    head_after_minutes: int = Field(default=30, ge=2, le=240)
    repeats: int = Field(default=2, ge=0, le=9)
    """How often the whole escalation starts again while nobody acknowledges."""
    declared: bool
    """Declare schedule, escalation policy and service; false where somebody else keeps PagerDuty.

    `pulumi up` then needs PAGERDUTY_TOKEN.
    """


class AlertingSettings(Area):
    """Where alerts of the cluster go (OBS-04, OBS-13)."""

    runbooks_url: HttpsUrl
    """Folder of the runbooks, as a responder opens it."""
    slack_channel: SlackChannel
    pagerduty: PagerDutySettings | None = None
    """None: alerts page nobody (staging)."""


class ObservabilitySettings(Area):
    """Metrics, logs, dashboards and alerts of an environment that is watched as a whole."""

    latency: LatencySettings
    metrics: MetricsSettings
    logs: LogShippingSettings
    grafana: GrafanaSettings
    alerting: AlertingSettings
