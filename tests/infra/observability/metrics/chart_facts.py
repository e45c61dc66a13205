"""What the pinned charts of monitoring know and make, recorded from the charts themselves.

No test downloads a chart. After a change of a version or of values, whoever has the charts unpacked, with
those that they depend on in their `charts` folders, and Helm at hand records again and reads the difference:

    python -m tests.infra.observability.metrics.chart_facts HELM FOLDER

`FOLDER` holds one folder per chart, under the chart's name; the record is `chart_facts.json`. What Grafana's
and Alertmanager's values become is tested in their own rooms.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from infra.naming import Naming
from infra.observability.metrics import exporters
from infra.observability.metrics.prometheus_values import stack_values
from tests.infra.cluster_platform.chart_facts import digest, keys
from tests.infra.settings.stack_files import estate_settings

FACTS: Final = Path(__file__).with_name("chart_facts.json")
ROLE_ARN: Final = "arn:aws:iam::111122223333:role/example"
LONG_TERM_URL: Final = (
    "https://aps-workspaces.ap-south-1.amazonaws.com/workspaces/ws-example/api/v1/remote_write"
)
NAMESPACE: Final = "observability"
RENDER_SECONDS: Final = 60
STACK: Final = "kube-prometheus-stack"
PARTS: Final = {
    "kube-state-metrics": "kube-state-metrics",
    "prometheus-node-exporter": "prometheus-node-exporter",
}
"""Charts inside the stack whose keys are values of a key of their name."""
CUSTOM: Final = ("Prometheus", "ServiceMonitor")
"""Custom resources that are recorded whole."""


def naming_of(stack: str) -> Naming:
    """Give the names of an environment."""
    settings = estate_settings(stack)
    return Naming.of(settings.environment, settings.schedule)


def sample_values(stack: str = "prod") -> dict[str, dict[str, Any]]:
    """Give our values of each chart, with plain text where the estate has outputs."""
    settings = estate_settings(stack)
    assert settings.observability is not None
    naming = naming_of(stack)
    return {
        STACK: stack_values(
            settings=settings.observability.metrics,
            naming=naming,
            role_arn=ROLE_ARN,
            long_term_url=LONG_TERM_URL,
            alertmanager={"enabled": False},
            grafana={"enabled": False},
        ),
        "prometheus-postgres-exporter": exporters.postgres_values(host="database.example.com"),
        "prometheus-redis-exporter": exporters.redis_values(address="rediss://cache.example.com:6379"),
        "prometheus-yet-another-cloudwatch-exporter": exporters.cloudwatch_values(
            naming=naming, role_arn=ROLE_ARN
        ),
        "prometheus-blackbox-exporter": exporters.blackbox_values(
            exporters.probes(web_hostname="erp.example.com", gps_hostname="gps.example.com")
        ),
    }


def load() -> dict[str, Any]:
    """Read the record."""
    return json.loads(FACTS.read_text(encoding="utf-8"))


def record(helm: str, folder: Path) -> dict[str, Any]:
    """Read each chart and render it with our values. Raises CalledProcessError when Helm refuses."""
    return {chart: _facts(helm, folder, chart, values) for chart, values in sample_values().items()}


def _facts(helm: str, folder: Path, chart: str, values: Mapping[str, Any]) -> dict[str, Any]:
    about = yaml.safe_load((folder / chart / "Chart.yaml").read_text(encoding="utf-8"))
    rendered = subprocess.run(  # noqa: S603
        [
            *(helm, "template", chart, str(folder / chart), "--namespace", NAMESPACE, "--values", "-"),
            *("--kube-version", "1.35.0", "--api-versions", "monitoring.coreos.com/v1"),
        ],
        input=json.dumps(values),
        capture_output=True,
        text=True,
        check=True,
        timeout=RENDER_SECONDS,
    )
    objects = [made for made in yaml.safe_load_all(rendered.stdout) if made]
    return {
        "version": str(about["version"]),
        "app_version": str(about["appVersion"]),
        "values": digest(values),
        "keys": sorted(_known(folder, chart)),
        "kinds": sorted({made["kind"] for made in objects}),
        "workloads": {
            made["metadata"]["name"]: {
                "namespace": made["metadata"].get("namespace", NAMESPACE),
                "labels": made["spec"]["template"]["metadata"]["labels"],
                "pod": made["spec"]["template"]["spec"],
            }
            for made in objects
            if "template" in made.get("spec", {})
        },
        "custom": {
            f"{made['kind']} {made['metadata']['name']}": made["spec"]
            for made in objects
            if made["kind"] in CUSTOM
        },
        "rights": {
            made["metadata"]["name"]: made["rules"]
            for made in objects
            if made["kind"] in {"ClusterRole", "Role"} and made.get("rules")
        },
        "services": {made["metadata"]["name"]: made["spec"] for made in objects if made["kind"] == "Service"},
    }


def _known(folder: Path, chart: str) -> Iterator[str]:
    defaults = yaml.safe_load((folder / chart / "values.yaml").read_text(encoding="utf-8"))
    yield from keys(defaults)
    if chart == STACK:
        for part, key in PARTS.items():
            inside = folder / chart / "charts" / part / "values.yaml"
            yield from keys(yaml.safe_load(inside.read_text(encoding="utf-8")), f"{key}.")


if __name__ == "__main__":
    helm, folder = sys.argv[1:]
    FACTS.write_text(
        json.dumps(record(helm, Path(folder)), indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
