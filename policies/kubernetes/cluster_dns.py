"""CoreDNS, which every connection in the cluster begins with."""

from __future__ import annotations

from typing import Any, Final

from policies.framework import Controls, Findings, ResourceView, Severity, everywhere, resource_rule
from policies.k8s.tokens import ADDONS

_LEAST: Final = 2


@resource_rule(
    "avl-k8s-dns",
    subjects=ADDONS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("NET-08", "SLO-01")),
    remedy="Set replicaCount or autoScaling.minReplicas to 2 or more, and podDisruptionBudget.enabled: true.",
)
def k8s_dns(addon: ResourceView) -> Findings:
    """CoreDNS has at least two replicas, and a budget keeps one of them when nodes change."""
    if addon.text("addonName") != "coredns":
        return
    values: dict[str, Any] = addon.document("configurationValues") or {}
    scaled = values.get("autoScaling") or {}
    fewest = scaled.get("minReplicas") if scaled.get("enabled") else values.get("replicaCount", _LEAST)
    if not isinstance(fewest, int) or fewest < _LEAST:
        yield f"CoreDNS may run with {fewest or 'any number of'} replicas"
    if not (values.get("podDisruptionBudget") or {}).get("enabled"):
        yield "podDisruptionBudget.enabled is not true"
