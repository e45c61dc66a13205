"""What the pinned chart of Fluent Bit knows and makes of our values, recorded from the chart itself.

No test downloads a chart. After a change of its version or of our values, whoever has it unpacked and Helm at
hand records again, and reads the difference:

    python -m tests.infra.observability.logs.chart HELM FOLDER
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from infra.observability.logs.chart_values import values

FACTS: Final = Path(__file__).with_name("chart_facts.json")
ROLE_ARN: Final = "arn:aws:iam::111122223333:role/example"
HOST: Final = "search.example.com"


def sample_values() -> dict[str, Any]:
    """Give our values, for production."""
    return values(
        role_arn=ROLE_ARN,
        search_host=HOST,
        index_prefix="fleet-erp-prod",
        region="ap-south-1",
        success_sampling_percent=10,
    )


def digest(tree: Mapping[str, Any]) -> str:
    """Give a text that changes when values do."""
    return hashlib.sha256(json.dumps(tree, sort_keys=True).encode()).hexdigest()


def load() -> dict[str, Any]:
    """Read the record."""
    return json.loads(FACTS.read_text(encoding="utf-8"))


def keys(tree: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Give the path of every key."""
    for key, value in tree.items():
        yield f"{path}{key}"
        if isinstance(value, Mapping):
            yield from keys(value, f"{path}{key}.")


def record(helm: str, folder: Path) -> dict[str, Any]:
    """Read the chart and render it with our values. Raises CalledProcessError when Helm refuses."""
    rendered = subprocess.run(  # noqa: S603
        [
            *(helm, "template", "fluent-bit", str(folder), "--namespace", "node-agents"),
            *("--kube-version", "1.35.0", "--api-versions", "monitoring.coreos.com/v1", "--values", "-"),
        ],
        input=json.dumps(sample_values()),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    objects = [made for made in yaml.safe_load_all(rendered.stdout) if made]
    defaults = yaml.safe_load((folder / "values.yaml").read_text(encoding="utf-8"))
    about = yaml.safe_load((folder / "Chart.yaml").read_text(encoding="utf-8"))
    return {
        "version": str(about["version"]),
        "app_version": str(about["appVersion"]),
        "values": digest(sample_values()),
        "keys": sorted(keys(defaults)),
        "kinds": sorted(made["kind"] for made in objects),
        "pod": _one(objects, "DaemonSet")["spec"]["template"],
        "service_account": _one(objects, "ServiceAccount")["metadata"],
        "rights": _one(objects, "ClusterRole")["rules"],
        "service_ports": _one(objects, "Service")["spec"]["ports"],
        "scraped": _one(objects, "ServiceMonitor")["spec"],
        "files": {
            name: text
            for made in objects
            if made["kind"] == "ConfigMap"
            for name, text in made["data"].items()
        },
    }


def _one(objects: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = (made for made in objects if made["kind"] == kind)
    return found


if __name__ == "__main__":
    FACTS.write_text(
        json.dumps(record(sys.argv[1], Path(sys.argv[2])), indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
