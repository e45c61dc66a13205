"""Broker, cache and search: hours of what cannot be stopped. Prices of November 2026, 730 h."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from preview.graph import UNKNOWN, Resource
from tests.preview.cost.build import (
    MUMBAI,
    PRICES,
    SINGAPORE,
    amounts,
    price,
    provider,
    reasons,
    resource,
    the_line,
    the_unpriced,
)


def _broker(**inputs: Any) -> Resource:
    return resource(
        "aws:mq/broker:Broker",
        {
            "engineType": "RabbitMQ",
            "hostInstanceType": "mq.m5.large",
            "deploymentMode": "SINGLE_INSTANCE",
            **inputs,
        },
    )


def _cache(**inputs: Any) -> Resource:
    return resource("aws:elasticache/replicationGroup:ReplicationGroup", {"engine": "redis", **inputs})


def _search(**inputs: Any) -> Resource:
    return resource("aws:opensearch/domain:Domain", inputs)


def test_a_single_broker() -> None:
    found = price(_broker())
    assert amounts(found) == {
        "mq.m5.large single broker": Decimal("221.190"),  # 730 x 0.303
        "broker storage of 1 node(s)": Decimal("1.140"),  # assumed 10 GB x 0.114
    }


def test_a_broker_cluster_is_one_quoted_cluster_not_three() -> None:
    found = price(_broker(deploymentMode="CLUSTER_MULTI_AZ"))
    assert amounts(found) == {
        "mq.m5.large 3-node cluster": Decimal("663.570"),  # 730 x 0.909
        "broker storage of 3 node(s)": Decimal("3.420"),  # assumed 3 x 10 GB x 0.114
    }
    assert not the_line(found, "mq.m5.large 3-node cluster").derived


def test_a_cluster_without_a_quoted_price_is_derived_and_marked() -> None:
    less = PRICES.without("Amazon MQ RabbitMQ", "mq.m5.large 3-node cluster (one cluster)", MUMBAI)
    line = the_line(
        price(_broker(deploymentMode="CLUSTER_MULTI_AZ"), prices=less), "mq.m5.large 3-node cluster"
    )
    # 730 x 3 x 0.303
    assert (line.usd_per_month, line.derived, line.note) == (
        Decimal("663.570"),
        True,
        "cluster = 3 x single broker",
    )


@pytest.mark.parametrize("host", ["mq.m7g.large", "mq.m7g.medium"])
@pytest.mark.parametrize(("mode", "upper"), [("SINGLE_INSTANCE", "221.190"), ("CLUSTER_MULTI_AZ", "663.570")])
def test_a_host_type_without_a_price_is_unpriced_and_its_stand_in_only_an_upper_estimate(
    host: str, mode: str, upper: str
) -> None:
    found = price(_broker(hostInstanceType=host, deploymentMode=mode))
    entry = the_unpriced(found, "broker hours")
    assert entry.why == f"no price for Amazon MQ RabbitMQ {host} in ap-south-1"
    assert entry.upper_usd_per_month == Decimal(upper)
    assert (entry.upper_from or "").startswith("mq.m5.large")
    # Only the assumed storage is in the total.
    assert found.total == sum(line.usd_per_month for line in found.lines if line.assumed)


def test_a_stand_in_holds_in_its_region_only() -> None:
    found = price(_broker(hostInstanceType="mq.m7g.large"), of=provider(region=SINGAPORE))
    assert the_unpriced(found, "broker hours").upper_usd_per_month is None
    assert found.lines == ()


def test_another_broker_engine_is_unpriced() -> None:
    assert reasons(price(_broker(engineType="ActiveMQ")))["broker hours"] == "no prices for engine ActiveMQ"


def test_cache_nodes_of_redis() -> None:
    found = price(_cache(nodeType="cache.m7g.large", numCacheClusters=2))
    # 2 x 730 x 0.164
    assert amounts(found) == {"2 x cache.m7g.large": Decimal("239.440")}


def test_cache_nodes_of_shards_and_replicas() -> None:
    found = price(_cache(nodeType="cache.m7g.large", numNodeGroups=2, replicasPerNodeGroup=1))
    assert amounts(found) == {"4 x cache.m7g.large": Decimal("478.880")}


def test_valkey_is_quoted_or_derived_and_marked() -> None:
    quoted = price(_cache(engine="valkey", nodeType="cache.t4g.small"))
    # 730 x 0.0328
    assert (quoted.total, quoted.lines[0].derived) == (Decimal("23.9440"), False)
    derived = price(_cache(engine="valkey", nodeType="cache.m7g.large", numCacheClusters=2))
    # 2 x 730 x 0.8 x 0.164
    assert (derived.total, derived.lines[0].derived) == (Decimal("191.5520"), True)
    assert derived.lines[0].note == "Valkey = 0.8 x Redis OSS"


def test_a_single_cache_cluster_and_one_that_belongs_to_a_group() -> None:
    token = "aws:elasticache/cluster:Cluster"
    alone = resource(token, {"engine": "redis", "nodeType": "cache.t4g.small", "numCacheNodes": 1})
    # 730 x 0.041
    assert amounts(price(alone)) == {"1 x cache.t4g.small": Decimal("29.930")}
    member = price(resource(token, {"replicationGroupId": "group"}))
    assert (member.lines, member.unpriced, member.free[token]) == ((), (), 1)


@pytest.mark.parametrize(
    ("inputs", "what", "why"),
    [
        (
            {"nodeType": "cache.x9.mega"},
            "node hours",
            "no price for ElastiCache Redis OSS cache.x9.mega in ap-south-1",
        ),
        (
            {"nodeType": "cache.x9.mega", "engine": "valkey"},
            "node hours",
            "no price for ElastiCache Valkey cache.x9.mega in ap-south-1",
        ),
        (
            {"nodeType": "cache.t4g.small", "engine": "memcached"},
            "node hours",
            "no prices for engine memcached",
        ),
        ({"nodeType": UNKNOWN}, "node hours", "value unknown before deployment: nodeType"),
        ({}, "node hours", "nodeType is not declared"),
        (
            {"nodeType": "cache.t4g.small", "snapshotRetentionLimit": 7},
            "snapshots",
            "usage-based: no price for snapshots beyond the free one",
        ),
    ],
)
def test_a_cache_without_figures_is_unpriced(inputs: dict[str, Any], what: str, why: str) -> None:
    assert reasons(price(_cache(**inputs))) == {what: why}


def test_search_nodes_and_masters_and_storage_without_a_price() -> None:
    found = price(
        _search(
            clusterConfig={
                "instanceType": "m5.xlarge.search",
                "instanceCount": 2,
                "dedicatedMasterEnabled": True,
                "dedicatedMasterType": "m5.xlarge.search",
                "dedicatedMasterCount": 3,
            },
            ebsOptions={"ebsEnabled": True, "volumeType": "gp3", "volumeSize": 100},
        ),
        of=provider(region=SINGAPORE),
    )
    assert amounts(found) == {
        "2 x m5.xlarge.search": Decimal("516.840"),  # 2 x 730 x 0.354 (Singapore)
        "3 x m5.xlarge.search master": Decimal("775.260"),
    }
    assert reasons(found) == {"storage": "no price for OpenSearch gp3 storage in ap-southeast-1"}


def test_node_and_storage_quoted_together() -> None:
    bundle: dict[str, Any] = {
        "clusterConfig": {"instanceType": "r7g.large.search", "instanceCount": 1},
        "ebsOptions": {"ebsEnabled": True, "volumeType": "gp3", "volumeSize": 200},
    }
    one = price(_search(**bundle))
    assert amounts(one) == {"1 x r7g.large.search with 200 GiB gp3": Decimal("119.07")}
    assert not one.lines[0].derived
    bundle["clusterConfig"]["instanceCount"] = 2
    two = price(_search(**bundle))
    assert (two.total, two.lines[0].derived) == (Decimal("238.14"), True)
    bundle["ebsOptions"]["volumeSize"] = 300
    other = price(_search(**bundle))
    assert (other.total, set(reasons(other))) == (0, {"data nodes", "storage"})


def test_a_row_taken_from_the_table_turns_search_nodes_unpriced() -> None:
    less = PRICES.without("OpenSearch", "m5.xlarge.search", SINGAPORE)
    domain = _search(clusterConfig={"instanceType": "m5.xlarge.search", "warmEnabled": True})
    found = price(domain, of=provider(region=SINGAPORE), prices=less)
    assert found.lines == ()
    assert set(reasons(found)) == {"data nodes", "warm nodes"}
