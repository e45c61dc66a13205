"""What the Grafana chart knows and makes of our values, recorded from the chart itself: `chart_facts.json`.

No test downloads a chart. After a change of its version or of the values, whoever has both charts unpacked
and Helm at hand records again, and reads the difference:

    python -m tests.infra.observability.grafana.chart HELM GRAFANA_CHART STACK_CHART
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import yaml

from infra.naming import Naming
from infra.observability.grafana import grafana_values
from tests.infra.cluster_platform.chart_facts import digest, keys
from tests.infra.settings.stack_files import estate_settings

FACTS: Final = Path(__file__).with_name("chart_facts.json")
ROLE_ARN: Final = "arn:aws:iam::111122223333:role/example"
RELEASE: Final = "kube-prometheus-stack"
RENDER_SECONDS: Final = 60


def values(stack: str) -> dict[str, Any]:
    """Give the values of an environment."""
    settings = estate_settings(stack)
    assert settings.observability is not None
    naming = Naming.of(settings.environment, settings.schedule)
    return grafana_values(settings=settings.observability, naming=naming, role_arn=ROLE_ARN)


def load() -> dict[str, Any]:
    """Read the record."""
    return json.loads(FACTS.read_text(encoding="utf-8"))


def record(helm: str, grafana: Path, stack: Path) -> dict[str, Any]:
    """Read the charts and render Grafana's. Raises CalledProcessError when Helm refuses."""
    about = yaml.safe_load((grafana / "Chart.yaml").read_text(encoding="utf-8"))
    known = yaml.safe_load((grafana / "values.yaml").read_text(encoding="utf-8"))
    around = yaml.safe_load((stack / "values.yaml").read_text(encoding="utf-8"))
    rendered = subprocess.run(  # noqa: S603
        [
            *(helm, "template", RELEASE, str(grafana), "--namespace", "observability"),
            *("--kube-version", "1.35.0", "--api-versions", "monitoring.coreos.com/v1", "--values", "-"),
        ],
        input=json.dumps(values("prod")),
        capture_output=True,
        text=True,
        check=True,
        timeout=RENDER_SECONDS,
    )
    objects = [made for made in yaml.safe_load_all(rendered.stdout) if made]
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for made in objects:
        by_kind.setdefault(made["kind"], []).append(made)
    return {
        "version": str(about["version"]),
        "app_version": str(about["appVersion"]),
        "values": digest(values("prod")),
        "keys": sorted({*keys(known), *keys(around["grafana"])}),
        "kinds": sorted(by_kind),
        "pod": by_kind["Deployment"][0]["spec"]["template"]["spec"],
        "labels": by_kind["Deployment"][0]["spec"]["template"]["metadata"]["labels"],
        "bound": [made["roleRef"]["name"] for made in by_kind["RoleBinding"]],
        "ini": next(
            made["data"]["grafana.ini"] for made in by_kind["ConfigMap"] if "grafana.ini" in made["data"]
        ),
    }


if __name__ == "__main__":
    helm, *folders = sys.argv[1:]
    facts = record(helm, *(Path(folder) for folder in folders))
    FACTS.write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n", encoding="utf-8")
