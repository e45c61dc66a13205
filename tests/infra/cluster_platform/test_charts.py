"""Charts: exact versions, values that the charts know, and pods that the namespace admits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from infra.cluster_platform import requests
from infra.naming import Naming
from tests.infra.settings.stack_files import estate_settings

from .chart_facts import digest, keys, load, sample_values
from .conftest import Platforms
from .reading import RELEASE, STACKS, quantity_mib, quantity_millicores, release, releases

FACTS = load()
VERSIONS = {
    "aws-load-balancer-controller": "3.5.0",
    "cluster-autoscaler": "9.59.0",
    "external-secrets": "2.9.0",
    "keda": "2.20.2",
    "trivy-operator": "0.34.0",
}
DEFINITIONS = {"prometheus-operator-crds": "31.0.1"}
"""Definitions alone: a chart without pods, of the operator's version in kube-prometheus-stack 88.5.3."""
WATCHED = ("prod", "staging", "dr")
ALWAYS = {"aws-load-balancer-controller", "external-secrets", "trivy-operator"}
SCALING = {"cluster-autoscaler", "keda"}

HANDED_ON = re.compile(
    r"(.*\.)?(podS|s|containerS|scanJobPodTemplatePodS|scanJobPodTemplateContainerS)ecurityContext(\..*)?"
    r"|(.*\.)?resources\..*|extraArgs\..*|controllerConfig\.featureGates\..*"
    r"|(.*\.)?annotations\..*|podDisruptionBudget\.(operator|metricServer|webhooks)\..*|(.*\.)?podDisruptionBudget\.maxUnavailable"
)
"""Values that charts do not read but hand on to Kubernetes or to the program."""


@pytest.mark.parametrize("stack", STACKS)
def test_charts_come_at_exact_versions(platforms: Platforms, stack: str) -> None:
    found = {each.inputs["name"]: each.inputs["version"] for each in platforms(stack).of_type(RELEASE)}
    assert found == {name: version for name, version in (VERSIONS | DEFINITIONS).items() if name in found}


def test_the_record_is_of_the_pinned_charts_and_of_our_values(naming: Naming) -> None:
    assert {chart: facts["version"] for chart, facts in FACTS.items()} == VERSIONS
    recorded = {chart: facts["values"] for chart, facts in FACTS.items()}
    assert recorded == {chart: digest(values) for chart, values in sample_values(naming).items()}


@pytest.mark.requirement("AUTO-01")
@pytest.mark.parametrize(
    ("stack", "scaling"), [("prod", True), ("dr", True), ("staging", False), ("testing", False)]
)
def test_what_scales_runs_in_production_and_recovery_alone(
    platforms: Platforms, stack: str, *, scaling: bool
) -> None:
    definitions = set(DEFINITIONS) if stack in WATCHED else set()
    assert releases(platforms(stack)) == ALWAYS | definitions | (SCALING if scaling else set())


@pytest.mark.parametrize(("stack", "replicas"), [("prod", 2), ("dr", 2), ("staging", 2), ("testing", 1)])
def test_controllers_run_twice_where_there_are_nodes_for_two(
    platforms: Platforms, stack: str, replicas: int
) -> None:
    graph = platforms(stack)
    assert release(graph, "aws-load-balancer-controller").inputs["values"]["replicaCount"] == replicas
    assert release(graph, "external-secrets").inputs["values"]["replicaCount"] == replicas
    if "keda" in releases(graph):
        scaling = release(graph, "keda").inputs["values"]
        assert scaling["operator"]["replicaCount"] == scaling["metricsServer"]["replicaCount"] == replicas


@pytest.mark.requirement("AUTO-01")
@pytest.mark.parametrize("stack", ["prod", "dr"])
def test_the_autoscaler_is_of_the_clusters_version_and_finds_its_groups(
    platforms: Platforms, stack: str
) -> None:
    values = release(platforms(stack), "cluster-autoscaler").inputs["values"]
    minor = re.fullmatch(r"v(\d+\.\d+)\.\d+", values["image"]["tag"])
    assert minor is not None
    assert minor[1] == estate_settings(stack).versions.kubernetes
    assert values["autoDiscovery"] == {"clusterName": f"fleet-erp-{stack}"}
    assert values["awsRegion"] == estate_settings(stack).environment.region
    assert values["extraArgs"]["expander"] == "least-waste"
    assert values["extraArgs"]["balance-similar-node-groups"] is True
    assert values["extraArgs"]["skip-nodes-with-system-pods"] is False


@pytest.mark.parametrize("chart", VERSIONS)
def test_charts_know_every_value(naming: Naming, chart: str) -> None:
    known = set(FACTS[chart]["keys"])
    unknown = [
        key for key in keys(sample_values(naming)[chart]) if key not in known and not HANDED_ON.fullmatch(key)
    ]
    assert unknown == []


@pytest.mark.parametrize("stack", STACKS)
def test_releases_are_taken_back_when_they_fail(platforms: Platforms, stack: str) -> None:
    for each in platforms(stack).of_type(RELEASE):
        assert each.inputs["atomic"] is True
        assert each.inputs["timeout"] == 600
        assert each.inputs["createNamespace"] is False
        assert each.inputs["namespace"] == "platform-system"
        assert not each.inputs.get("skipCrds", False)


def test_the_load_balancer_controller_is_told_what_it_cannot_ask_and_makes_nothing(
    platforms: Platforms,
) -> None:
    values = release(platforms("prod"), "aws-load-balancer-controller").inputs["values"]
    assert values["clusterName"] == "fleet-erp-prod"
    assert values["region"] == "ap-south-1"
    assert values["vpcId"] == "vpc-0123456789abcdef0"
    assert values["enableServiceMutatorWebhook"] is False
    assert values["createIngressClassResource"] is False
    assert values["keepTLSSecret"] is True
    gates = values["controllerConfig"]["featureGates"]
    assert gates
    assert not any(gates.values())
    kinds = set(FACTS["aws-load-balancer-controller"]["kinds"])
    assert kinds.isdisjoint({"IngressClass", "IngressClassParams", "GatewayClass"})


@pytest.mark.parametrize("stack", STACKS)
def test_everything_that_runs_is_scanned_again_every_week(platforms: Platforms, stack: str) -> None:
    values = release(platforms(stack), "trivy-operator").inputs["values"]
    assert values["operator"]["vulnerabilityScannerEnabled"] is True
    assert values["operator"]["exposedSecretScannerEnabled"] is True
    assert values["operator"]["scannerReportTTL"] == "168h"
    assert values["operator"]["metricsFindingsEnabled"] is True
    assert values["excludeNamespaces"] == ""
    assert "targetNamespaces" not in values
    assert values["trivy"]["mode"] == "ClientServer"
    assert values["operator"]["builtInTrivyServer"] is True
    assert values["trivy"]["severity"] == "HIGH,CRITICAL"
    assert values["trivy"]["storageClassName"] == "gp3"


def monitors(values: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give what a chart is told about service monitors, wherever it says so."""
    return list(_named(values, "serviceMonitor"))


@pytest.mark.parametrize("stack", WATCHED)
def test_controllers_are_watched_where_metrics_are_kept(platforms: Platforms, stack: str) -> None:
    graph = platforms(stack)
    definitions = release(graph, "prometheus-operator-crds")
    for name in releases(graph) - set(DEFINITIONS):
        each = release(graph, name)
        told = monitors(each.inputs["values"])
        assert told, name
        for monitor in told:
            assert monitor["enabled"] is True, name
            assert monitor["interval"] == "30s", name
        assert definitions.urn in each.dependencies, name
    # What was found says whose it is; the operator's own namespace would say nothing.
    assert release(graph, "trivy-operator").inputs["values"]["serviceMonitor"]["honorLabels"] is True


def test_nobody_asks_for_a_service_monitor_where_there_is_no_such_thing(platforms: Platforms) -> None:
    graph = platforms("testing")
    told = [
        monitor for name in releases(graph) for monitor in monitors(release(graph, name).inputs["values"])
    ]
    assert told
    assert all(monitor == {"enabled": False} for monitor in told)


def test_charts_make_a_service_monitor_of_what_they_are_told() -> None:
    for chart, facts in FACTS.items():
        assert "ServiceMonitor" in facts["kinds"], chart


def test_keda_watches_the_queue_and_not_odoo(platforms: Platforms) -> None:
    values = release(platforms("prod"), "keda").inputs["values"]
    assert values["watchNamespace"] == "gps"
    assert values["rbac"]["enabledCustomScaledRefKinds"] is False
    bound = [place for place in FACTS["keda"]["bound_in"] if place.startswith("keda-operator in ")]
    assert bound == ["keda-operator in gps", "keda-operator in platform-system"]


@pytest.mark.requirement("SEC-03")
def test_what_controllers_may_do_with_secrets_and_identities() -> None:
    assert {
        f"{role}: {right}"
        for facts in FACTS.values()
        for role, rights in facts["dangerous_rights"].items()
        for right in rights
    } == {
        # It writes the secrets that it delivers, everywhere; tokens it gets from a Role beside each store.
        *(
            f"external-secrets-controller: {verb} secrets"
            for verb in ("create", "delete", "get", "list", "patch", "update", "watch")
        ),
        *(f"external-secrets-cert-controller: {verb} secrets" for verb in ("get", "list", "watch")),
        *(f"external-secrets-cert-controller: {verb} secrets (named)" for verb in ("patch", "update")),
        # Bound in the namespaces that it watches, not in the cluster.
        *(f"keda-operator: {verb} secrets" for verb in ("list", "watch")),
    }


def workloads() -> Iterator[tuple[str, dict[str, Any]]]:
    for facts in FACTS.values():
        yield from facts["workloads"].items()


@pytest.mark.requirement("SEC-03")
@pytest.mark.parametrize("name", [name for name, _ in workloads()])
def test_pods_of_charts_are_restricted(name: str) -> None:
    workload = dict(workloads())[name]
    assert workload["host"] == []
    allowed = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}
    assert set(workload["volumes"]) <= allowed
    assert workload["priority"] in {"platform", "standard"}
    for container in workload["containers"].values():
        context = {**workload["security"], **container["security"]}
        assert context["runAsNonRoot"] is True
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert context["readOnlyRootFilesystem"] is True
        assert not context.get("privileged", False)
        assert not container["image"].endswith(":latest")


REQUESTS = {
    "aws-load-balancer-controller": requests.LOAD_BALANCER_CONTROLLER,
    "cluster-autoscaler": requests.CLUSTER_AUTOSCALER,
    "external-secrets": requests.EXTERNAL_SECRETS,
    "external-secrets-cert-controller": requests.EXTERNAL_SECRETS_CERTIFICATES,
    "external-secrets-webhook": requests.EXTERNAL_SECRETS_WEBHOOK,
    "keda-admission-webhooks": requests.KEDA_WEBHOOKS,
    "keda-operator": requests.KEDA_OPERATOR,
    "keda-operator-metrics-apiserver": requests.KEDA_METRICS_SERVER,
    "trivy-operator": requests.TRIVY_OPERATOR,
    "trivy-server": requests.TRIVY_SERVER,
}


def test_pods_of_charts_request_what_the_fit_counts() -> None:
    assert {name for name, _ in workloads()} == set(REQUESTS)
    for name, workload in workloads():
        (container,) = workload["containers"].values()
        resources, counted = container["resources"], REQUESTS[name]
        assert (workload["replicas"] or 1) == counted.pods(replicas=2), name
        assert quantity_millicores(resources["requests"]["cpu"]) == counted.cpu_millicores, name
        assert quantity_mib(resources["requests"]["memory"]) == counted.memory_mib, name
        assert quantity_mib(resources["limits"]["memory"]) == counted.memory_limit_mib, name
    assert set(requests.controllers(autoscaled=True)) == set(REQUESTS.values())


def test_controllers_that_run_twice_spread_and_survive_a_drain(naming: Naming) -> None:
    twice = {name for name, workload in workloads() if (workload["replicas"] or 1) > 1}
    assert twice == {
        "aws-load-balancer-controller",
        "external-secrets",
        "keda-operator",
        "keda-operator-metrics-apiserver",
    }
    for name in twice:
        assert dict(workloads())[name]["spread"] == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
    for chart in ("aws-load-balancer-controller", "external-secrets", "keda"):
        assert "PodDisruptionBudget" in FACTS[chart]["kinds"]
    for budget in _named(sample_values(naming), "podDisruptionBudget"):
        # Where there is one, a budget that wants it to stay would hold up every drain.
        assert "minAvailable" not in budget


@pytest.mark.parametrize("stack", STACKS)
def test_no_value_of_a_chart_is_a_secret(platforms: Platforms, stack: str) -> None:
    words = re.compile(r"(?i)password|apikey|accesskey|secretkey|githubtoken|servertoken")
    for each in platforms(stack).of_type(RELEASE):
        assert [key for key in keys(each.inputs["values"]) if words.search(key)] == []


def _named(tree: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            if key == name:
                yield value
            yield from _named(value, name)
