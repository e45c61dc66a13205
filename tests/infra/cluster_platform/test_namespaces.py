"""Namespaces, what they admit, and what they may take."""

from __future__ import annotations

import pytest

from infra.cluster_platform import Quota
from infra.cluster_platform.requests import TRIVY_SCAN, controllers
from infra.observability import requests as monitoring
from infra.workloads.capacity import Capacity
from tests.infra.settings.stack_files import estate_settings

from .conftest import QUOTAS, Platforms
from .reading import (
    ADMISSION,
    ADMISSION_BINDING,
    LIMIT_RANGE,
    NAMESPACE,
    NETWORK_POLICY,
    PRIORITY_CLASS,
    QUOTA,
    RELEASE,
    SECRET_STORE,
    STACKS,
    STORAGE_CLASS,
    named,
    quantity_mib,
    quantity_millicores,
)

NAMESPACES = {"erp", "gps", "platform-system", "observability"}
AGENTS = "node-agents"
REHEARSAL = "recovery-drill"
WATCHED = ("prod", "staging", "dr")


def namespaces(stack: str) -> set[str]:
    """Give the namespaces of an environment: more where logs and metrics are kept, and where drills are."""
    return NAMESPACES | ({AGENTS} if stack in WATCHED else set()) | ({REHEARSAL} if stack == "dr" else set())


@pytest.mark.requirement("ISO-03", "SEC-03")
@pytest.mark.parametrize("stack", STACKS)
def test_every_namespace_but_that_of_agents_admits_restricted_pods_alone(
    platforms: Platforms, stack: str
) -> None:
    graph = platforms(stack)
    labels = {
        space.inputs["metadata"]["name"]: space.inputs["metadata"]["labels"]
        for space in graph.of_type(NAMESPACE)
    }
    assert set(labels) == namespaces(stack)
    version = f"v{estate_settings(stack).versions.kubernetes}"
    for name, given in labels.items():
        for mode in ("enforce", "audit", "warn"):
            # Whoever reads logs from the node's folders is let in, and written down all the same.
            sees_the_node = name == AGENTS and mode == "enforce"
            expected = "privileged" if sees_the_node else "restricted"
            assert given[f"pod-security.kubernetes.io/{mode}"] == expected
            assert given[f"pod-security.kubernetes.io/{mode}-version"] == version


@pytest.mark.parametrize("stack", STACKS)
def test_pods_behind_the_load_balancer_wait_for_it(platforms: Platforms, stack: str) -> None:
    gate = "elbv2.k8s.aws/pod-readiness-gate-inject"
    gated = {
        space.inputs["metadata"]["name"]
        for space in platforms(stack).of_type(NAMESPACE)
        if space.inputs["metadata"]["labels"].get(gate) == "enabled"
    }
    assert gated == {"erp", "gps"}


@pytest.mark.requirement("ISO-03")
@pytest.mark.parametrize("stack", STACKS)
def test_every_namespace_has_a_share_of_the_nodes(platforms: Platforms, stack: str) -> None:
    graph = platforms(stack)
    for space in namespaces(stack):
        hard = named(graph, QUOTA, "quota", space)["spec"]["hard"]
        assert hard["services.loadbalancers"] == hard["services.nodeports"] == "0"
        assert quantity_millicores(hard["requests.cpu"]) > 0
        assert quantity_mib(hard["requests.memory"]) > 0
        (item,) = named(graph, LIMIT_RANGE, "limits", space)["spec"]["limits"]
        assert item["type"] == "Container"
        assert set(item["defaultRequest"]) == {"cpu", "memory"}
        # A container that names nothing still has a limit of memory, as the quota asks.
        assert set(item["default"]) == {"memory"}
        assert quantity_mib(item["defaultRequest"]["memory"]) <= quantity_mib(item["default"]["memory"])


def test_business_namespaces_get_the_quota_that_the_load_asks_for(platforms: Platforms) -> None:
    for space, quota in QUOTAS.items():
        hard = named(platforms("prod"), QUOTA, "quota", space)["spec"]["hard"]
        assert quantity_millicores(hard["requests.cpu"]) == quota.cpu_millicores
        assert quantity_mib(hard["requests.memory"]) == quota.memory_mib
        assert quantity_mib(hard["limits.memory"]) == quota.memory_limit_mib
        assert hard["pods"] == str(quota.pods)
        assert hard["gp3.storageclass.storage.k8s.io/requests.storage"] == "0Gi"


@pytest.mark.parametrize("stack", STACKS)
def test_controllers_fit_their_quota_while_each_is_replaced(platforms: Platforms, stack: str) -> None:
    hard = named(platforms(stack), QUOTA, "quota", "platform-system")["spec"]["hard"]
    replicas = estate_settings(stack).cluster.controller_replicas
    # One pod more of each: what a rolling update adds at most.
    running = [
        (each, each.pods(replicas=replicas) + 1)
        for each in (*controllers(autoscaled=stack in {"prod", "dr"}), TRIVY_SCAN)
    ]
    cpu = sum(pods * each.cpu_millicores for each, pods in running)
    memory = sum(pods * each.memory_mib for each, pods in running)
    limits = sum(pods * each.memory_limit_mib for each, pods in running)
    assert quantity_millicores(hard["requests.cpu"]) >= cpu
    assert quantity_mib(hard["requests.memory"]) >= memory
    assert quantity_mib(hard["limits.memory"]) >= limits
    assert int(hard["pods"]) >= sum(pods for _, pods in running)


@pytest.mark.parametrize("stack", WATCHED)
def test_monitoring_fits_its_quota_while_each_is_replaced(platforms: Platforms, stack: str) -> None:
    hard = named(platforms(stack), QUOTA, "quota", "observability")["spec"]["hard"]
    pods = monitoring.IN_THE_CLUSTER
    assert quantity_millicores(hard["requests.cpu"]) > 2 * sum(pod.cpu_millicores for pod in pods)
    assert quantity_mib(hard["requests.memory"]) > 2 * sum(pod.memory_mib for pod in pods)
    assert quantity_mib(hard["limits.memory"]) > 2 * sum(pod.memory_limit_mib for pod in pods)
    assert int(hard["pods"]) > 2 * len(pods)
    settings = estate_settings(stack).observability
    assert settings is not None
    volumes = settings.metrics.volume_gib + sum(pod.volume_gib for pod in pods)
    assert hard["gp3.storageclass.storage.k8s.io/requests.storage"] == f"{volumes}Gi"
    assert hard["persistentvolumeclaims"] == "2"


@pytest.mark.parametrize("stack", WATCHED)
def test_agents_fit_their_quota_on_as_many_nodes_as_there_can_be(platforms: Platforms, stack: str) -> None:
    hard = named(platforms(stack), QUOTA, "quota", AGENTS)["spec"]["hard"]
    nodes = sum(group.size.max for group in estate_settings(stack).cluster.node_groups)
    assert quantity_millicores(hard["requests.cpu"]) > nodes * sum(
        pod.cpu_millicores for pod in monitoring.ON_EVERY_NODE
    )
    assert int(hard["pods"]) > nodes * len(monitoring.ON_EVERY_NODE)


def test_nothing_of_monitoring_fits_where_nothing_is_measured(platforms: Platforms) -> None:
    hard = named(platforms("testing"), QUOTA, "quota", "observability")["spec"]["hard"]
    assert hard["gp3.storageclass.storage.k8s.io/requests.storage"] == "0Gi"
    assert hard["pods"] == "1"


@pytest.mark.parametrize("stack", STACKS)
def test_the_load_fits_the_quotas_that_follow_from_it(stack: str) -> None:
    settings = estate_settings(stack)
    capacity = Capacity.of(
        settings.load, settings.cluster, settings.database, settings.workloads, serving=True
    )
    erp = [capacity.web, capacity.cron, *([capacity.report] if capacity.report else [])]
    for space, pods in (("erp", erp), ("gps", [capacity.gps_api, capacity.gps_consumer])):
        quota = Quota.of(capacity.quotas[space], claims=0)
        assert quota.cpu_millicores >= sum(each.replicas_max * each.cpu_millicores for each in pods)
        assert quota.memory_mib >= sum(each.replicas_max * each.memory_mib for each in pods)
        assert quota.memory_limit_mib >= sum(each.replicas_max * each.memory_limit_mib for each in pods)
        assert quota.pods >= sum(each.replicas_max for each in pods)


@pytest.mark.requirement("LOAD-03")
@pytest.mark.parametrize("stack", STACKS)
def test_reports_give_way_to_transactions(platforms: Platforms, stack: str) -> None:
    classes = {
        each.inputs["metadata"]["name"]: each.inputs for each in platforms(stack).of_type(PRIORITY_CLASS)
    }
    assert sorted(classes, key=lambda name: classes[name]["value"]) == [
        "reports",
        "standard",
        "transactions",
        "platform",
    ]
    assert classes["reports"]["preemptionPolicy"] == "Never"
    assert classes["transactions"]["preemptionPolicy"] == "PreemptLowerPriority"
    assert [name for name, each in classes.items() if each["globalDefault"]] == ["standard"]
    # Kubernetes keeps values above a thousand million for itself.
    assert max(each["value"] for each in classes.values()) < 1_000_000_000


@pytest.mark.requirement("SEC-06")
@pytest.mark.parametrize("stack", STACKS)
def test_volumes_are_encrypted_with_our_key(platforms: Platforms, stack: str) -> None:
    graph = platforms(stack)
    volumes = named(graph, STORAGE_CLASS, "gp3")
    (key,) = [each for each in graph.of_type("aws:kms/key:Key") if each.name == "data"]
    assert volumes["provisioner"] == "ebs.csi.aws.com"
    assert volumes["parameters"]["type"] == "gp3"
    assert volumes["parameters"]["encrypted"] == "true"
    assert volumes["parameters"]["kmsKeyId"] == key.outputs["arn"]
    assert volumes["volumeBindingMode"] == "WaitForFirstConsumer"
    assert volumes["metadata"]["annotations"] == {"storageclass.kubernetes.io/is-default-class": "true"}


@pytest.mark.requirement("SEC-05")
@pytest.mark.parametrize("stack", STACKS)
def test_shared_directories_are_mounted_by_tls_and_identity(platforms: Platforms, stack: str) -> None:
    files = named(platforms(stack), STORAGE_CLASS, "efs")
    assert files["provisioner"] == "efs.csi.aws.com"
    assert set(files["mountOptions"]) == {"tls", "iam"}
    assert files["parameters"]["provisioningMode"] == "efs-ap"
    assert files["parameters"]["fileSystemId"] == "fs-0123456789abcdef0"
    assert (files["parameters"]["uid"], files["parameters"]["gid"]) == ("100", "101")
    assert files["reclaimPolicy"] == "Retain"


@pytest.mark.parametrize("stack", ["prod", "dr"])
def test_a_namespace_binds_its_own_target_group_alone(platforms: Platforms, stack: str) -> None:
    (policy,) = platforms(stack).of_type(ADMISSION)
    spec = policy.inputs["spec"]
    assert spec["failurePolicy"] == "Fail"
    assert spec["matchConstraints"]["resourceRules"] == [
        {
            "apiGroups": ["elbv2.k8s.aws"],
            "apiVersions": ["*"],
            "operations": ["CREATE", "UPDATE"],
            "resources": ["targetgroupbindings"],
        }
    ]
    region = estate_settings(stack).environment.region
    groups = f"arn:aws:elasticloadbalancing:{region}:111122223333:targetgroup/fleet-erp-{stack}"
    own, by_address, no_groups = (each["expression"] for each in spec["validations"])
    for namespace, service in (("erp", "odoo"), ("gps", "gps")):
        assert f"request.namespace == '{namespace}' && " in own
        assert f"startsWith('{groups}-{service}/')" in own
    assert by_address.endswith("object.spec.targetType == 'ip'")
    assert no_groups == "!has(object.spec.networking)"
    (binding,) = platforms(stack).of_type(ADMISSION_BINDING)
    assert binding.inputs["spec"] == {"policyName": "target-group-bindings", "validationActions": ["Deny"]}


@pytest.mark.parametrize("stack", STACKS)
def test_controllers_come_after_every_guard(platforms: Platforms, stack: str) -> None:
    graph = platforms(stack)
    guards = {each.urn for each in graph.of_type(NETWORK_POLICY, QUOTA, LIMIT_RANGE, PRIORITY_CLASS)}
    for each in graph.of_type(RELEASE):
        assert guards <= set(each.dependencies), each.name


@pytest.mark.parametrize("stack", STACKS)
def test_workloads_can_wait_for_all_of_it(platforms: Platforms, stack: str) -> None:
    graph = platforms(stack)
    needed = {
        each.urn
        for each in graph.of_type(
            NETWORK_POLICY, QUOTA, LIMIT_RANGE, PRIORITY_CLASS, STORAGE_CLASS, RELEASE, SECRET_STORE
        )
    }
    assert needed <= set(graph.exports["ready"])
    assert graph.exports["namespaces"] == {space: space for space in namespaces(stack)}


@pytest.mark.parametrize("stack", STACKS)
def test_the_same_things_exist_in_a_first_preview(platforms: Platforms, stack: str) -> None:
    known = {each.urn for each in platforms(stack).resources}
    assert {each.urn for each in platforms(stack, unknowns=True).resources} == known
