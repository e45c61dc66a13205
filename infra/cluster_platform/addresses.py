"""The addresses that network policies name."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

from ..settings.cluster import ClusterSettings
from ..settings.network import NetworkSettings

ANYWHERE: Final = "0.0.0.0/0"
LINK_LOCAL: Final = "169.254.0.0/16"
"""Instance metadata, time and the VPC's resolver: no pod has business there."""
API_SERVICE_HOST: Final = 1
"""The API's own service has the first address of the range, in every cluster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where things are, as networks in text."""

    vpc: str
    private_subnets: tuple[str, ...]
    """Nodes, pods, data stores, interface endpoints, and the control plane's network interfaces."""
    public_subnets: tuple[str, ...]
    """The load balancer: it speaks to pods from addresses of its own."""
    services: str
    """Services of the cluster: no part of the VPC, and yet inside."""
    api_service: str
    """The Kubernetes API's service: the CNI compares what a pod sends before the address is translated, so
    that a rule with the control plane's real addresses alone would not do."""
    partners: tuple[str, ...]
    """Partners that publish their addresses; empty: anywhere outside the VPC."""
    endpoints: frozenset[str]
    """AWS services that have an interface endpoint inside the VPC."""

    @classmethod
    def of(cls, network: NetworkSettings, cluster: ClusterSettings) -> Addresses:
        """Read them from the settings of an environment."""
        return cls(
            vpc=str(network.cidr),
            private_subnets=tuple(str(subnet.cidr) for subnet in network.private_subnets),
            public_subnets=tuple(str(subnet.cidr) for subnet in network.public_subnets),
            services=str(cluster.service_cidr),
            api_service=str(IPv4Network((cluster.service_cidr[API_SERVICE_HOST], 32))),
            partners=tuple(str(cidr) for cidr in network.partner_cidrs),
            endpoints=frozenset(network.interface_endpoints),
        )
