"""Which alert goes to which receiver, how often, and which keep quiet while a worse one fires."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ...settings.observability import AlertingSettings
from ..rules.context import SERVICES
from .receivers import DEAD_MAN_SWITCH, NOBODY, PAGERDUTY_CRITICAL, SLACK_CRITICAL, SLACK_WARNING, pages

Route = dict[str, Any]
"""A route as Alertmanager's configuration has it."""
Inhibition = dict[str, Any]
"""A rule of `inhibit_rules`."""

WATCHDOG: Final = "Watchdog"
"""The alert that always fires: while it arrives, Prometheus evaluates and Alertmanager sends."""
NODE_DOWN: Final = "NodeNotReady"
"""What else is said about a node that does not answer follows from that."""

GROUPED_BY: Final = ("cluster", "alertname", "namespace", "service")
"""One message for all alerts that agree in these. `cluster` also keeps incidents of production and standby
apart in PagerDuty."""


def route(settings: AlertingSettings) -> Route:
    """Give the tree of routes (OBS-04, OBS-13).

    | alert | in production and its standby | in staging |
    |---|---|---|
    | `Watchdog` | dead-man switch, every 4 to 5 minutes | nowhere: nights are silent |
    | critical | PagerDuty, and Slack | Slack |
    | warning | Slack | Slack |
    | info, none | nowhere: it is seen in Grafana | nowhere |
    | of no severity | Slack: better shown than lost | Slack |

    PagerDuty hears every hour of what still fires, so that an incident which somebody closed by mistake
    opens again; it calls nobody twice for an open one.
    """
    return {
        "receiver": SLACK_WARNING,
        "group_by": list(GROUPED_BY),
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "12h",
        "routes": [
            _watchdog(paged=pages(settings)),
            {"receiver": NOBODY, "matchers": ['severity =~ "info|none"']},
            *_critical(paged=pages(settings)),
            {"receiver": SLACK_WARNING, "matchers": ['severity = "warning"']},
        ],
    }


def _watchdog(*, paged: bool) -> Route:
    matchers = [f'alertname = "{WATCHDOG}"']
    if not paged:
        return {"receiver": NOBODY, "matchers": matchers}
    return {
        "receiver": DEAD_MAN_SWITCH,
        "matchers": matchers,
        "group_by": ["alertname"],
        "group_wait": "0s",
        "group_interval": "1m",
        "repeat_interval": "4m",
    }


def _critical(*, paged: bool) -> Sequence[Route]:
    matchers = ['severity = "critical"']
    page = {
        "receiver": PAGERDUTY_CRITICAL,
        "matchers": matchers,
        "group_wait": "10s",
        "group_interval": "1m",
        "repeat_interval": "1h",
        "continue": True,
    }
    tell = {"receiver": SLACK_CRITICAL, "matchers": matchers, "group_wait": "10s", "repeat_interval": "4h"}
    return (page, tell) if paged else (tell,)


PAIRS: Final = (
    ("QueueNearlyFull", "QueueDepthHigh", ("vhost", "queue")),
    ("DatabaseConnectionsExhausted", "DatabaseConnectionsHigh", ("service",)),
    ("DatabaseStorageExhausted", "DatabaseStorageLow", ("dimension_DBInstanceIdentifier",)),
    ("StandbyReplicaLagCritical", "StandbyReplicaLagWarning", ("dimension_DBInstanceIdentifier",)),
    ("CertificateAboutToExpire", "CertificateExpiresSoon", ("instance",)),
    ("VolumeAlmostFull", "VolumeFillsUp", ("namespace", "persistentvolumeclaim")),
    ("DnsDown", "DnsLatencyHigh", ()),
    ("WorkloadUnavailable", "WorkloadDegraded", ("namespace", "deployment")),
)
"""Alerts about the same thing, the worse one first, and the labels in which they agree."""


def inhibitions() -> list[Inhibition]:
    """Give the rules by which an alert keeps others quiet.

    Alertmanager takes two alerts that both lack a label for equal in it, and `service` of what an exporter
    tells is the exporter. So the rule for services names ours: else a critical alert about a full disk would
    silence everything that CloudWatch says.
    """
    return [
        *(_same_thing(worse, lesser, labels) for worse, lesser, labels in PAIRS),
        {
            "source_matchers": ['severity = "critical"', f'service =~ "{"|".join(SERVICES)}"'],
            "target_matchers": ['severity =~ "warning|info"', f'service =~ "{"|".join(SERVICES)}"'],
            "equal": ["cluster", "service"],
        },
        {
            "source_matchers": [f'alertname = "{NODE_DOWN}"', 'node != ""'],
            "target_matchers": ['severity =~ "warning|info"', 'node != ""'],
            "equal": ["cluster", "node"],
        },
    ]


def _same_thing(worse: str, lesser: str, labels: Sequence[str]) -> Inhibition:
    return {
        "source_matchers": [f'alertname = "{worse}"'],
        "target_matchers": [f'alertname = "{lesser}"'],
        "equal": ["cluster", *labels],
    }
