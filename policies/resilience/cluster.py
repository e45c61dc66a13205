"""The Kubernetes control plane: version, support, protection."""

from __future__ import annotations

from policies.aws.tokens import CLUSTERS
from policies.framework import (
    Controls,
    Findings,
    Level,
    ResourceView,
    Setting,
    Settings,
    Severity,
    everywhere,
    mandatory_in,
    resource_rule,
)


@resource_rule(
    "avl-eks-version",
    subjects=CLUSTERS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("EKS.2",), ("CKV_AWS_339",), ("SLO-01",)),
    remedy="Set version to one of the supported ones; go up one minor version at a time, never down.",
    settings={
        "versions": Setting(
            ["1.35", "1.36"],
            "versions in standard support: 1.35 until 2027-03-27, 1.36 until 2027-08-02",
        )
    },
)
def eks_version(cluster: ResourceView, settings: Settings) -> Findings:
    """The cluster names a Kubernetes version that EKS supports.

    Without one it takes whatever is newest on the day it is made.
    """
    version = cluster.text("version")
    if version not in settings["versions"]:
        yield f"version is {version or 'not set'}, not one of {', '.join(settings['versions'])}"


@resource_rule(
    "avl-eks-support",
    subjects=CLUSTERS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("OPS-01", "SLO-01")),
    remedy="Set upgrade_policy with support_type='STANDARD'.",
)
def eks_support(cluster: ResourceView) -> Findings:
    """An aging version is upgraded by AWS instead of costing six times as much."""
    support = cluster.text("upgradePolicy.supportType", "EXTENDED")
    if support != "STANDARD":
        yield f"upgradePolicy.supportType is {support}"


@resource_rule(
    "avl-eks-deletion-protection",
    subjects=CLUSTERS,
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "dr", otherwise=Level.DISABLED),
    controls=Controls((), (), ("ENV-04",)),
    remedy="Set deletion_protection=True.",
)
def eks_deletion_protection(cluster: ResourceView) -> Findings:
    """AWS refuses to delete the cluster."""
    if not cluster.flag("deletionProtection"):
        yield "deletionProtection is not true"


@resource_rule(
    "avl-eks-zonal-shift",
    subjects=CLUSTERS,
    severity=Severity.LOW,
    levels=mandatory_in("prod", "dr"),
    controls=Controls((), (), ("SLO-01",)),
    remedy="Set zonal_shift_config with enabled=True.",
)
def eks_zonal_shift(cluster: ResourceView) -> Findings:
    """Traffic inside the cluster can be moved out of a zone that is ill."""
    if not cluster.flag("zonalShiftConfig.enabled"):
        yield "zonalShiftConfig.enabled is not true"
