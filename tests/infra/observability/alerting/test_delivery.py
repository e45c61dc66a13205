"""What the real Alertmanager sends, to whom, and what it keeps quiet: alerts come through its API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infra.observability.alerting.routes import NODE_DOWN, PAIRS, WATCHDOG

from .conftest import HURRY, WATCHED, rendered, rules_of
from .servers import Alertmanager, alertmanager, eventually, needs_alertmanager

WAIT_SECONDS = 10
pytestmark = needs_alertmanager


def alert(name: str, severity: str, **labels: str) -> dict[str, Any]:
    """An alert as our rules make them."""
    return {
        "labels": {
            "cluster": "fleet-erp-prod",
            "alertname": name,
            "severity": severity,
            "owner": "erp",
            **labels,
        },
        "annotations": {
            "summary": f"{name} is wrong",
            "description": f"{name} went over its limit.",
            "runbook_url": "https://git.example.com/runbooks/latency.md",
        },
        "generatorURL": "http://prometheus.example/graph",
    }


def over(fired: dict[str, Any]) -> dict[str, Any]:
    """The same alert, at its end."""
    return {**fired, "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2026-01-01T00:00:01Z"}


@pytest.mark.requirement("OBS-13")
def test_a_critical_alert_opens_an_incident_is_shown_in_slack_and_closes_it_again(
    production: Alertmanager,
) -> None:
    fired = alert("ApiLatencyP95Critical", "critical", service="odoo-web")
    production.post(fired)
    box = production.box
    assert eventually(lambda: box.to("/pagerduty") and box.to("/slack"), seconds=WAIT_SECONDS)
    incident, message = box.to("/pagerduty")[0], box.to("/slack")[0]
    assert incident["event_action"] == "trigger"
    assert incident["routing_key"] == "0123456789abcdef0123456789abcdef"
    title = "[prod critical] ApiLatencyP95Critical: ApiLatencyP95Critical is wrong"
    assert incident["payload"]["summary"] == title
    assert incident["payload"]["severity"] == "critical"
    assert incident["links"] == [{"href": "https://git.example.com/runbooks/latency.md", "text": "Runbook"}]
    assert "went over its limit" in incident["payload"]["custom_details"]["summary"]
    assert message["channel"] == "#erp-alerts"
    (attachment,) = message["attachments"]
    assert attachment["title"] == title
    assert attachment["title_link"] == "https://git.example.com/runbooks/latency.md"
    assert attachment["color"] == "danger"
    assert (
        "*ApiLatencyP95Critical is wrong*\nApiLatencyP95Critical went over its limit.\nowner: erp"
        in (attachment["text"])
    )
    assert "<https://git.example.com/runbooks/latency.md|runbook>" in attachment["text"]

    production.post(over(fired))
    assert eventually(lambda: box.to("/pagerduty")[-1]["event_action"] == "resolve", seconds=WAIT_SECONDS)
    assert box.to("/pagerduty")[-1]["dedup_key"] == incident["dedup_key"]


def test_a_warning_is_shown_and_wakes_nobody(production: Alertmanager) -> None:
    production.post(alert("ApiLatencyP95Warning", "warning", service="odoo-web"), alert("Hint", "info"))
    assert eventually(lambda: production.box.to("/slack"), seconds=WAIT_SECONDS)
    (attachment,) = production.box.to("/slack")[0]["attachments"]
    assert attachment["title"] == "[prod warning] ApiLatencyP95Warning: ApiLatencyP95Warning is wrong"
    assert attachment["color"] == "warning"
    assert production.box.to("/pagerduty") == []
    assert len(production.box.to("/slack")) == 1


def test_the_dead_man_switch_hears_again_and_again(production: Alertmanager) -> None:
    production.post(alert("Watchdog", "none"))
    box = production.box
    assert eventually(lambda: len(box.to("/dead-man-switch")) >= 2, seconds=WAIT_SECONDS)
    assert box.to("/slack") == box.to("/pagerduty") == []


def test_staging_shows_what_production_would_page_for(tmp_path: Path) -> None:
    values = rendered("staging")
    with alertmanager(values["config"], values["templateFiles"], folder=tmp_path, factor=HURRY) as staging:
        staging.post(alert("ApiLatencyP95Critical", "critical"), alert("Watchdog", "none"))
        assert eventually(lambda: staging.box.to("/slack"), seconds=WAIT_SECONDS)
        assert {path for path, _ in staging.box.messages} == {"/slack"}
        assert staging.box.to("/slack")[0]["channel"] == "#erp-alerts-staging"


QUIET = {
    "the warning about the same service": (
        alert("ApiLatencyP95Critical", "critical", service="odoo-web"),
        alert("ApiLatencyP95Warning", "warning", service="odoo-web"),
    ),
    "the warning about the same volume": (
        alert("VolumeAlmostFull", "critical", namespace="erp", persistentvolumeclaim="a"),
        alert("VolumeFillsUp", "warning", namespace="erp", persistentvolumeclaim="a"),
    ),
    "the warning about the same queue": (
        alert("QueueNearlyFull", "critical", vhost="erp", queue="gps.positions"),
        alert("QueueDepthHigh", "warning", vhost="erp", queue="gps.positions"),
    ),
    "what follows from a node that is down": (
        alert("NodeNotReady", "critical", node="ip-10-0-1-7"),
        alert("NodePressure", "warning", node="ip-10-0-1-7"),
    ),
}
LOUD = {
    "a warning about another service": (
        alert("ApiLatencyP95Critical", "critical", service="odoo-web"),
        alert("ApiLatencyP95Warning", "warning", service="gps-api"),
    ),
    "a warning about no service beside something critical about none": (
        alert("BackupMissing", "critical"),
        alert("BackupJobFailed", "warning"),
    ),
    "what the same exporter says about something else": (
        alert("DatabaseStorageExhausted", "critical", namespace="observability", service="yace"),
        alert("SearchStorageLow", "warning", namespace="observability", service="yace"),
    ),
    "a warning about another volume": (
        alert("VolumeAlmostFull", "critical", namespace="erp", persistentvolumeclaim="a"),
        alert("VolumeFillsUp", "warning", namespace="erp", persistentvolumeclaim="b"),
    ),
    "another node": (
        alert("NodeNotReady", "critical", node="ip-10-0-1-7"),
        alert("NodePressure", "warning", node="ip-10-0-2-9"),
    ),
    "a warning of another cluster": (
        alert("ApiLatencyP95Critical", "critical", service="odoo-web"),
        alert("ApiLatencyP95Warning", "warning", service="odoo-web", cluster="another"),
    ),
    "something critical beside something critical": (
        alert("ApiLatencyP95Critical", "critical", service="odoo-web"),
        alert("ErrorBudgetBurnFast", "critical", service="odoo-web"),
    ),
}


@pytest.mark.parametrize("case", QUIET)
def test_kept_quiet(production: Alertmanager, case: str) -> None:
    worse, lesser = QUIET[case]
    production.post(worse, lesser)
    silent = lesser["labels"]["severity"]

    def found() -> bool:
        return any(
            alert["status"]["inhibitedBy"]
            for alert in production.all_alerts()
            if alert["labels"]["severity"] == silent
        )

    assert eventually(found, seconds=WAIT_SECONDS)
    assert all(
        not alert["status"]["inhibitedBy"]
        for alert in production.all_alerts()
        if alert["labels"]["severity"] != silent
    )


@pytest.mark.parametrize("case", LOUD)
def test_not_kept_quiet(production: Alertmanager, case: str) -> None:
    worse, lesser = LOUD[case]
    production.post(worse, lesser)
    assert eventually(lambda: len(production.all_alerts()) == 2, seconds=WAIT_SECONDS)
    # Both are sent in the end: what is inhibited never is.
    assert eventually(
        lambda: _shown(production) == {worse["labels"]["alertname"], lesser["labels"]["alertname"]},
        seconds=WAIT_SECONDS,
    )


def _shown(running: Alertmanager) -> set[str]:
    return {
        attachment["title"].split("] ")[1].split(":")[0]
        for message in running.box.to("/slack")
        for attachment in message["attachments"]
    }


def test_pairs_are_alerts_that_there_are() -> None:
    """A renamed alert would leave its companion loud, and nobody would notice."""
    alerts = {alert.name: alert for stack in WATCHED for group in rules_of(stack) for alert in group.alerts}
    for worse, lesser, _ in PAIRS:
        assert (alerts[worse].severity, alerts[lesser].severity) == ("critical", "warning")
    assert {WATCHDOG, NODE_DOWN} <= set(alerts)
