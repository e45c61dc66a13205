"""Charts of monitoring: exact versions, values that they know, pods that the namespaces admit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from infra.cluster_platform import monitoring_paths
from infra.observability import requests
from infra.observability.requests import ContainerRequest
from infra.settings.versions import ChartVersions
from tests.infra.cluster_platform.chart_facts import digest, keys
from tests.infra.settings.stack_files import estate_settings

from .chart_facts import STACK, load, sample_values

FACTS: Final = load()
HANDED_ON: Final = re.compile(
    r"(.*\.)?(podS|s|containerS)ecurityContext(\..*)?|(.*\.)?resources\..*|(.*\.)?annotations\..*"
    r"|prometheus\.prometheusSpec\.(externalLabels|storageSpec)\..*|config\.modules\..*|extraArgs\..*"
    r"|config\.datasource\.passwordSecret\..*"
)
"""Values that charts do not read but hand on to Kubernetes or to the program."""
READ_IF_GIVEN: Final = {
    # Templates read them; values.yaml names them in comments alone.
    STACK: {
        "prometheusOperator.logFormat",
        "prometheusOperator.priorityClassName",
        "kube-state-metrics.priorityClassName",
        "prometheus-node-exporter.priorityClassName",
    },
    "prometheus-postgres-exporter": {"serviceMonitor.interval"},
    "prometheus-redis-exporter": {"serviceMonitor.interval"},
    "prometheus-yet-another-cloudwatch-exporter": {"serviceMonitor.interval"},
}


def workloads() -> dict[str, dict[str, Any]]:
    """Give every kind of pods by its name."""
    return {name: made for facts in FACTS.values() for name, made in facts["workloads"].items()}


def containers(workload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the containers of a pod."""
    yield from (*workload["pod"]["containers"], *(workload["pod"].get("initContainers") or ()))


def test_the_record_is_of_the_pinned_charts_and_of_our_values() -> None:
    pinned = estate_settings("prod").versions.charts
    assert {chart: facts["version"] for chart, facts in FACTS.items()} == {
        chart: getattr(pinned, chart.replace("-", "_")) for chart in FACTS
    }
    assert {chart: facts["values"] for chart, facts in FACTS.items()} == {
        chart: digest(values) for chart, values in sample_values().items()
    }


def test_the_definitions_are_of_the_operator() -> None:
    """Chart prometheus-operator-crds 31.0.1 and kube-prometheus-stack 88.5.3 are both of v0.93.1."""
    pinned: ChartVersions = estate_settings("prod").versions.charts
    assert (pinned.prometheus_operator_crds, pinned.kube_prometheus_stack) == ("31.0.1", "88.5.3")
    assert FACTS[STACK]["app_version"] == "v0.93.1"
    assert "CustomResourceDefinition" not in FACTS[STACK]["kinds"]


@pytest.mark.parametrize("chart", FACTS)
def test_charts_know_every_value(chart: str) -> None:
    known = set(FACTS[chart]["keys"]) | READ_IF_GIVEN.get(chart, set())
    unknown = [
        key for key in keys(sample_values()[chart]) if key not in known and not HANDED_ON.fullmatch(key)
    ]
    assert unknown == []


@pytest.mark.requirement("SEC-03")
@pytest.mark.parametrize("name", workloads())
def test_pods_are_restricted_but_for_the_one_that_looks_at_the_node(name: str) -> None:
    workload = workloads()[name]
    pod = workload["pod"]
    sees_the_node = name.endswith("node-exporter")
    assert workload["namespace"] == ("node-agents" if sees_the_node else "observability")
    assert bool(pod.get("hostNetwork")) is sees_the_node
    volumes = {kind for volume in pod.get("volumes") or () for kind in volume} - {"name"}
    assert ("hostPath" in volumes) is sees_the_node
    assert volumes <= {"configMap", "emptyDir", "projected", "secret"} | (
        {"hostPath"} if sees_the_node else set()
    )
    assert pod["priorityClassName"] in {"platform", "standard"}
    for container in containers(workload):
        context = {**pod["securityContext"], **container["securityContext"]}
        assert context["runAsNonRoot"] is True
        assert context["runAsUser"] > 0
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert context["readOnlyRootFilesystem"] is True
        assert not context.get("privileged", False)
        assert not container["image"].endswith(":latest")
        if sees_the_node:
            assert all(mount["readOnly"] for mount in container["volumeMounts"])


REQUESTS: Final[dict[str, ContainerRequest]] = {
    "kube-prometheus-stack-admission-create": requests.JOB,
    "kube-prometheus-stack-admission-patch": requests.JOB,
    "kube-prometheus-stack-kube-state-metrics": requests.KUBE_STATE_METRICS,
    "kube-prometheus-stack-operator": requests.PROMETHEUS_OPERATOR,
    "kube-prometheus-stack-prometheus-node-exporter": requests.NODE_EXPORTER,
    "prometheus-blackbox-exporter": requests.BLACKBOX_EXPORTER,
    "prometheus-postgres-exporter": requests.POSTGRES_EXPORTER,
    "prometheus-redis-exporter": requests.REDIS_EXPORTER,
    "prometheus-yet-another-cloudwatch-exporter": requests.CLOUDWATCH_EXPORTER,
}


def test_pods_request_what_the_fit_counts() -> None:
    assert set(workloads()) == set(REQUESTS)
    for name, workload in workloads().items():
        (container,) = containers(workload)
        assert container["resources"] == REQUESTS[name].resources, name
    prometheus = FACTS[STACK]["custom"]["Prometheus kube-prometheus-stack-prometheus"]
    assert prometheus["resources"] == requests.PROMETHEUS.resources
    operator = sample_values()[STACK]["prometheusOperator"]
    assert operator["prometheusConfigReloader"]["resources"] == requests.CONFIG_RELOADER.resources
    counted = {
        container.name: container
        for pod in (*requests.IN_THE_CLUSTER, *requests.ON_EVERY_NODE)
        for container in pod.containers
    }
    counted[requests.JOB.name] = requests.JOB
    assert set(counted.values()) >= {*REQUESTS.values(), requests.PROMETHEUS, requests.CONFIG_RELOADER}


PATHS: Final = {
    "kube-prometheus-stack-admission-create": monitoring_paths.OPERATOR_PODS,
    "kube-prometheus-stack-admission-patch": monitoring_paths.OPERATOR_PODS,
    "kube-prometheus-stack-kube-state-metrics": monitoring_paths.KUBE_STATE_METRICS_PODS,
    "kube-prometheus-stack-operator": monitoring_paths.OPERATOR_PODS,
    "prometheus-blackbox-exporter": monitoring_paths.BLACKBOX_EXPORTER_PODS,
    "prometheus-postgres-exporter": monitoring_paths.POSTGRES_EXPORTER_PODS,
    "prometheus-redis-exporter": monitoring_paths.REDIS_EXPORTER_PODS,
    "prometheus-yet-another-cloudwatch-exporter": monitoring_paths.CLOUDWATCH_EXPORTER_PODS,
}


def test_network_policies_name_the_labels_and_ports_that_charts_give() -> None:
    for name, labels in PATHS.items():
        workload = workloads()[name]
        assert labels.items() <= workload["labels"].items(), name
        for container in containers(workload):
            ports = {port["containerPort"] for port in container.get("ports", ())}
            assert ports <= set(monitoring_paths.OBSERVED_HERE), name
    prometheus = FACTS[STACK]["services"]["kube-prometheus-stack-prometheus"]
    assert {port["port"] for port in prometheus["ports"]} == {
        monitoring_paths.PROMETHEUS,
        monitoring_paths.CONFIG_RELOADER,
    }


@pytest.mark.requirement("SEC-03")
def test_what_monitoring_may_do_with_secrets_and_identities() -> None:
    dangerous = {"*", "secrets", "serviceaccounts/token", "pods/exec", "nodes/proxy"}
    rights = {
        f"{role}: {verb} {resource}"
        for facts in FACTS.values()
        for role, rules in facts["rights"].items()
        for rule in rules
        for resource in dangerous.intersection(rule.get("resources", ()))
        for verb in rule["verbs"]
    }
    assert rights == {
        # It writes Prometheus' and Alertmanager's configuration, with logins in it, into secrets.
        "kube-prometheus-stack-operator: * secrets",
        # The certificate of the operator's webhook, in its own namespace.
        "kube-prometheus-stack-admission: create secrets",
        "kube-prometheus-stack-admission: get secrets",
    }


def test_the_operator_looks_for_what_it_serves_in_its_own_namespace() -> None:
    """Its role covers the secrets of all namespaces; it watches those of one."""
    (operator,) = containers(workloads()["kube-prometheus-stack-operator"])
    watched = dict(
        argument.split("=", 1) for argument in operator["args"] if "-instance-namespaces=" in argument
    )
    assert watched == {
        f"--{kind}-instance-namespaces": "observability"
        for kind in ("alertmanager", "prometheus", "thanos-ruler")
    }


@pytest.mark.requirement("OBS-08")
def test_everything_that_charts_scrape_is_scraped_every_half_minute() -> None:
    endpoints = [
        (name, endpoint)
        for facts in FACTS.values()
        for name, spec in facts["custom"].items()
        if name.startswith("ServiceMonitor ")
        for endpoint in spec["endpoints"]
    ]
    assert len(endpoints) > 12
    # Without an interval of its own, Prometheus' holds.
    assert {endpoint.get("interval", "30s") for _, endpoint in endpoints} == {"30s"}


@pytest.mark.requirement("NET-08")
def test_coredns_is_scraped_where_the_add_on_runs() -> None:
    service = FACTS[STACK]["services"]["kube-prometheus-stack-coredns"]
    assert service["selector"] == {"k8s-app": "kube-dns"}
    assert [port["port"] for port in service["ports"]] == [9153]
    monitor = FACTS[STACK]["custom"]["ServiceMonitor kube-prometheus-stack-coredns"]
    assert monitor["namespaceSelector"] == {"matchNames": ["kube-system"]}


def test_kubelets_show_a_certificate_that_is_checked() -> None:
    kubelet = FACTS[STACK]["custom"]["ServiceMonitor kube-prometheus-stack-kubelet"]
    assert {endpoint["tlsConfig"]["insecureSkipVerify"] for endpoint in kubelet["endpoints"]} == {False}
    assert {endpoint.get("path", "/metrics") for endpoint in kubelet["endpoints"]} == {
        "/metrics",
        "/metrics/cadvisor",
    }
