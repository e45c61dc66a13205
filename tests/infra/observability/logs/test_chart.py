"""Fluent Bit's chart: values that it knows, and a pod that reads the node and writes to one folder."""

from __future__ import annotations

import re

import pytest

from infra.cluster_platform.monitoring_paths import (
    FLUENT_BIT,
    FLUENT_BIT_METRICS_FROM_LOGS,
    FLUENT_BIT_PODS,
)
from infra.observability import requests
from infra.observability.logs import pipeline
from tests.infra.cluster_platform.reading import quantity_mib, quantity_millicores
from tests.infra.settings.stack_files import estate_settings

from .chart import ROLE_ARN, digest, keys, load, sample_values

FACTS = load()
HANDED_ON = re.compile(
    r"(podSecurityContext|securityContext|resources|updateStrategy|serviceAccount\.annotations|luaScripts"
    r"|serviceMonitor)\..*"
)
"""Values that the chart does not read but hands on."""
(CONTAINER,) = FACTS["pod"]["spec"]["containers"]


def test_the_record_is_of_the_pinned_chart_and_of_our_values() -> None:
    for stack in ("prod", "staging", "dr"):
        assert estate_settings(stack).versions.charts.fluent_bit == FACTS["version"]
    assert FACTS["values"] == digest(sample_values())


def test_the_chart_knows_every_value() -> None:
    known = set(FACTS["keys"])
    assert [key for key in keys(sample_values()) if key not in known and not HANDED_ON.fullmatch(key)] == []


def test_files_arrive_as_they_were_written() -> None:
    # The chart puts them through its own templates.
    values = sample_values()
    config = values["config"]
    parts = (config["service"], config["inputs"], config["filters"], config["outputs"])
    squeezed = [line for part in parts for line in part.splitlines() if line]
    assert [line for line in FACTS["files"]["fluent-bit.conf"].splitlines() if line] == squeezed
    assert FACTS["files"][pipeline.PARSERS_FILE].strip() == config["customParsers"].strip()
    for name, script in values["luaScripts"].items():
        assert FACTS["files"][name] == script


@pytest.mark.requirement("OBS-02")
def test_it_runs_on_every_node_before_what_it_reads() -> None:
    assert "DaemonSet" in FACTS["kinds"]
    spec = FACTS["pod"]["spec"]
    assert spec["tolerations"] == [{"operator": "Exists"}]
    assert spec["priorityClassName"] == "platform"
    assert "nodeSelector" not in spec
    assert "affinity" not in spec


def test_the_pod_reads_the_node_and_writes_one_folder() -> None:
    spec = FACTS["pod"]["spec"]
    assert not spec["hostNetwork"]
    assert not {"hostPID", "hostIPC"} & set(spec)
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    security = CONTAINER["securityContext"]
    assert security["readOnlyRootFilesystem"] is True
    assert security["allowPrivilegeEscalation"] is False
    assert security["privileged"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    hosts = {each["name"]: each["hostPath"]["path"] for each in spec["volumes"] if "hostPath" in each}
    assert hosts == {"logs": "/var/log", "state": "/var/lib/fleet-erp/fluent-bit"}
    writable = {each["name"] for each in CONTAINER["volumeMounts"] if not each.get("readOnly")}
    assert writable & set(hosts) == {"state"}
    state = next(each for each in CONTAINER["volumeMounts"] if each["name"] == "state")
    assert state["mountPath"] == pipeline.STATE


def test_the_image_is_of_the_chart_and_no_test_pod_comes_along() -> None:
    assert CONTAINER["image"] == f"cr.fluentbit.io/fluent/fluent-bit:{FACTS['app_version']}"
    assert "Pod" not in FACTS["kinds"]


def test_it_requests_what_the_fit_counts() -> None:
    resources = CONTAINER["resources"]
    assert quantity_millicores(resources["requests"]["cpu"]) == requests.FLUENT_BIT.cpu_millicores
    assert quantity_mib(resources["requests"]["memory"]) == requests.FLUENT_BIT.memory_mib
    assert quantity_mib(resources["limits"]["memory"]) == requests.FLUENT_BIT.memory_limit_mib


@pytest.mark.requirement("SEC-03")
def test_it_may_look_at_pods_and_namespaces_alone() -> None:
    assert FACTS["rights"] == [
        {"apiGroups": [""], "resources": ["namespaces", "pods"], "verbs": ["get", "list", "watch"]}
    ]
    assert FACTS["service_account"]["annotations"] == {"eks.amazonaws.com/role-arn": ROLE_ARN}


def test_both_ports_are_scraped_every_thirty_seconds_and_open_to_the_scraper() -> None:
    assert {port["port"] for port in FACTS["service_ports"]} == {FLUENT_BIT, FLUENT_BIT_METRICS_FROM_LOGS}
    assert FLUENT_BIT_PODS.items() <= FACTS["pod"]["metadata"]["labels"].items()
    itself, counted = FACTS["scraped"]["endpoints"]
    assert (itself["path"], counted["path"]) == ("/api/v2/metrics/prometheus", "/metrics")
    assert itself["interval"] == counted["interval"] == "30s"
    # Whose requests they are says the label, which the target's own must not replace.
    assert counted["honorLabels"] is True
    assert not itself.get("honorLabels", False)
    assert FACTS["scraped"]["namespaceSelector"] == {"matchNames": ["node-agents"]}
