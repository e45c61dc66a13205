"""Which subnets are public, by their routes, and who lives where."""

from __future__ import annotations

from collections.abc import Iterator

from policies.aws.tokens import (
    CACHE_SUBNET_GROUPS,
    DATABASE_SUBNET_GROUPS,
    DATABASES,
    DEFAULT_SUBNETS,
    INTERNET_GATEWAYS,
    ROUTE_TABLE_ASSOCIATIONS,
    ROUTE_TABLES,
    ROUTES,
    SUBNETS,
)
from policies.framework import Block, Graph, ResourceView

_ALL_SUBNETS = (*SUBNETS, *DEFAULT_SUBNETS)
_MAIN = (
    "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation",
    "aws:ec2/defaultRouteTable:DefaultRouteTable",
)


def public_subnets(graph: Graph) -> frozenset[str]:
    """Give the URNs of the subnets whose route table leads to an internet gateway (a fact of the graph).

    A subnet without an association of its own follows the main table of its VPC. A default subnet is public:
    AWS routes it to the internet. Raises NotJudged when a route or an association cannot be traced.
    """
    open_tables = set(_open_tables(graph))
    associated: dict[str, set[str]] = {}
    main_open = False
    for association in graph.of(*ROUTE_TABLE_ASSOCIATIONS):
        tables = {table.urn for table in association.link("routeTableId").targets(*ROUTE_TABLES)}
        if association.type in _MAIN:
            main_open |= bool(tables & open_tables)
            continue
        for subnet in association.link("subnetId").targets(*_ALL_SUBNETS):
            associated.setdefault(subnet.urn, set()).update(tables)
    main_open |= any(table.urn in open_tables for table in graph.of(*_MAIN))
    return frozenset(
        subnet.urn
        for subnet in graph.of(*_ALL_SUBNETS)
        if subnet.type in DEFAULT_SUBNETS
        or (associated[subnet.urn] & open_tables if subnet.urn in associated else main_open)
    )


def _open_tables(graph: Graph) -> Iterator[str]:
    for table in graph.of(*ROUTE_TABLES):
        if any(_leads_out(table, route) for route in table.blocks("routes")):
            yield table.urn
    for route in graph.of(*ROUTES):
        if _leads_out(route, route):
            yield from (table.urn for table in route.link("routeTableId").targets(*ROUTE_TABLES))


def _leads_out(resource: ResourceView, route: Block) -> bool:
    link = resource.link(".".join(part for part in (route.at, "gatewayId") if part))
    if link.value is not None:
        return link.value.startswith("igw-") or bool(link.targets(*INTERNET_GATEWAYS))
    return link.given and bool(link.targets(*INTERNET_GATEWAYS))


def subnets_at(resource: ResourceView, path: str) -> list[ResourceView]:
    """Give the subnets that the list, or the id, at `path` names. Raises NotJudged for an untraced one."""
    found = [subnet for link in resource.links(path) for subnet in link.targets(*_ALL_SUBNETS)]
    return list(dict.fromkeys(found))


def subnets_of_database(database: ResourceView) -> list[ResourceView] | None:
    """Give the subnets of a database through its subnet group; None when it names no group of this stack.

    A replica without a group lies in that of its source.
    """
    link = database.link("dbSubnetGroupName")
    if link.given:
        return _through(link.targets(*DATABASE_SUBNET_GROUPS))
    for source in database.link("replicateSourceDb").targets(*DATABASES):
        return subnets_of_database(source)
    return None


def subnets_of_cache(cache: ResourceView) -> list[ResourceView] | None:
    """Give the subnets of a cache through its subnet group; None when it names no group of this stack."""
    link = cache.link("subnetGroupName")
    return _through(link.targets(*CACHE_SUBNET_GROUPS)) if link.given else None


def _through(groups: tuple[ResourceView, ...]) -> list[ResourceView] | None:
    found = [subnet for group in groups for subnet in subnets_at(group, "subnetIds")]
    return found if groups else None
