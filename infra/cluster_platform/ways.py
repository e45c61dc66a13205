"""The parts that the table of paths is made of: both ends of a way, and ways that many pods need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from ..network import ports
from .addresses import ANYWHERE, LINK_LOCAL, Addresses
from .labels import ALLOWED, NAME, OBSERVABILITY, REACHES_PARTNERS

Direction = Literal["ingress", "egress"]
PortNumberOrName = int | str

HTTPS: Final = ports.HTTPS.first
PROMETHEUS_PODS: Final = {NAME: "prometheus"}
"""Labels that the Prometheus operator puts on Prometheus: who scrapes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Networks:
    """The other end is outside the cluster, or known by address only."""

    cidrs: tuple[str, ...]
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pods:
    """The other end is pods: of a namespace, or of the same one when none is named."""

    namespace: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One thing that pods of a namespace may do or have done to them."""

    name: str
    direction: Direction
    peers: tuple[Networks | Pods, ...]
    tcp: tuple[PortNumberOrName, ...]
    pods: Mapping[str, str] = field(default_factory=dict)
    """Labels of the pods that it is about; empty: every pod of the namespace."""


def private_networks(addresses: Addresses) -> tuple[Networks, ...]:
    """Give the private subnets: nodes, stores, endpoints, and the control plane's interfaces."""
    return (Networks(cidrs=addresses.private_subnets),)


def internet(addresses: Addresses) -> Networks:
    """The internet: neither the VPC nor services of the cluster nor what a node tells itself."""
    return Networks(cidrs=(ANYWHERE,), excluded=(addresses.vpc, addresses.services, LINK_LOCAL))


def from_load_balancer(addresses: Addresses, port: int) -> Path:
    """Let the load balancer speak to the pods of a namespace."""
    return Path(
        name="load-balancer",
        direction="ingress",
        peers=(Networks(cidrs=addresses.public_subnets),),
        tcp=(port,),
    )


def to_store(name: str, addresses: Addresses, port: int, *, pods: Mapping[str, str] | None = None) -> Path:
    """Let pods speak to a data store; `pods` None: all of the namespace."""
    return Path(
        name=name, direction="egress", pods=pods or {}, peers=private_networks(addresses), tcp=(port,)
    )


def scraped(*tcp: PortNumberOrName) -> Path:
    """Let Prometheus read the metrics of a namespace's pods."""
    return Path(
        name="scraping",
        direction="ingress",
        peers=(Pods(namespace=OBSERVABILITY, labels=PROMETHEUS_PODS),),
        tcp=tcp,
    )


def scrapes(namespace: str, *tcp: PortNumberOrName) -> Path:
    """Let Prometheus ask the pods of another namespace."""
    return Path(
        name=f"scrape-{namespace}",
        direction="egress",
        pods=PROMETHEUS_PODS,
        peers=(Pods(namespace=namespace),),
        tcp=tcp,
    )


def to_partners(addresses: Addresses) -> Path:
    """Let pods that say so call partners over HTTPS (NET-06)."""
    partners = Networks(cidrs=addresses.partners) if addresses.partners else internet(addresses)
    return Path(
        name="partners",
        direction="egress",
        pods={REACHES_PARTNERS: ALLOWED},
        peers=(partners,),
        tcp=(HTTPS,),
    )


def to_aws(
    name: str, addresses: Addresses, *, pods: Mapping[str, str], services: tuple[str, ...] | None = None
) -> Path:
    """Let pods call AWS: at the interface endpoints, and outside the VPC for services that have none there.

    `services` None: any, among them S3, whose gateway endpoint has public addresses.
    """
    inside = services is not None and addresses.endpoints.issuperset(services)
    return Path(
        name=name,
        direction="egress",
        pods=pods,
        peers=private_networks(addresses) if inside else (*private_networks(addresses), internet(addresses)),
        tcp=(HTTPS,),
    )


def to_kubernetes_api(
    addresses: Addresses, *, who: str | None = None, pods: Mapping[str, str] | None = None
) -> Path:
    """Let pods ask the Kubernetes API; without `who` and `pods`: all of the namespace."""
    return Path(
        name="kubernetes-api" if who is None else f"{who}-kubernetes-api",
        direction="egress",
        pods=pods or {},
        peers=(Networks(cidrs=(addresses.api_service, *addresses.private_subnets)),),
        tcp=(HTTPS,),
    )


def called_by_api(name: str, addresses: Addresses, pods: Mapping[str, str], port: int) -> Path:
    """Let the control plane call a webhook or an extension API: its interfaces are in the private subnets."""
    return Path(
        name=f"{name}-called-by-api",
        direction="ingress",
        pods=pods,
        peers=private_networks(addresses),
        tcp=(port,),
    )
