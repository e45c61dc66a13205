"""Functions that talk to data stores."""

from __future__ import annotations

import re
from typing import Final

from policies.aws.security_groups import STORES
from policies.aws.subnets import public_subnets, subnets_at
from policies.aws.tokens import FUNCTIONS
from policies.framework import Controls, Findings, Graph, ResourceView, Severity, everywhere, joined_rule

_STORE_TYPES: Final = frozenset(token for types in STORES for token in types)
_STORE_NAMES: Final = re.compile(
    r"(^|_)(DB|DATABASE|PG|POSTGRES|PGHOST|REDIS|CACHE|RABBITMQ|AMQP|BROKER|OPENSEARCH|ELASTIC)(_|$|HOST|URL)"
)
_ZONES: Final = 2


@joined_rule(
    "net-lambda-in-vpc",
    subjects=FUNCTIONS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls(("Lambda.5", "Lambda.3"), ("CKV_AWS_117",), ("NET-01", "SEC-07", "POL-03")),
    remedy="Set vpc_config with private subnets of two zones and a group that the store lets in.",
)
def lambda_in_vpc(function: ResourceView, graph: Graph) -> Findings:
    """Functions that reach a data store run in private subnets of two zones.

    A function reaches a store when one of its properties comes from it, or its environment names one.
    """
    subnets = subnets_at(function, "vpcConfig.subnetIds")
    if not function.links("vpcConfig.subnetIds"):
        if store := _store_of(function, graph):
            yield f"it reaches {store}, but has no vpcConfig.subnetIds"
        return
    zones = {subnet.text("availabilityZone") or subnet.text("availabilityZoneId") for subnet in subnets}
    if len(zones) < _ZONES:
        yield f"its subnets are in {len(zones)} zone{'' if len(zones) == 1 else 's'}"
    public = graph.fact(public_subnets)
    for subnet in subnets:
        if subnet.urn in public:
            yield f"{subnet.name} is a public subnet, where a function has no way out"


def _store_of(function: ResourceView, graph: Graph) -> str | None:
    for urns in function.property_dependencies.values():
        for urn in urns:
            resource = graph.by_urn.get(urn)
            if resource is not None and resource.type in _STORE_TYPES:
                return resource.name
    if function.is_unknown("environment.variables"):
        return None
    names = [name for name in function.keys("environment.variables") if _STORE_NAMES.search(name.upper())]
    return f"what {names[0]} names" if names else None
