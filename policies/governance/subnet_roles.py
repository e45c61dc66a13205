"""Tags of subnets, by which load balancers find their place."""

from __future__ import annotations

from typing import Final

from policies.aws.subnets import public_subnets
from policies.aws.tags import Tags
from policies.aws.tokens import SUBNETS
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    joined_rule,
)

_PUBLIC: Final = "kubernetes.io/role/elb"
_PRIVATE: Final = "kubernetes.io/role/internal-elb"


@joined_rule(
    "tag-subnet-roles",
    subjects=SUBNETS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("NET-01",)),
    remedy=f"Tag public subnets {_PUBLIC}=1, private ones {_PRIVATE}=1, by their routes.",
)
def subnet_roles(subnet: ResourceView, graph: Graph) -> Findings:
    """Subnets with a way to the internet are for public load balancers, the others for internal ones.

    Which is which follows from the routes, not from names.
    """
    public = subnet.urn in graph.fact(public_subnets)
    wanted, other = (_PUBLIC, _PRIVATE) if public else (_PRIVATE, _PUBLIC)
    what = "public" if public else "private"
    tags = Tags(subnet)
    if tags.value(wanted) != "1":
        yield f"it is {what} and lacks the tag {wanted}=1"
    if tags.value(other) is not None:
        yield f"it is {what} and carries the tag {other}"
