"""In which zones and in which region a resource lies."""

from __future__ import annotations

from policies.aws.tokens import DEFAULT_SUBNETS, SUBNETS
from policies.framework import NotJudged, ResourceView


def zones_of(resource: ResourceView, *paths: str) -> set[str]:
    """Give the zones of the subnets that the properties name.

    Subnets are followed by reference, so a rule of one resource says `by_reference=True`. Raises NotJudged
    when some are named and none of them belongs to this stack.
    """
    links = [link for path in paths for link in resource.links(path)]
    subnets = {
        subnet.urn: subnet for link in links for subnet in link.targets(*SUBNETS, *DEFAULT_SUBNETS)
    }.values()
    if links and not subnets:
        raise NotJudged(f"{paths[0]} names no subnet of this stack", resource)
    return {subnet.text("availabilityZone") or subnet.text("availabilityZoneId") for subnet in subnets}


def region_of(resource: ResourceView) -> str:
    """Give the resource's region: its own, or its provider's; empty when neither says. Raises NotJudged."""
    return resource.text("region") or resource.provider_block.text("region")
