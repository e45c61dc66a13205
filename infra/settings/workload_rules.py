"""Rules between the workloads and the areas that they live on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .cluster import ClusterSettings
from .data import RegistrySettings
from .edge import EdgeSettings
from .environment import RecoverySettings
from .problem import Problem, Rule
from .workloads import WorkloadsSettings


def replica_bounds_are_ordered(workloads: WorkloadsSettings) -> Iterator[Problem]:
    """The fewest replicas of a workload are not more than the most."""
    for key, settings in (
        ("odoo.web", workloads.odoo.web),
        ("odoo.cron", workloads.odoo.cron),
        ("odoo.report", workloads.odoo.report),
        ("gps.api", workloads.gps.api),
        ("gps.consumer", workloads.gps.consumer),
    ):
        if settings is None or settings.max_replicas is None:
            continue
        if settings.min_replicas > settings.max_replicas:
            yield Problem(
                f"workloads.{key}.min_replicas",
                settings.min_replicas,
                f"is above max_replicas; allowed: 1 to {settings.max_replicas}",
            )


def scaling_suits_the_nodes(cluster: ClusterSettings, workloads: WorkloadsSettings) -> Iterator[Problem]:
    """Pods scale by themselves exactly where nodes do (SCALE-01, SCALE-02, SCALE-03, AUTO-01)."""
    autoscaled = any(group.autoscaled for group in cluster.shared_groups)
    if autoscaled != (workloads.scaling == "autoscaled"):
        allowed = "autoscaled" if autoscaled else "manual, fixed"
        yield Problem("workloads.scaling", workloads.scaling, f"contradicts the nodes; allowed: {allowed}")


def keys_are_limited_before_addresses(edge: EdgeSettings, workloads: WorkloadsSettings) -> Iterator[Problem]:
    """The application refuses a key before the firewall blocks its address: 429 says when to try again."""
    most = edge.firewall.fleet_rate_margin
    if workloads.gps.key_rate_margin > most:
        yield Problem(
            "workloads.gps.key_rate_margin",
            workloads.gps.key_rate_margin,
            f"lets the firewall block first; allowed: up to edge.firewall.fleet_rate_margin, {most:g}",
        )


def images_have_a_repository(
    workloads: WorkloadsSettings, registry: RegistrySettings, recovery: RecoverySettings
) -> Iterator[Problem]:
    """Every image lies in a repository of this environment; a standby's are filled by its home."""
    if recovery.role != "none" and not recovery.home:
        return
    for name in type(workloads.images).model_fields:
        repository = getattr(workloads.images, name).repository
        if repository not in registry.repositories:
            yield Problem(
                f"workloads.images.{name}.repository",
                repository,
                f"is not in registry.repositories; allowed: {', '.join(registry.repositories)}",
            )


WORKLOAD_RULES: Final[tuple[Rule, ...]] = (
    replica_bounds_are_ordered,
    scaling_suits_the_nodes,
    keys_are_limited_before_addresses,
    images_have_a_repository,
)
