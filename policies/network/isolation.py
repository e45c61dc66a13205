"""Environments share nothing: no peering, no route, no group, no trust between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.aws.document_places import Use
from policies.aws.documents import documents
from policies.aws.security_groups import GROUPS, RULES, openings, peers_of
from policies.aws.tokens import ROLES, ROUTE_TABLES, ROUTES, TRANSIT_ATTACHMENTS, VPC_PEERINGS
from policies.framework import (
    Controls,
    Finding,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    stack_rule,
)
from policies.framework.environments import ENVIRONMENTS

_SHARES: Final = ("aws:ram/resourceShare:ResourceShare", "aws:ram/principalAssociation:PrincipalAssociation")
_STACK_REFERENCE: Final = "pulumi:pulumi:StackReference"
_FOREIGN_GROUP: Final = re.compile(r"^\d{12}/sg-")
_ACCOUNT: Final = re.compile(r"^arn:aws[a-z-]*:(iam|sts)::(\d{12}):(?P<name>.*)$")


@stack_rule(
    "net-env-isolation",
    subjects=(*VPC_PEERINGS, *TRANSIT_ATTACHMENTS, *_SHARES, *ROUTES, *ROUTE_TABLES, *GROUPS, *RULES, *ROLES),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), (), ("ISO-01", "ISO-02", "ISO-03", "POL-03"), ("8(5)",)),
    remedy="Take the connection out; what must pass between environments goes through deterministic names.",
    exemptible=False,
)
def env_isolation(graph: Graph) -> Findings:
    """Nothing connects environments: no peering, transit, shared group, route or trusted role."""
    for resource in graph.of(*VPC_PEERINGS, *TRANSIT_ATTACHMENTS, *_SHARES):
        yield resource.finding("it connects this environment's network or resources with others")
    for resource in graph.of(*ROUTES, *ROUTE_TABLES):
        for block in [resource, *resource.blocks("routes")]:
            for name in ("vpcPeeringConnectionId", "transitGatewayId", "coreNetworkArn"):
                if block.has(name):
                    where = ".".join(part for part in (block.at, name) if part)
                    yield resource.finding(f"{where} is set, so packets may leave for another network")
    for resource in graph.of(*GROUPS, *RULES):
        yield from _foreign_groups(resource)
    for role in graph.of(*ROLES):
        yield from _foreign_trust(role, graph)


def _foreign_groups(resource: ResourceView) -> Iterator[Finding]:
    for opening in openings(resource):
        for link in opening.peers:
            foreign = link.value is not None and _FOREIGN_GROUP.match(link.value)
            if foreign or any(source.type == _STACK_REFERENCE for source in link.sources()):
                yield resource.finding(
                    f"{opening.where}{link.value or 'the other side'} is a group of another stack"
                )
            elif link.value is not None and not peers_of(link):
                yield resource.finding(
                    f"{opening.where}{link.value} is a group that this stack does not declare"
                )


def _foreign_trust(role: ResourceView, graph: Graph) -> Iterator[Finding]:
    """A trust document that is not known yet is made from this stack's resources, or from another stack's."""
    link = role.link("assumeRolePolicy")
    if role.is_unknown("assumeRolePolicy"):
        if any(source.type == _STACK_REFERENCE for source in link.sources()):
            yield role.finding("assumeRolePolicy comes from another stack")
        return
    others = set(ENVIRONMENTS) - {graph.environment}
    for document in documents(role, Use.TRUST):
        for statement in document.allowing:
            for principal in statement.principals:
                matched = _ACCOUNT.match(principal.name)
                words = set(re.split(r"[^a-z0-9]+", matched["name"].lower())) if matched else set()
                if found := sorted(words & others):
                    yield role.finding(f"assumeRolePolicy trusts {principal.name}, a role of {found[0]}")
