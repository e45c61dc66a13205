"""The configuration of each environment as its stack file renders it, walked by the real amtool."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.cluster_platform.charts import CONFINED
from infra.observability.alerting.receivers import FOLDER, SECRET, secret_files
from infra.observability.alerting.templates import FOLDER as TEMPLATES
from infra.observability.rules import Alert
from infra.observability.rules.model import OF_THE_NAMESPACE, OF_THE_SERVICE
from policies.aws.plaintext import exposures
from preview.graph import plain

from .conftest import PAGING, WATCHED, alerting_settings, rendered, rules_of
from .loopback import known_to_debian
from .servers import AMTOOL, needs_alertmanager

ADDRESS = "http://127.0.0.1:9/"
SEVERITIES = {
    "critical": "pagerduty-critical,slack-critical",
    "warning": "slack-warning",
    "info": "nobody",
    "none": "nobody",
}
"""Where alerts go in production and its standby."""


def amtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert AMTOOL is not None
    command = [AMTOOL, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603


@cache
def _text(stack: str) -> str:
    return yaml.safe_dump(known_to_debian(rendered(stack)["config"], ADDRESS))


@pytest.fixture
def file(tmp_path: Path, stack: str) -> Path:
    path = tmp_path / "alertmanager.yml"
    path.write_text(_text(stack))
    return path


@needs_alertmanager
@pytest.mark.parametrize("stack", WATCHED)
def test_alertmanager_accepts_the_configuration_and_its_templates(tmp_path: Path, stack: str) -> None:
    values = rendered(stack)
    for name, text in values["templateFiles"].items():
        (tmp_path / name).write_text(text)
    checked = known_to_debian(values["config"], ADDRESS)
    checked["templates"] = [each.replace(TEMPLATES, str(tmp_path)) for each in checked["templates"]]
    file = tmp_path / "alertmanager.yml"
    file.write_text(yaml.safe_dump(checked))
    result = amtool("check-config", str(file))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "1 templates" in result.stdout
    assert f"{len(values['config']['receivers'])} receivers" in result.stdout


def test_staging_needs_no_change_for_the_check() -> None:
    config = rendered("staging")["config"]
    assert known_to_debian(config) == config


@pytest.mark.parametrize("stack", PAGING)
def test_nothing_but_the_dead_man_switch_is_changed_for_the_check(stack: str) -> None:
    """Alertmanager 0.25 does not read the address of a webhook from a file."""
    config = rendered(stack)["config"]
    changed = known_to_debian(config, ADDRESS)
    for receiver in changed["receivers"]:
        if receiver["name"] == "dead-man-switch":
            assert receiver["webhook_configs"] == [{"url": ADDRESS, "send_resolved": False}]
            receiver["webhook_configs"] = [
                {"url_file": f"{FOLDER}/dead-man-switch-url", "send_resolved": False}
            ]
    assert changed == config


@needs_alertmanager
@pytest.mark.parametrize(("severity", "receivers"), SEVERITIES.items())
@pytest.mark.parametrize("stack", PAGING)
def test_what_wakes_people_is_critical(file: Path, severity: str, receivers: str) -> None:
    assert _goes_to(file, receivers, severity=severity, alertname="Anything", service="odoo-web")


@needs_alertmanager
@pytest.mark.parametrize("stack", ["staging"])
@pytest.mark.parametrize("severity", SEVERITIES)
def test_staging_pages_nobody(file: Path, severity: str) -> None:
    shown = {"critical": "slack-critical", "warning": "slack-warning"}
    assert _goes_to(file, shown.get(severity, "nobody"), severity=severity, alertname="Anything")
    kinds = {kind for receiver in rendered("staging")["config"]["receivers"] for kind in receiver}
    assert kinds == {"name", "slack_configs"}


@needs_alertmanager
@pytest.mark.parametrize("stack", PAGING)
def test_the_watchdog_keeps_the_dead_man_switch_quiet(file: Path) -> None:
    assert _goes_to(file, "dead-man-switch", alertname="Watchdog", severity="none")


@needs_alertmanager
@pytest.mark.parametrize("stack", ["staging"])
def test_staging_sleeps_without_an_alarm(file: Path) -> None:
    assert _goes_to(file, "nobody", alertname="Watchdog", severity="none")


@needs_alertmanager
@pytest.mark.parametrize("stack", WATCHED)
def test_an_alert_without_severity_is_shown(file: Path) -> None:
    assert _goes_to(file, "slack-warning", alertname="Foreign")


@needs_alertmanager
@pytest.mark.requirement("OBS-04")
@pytest.mark.parametrize("stack", WATCHED)
def test_every_alert_of_the_rules_reaches_the_receivers_of_its_severity(file: Path, stack: str) -> None:
    alerts = [alert for group in rules_of(stack) for alert in group.alerts]
    assert {"critical", "warning"} <= {alert.severity for alert in alerts}
    lost = [
        alert.name
        for alert in alerts
        if not _goes_to(
            file,
            _expected(alert, paged=stack in PAGING),
            alertname=alert.name,
            severity=alert.severity,
            # Prometheus fills in who owns the service or namespace in question.
            owner="erp" if alert.owner in {OF_THE_SERVICE, OF_THE_NAMESPACE} else alert.owner,
        )
    ]
    assert lost == []


def _expected(alert: Alert, *, paged: bool) -> str:
    if alert.name == "Watchdog":
        return "dead-man-switch" if paged else "nobody"
    if alert.severity == "critical" and not paged:
        return "slack-critical"
    return SEVERITIES[alert.severity]


def _goes_to(file: Path, receivers: str, **labels: str) -> bool:
    """Whether amtool sees an alert go to these receivers, separated by commas, and to no others."""
    pairs = [f"{name}={value}" for name, value in labels.items()]
    verified = f"--verify.receivers={receivers}"
    result = amtool("config", "routes", "test", f"--config.file={file}", verified, *pairs)
    assert result.returncode in {0, 1}, result.stderr
    return result.returncode == 0


@needs_alertmanager
@pytest.mark.parametrize("stack", ["prod"])
def test_a_critical_route_that_does_not_go_on_is_noticed(tmp_path: Path, stack: str) -> None:
    """Without `continue` PagerDuty would hear of it and Slack would not."""
    broken = known_to_debian(rendered(stack)["config"], ADDRESS)
    for route in broken["route"]["routes"]:
        route.pop("continue", None)
    file = tmp_path / "broken.yml"
    file.write_text(yaml.safe_dump(broken))
    assert _goes_to(file, "pagerduty-critical", severity="critical")


@pytest.mark.parametrize("stack", WATCHED)
def test_keys_and_addresses_are_files_of_the_mounted_secret(stack: str) -> None:
    values = rendered(stack)
    assert values["alertmanagerSpec"]["secrets"] == [SECRET]
    named = {
        value
        for receiver in values["config"]["receivers"]
        for kind, configs in receiver.items()
        if kind != "name"
        for config in configs
        for key, value in config.items()
        if key.endswith("_file")
    }
    assert named == {f"{FOLDER}/{file}" for file in secret_files(alerting_settings(stack))}
    assert list(exposures(plain(values))) == []


@pytest.mark.parametrize("stack", WATCHED)
def test_the_pod_is_one_that_its_namespace_admits_and_that_keeps_its_silences(stack: str) -> None:
    spec = rendered(stack)["alertmanagerSpec"]
    assert spec["securityContext"].items() >= CONFINED.items()
    assert spec["securityContext"]["runAsUser"] != 0
    assert spec["automountServiceAccountToken"] is False
    assert spec["resources"]["limits"]["memory"]
    claim: dict[str, Any] = spec["storage"]["volumeClaimTemplate"]["spec"]
    assert claim["storageClassName"] == "gp3"
    assert claim["resources"]["requests"]["storage"] == "2Gi"


OPERATOR_KNOWS = {
    "": {"global", "templates", "route", "inhibit_rules", "receivers"},
    "route": {
        "receiver",
        "group_by",
        "matchers",
        "continue",
        "routes",
        "group_wait",
        "group_interval",
        "repeat_interval",
    },
    "inhibit_rules": {"source_matchers", "target_matchers", "equal"},
    "slack_configs": {
        "send_resolved",
        "api_url_file",
        "channel",
        "color",
        "title",
        "title_link",
        "text",
        "footer",
        "fallback",
    },
    "pagerduty_configs": {
        "send_resolved",
        "routing_key_file",
        "client",
        "client_url",
        "description",
        "details",
        "links",
        "severity",
        "class",
        "component",
        "group",
    },
    "webhook_configs": {"send_resolved", "url_file"},
}
"""Keys of prometheus-operator's own types (pkg/alertmanager/types.go): it writes the configuration anew, and
what it does not know would be lost."""


@pytest.mark.parametrize("stack", WATCHED)
def test_the_operator_knows_every_key_that_it_passes_on(stack: str) -> None:
    config = rendered(stack)["config"]
    assert set(config) <= OPERATOR_KNOWS[""]
    routes = [config["route"], *config["route"]["routes"]]
    assert all(set(route) <= OPERATOR_KNOWS["route"] for route in routes)
    assert all(set(rule) <= OPERATOR_KNOWS["inhibit_rules"] for rule in config["inhibit_rules"])
    for receiver in config["receivers"]:
        for kind, entries in receiver.items():
            assert kind == "name" or all(set(entry) <= OPERATOR_KNOWS[kind] for entry in entries)
