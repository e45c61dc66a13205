"""Receivers: what is sent where. Keys and addresses are files, never values (SEC-02)."""

from __future__ import annotations

from typing import Any, Final

from ...naming import Naming
from ...settings.observability import AlertingSettings

SECRET: Final = "alertmanager-receivers"
"""The Kubernetes Secret with a file for each key below."""
FOLDER: Final = f"/etc/alertmanager/secrets/{SECRET}"
"""Where the operator mounts that Secret."""
PAGERDUTY_KEY: Final = "pagerduty-routing-key"
SLACK_URL: Final = "slack-webhook-url"
DEAD_MAN_SWITCH_URL: Final = "dead-man-switch-url"

NOBODY: Final = "nobody"
"""What can be seen in Alertmanager and Grafana, and is sent nowhere."""
PAGERDUTY_CRITICAL: Final = "pagerduty-critical"
SLACK_CRITICAL: Final = "slack-critical"
SLACK_WARNING: Final = "slack-warning"
DEAD_MAN_SWITCH: Final = "dead-man-switch"

Receiver = dict[str, Any]
"""A receiver as Alertmanager's configuration has it."""


def pages(settings: AlertingSettings) -> bool:
    """Whether alerts of the environment wake people: production and its standby, never staging."""
    return settings.pagerduty is not None


def secret_files(settings: AlertingSettings) -> tuple[str, ...]:
    """Name the files that the receivers of an environment read."""
    return (SLACK_URL, *((PAGERDUTY_KEY, DEAD_MAN_SWITCH_URL) if pages(settings) else ()))


def receivers(settings: AlertingSettings, naming: Naming) -> list[Receiver]:
    """Give the receivers of an environment; `pagerduty-critical` exists only where people are paged."""
    return [
        {"name": NOBODY},
        _slack(SLACK_CRITICAL, settings, naming),
        _slack(SLACK_WARNING, settings, naming),
        *((_pagerduty(naming), _dead_man_switch()) if pages(settings) else ()),
    ]


def _slack(name: str, settings: AlertingSettings, naming: Naming) -> Receiver:
    return {
        "name": name,
        "slack_configs": [
            {
                "api_url_file": f"{FOLDER}/{SLACK_URL}",
                "channel": settings.slack_channel,
                "send_resolved": True,
                "color": '{{ template "fleet.color" . }}',
                "title": '{{ template "fleet.title" . }}',
                "title_link": "{{ .CommonAnnotations.runbook_url }}",
                "text": '{{ template "fleet.slack.text" . }}',
                "fallback": '{{ template "fleet.title" . }}',
                "footer": f"{naming.prefix}, {naming.region}",
            }
        ],
    }


def _pagerduty(naming: Naming) -> Receiver:
    """Open an incident, add to it, and resolve it when the alerts end: PagerDuty knows it by the group."""
    return {
        "name": PAGERDUTY_CRITICAL,
        "pagerduty_configs": [
            {
                "routing_key_file": f"{FOLDER}/{PAGERDUTY_KEY}",
                "send_resolved": True,
                "severity": "critical",
                "client": f"Alertmanager of {naming.prefix}",
                "client_url": "{{ .ExternalURL }}",
                "description": '{{ template "fleet.title" . }}',
                "component": "{{ .CommonLabels.owner }}",
                "group": "{{ .CommonLabels.namespace }}",
                "class": "{{ .CommonLabels.alertname }}",
                "details": {
                    "summary": '{{ template "fleet.plain.text" . }}',
                    "environment": naming.environment,
                    "region": naming.region,
                },
                "links": [{"href": "{{ .CommonAnnotations.runbook_url }}", "text": "Runbook"}],
            }
        ],
    }


def _dead_man_switch() -> Receiver:
    """Tell a service outside AWS that alerting works; it calls people when it hears nothing any more."""
    return {
        "name": DEAD_MAN_SWITCH,
        "webhook_configs": [{"url_file": f"{FOLDER}/{DEAD_MAN_SWITCH_URL}", "send_resolved": False}],
    }
