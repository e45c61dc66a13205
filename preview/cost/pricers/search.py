"""OpenSearch: data nodes, dedicated masters and their storage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from preview.cost.charges import Charge
from preview.cost.item import Item
from preview.cost.pricers.kinds import Pricers

SERVICE: Final = "OpenSearch"

BUNDLE: Final = "bundle: 1 x r7g.large.search node + 200 GB gp3 (3000 IOPS, 125 MB/s)"
BUNDLE_NODE: Final = "r7g.large.search"
BUNDLE_GIB: Final = 200
"""A node and its storage quoted as one figure; the split is not stated, so it fits this shape only."""

GP3_IOPS: Final = 3000
GP3_MIB_PER_SECOND: Final = 125


def _data_nodes(item: Item) -> Iterator[Charge]:
    """The data nodes. A domain cannot be stopped, so a schedule changes nothing."""
    kind = item.text("clusterConfig", "instanceType")
    count = item.number("clusterConfig", "instanceCount", default=1)
    if _is_bundle(item):
        rate = item.rate(SERVICE, BUNDLE, unit="month")
        if count > 1:
            rate = rate.times(1, rule=f"{count} x a bundle quoted for one node")
        yield item.monthly(f"{count} x {kind} with {BUNDLE_GIB} GiB gp3", rate, count)
        return
    yield item.hours(f"{count} x {kind}", item.rate(SERVICE, kind, unit="hour"), count)


def _masters(item: Item) -> Iterator[Charge]:
    if not item.flag("clusterConfig", "dedicatedMasterEnabled"):
        return
    kind = item.text("clusterConfig", "dedicatedMasterType")
    count = item.number("clusterConfig", "dedicatedMasterCount")
    yield item.hours(f"{count} x {kind} master", item.rate(SERVICE, kind, unit="hour"), count)


def _warm_nodes(item: Item) -> Iterator[Charge]:
    if item.flag("clusterConfig", "warmEnabled"):
        yield item.unpriced("warm nodes", "no price for OpenSearch warm nodes and their storage")


def _storage(item: Item) -> Iterator[Charge]:
    if not item.flag("ebsOptions", "ebsEnabled") or _is_bundle(item):
        return
    kind = item.text("ebsOptions", "volumeType", default="gp2")
    size = item.number("ebsOptions", "volumeSize")
    count = item.number("clusterConfig", "instanceCount", default=1)
    rate = item.rate(SERVICE, f"{kind} storage", unit="GB-month")
    yield item.monthly(f"{count} x {size} GiB {kind}", rate, size * count)
    if _is_fast(item):
        yield item.unpriced(
            "performance", "no price for OpenSearch gp3 IOPS and throughput above the baseline"
        )


def _is_fast(item: Item) -> bool:
    iops = item.number("ebsOptions", "iops", default=GP3_IOPS)
    throughput = item.number("ebsOptions", "throughput", default=GP3_MIB_PER_SECOND)
    return iops > GP3_IOPS or throughput > GP3_MIB_PER_SECOND


def _is_bundle(item: Item) -> bool:
    return (
        item.value("clusterConfig", "instanceType") == BUNDLE_NODE
        and item.flag("ebsOptions", "ebsEnabled")
        and item.value("ebsOptions", "volumeType") == "gp3"
        and item.number("ebsOptions", "volumeSize", default=0) == BUNDLE_GIB
        and not _is_fast(item)
        and item.stack.prices.find(SERVICE, BUNDLE, item.region) is not None
    )


PRICERS: Final[Pricers] = {
    "aws:opensearch/domain:Domain": {
        "data nodes": _data_nodes,
        "dedicated masters": _masters,
        "warm nodes": _warm_nodes,
        "storage": _storage,
    },
}
