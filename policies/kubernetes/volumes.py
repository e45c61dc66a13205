"""Volumes that the cluster makes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.keys import without_customer_key
from policies.aws.tokens import KEYS
from policies.framework import (
    Controls,
    Finding,
    Findings,
    ResourceView,
    Severity,
    everywhere,
    resource_rule,
)
from policies.k8s.objects import KubernetesObject, objects
from policies.k8s.tokens import STORAGE_CLASSES

_DRIVERS: Final = frozenset({"ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs"})


@resource_rule(
    "enc-k8s-storageclass",
    subjects=STORAGE_CLASSES,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-06", "POL-01"), ("8(5)",)),
    remedy='Set parameters to {"encrypted": "true", "kmsKeyId": <ARN of the data key>}.',
    by_reference=True,
)
def k8s_storageclass(storage: ResourceView) -> Findings:
    """Volumes that the cluster makes are encrypted with a customer key."""
    for entry in objects(storage):
        if not entry.partial and entry.block.text("provisioner") in _DRIVERS:
            yield from _in_clear(entry)


def _in_clear(entry: KubernetesObject) -> Iterator[Finding]:
    if entry.block.is_unknown("parameters"):
        if not entry.resource.link(entry.at("parameters")).targets(*KEYS):
            yield entry.finding("parameters come from no key of this stack")
        return
    if not entry.block.flag("parameters.encrypted"):
        yield entry.finding('parameters.encrypted is not "true"')
    if why := without_customer_key(entry.resource, entry.at("parameters.kmsKeyId")):
        yield entry.finding(why)
