"""What the pinned charts know and make, recorded from the charts themselves: `chart_facts.json`.

No test downloads a chart. After a change of a version or of values, whoever has the charts unpacked and Helm
at hand records again, and reads the difference:

    python -m tests.infra.cluster_platform.chart_facts HELM FOLDER

`FOLDER` holds one folder per chart, under the chart's name. For each chart the record has every key of its
`values.yaml`, a digest of the values it was rendered with, and the pods that came out.
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

from infra.cluster_platform import (
    cluster_autoscaler,
    external_secrets,
    keda,
    load_balancer_controller,
    trivy,
)
from infra.naming import Naming

FACTS: Final = Path(__file__).with_name("chart_facts.json")
ROLE_ARN: Final = "arn:aws:iam::111122223333:role/example"
KUBERNETES: Final = "1.35.0"
NAMESPACE: Final = "platform-system"
DANGEROUS: Final = frozenset(
    {"*", "*/*", "*/scale", "nodes/proxy", "pods/exec", "secrets", "serviceaccounts/token"}
)
"""Resources with which a controller could become somebody else, or read what is not meant for it."""


def sample_values(naming: Naming) -> dict[str, dict[str, Any]]:
    """Give our values of each chart, for production with two replicas of controllers."""
    return {
        "aws-load-balancer-controller": load_balancer_controller.values(
            naming=naming, vpc_id="vpc-0123456789abcdef0", role_arn=ROLE_ARN, replicas=2, watched=True
        ),
        "cluster-autoscaler": cluster_autoscaler.values(
            naming=naming, image_tag="v1.35.0", role_arn=ROLE_ARN, watched=True
        ),
        "external-secrets": external_secrets.values(replicas=2, watched=True),
        "keda": keda.values(naming=naming, replicas=2, watched=True),
        "trivy-operator": trivy.values(role_arn=ROLE_ARN, watched=True),
    }


def digest(values: Mapping[str, Any]) -> str:
    """Give a text that changes when values do."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def load() -> dict[str, Any]:
    """Read the record."""
    return json.loads(FACTS.read_text(encoding="utf-8"))


def keys(values: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Give the path of every key."""
    for key, value in values.items():
        yield f"{path}{key}"
        if isinstance(value, Mapping):
            yield from keys(value, f"{path}{key}.")


def record(helm: str, folder: Path, naming: Naming) -> dict[str, Any]:
    """Read each chart and render it with our values. Raises CalledProcessError when Helm refuses."""
    facts = {}
    for chart, values in sample_values(naming).items():
        defaults = yaml.safe_load((folder / chart / "values.yaml").read_text(encoding="utf-8"))
        about = yaml.safe_load((folder / chart / "Chart.yaml").read_text(encoding="utf-8"))
        options = ["--namespace", NAMESPACE, "--kube-version", KUBERNETES, "--values", "-"]
        rendered = subprocess.run(  # noqa: S603
            [helm, "template", chart, str(folder / chart), *options],
            input=json.dumps(values),
            capture_output=True,
            text=True,
            check=True,
        )
        objects = [made for made in yaml.safe_load_all(rendered.stdout) if made]
        facts[chart] = {
            "version": str(about["version"]),
            "values": digest(values),
            "keys": sorted(keys(defaults)),
            "workloads": {made["metadata"]["name"]: _workload(made) for made in objects if _makes_pods(made)},
            "kinds": sorted({made["kind"] for made in objects}),
            "dangerous_rights": {
                made["metadata"]["name"]: rights
                for made in objects
                if made["kind"] == "ClusterRole" and (rights := sorted(_dangerous_rights(made)))
            },
            "bound_in": sorted(
                {
                    f"{made['roleRef']['name']} in {made['metadata'].get('namespace', 'every namespace')}"
                    for made in objects
                    if made["kind"] in {"RoleBinding", "ClusterRoleBinding"}
                }
            ),
        }
    return facts


def _makes_pods(made: Mapping[str, Any]) -> bool:
    return "template" in made.get("spec", {})


def _workload(made: Mapping[str, Any]) -> dict[str, Any]:
    pod = made["spec"]["template"]
    spec = pod["spec"]
    return {
        "replicas": made["spec"].get("replicas"),
        "labels": pod["metadata"]["labels"],
        "service_account": spec.get("serviceAccountName"),
        "priority": spec.get("priorityClassName"),
        "security": spec.get("securityContext", {}),
        "host": sorted(key for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key)),
        "volumes": sorted({key for volume in spec.get("volumes", ()) for key in volume} - {"name"}),
        "spread": sorted(each["topologyKey"] for each in spec.get("topologySpreadConstraints", ())),
        "containers": {
            container["name"]: {
                "image": container["image"],
                "security": container.get("securityContext", {}),
                "resources": container.get("resources", {}),
                "ports": sorted(port["containerPort"] for port in container.get("ports", ())),
            }
            for container in (*spec["containers"], *spec.get("initContainers", ()))
        },
    }


def _dangerous_rights(role: Mapping[str, Any]) -> Iterator[str]:
    for rule in role.get("rules") or ():
        for resource in DANGEROUS.intersection(rule.get("resources", ())):
            for verb in rule["verbs"]:
                yield f"{verb} {resource}" + (" (named)" if rule.get("resourceNames") else "")


def _main(helm: str, folder: str) -> None:
    naming = Naming(
        environment="prod",
        account_id="111122223333",
        region="ap-south-1",
        owner="platform-team@example.com",
        cost_center="ERP-PROD",
        schedule="always-on",
    )
    facts = record(helm, Path(folder), naming)
    FACTS.write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    _main(*sys.argv[1:])
