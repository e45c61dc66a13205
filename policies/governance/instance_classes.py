"""Sizes of machines: only those that the environment was planned with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from policies.aws.tokens import (
    BROKERS,
    CACHE_CLUSTERS,
    CACHES,
    DATABASE_CLUSTER_INSTANCES,
    DATABASE_CLUSTERS,
    DATABASES,
    LAUNCH_CONFIGURATIONS,
    LAUNCH_TEMPLATES,
    MACHINES,
    NODE_GROUPS,
    SEARCH_DOMAINS,
)
from policies.framework import (
    Controls,
    Findings,
    ResourceView,
    Setting,
    Settings,
    Severity,
    everywhere,
    resource_rule,
)
from policies.framework.rules import Check, Rule

_REMEDY: Final = "Choose a size of the list, or add the new one to the rule's list for the environment."


def _allow_list(
    suffix: str, subjects: tuple[str, ...], requirements: tuple[str, ...], **allowed: list[str]
) -> Callable[[Check], Rule]:
    """Declare a rule about the sizes of one kind of machine, with a list for each environment."""
    return resource_rule(
        f"cst-instance-allow-list{suffix}",
        subjects=subjects,
        severity=Severity.MEDIUM,
        levels=everywhere(),
        controls=Controls((), (), ("OPS-01", *requirements)),
        remedy=_REMEDY,
        settings={
            "allowed": Setting(allowed.pop("prod"), "The sizes that may be used.", {**allowed, "dev": []})
        },
    )


@_allow_list(
    "",
    (*NODE_GROUPS, *LAUNCH_TEMPLATES, *LAUNCH_CONFIGURATIONS, *MACHINES),
    ("COMP-01", "COMP-02", "COMP-03"),
    prod=["m5.large"],
    staging=["m5.large"],
    testing=["t3.medium", "t3.large"],
    dr=["m5.large"],
)
def instance_allow_list(machine: ResourceView, settings: Settings) -> Findings:
    """Nodes are of a size that the environment was planned with."""
    if machine.type in NODE_GROUPS:
        sizes = machine.texts("instanceTypes")
        if not sizes and not machine.has("launchTemplate"):
            yield "instanceTypes is not set, so EKS chooses"
    else:
        sizes = machine.texts("instanceType")
        if machine.has("instanceRequirements"):
            yield "instanceRequirements leaves the choice to AWS"
    yield from _others(sizes, settings)


@_allow_list(
    "-databases",
    (*DATABASES, *DATABASE_CLUSTERS, *DATABASE_CLUSTER_INSTANCES),
    ("COMP-01", "COMP-02", "COMP-03"),
    prod=["db.m5.xlarge", "db.m5.large"],
    staging=["db.m5.large"],
    testing=["db.t3.medium"],
    dr=["db.m5.xlarge"],
)
def instance_allow_list_databases(database: ResourceView, settings: Settings) -> Findings:
    """Databases are of a size that the environment was planned with."""
    path = "dbClusterInstanceClass" if database.type in DATABASE_CLUSTERS else "instanceClass"
    yield from _others(database.texts(path), settings)


@_allow_list(
    "-brokers",
    BROKERS,
    (),
    prod=["mq.m7g.large"],
    staging=["mq.m7g.large"],
    testing=["mq.m7g.medium"],
    dr=["mq.m7g.large"],
)
def instance_allow_list_brokers(broker: ResourceView, settings: Settings) -> Findings:
    """Brokers are of a size that the environment was planned with."""
    yield from _others(broker.texts("hostInstanceType"), settings)


@_allow_list(
    "-caches",
    (*CACHES, *CACHE_CLUSTERS),
    (),
    prod=["cache.m7g.large"],
    staging=["cache.t4g.medium"],
    testing=["cache.t4g.micro"],
    dr=["cache.m7g.large"],
)
def instance_allow_list_caches(cache: ResourceView, settings: Settings) -> Findings:
    """Caches are of a size that the environment was planned with."""
    yield from _others(cache.texts("nodeType"), settings)


@_allow_list(
    "-search",
    SEARCH_DOMAINS,
    (),
    prod=["m7g.large.search", "m7g.medium.search"],
    staging=["t3.medium.search"],
    testing=[],
    dr=["m7g.large.search", "m7g.medium.search"],
)
def instance_allow_list_search(domain: ResourceView, settings: Settings) -> Findings:
    """Search nodes are of a size that the environment was planned with."""
    paths = ("instanceType", "dedicatedMasterType", "warmType")
    yield from _others((domain.text(f"clusterConfig.{path}") for path in paths), settings)


def _others(sizes: Iterable[str], settings: Settings) -> Iterator[str]:
    allowed = settings["allowed"]
    listed = f"only {', '.join(allowed)} may be used here" if allowed else "none may be used here"
    for size in dict.fromkeys(sizes):
        if size and size not in allowed:
            yield f"{size} is not on the list: {listed}"
