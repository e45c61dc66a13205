"""Who may talk to whom, to the last port."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from infra.settings import EstateSettings

from . import world
from .conftest import Platforms
from .evaluation import End, Policies
from .reading import NETWORK_POLICY, STACKS
from .world import METRICS_PORT

STORES_OF_ERP = {("private subnets", 5432), ("private subnets", 6379)}
STORES_OF_GPS = {("private subnets", 5432), ("private subnets", 5671), ("private subnets", 6379)}
DNS = {("kube-system/coredns", 53)}
API = {("kubernetes", 443), ("private subnets", 443)}
WEB = {("internet", 443)}
INSIDE_HTTPS = {("private subnets", 443)}

REACHED = {
    # Web pods ask others for reports; nobody else asks Odoo, not even next door.
    world.ODOO: STORES_OF_ERP | DNS | {("erp/odoo-report", 8069)},
    world.ODOO_TO_PARTNERS: STORES_OF_ERP | DNS | WEB,
    world.ODOO_TO_AWS: STORES_OF_ERP | DNS | WEB | INSIDE_HTTPS,
    world.ODOO_MAIL: STORES_OF_ERP | DNS | {("private subnets", 587)},
    world.GPS: STORES_OF_GPS | DNS,
    world.GPS_TO_PARTNERS: STORES_OF_GPS | DNS | WEB,
    world.BROKER_BOOTSTRAP: STORES_OF_GPS | DNS | {("private subnets", 443), ("private subnets", 15671)},
    # Every endpoint that the first three need is inside production's network: none of them gets out.
    world.LOAD_BALANCER_CONTROLLER: DNS | API,
    world.EXTERNAL_SECRETS: DNS | API,
    world.CLUSTER_AUTOSCALER: DNS | API,
    world.EXTERNAL_SECRETS_WEBHOOK: DNS | API,
    world.KEDA_OPERATOR: DNS | API | {("private subnets", 5671)},
    world.KEDA_METRICS: DNS | API | {("platform-system/keda-operator", 9666)},
    world.KEDA_WEBHOOKS: DNS | API,
    world.TRIVY_OPERATOR: DNS | API | {("platform-system/trivy-server", 4954)},
    world.TRIVY_SCAN: DNS | API | WEB | {("platform-system/trivy-server", 4954)},
    world.TRIVY_SERVER: DNS | API | WEB,
    # Nobody who watches gets further than to what he asks; only three of them leave the network.
    world.ALERTMANAGER: DNS | WEB,
    world.GRAFANA: DNS
    | API
    | WEB
    | {("private subnets", 5432)}
    | {("observability/prometheus", 9090), ("observability/alertmanager", 9093)},
    world.OPERATOR: DNS | API,
    world.KUBE_STATE_METRICS: DNS | API,
    world.POSTGRES_EXPORTER: DNS | {("private subnets", 5432)},
    world.REDIS_EXPORTER: DNS | {("private subnets", 6379)},
    world.CLOUDWATCH_EXPORTER: DNS | WEB | INSIDE_HTTPS,
    world.BLACKBOX_EXPORTER: DNS | WEB | {("erp/odoo", 8069), ("erp/odoo-report", 8069)},
    world.SEARCH_SETUP: DNS | WEB | INSIDE_HTTPS,
    world.FLUENT_BIT: DNS | API,
    world.BALANCER: {
        (pod.name, port)
        for namespace, port in (("erp", 8069), ("gps", 8000))
        for pod in world.PODS
        if pod.namespace == namespace
    },
}
"""What each reaches of all the others, over TCP, in production."""

UNGUARDED = {"kube-system/coredns", "dev-alice/odoo"}
"""Pods of namespaces that have no policies of ours."""


def guarded(pairs: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """Leave out hosts and pods that have no policies of ours: whoever reaches them is their own matter."""
    return {pair for pair in pairs if pair[0] in {pod.name for pod in world.PODS} - UNGUARDED}


def without_doubles(pairs: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """Leave out unguarded pods that are reached as hosts of private subnets, whose addresses they share."""
    return {
        (name, port)
        for name, port in pairs
        if name not in UNGUARDED or ("private subnets", port) not in pairs
    }


@pytest.mark.requirement("NET-06", "ISO-03")
@pytest.mark.parametrize("source", REACHED, ids=str)
def test_each_reaches_what_the_table_says_and_nothing_else(platforms: Platforms, source: End) -> None:
    reached = Policies(platforms("prod")).reachable(source, world.EVERYONE, world.PORTS)
    assert (guarded(reached) if source.namespace is None else without_doubles(reached)) == REACHED[source]


def test_the_scraper_reaches_metrics_and_the_nodes(platforms: Platforms) -> None:
    reached = without_doubles(
        Policies(platforms("prod")).reachable(world.PROMETHEUS, world.EVERYONE, world.PORTS)
    )
    pods = {pod.name: pod for pod in world.PODS}
    by_namespace: dict[str, set[int]] = {}
    for name, port in reached:
        place = pods[name].namespace if name in pods else name
        by_namespace.setdefault(str(place), set()).add(port)
    assert by_namespace == {
        "erp": {METRICS_PORT},
        "gps": {8000, METRICS_PORT},
        # The webhook of External Secrets has the kubelet's port, and is called from the same subnets.
        "platform-system": {8080, 8085, 10250},
        "kube-system": {53, 9153},
        "node-agents": {2020, 2021},
        "observability": {3000, 5000, 8080, 8081, 9090, 9093, 9115, 9121, 9187, 10250},
        # Kubelets and node exporters have the nodes' own addresses; the broker serves its own metrics.
        "private subnets": {443, 9100, 10250, 16001},
        # The workspace of Amazon Managed Prometheus, which has no endpoint inside.
        "internet": {443},
        "kubernetes": {443},
    }


def test_nobody_else_scrapes(platforms: Platforms) -> None:
    policies = Policies(platforms("prod"))
    others = [pod for pod in world.PODS if pod.namespace == "observability" and pod is not world.PROMETHEUS]
    targets = [pod for pod in world.PODS if pod.namespace in {"gps", "platform-system", "node-agents"}]
    for port in (2020, 2021, 8000, 8080, 8085, METRICS_PORT):
        crossing = [(a.name, b.name) for a in others for b in targets if policies.allow(a, b, port)]
        assert crossing == [], port


def test_nothing_is_open_where_nothing_is_watched(platforms: Platforms) -> None:
    policies = Policies(platforms("testing"))
    for pod in (world.PROMETHEUS, world.GRAFANA, world.ALERTMANAGER, world.SEARCH_SETUP):
        assert policies.reachable(pod, world.EVERYONE, world.PORTS) == DNS


@pytest.mark.requirement("ISO-03")
def test_a_stranger_reaches_nobody_whatever_it_calls_itself(platforms: Platforms) -> None:
    reached = guarded(Policies(platforms("prod")).reachable(world.STRANGER, world.EVERYONE, world.PORTS))
    # Webhooks are called from the control plane, whose addresses are of the same subnets as those of pods.
    assert reached == {
        ("observability/kube-prometheus-stack-prometheus-operator", 10250),
        ("platform-system/external-secrets-webhook", 10250),
        ("platform-system/keda-metrics", 6443),
        ("platform-system/keda-webhooks", 9443),
        ("platform-system/lbc", 9443),
    }


@pytest.mark.requirement("ISO-03")
@pytest.mark.parametrize("stack", STACKS)
def test_no_namespace_reaches_the_pods_of_another(platforms: Platforms, stack: str) -> None:
    policies = Policies(platforms(stack))
    business = [pod for pod in world.PODS if pod.namespace in {"erp", "gps"}]
    crossing = {
        (source.name, target.name)
        for source in business
        for target in business
        for port in world.PORTS
        if source.namespace != target.namespace and policies.allow(source, target, port)
    }
    assert crossing == set()


@pytest.mark.requirement("NET-06")
@pytest.mark.parametrize("pod", [world.ODOO, world.GPS, world.KEDA_OPERATOR, world.EXTERNAL_SECRETS], ids=str)
def test_only_pods_that_say_so_leave_the_network(platforms: Platforms, pod: End) -> None:
    policies = Policies(platforms("prod"))
    assert [port for port in world.PORTS if policies.allow(pod, world.INTERNET, port)] == []


@pytest.mark.requirement("NET-06")
@pytest.mark.parametrize("pod", [world.ODOO_TO_PARTNERS, world.GPS_TO_PARTNERS], ids=str)
def test_partners_that_publish_addresses_are_the_only_ones_called(platforms: Platforms, pod: End) -> None:
    def narrowed(settings: EstateSettings) -> EstateSettings:
        partners = (IPv4Network("198.51.100.0/24"),)
        return settings.model_copy(
            update={"network": settings.network.model_copy(update={"partner_cidrs": partners})}
        )

    policies = Policies(platforms("prod", change=narrowed))
    partner = End(name="partner", address="198.51.100.7")
    assert [port for port in world.PORTS if policies.allow(pod, partner, port)] == [443]
    assert [port for port in world.PORTS if policies.allow(pod, world.INTERNET, port)] == []


@pytest.mark.parametrize("pod", [pod for pod in world.PODS if pod.namespace in {"erp", "gps"}], ids=str)
def test_no_pod_reaches_the_nodes_metadata(platforms: Platforms, pod: End) -> None:
    policies = Policies(platforms("prod"))
    assert [port for port in world.PORTS if policies.allow(pod, world.METADATA, port)] == []


@pytest.mark.requirement("NET-08")
@pytest.mark.parametrize("protocol", ["TCP", "UDP"])
def test_every_namespace_of_ours_asks_coredns(platforms: Platforms, protocol: str) -> None:
    policies = Policies(platforms("prod"))
    ours = [pod for pod in world.PODS if pod.name not in UNGUARDED]
    assert [pod for pod in ours if not policies.allow(pod, world.DNS, 53, protocol)] == []


def test_udp_is_for_names_alone(platforms: Platforms) -> None:
    policies = Policies(platforms("prod"))
    for pod in (world.ODOO, world.GPS, world.KEDA_OPERATOR, world.PROMETHEUS):
        assert policies.reachable(pod, world.EVERYONE, world.PORTS, "UDP") == DNS


def test_controllers_go_out_where_the_network_has_no_endpoint_for_them(platforms: Platforms) -> None:
    def without_endpoints(settings: EstateSettings) -> EstateSettings:
        return settings.model_copy(
            update={"network": settings.network.model_copy(update={"interface_endpoints": ()})}
        )

    policies = Policies(platforms("prod", change=without_endpoints))
    for pod in (world.LOAD_BALANCER_CONTROLLER, world.EXTERNAL_SECRETS, world.CLUSTER_AUTOSCALER):
        assert [port for port in world.PORTS if policies.allow(pod, world.INTERNET, port)] == [443]


def test_mail_goes_no_further_than_the_sink_where_it_must_not_reach_people(platforms: Platforms) -> None:
    policies = Policies(platforms("testing"))
    assert policies.allow(world.ODOO_MAIL, world.MAIL_SINK, 1025)
    assert not policies.allow(world.ODOO, world.MAIL_SINK, 1025)
    assert not policies.allow(world.GPS, world.MAIL_SINK, 1025)
    outside = (world.INSIDE, world.INTERNET)
    assert [
        end for end in outside for port in (25, 465, 587) if policies.allow(world.ODOO_MAIL, end, port)
    ] == []


@pytest.mark.requirement("ISO-03", "NET-06")
@pytest.mark.parametrize("stack", STACKS)
def test_every_namespace_denies_what_no_policy_allows(platforms: Platforms, stack: str) -> None:
    graph = platforms(stack)
    denials = {
        resource.inputs["metadata"]["namespace"]: resource.inputs["spec"]
        for resource in graph.of_type(NETWORK_POLICY)
        if resource.inputs["metadata"]["name"] == "default-deny"
    }
    nothing = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    agents = {"node-agents": nothing} if stack != "testing" else {}
    rehearsal = {"recovery-drill": nothing} if stack == "dr" else {}
    assert denials == {
        "erp": nothing,
        "gps": nothing,
        "platform-system": nothing,
        "observability": nothing,
        **agents,
        **rehearsal,
    }


@pytest.mark.parametrize("stack", STACKS)
def test_no_rule_is_without_peers_and_ports(platforms: Platforms, stack: str) -> None:
    for policy in platforms(stack).of_type(NETWORK_POLICY):
        spec = policy.inputs["spec"]
        for rules, peers in (("ingress", "from"), ("egress", "to")):
            for rule in spec.get(rules, ()):
                assert rule[peers], policy.name
                assert rule["ports"], policy.name
                assert all("port" in port and "protocol" in port for port in rule["ports"]), policy.name
