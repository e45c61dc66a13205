"""Traffic between control plane and nodes."""

from __future__ import annotations

import pytest

from preview.graph import ResourceGraph

from .conftest import Clusters
from .reading import (
    CLUSTER,
    EGRESS_RULE,
    EXCLUSIVE_RULES,
    INGRESS_RULE,
    NODE_GROUP,
    SECURITY_GROUP,
    STACKS,
    needs,
    only,
)


def endpoints(graph: ResourceGraph) -> tuple[str, str | None]:
    """The ids of the control plane's group and of the nodes' group."""
    return (
        only(graph, CLUSTER).outputs["vpcConfig"]["clusterSecurityGroupId"],
        only(graph, SECURITY_GROUP, "eks-nodes").id,
    )


@pytest.mark.requirement("SEC-07")
@pytest.mark.parametrize("stack", STACKS)
def test_control_plane_and_nodes_exchange_exactly_this(clusters: Clusters, stack: str) -> None:
    graph = clusters(stack)
    control_plane, nodes = endpoints(graph)
    rules = {
        (
            rule.type.rsplit(":", 1)[-1],
            rule.inputs["securityGroupId"],
            rule.inputs["referencedSecurityGroupId"],
            rule.inputs["ipProtocol"],
            rule.inputs["fromPort"],
            rule.inputs["toPort"],
        )
        for rule in graph.of_type(INGRESS_RULE, EGRESS_RULE)
    }
    assert rules == {
        ("SecurityGroupIngressRule", control_plane, nodes, "tcp", 443, 443),
        ("SecurityGroupEgressRule", nodes, control_plane, "tcp", 443, 443),
        *(
            ("SecurityGroupIngressRule", nodes, control_plane, "tcp", port, port)
            for port in (443, 6443, 8443, 9443, 10250, 10251)
        ),
    }


def test_every_rule_says_what_it_is_for(clusters: Clusters) -> None:
    descriptions = [
        rule.inputs["description"] for rule in clusters("prod").of_type(INGRESS_RULE, EGRESS_RULE)
    ]
    assert len(set(descriptions)) == len(descriptions)
    assert all(len(text) > 10 for text in descriptions)


def test_the_list_of_the_nodes_is_complete_and_closed(clusters: Clusters) -> None:
    graph = clusters("prod")
    _, nodes = endpoints(graph)
    closed = only(graph, EXCLUSIVE_RULES)
    own = {
        token: {rule.id for rule in graph.of_type(token) if rule.inputs["securityGroupId"] == nodes}
        for token in (INGRESS_RULE, EGRESS_RULE)
    }
    assert closed.inputs["securityGroupId"] == nodes
    assert set(closed.inputs["ingressRuleIds"]) == {"sgr-ingress", *own[INGRESS_RULE]}
    assert set(closed.inputs["egressRuleIds"]) == {"sgr-egress", *own[EGRESS_RULE]}


def test_nodes_start_when_the_control_plane_can_hear_them(clusters: Clusters) -> None:
    graph = clusters("prod")
    rules = {rule.urn for rule in graph.of_type(INGRESS_RULE, EGRESS_RULE)}
    assert rules <= needs(graph, only(graph, NODE_GROUP))
