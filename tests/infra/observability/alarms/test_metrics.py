"""Every alarm watches a metric that AWS documents, by its dimensions, with a statistic that fits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from preview.graph import Resource, ResourceGraph
from tests.conftest import EstateRenderer

from .reading import ALARM, ESTATES, ON_THE_TRAIL, Watched, alarms, sources, watched

FACTS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("metrics.yaml").read_text(encoding="utf-8"))

VALUES = {
    "DBInstanceIdentifier": ("aws:rds/instance:Instance", "identifier"),
    "Broker": ("aws:mq/broker:Broker", "brokerName"),
    "LoadBalancer": ("aws:lb/loadBalancer:LoadBalancer", "arnSuffix"),
    "TargetGroup": ("aws:lb/targetGroup:TargetGroup", "arnSuffix"),
    "WebACL": ("aws:wafv2/webAcl:WebAcl", "name"),
    "NatGatewayId": ("aws:ec2/natGateway:NatGateway", "id"),
    "DomainName": ("aws:opensearch/domain:Domain", "domainName"),
    "FileSystemId": ("aws:efs/fileSystem:FileSystem", "id"),
    "ClusterName": ("aws:eks/cluster:Cluster", "name"),
}
"""Dimension → the type and the output that it must be a value of."""

SOURCES = {
    "database-report": {"Instance postgres-report"},
    "database": {"Instance postgres"},
    "broker": {"Broker rabbitmq"},
    "cache": {"ReplicationGroup cache"},
    "search": {"Domain search"},
    "filestore": {"FileSystem filestore"},
    "replication-files": {"FileSystem filestore"},
    # Buckets have names that are known before they are made, in both regions.
    "replica-": set(),
    "replication-failed-": set(),
    "firewall": {"WebAcl web-acl"},
    "nat-a": {"NatGateway nat-a"},
    "nat-b": {"NatGateway nat-b"},
    "control-plane": {"Cluster eks-eksCluster"},
    "pods-without-node": {"Cluster eks-eksCluster"},
    "balancer": {"LoadBalancer load-balancer"},
    "target-errors": {"LoadBalancer load-balancer"},
    "unhealthy-odoo": {"LoadBalancer load-balancer", "TargetGroup target-group-odoo"},
    "unhealthy-gps": {"LoadBalancer load-balancer", "TargetGroup target-group-gps"},
    "no-healthy-odoo": {"LoadBalancer load-balancer", "TargetGroup target-group-odoo"},
    "no-healthy-gps": {"LoadBalancer load-balancer", "TargetGroup target-group-gps"},
    "web-latency": {"LoadBalancer load-balancer", "TargetGroup target-group-odoo"},
    "certificate-expiry": {"CertificateValidation certificate-validation"},
    "rejected-flows": set(),
    "silent-flow-logs": set(),
    # Machines and schedule groups have names that are known before they are made.
    "refresh": set(),
    "intake": set(),
    # A metric of a filter has no dimensions: it is of one log group by its name.
    **{name: set() for name in ON_THE_TRAIL},
}
"""Beginning of an alarm's name → the resources that it must follow; the longest beginning counts."""


def is_documented(metric: Watched) -> bool:
    """Whether AWS publishes such a series."""
    facts = FACTS.get(metric.namespace, {})
    known = facts.get("metrics", {}).get(metric.metric)
    if known is None or metric.statistic not in known["statistics"]:
        return False
    return sorted(metric.dimensions) in known.get("dimensions", facts["dimensions"])


@pytest.mark.parametrize("stack", ESTATES)
def test_every_alarm_watches_what_aws_publishes(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    own = {
        (made["namespace"], made["name"])
        for filtered in graph.of_type("aws:cloudwatch/logMetricFilter:LogMetricFilter")
        for made in [filtered.inputs["metricTransformation"]]
    }
    undocumented = {
        (alarm.name, metric.namespace, metric.metric, metric.statistic, *sorted(metric.dimensions))
        for alarm in graph.of_type(ALARM)
        for metric in watched(alarm)
        if not is_documented(metric) and (metric.namespace, metric.metric) not in own
    }
    assert undocumented == set()


@pytest.mark.parametrize(
    "typo",
    [
        Watched("AWS/RDS", "CpuUtilization", "Average", {"DBInstanceIdentifier": "x"}),
        Watched("AWS/RDS", "CPUUtilization", "Average", {"DbInstanceIdentifier": "x"}),
        Watched("AWS/OpenSearch", "Nodes", "Minimum", {"DomainName": "x", "ClientId": "y"}),
        Watched("AWS/ES", "Nodes", "Minimum", {"DomainName": "x"}),
        Watched(
            "AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum", {"LoadBalancer": "x", "TargetGroup": "y"}
        ),
        Watched("AWS/NATGateway", "ErrorPortAllocation", "Average", {"NatGatewayId": "x"}),
    ],
)
def test_a_slip_of_the_pen_is_not_documented(typo: Watched) -> None:
    assert not is_documented(typo)


@pytest.mark.parametrize("unknowns", [False, True])
@pytest.mark.parametrize("stack", ESTATES)
def test_every_alarm_follows_its_resource_by_reference(
    estate: EstateRenderer, stack: str, *, unknowns: bool
) -> None:
    found = {alarm.name: set(sources(alarm)) for alarm in estate(stack, unknowns=unknowns).of_type(ALARM)}
    assert found == {name: _expected(name) for name in found}


@pytest.mark.parametrize("stack", ESTATES)
def test_every_dimension_has_the_value_that_aws_gives_it(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    wrong = [
        (name, dimension, given)
        for name, alarm in alarms(graph).items()
        for metric in watched(alarm)
        for dimension, given in metric.dimensions.items()
        if dimension in VALUES and given not in _values(graph, alarm, dimension)
    ]
    assert wrong == []


@pytest.mark.parametrize("stack", ESTATES)
def test_what_is_no_reference_names_this_account_and_region(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    (provider,) = [
        found for found in graph.resources if (found.type, found.name) == ("pulumi:providers:aws", "aws")
    ]
    fixed = {"ClientId": {"111122223333"} if stack in {"prod", "dr"} else None, "Rule": {"ALL"}}
    regions = {
        metric.dimensions["Region"]
        for alarm in graph.of_type(ALARM)
        for metric in watched(alarm)
        if "Region" in metric.dimensions
    }
    assert regions == {provider.inputs["region"]}
    for alarm in graph.of_type(ALARM):
        for metric in watched(alarm):
            for dimension, allowed in fixed.items():
                if allowed and dimension in metric.dimensions:
                    assert metric.dimensions[dimension] in allowed


@pytest.mark.parametrize("stack", ["prod", "dr"])
def test_every_node_of_the_cache_is_watched(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    (group,) = graph.of_type("aws:elasticache/replicationGroup:ReplicationGroup")
    nodes = {
        metric.dimensions["CacheClusterId"]
        for alarm in graph.of_type(ALARM)
        for metric in watched(alarm)
        if metric.namespace == "AWS/ElastiCache"
    }
    assert nodes == set(group.outputs["memberClusters"])


def _expected(name: str) -> set[str]:
    beginnings = [beginning for beginning in SOURCES if name.startswith(beginning)]
    return SOURCES[max(beginnings, key=len)]


def _values(graph: ResourceGraph, alarm: Resource, dimension: str) -> set[str]:
    """The values of an output of those resources of a type that the alarm refers to."""
    token, output = VALUES[dimension]
    urns = {
        urn for path in ("dimensions", "metricQueries") for urn in alarm.property_dependencies.get(path, ())
    }
    return {
        str(found.id if output == "id" else found.outputs[output])
        for found in graph.of_type(token)
        if found.urn in urns
    }
