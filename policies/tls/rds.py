"""Databases: what their parameter group demands of clients, and their certificate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.tokens import (
    DATABASE_CLUSTER_INSTANCES,
    DATABASE_CLUSTER_PARAMETER_GROUPS,
    DATABASE_CLUSTERS,
    DATABASE_PARAMETER_GROUPS,
    DATABASES,
)
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    joined_rule,
    resource_rule,
)

_CURRENT_AUTHORITIES: Final = frozenset({"rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"})
"""RDS certificate authorities that run until 2061 or later; rds-ca-2019 ended on 2024-08-22."""


@joined_rule(
    "tls-rds-force-ssl",
    subjects=(*DATABASES, *DATABASE_CLUSTERS),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls(("RDS.38",), ("CKV2_AWS_69",), ("SEC-05", "POL-02"), ("8(5)",)),
    remedy='Give the instance a parameter group of this stack with {"rds.force_ssl": "1"}.',
    exemptible=False,
)
def rds_force_ssl(database: ResourceView, graph: Graph) -> Findings:
    """The database refuses connections without TLS."""
    yield from _parameter(database, graph, "rds.force_ssl", frozenset({"1", "on", "true"}))


@joined_rule(
    "tls-rds-minimum",
    subjects=(*DATABASES, *DATABASE_CLUSTERS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-05", "POL-02"), ("8(5)",)),
    remedy='Give the instance a parameter group of this stack with {"ssl_min_protocol_version": "TLSv1.2"}.',
)
def rds_minimum(database: ResourceView, graph: Graph) -> Findings:
    """The database refuses connections below TLS 1.2."""
    yield from _parameter(database, graph, "ssl_min_protocol_version", frozenset({"TLSv1.2", "TLSv1.3"}))


def _parameter(database: ResourceView, _graph: Graph, name: str, allowed: frozenset[str]) -> Iterator[str]:
    cluster = database.type in DATABASE_CLUSTERS
    path = "dbClusterParameterGroupName" if cluster else "parameterGroupName"
    link = database.link(path)
    if not link.given:
        yield f"{path} is not set, so AWS's default parameter group decides about {name}"
        return
    groups = link.targets(*(DATABASE_CLUSTER_PARAMETER_GROUPS if cluster else DATABASE_PARAMETER_GROUPS))
    if not groups:
        yield f"{path} names {link.value or 'a group'}, which this stack does not declare"
    for group in groups:
        values = [entry.text("value") for entry in group.blocks("parameters") if entry.text("name") == name]
        if not values:
            yield f"the parameter group {group.name} does not set {name}"
        yield from (
            f"the parameter group {group.name} sets {name} to {value}"
            for value in values
            if value not in allowed
        )


@resource_rule(
    "tls-rds-ca",
    subjects=(*DATABASES, *DATABASE_CLUSTER_INSTANCES),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_211",), ("SEC-05", "SEC-04", "POL-02")),
    remedy="Set ca_cert_identifier='rds-ca-rsa2048-g1'.",
)
def rds_ca(instance: ResourceView) -> Findings:
    """The database's certificate comes from a current authority of RDS."""
    authority = instance.text("caCertIdentifier")
    if authority not in _CURRENT_AUTHORITIES:
        yield f"caCertIdentifier is {authority or 'not set'}"
