"""Load balancers: zones, protection, ambiguous requests."""

from __future__ import annotations

from typing import Final

from policies.aws.placement import zones_of
from policies.aws.tokens import CLASSIC_LOAD_BALANCERS, LOAD_BALANCERS
from policies.framework import (
    Controls,
    Findings,
    Level,
    ResourceView,
    Severity,
    everywhere,
    mandatory_in,
    resource_rule,
)

_SAFE_MODES: Final = frozenset({"defensive", "strictest"})


@resource_rule(
    "avl-alb-zones",
    subjects=(*LOAD_BALANCERS, *CLASSIC_LOAD_BALANCERS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("ELB.13",), (), ("NET-02", "SLO-01")),
    remedy="Give subnets a public subnet of each zone.",
    by_reference=True,
)
def alb_zones(balancer: ResourceView) -> Findings:
    """A load balancer stands in two zones."""
    named = balancer.items("availabilityZones") if balancer.has("availabilityZones") else []
    paths = [
        "subnets",
        *(f"{mapping.at}.subnetId" for mapping in balancer.blocks("subnetMappings")),
    ]
    zones = {str(zone) for zone in named} | zones_of(balancer, *paths)
    if len(zones) < 2:  # noqa: PLR2004  (two zones)
        yield f"it stands in {', '.join(sorted(zones)) or 'no zone'} only"


@resource_rule(
    "avl-alb-protection",
    subjects=LOAD_BALANCERS,
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging", "dr", otherwise=Level.DISABLED),
    controls=Controls(("ELB.6",), ("CKV_AWS_150",), ("ENV-04",)),
    remedy="Set enable_deletion_protection=True.",
)
def alb_protection(balancer: ResourceView) -> Findings:
    """AWS refuses to delete the load balancer, and with it the name that clients know."""
    if not balancer.flag("enableDeletionProtection"):
        yield "enableDeletionProtection is not true"


@resource_rule(
    "avl-alb-desync",
    subjects=(*LOAD_BALANCERS, *CLASSIC_LOAD_BALANCERS),
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging", "dr"),
    controls=Controls(("ELB.12", "ELB.14"), ("CKV_AWS_328",), ("SEC-08",)),
    remedy="Set desync_mitigation_mode='defensive' or 'strictest'.",
)
def alb_desync(balancer: ResourceView) -> Findings:
    """Requests that two servers may read differently do not pass; `defensive` is AWS's default."""
    mode = balancer.text("desyncMitigationMode", "defensive")
    if mode not in _SAFE_MODES:
        yield f"desyncMitigationMode is {mode}"
