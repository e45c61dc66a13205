"""Kubernetes objects that make AWS create something: volumes, load balancers, what a chart hides.

Everything else in the cluster runs on nodes that are priced as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from preview.cost.charges import Charge, Free, NotPriced
from preview.cost.item import Item
from preview.cost.pricers.compute import CLUSTER
from preview.cost.pricers.kinds import Pricers
from preview.graph import plain

STORAGE_CLASS: Final = "kubernetes:storage.k8s.io/v1:StorageClass"
AWS_PROVIDER: Final = "pulumi:providers:aws"
EBS_DRIVER: Final = "ebs.csi.aws.com"
EFS_DRIVER: Final = "efs.csi.aws.com"

_SIZE = re.compile(r"(\d+(?:\.\d+)?)(Mi|Gi|Ti)")
_GIB: Final = {"Mi": Decimal(1) / 1024, "Gi": Decimal(1), "Ti": Decimal(1024)}


def _service(item: Item) -> Iterator[Charge]:
    if item.text("spec", "type", default="ClusterIP") == "LoadBalancer":
        yield item.unpriced("load balancer", "the cluster makes a load balancer that is in no resource list")
    else:
        yield Free("stays inside the cluster")


def _ingress(item: Item) -> Iterator[Charge]:
    yield item.unpriced("load balancer", "the cluster may make a load balancer that is in no resource list")


def _claim(item: Item) -> Iterator[Charge]:
    yield _claimed_volume(item, item.value("spec"), Decimal(1))


def _claim_templates(item: Item) -> Iterator[Charge]:
    templates = item.entries("spec", "volumeClaimTemplates")
    if not templates:
        yield Free("runs on nodes that are priced")
        return
    replicas = item.number("spec", "replicas", default=1)
    for template in templates:
        yield _claimed_volume(item, item.within(template, "spec"), replicas)


def _chart(item: Item) -> Iterator[Charge]:
    """Price the volumes that the values name as claims; what else a chart makes, nobody knows here."""
    for spec in _named_claims(plain(item.value("values"))):
        yield _claimed_volume(item, spec, Decimal(1))
    yield item.unpriced("chart", "a chart may create volumes or load balancers that are in no resource list")


def _named_claims(values: Any) -> Iterator[Any]:  # noqa: ANN401  (a wire object)
    """Give the claims in values of the Prometheus operator's kind: `volumeClaimTemplate` with a `spec`."""
    if isinstance(values, Mapping):
        # In an order of its own: messages of the engine do not keep that of the values.
        for key, value in sorted(values.items()):
            if key == "volumeClaimTemplate" and isinstance(value, Mapping) and "spec" in value:
                yield value["spec"]
            else:
                yield from _named_claims(value)
    elif isinstance(values, list):
        for value in values:
            yield from _named_claims(value)


def _claimed_volume(item: Item, spec: Any, count: Decimal) -> Charge:  # noqa: ANN401  (a wire object)
    size = _gib(item.text("resources", "requests", "storage", inside=spec))
    name = item.text("storageClassName", inside=spec)
    driver, kind = _driver(item, name)
    if driver == EFS_DRIVER:
        return Free("stored in a file system that is priced")
    if driver != EBS_DRIVER:
        raise NotPriced(f"no price for volumes of {driver}")
    what = f"{count} x {size.normalize():f} GiB {kind} ({name})"
    rate = item.rate("EBS", f"{kind} storage", unit="GB-month", region=_cluster_region(item))
    return item.monthly(what, rate, size * count)


def _cluster_region(item: Item) -> str:
    """Give the region of the stack's AWS resources: a Kubernetes provider names none."""
    stack = item.stack
    anchors = stack.of_type(CLUSTER) or stack.of_type(AWS_PROVIDER)
    regions = {Item(anchor, stack).region for anchor in anchors}
    if len(regions) != 1:
        raise NotPriced("region unknown: the stack does not tell where the cluster is")
    return regions.pop()


def _driver(item: Item, name: str) -> tuple[str, str]:
    for found in item.stack.of_type(STORAGE_CLASS):
        if item.within(found.inputs, "metadata", "name") == name:
            kind = item.text("type", default="gp3", inside=plain(found.inputs.get("parameters")) or {})
            return item.text("provisioner", inside=found.inputs), kind
    raise NotPriced(f"storage class {name} is not in the resource list")


def _gib(text: str) -> Decimal:
    found = _SIZE.fullmatch(text)
    if found is None:
        raise NotPriced(f'the requested storage "{text}" is not a size in Mi, Gi or Ti')
    return Decimal(found[1]) * _GIB[found[2]]


PRICERS: Final[Pricers] = {
    "kubernetes:core/v1:Service": {"load balancer": _service},
    "kubernetes:networking.k8s.io/v1:Ingress": {"load balancer": _ingress},
    "kubernetes:core/v1:PersistentVolumeClaim": {"volume": _claim},
    "kubernetes:apps/v1:StatefulSet": {"volumes": _claim_templates},
    "kubernetes:helm.sh/v3:Release": {"chart": _chart},
    "kubernetes:helm.sh/v4:Chart": {"chart": _chart},
}
