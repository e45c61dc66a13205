"""A bad quarter of an hour from the exporter to the people: real Prometheus, real Alertmanager.

The rules and routes are production's as its stack file renders them. Time runs sixty times as fast: samples
are taken every half second instead of every half minute, and every range, hold and wait is a sixtieth.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from infra.observability.rules import as_prometheus

from .conftest import HURRY, naming_of, rendered, rules_of
from .loopback import hurried_rules
from .servers import Mailbox, alertmanager, eventually, needs_prometheus, prometheus
from .world import exporter

QUARTER_SECONDS = 15 * 60 / HURRY
LATE_SECONDS = 5
"""How much longer a busy machine may take."""


def paged(box: Mailbox) -> set[str]:
    """Name the alerts that PagerDuty was told of."""
    return {message["payload"]["class"] for message in box.to("/pagerduty")}


def shown(box: Mailbox) -> set[str]:
    """Name the alerts that Slack was shown."""
    return {
        attachment["title"].split("] ")[1].split(":")[0]
        for message in box.to("/slack")
        for attachment in message["attachments"]
    }


@needs_prometheus
@pytest.mark.timeout(120)
@pytest.mark.requirement("OBS-04", "OBS-13")
def test_a_bad_quarter_of_an_hour_reaches_people_and_a_good_one_nobody(tmp_path: Path) -> None:
    values = rendered("prod")
    groups = hurried_rules(as_prometheus(rules_of("prod"))["groups"], HURRY)
    with (
        exporter() as world,
        alertmanager(
            values["config"], values["templateFiles"], folder=tmp_path / "alertmanager", factor=HURRY
        ) as sender,
        prometheus(
            groups,
            targets={"world": world.port},
            alertmanager_port=sender.port,
            labels={"cluster": naming_of("prod").cluster},
            folder=tmp_path / "prometheus",
            factor=HURRY,
        ) as watcher,
    ):
        time.sleep(QUARTER_SECONDS)
        assert watcher.unhealthy_rules() == {}
        assert len(watcher.value("service:http_request_duration_seconds:p95_5m < 0.1")) == 2
        assert (paged(sender.box), shown(sender.box)) == (set(), set())
        assert sender.box.to("/dead-man-switch")

        world.go_wrong()
        critical = {"ApiLatencyP95Critical", "DeadLetterQueueNotEmpty"}
        assert eventually(
            lambda: paged(sender.box) >= critical and shown(sender.box) >= critical,
            seconds=QUARTER_SECONDS + LATE_SECONDS,
        ), (paged(sender.box), shown(sender.box), sender.all_alerts())
        # The warning about the same service follows within a sample, and is kept quiet.
        assert eventually(lambda: "ApiLatencyP95Warning" in sender.quiet(), seconds=LATE_SECONDS)
        assert (paged(sender.box), shown(sender.box)) == (critical, critical)
        assert watcher.unhealthy_rules() == {}
        (incident,) = [
            message
            for message in sender.box.to("/pagerduty")
            if message["payload"]["class"] == "ApiLatencyP95Critical"
        ][:1]
        assert incident["payload"]["summary"].startswith("[prod critical] ApiLatencyP95Critical: odoo-web")
