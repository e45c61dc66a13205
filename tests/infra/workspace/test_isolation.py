"""Who talks to whom in a workspace, to the last port: its own pods among each other, and nobody else."""

from __future__ import annotations

from typing import Final

import pytest

from preview.graph import ResourceGraph
from tests.conftest import EstateRenderer
from tests.infra.cluster_platform.evaluation import End, Policies

from .reading import NAMESPACE, workloads

PORTS: Final = (25, 53, 80, 443, 1025, 2049, 5432, 5671, 5672, 6379, 8000, 8069, 10250, 15671, 16001)
TESTING: Final = {
    "database": "10.2.1.20",
    "broker": "10.2.2.20",
    "cache": "10.2.1.21",
    "file system": "10.2.2.22",
    "interface endpoint": "10.2.1.30",
    "load balancer": "10.2.101.10",
    "API service": "172.20.0.1",
    "instance metadata": "169.254.169.254",
    "internet": "203.0.113.10",
}
"""Hosts that a pod of testing's cluster could see, by address: its subnets, its services, the world."""
WORKSPACE: Final = {
    ("odoo-web", "odoo-cron", "odoo-init", "odoo-upgrade", "odoo-config", "odoo-seed"): {
        ("postgres", 5432),
        ("odoo-web", 8069),
        ("odoo-cron", 8069),
    },
    ("gps-api", "gps-consumer", "gps-partitions"): {
        ("postgres", 5432),
        ("rabbitmq", 5671),
        ("redis", 6379),
    },
    ("database-bootstrap", "seed-positions"): {("postgres", 5432)},
    ("broker-bootstrap",): {("rabbitmq", 15671)},
    ("postgres", "rabbitmq", "redis", "mail-catcher"): set(),
}
"""What pods reach, mail apart. Jobs of Odoo are labelled as Odoo and listen nowhere."""
LISTENERS: Final = frozenset(
    {"postgres", "rabbitmq", "redis", "mail-catcher", "odoo-web", "odoo-cron", "gps-api", "gps-consumer"}
)


def ends(graph: ResourceGraph, namespace: str = NAMESPACE) -> dict[str, End]:
    """Give the pods of a workspace as they are labelled."""
    return {
        name: End(
            name=name,
            address=f"10.2.1.{100 + number}",
            namespace=namespace,
            labels=template["metadata"]["labels"],
        )
        for number, (name, template) in enumerate(sorted(workloads(graph).items()))
    }


@pytest.fixture(scope="module")
def graph(estate: EstateRenderer) -> ResourceGraph:
    return estate("dev")


@pytest.mark.requirement("ISO-03", "ENV-01")
def test_each_pod_reaches_what_it_needs_and_nothing_else(graph: ResourceGraph) -> None:
    pods, policies = ends(graph), Policies(graph)
    assert {name for names in WORKSPACE for name in names} == set(pods)
    listeners = [pods[name] for name in LISTENERS]
    for names, wanted in WORKSPACE.items():
        for name in names:
            reached = policies.reachable(pods[name], listeners, PORTS) - {("mail-catcher", 1025)}
            assert reached == {pair for pair in wanted if pair[0] != name}, name


@pytest.mark.requirement("ENV-01")
def test_mail_ends_in_the_catcher(graph: ResourceGraph) -> None:
    pods, policies = ends(graph), Policies(graph)
    senders = {name for name, pod in pods.items() if policies.allow(pod, pods["mail-catcher"], 1025)}
    assert senders == {"odoo-web", "odoo-cron"}


@pytest.mark.requirement("ENV-01", "ISO-03")
def test_no_pod_gets_out_of_its_namespace(graph: ResourceGraph) -> None:
    """Not to testing's database, broker, cache or files; not to AWS, the API or the world."""
    outside = [End(name=name, address=address) for name, address in TESTING.items()]
    policies = Policies(graph)
    assert {name: policies.reachable(pod, outside, PORTS) for name, pod in ends(graph).items()} == {
        name: set() for name in ends(graph)
    }


@pytest.mark.requirement("ISO-03")
def test_workspaces_and_testing_do_not_see_each_other(graph: ResourceGraph, estate: EstateRenderer) -> None:
    """Another developer's pods carry the same labels; testing's guards are those of its own graph."""
    policies, testing = Policies(graph), Policies(estate("testing"))
    mine = list(ends(graph).values())
    for namespace in ("dev-other", "erp", "gps", "platform-system", "observability"):
        theirs = list(ends(graph, namespace).values())
        for pod in mine:
            assert policies.reachable(pod, theirs, PORTS) == set()
        for pod in theirs:
            assert policies.reachable(pod, mine, PORTS) == set()
    for namespace in ("erp", "gps"):
        theirs = list(ends(graph, namespace).values())
        for pod in mine:
            assert testing.reachable(pod, theirs, PORTS) == set()


@pytest.mark.requirement("ISO-03")
def test_names_are_resolved(graph: ResourceGraph) -> None:
    dns = End(name="coredns", address="10.2.1.9", namespace="kube-system", labels={"k8s-app": "kube-dns"})
    policies = Policies(graph)
    for pod in ends(graph).values():
        assert policies.allow(pod, dns, 53, "UDP")
        assert policies.allow(pod, dns, 53)
        assert not policies.allow(pod, dns, 9153)


@pytest.mark.requirement("ISO-03")
def test_no_rule_names_an_address(graph: ResourceGraph) -> None:
    """Whatever testing's addresses become: a workspace knows none."""
    rules = [
        peer
        for policy in graph.of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")
        for side, peers in (("egress", "to"), ("ingress", "from"))
        for rule in policy.inputs["spec"].get(side, ())
        for peer in rule[peers]
    ]
    assert rules
    assert [peer for peer in rules if "ipBlock" in peer] == []
