"""The ports of the estate, each written once: groups, network ACLs and target groups read them here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Port:
    """One port or range of ports: what answers there, under a name that logical names and tests use."""

    name: str
    what: str
    first: int
    last: int
    protocol: Literal["tcp", "udp"] = "tcp"


def _tcp(name: str, number: int, what: str) -> Port:
    return Port(name=name, what=what, first=number, last=number)


HTTPS: Final = _tcp("https", 443, "HTTPS")
ODOO: Final = _tcp("odoo", 8069, "Odoo, web and websocket behind one proxy")
GPS: Final = _tcp("gps", 8000, "GPS ingestion API")
POSTGRES: Final = _tcp("postgres", 5432, "PostgreSQL")
AMQPS: Final = _tcp("amqps", 5671, "AMQP over TLS")
MQ_MANAGEMENT: Final = _tcp("management", 443, "RabbitMQ management API over TLS")
MQ_MANAGEMENT_NATIVE: Final = _tcp(
    "management-native", 15671, "RabbitMQ management API over TLS, native port"
)
MQ_METRICS: Final = _tcp("metrics", 16001, "RabbitMQ metrics over TLS")
REDIS: Final = _tcp("redis", 6379, "Redis over TLS")
SEARCH: Final = _tcp("search", 443, "OpenSearch over HTTPS")
SMTP: Final = _tcp("smtp", 587, "SMTP with STARTTLS")
SMTP_ALTERNATIVE: Final = _tcp("smtp-alternative", 2587, "SMTP with STARTTLS, alternative port")
NFS: Final = _tcp("nfs", 2049, "NFS of EFS")
DNS: Final = _tcp("dns", 53, "DNS over TCP")
DNS_UDP: Final = Port(name="dns-udp", what="DNS over UDP", first=53, last=53, protocol="udp")
PODS: Final = Port(name="pods", what="unprivileged ports of pods", first=1025, last=65535)
"""Pods carry the nodes' group, so what a pod says to one on another node passes here; which pod may really
talk to which is for the Kubernetes network policies. Ports up to 1024 stay closed: no pod listens there."""

TARGETS: Final = (ODOO, GPS)
"""What the load balancer talks to; NET-04 names the first, the second is the fleet's way in."""
