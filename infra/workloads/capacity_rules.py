"""Rules between the load, the nodes and the stores: what is declared must carry what is asked of it.

They run with the rules of the settings, which know nothing of pods (`infra/checked_settings.py`).
A standby is judged as it is and as it would serve: an outage is the wrong time to learn that the pods find no
nodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..settings.cluster import ClusterSettings
from ..settings.data import DatabaseSettings
from ..settings.edge import LoadSettings
from ..settings.environment import RecoverySettings, WorkspaceSettings
from ..settings.observability import ObservabilitySettings
from ..settings.problem import Problem, Rule
from ..settings.protection import ProtectionSettings
from ..settings.workloads import WorkloadsSettings
from . import connections, demand
from .capacity import Capacity
from .rooms import Fit


def pods_fit_the_nodes(
    *,
    load: LoadSettings,
    cluster: ClusterSettings,
    database: DatabaseSettings,
    workloads: WorkloadsSettings,
    recovery: RecoverySettings,
    observability: ObservabilitySettings | None,
    protection: ProtectionSettings,
) -> Iterator[Problem]:
    """All pods at rest find a place on the fewest nodes, and at their maxima on the most."""
    if not _sizes_are_ordered(cluster):
        return
    for serving, key in ((True, "size"), (False, "standby_size")):
        if not serving and recovery.serving:
            continue
        capacity = _capacity(
            load,
            cluster,
            database,
            workloads,
            serving=serving,
            observability=observability,
            protection=protection,
        )
        group = cluster.shared_groups[0]
        index = cluster.node_groups.index(group)
        size = group.size_when(serving=serving)
        path = f"cluster.node_groups[{index}].{key}"
        if size.fixed and not capacity.fit_at_min.holds:
            yield _too_small(path, size.min, capacity.fit_at_min, "of the load", "smaller requests")
        elif not capacity.fit_at_min.holds:
            yield _too_small(f"{path}.min", size.min, capacity.fit_at_min, "at rest", "smaller requests")
        elif not capacity.fit_at_max.holds:
            yield _too_small(f"{path}.max", size.max, capacity.fit_at_max, "at their maxima", "max_replicas")


def pods_fit_the_workspace(
    load: LoadSettings, workspace: WorkspaceSettings, workloads: WorkloadsSettings
) -> Iterator[Problem]:
    """What a workspace runs fits its quota (ENV-01)."""
    found = Capacity.of_workspace(load, workspace, workloads).fit_at_max
    for key, quota, requested in (
        ("cpu_quota_millicores", workspace.cpu_quota_millicores, found.cpu_requested_millicores),
        ("memory_quota_mib", workspace.memory_quota_mib, found.memory_requested_mib),
    ):
        if requested > quota:
            yield Problem(
                f"workspace.{key}",
                quota,
                f"is less than the pods request; allowed: {requested} or more, or less in workloads",
            )


def ceilings_carry_the_peak(load: LoadSettings, workloads: WorkloadsSettings) -> Iterator[Problem]:
    """No ceiling of replicas lies below what the peak of the load needs (LOAD-01, LOAD-02)."""
    if workloads.scaling == "manual":
        return
    scaled = demand.ScaledLoad.of(load)
    odoo, gps = workloads.odoo, workloads.gps
    for key, settings, wanted in (
        ("odoo.web", odoo.web, demand.web_demand(scaled, workers_per_pod=odoo.web.workers)),
        ("gps.api", gps.api, demand.api_demand(scaled)),
        ("gps.consumer", gps.consumer, demand.consumer_demand(scaled)),
    ):
        if settings.max_replicas is not None and settings.max_replicas < wanted.at_peak:
            yield Problem(
                f"workloads.{key}.max_replicas",
                settings.max_replicas,
                f"does not carry the peak of the load; allowed: {wanted.at_peak} or more, or no value",
            )


def connections_suffice(
    *,
    load: LoadSettings,
    cluster: ClusterSettings,
    database: DatabaseSettings,
    workloads: WorkloadsSettings,
    observability: ObservabilitySettings | None,
    protection: ProtectionSettings,
) -> Iterator[Problem]:
    """PostgreSQL accepts what all pods at their maxima may open, with enough for each process of Odoo."""
    if not _sizes_are_ordered(cluster):
        return
    capacity = _capacity(
        load,
        cluster,
        database,
        workloads,
        serving=True,
        observability=observability,
        protection=protection,
    )
    if capacity.db_maxconn < connections.ODOO_LEAST_PER_PROCESS or not capacity.primary.holds:
        yield Problem(
            "database.instance_class",
            database.instance_class,
            f"accepts {capacity.primary.max_connections} connections, too few for the pods at their maxima; "
            "allowed: a larger class, or lower max_replicas in workloads",
        )


def _capacity(
    load: LoadSettings,
    cluster: ClusterSettings,
    database: DatabaseSettings,
    workloads: WorkloadsSettings,
    *,
    serving: bool,
    observability: ObservabilitySettings | None,
    protection: ProtectionSettings,
) -> Capacity:
    # Capacity reads these models, so it is loaded when a rule asks and not with the models.
    return Capacity.of(
        load,
        cluster,
        database,
        workloads,
        serving=serving,
        monitored=observability is not None,
        guarded=protection.detection.agent_on_every_node,
    )


def _sizes_are_ordered(cluster: ClusterSettings) -> bool:
    """Whether sizes make sense; where not, another rule says so and pods cannot be placed."""
    sizes = [size for group in cluster.node_groups for size in (group.size, group.standby_size) if size]
    return bool(cluster.shared_groups) and all(size.min <= size.desired <= size.max for size in sizes)


def _too_small(path: str, nodes: int, found: Fit, when: str, other: str) -> Problem:
    needed = "a larger instance type" if found.nodes_needed is None else f"{found.nodes_needed} or more"
    return Problem(
        path,
        nodes,
        f"cannot hold the pods {when}: they request {found.cpu_requested_millicores}m and "
        f"{found.memory_requested_mib}Mi, nodes have {found.cpu_available_millicores}m and "
        f"{found.memory_available_mib}Mi for them; allowed: {needed}, or {other} in workloads",
    )


FIT_RULES: Final[tuple[Rule, ...]] = (pods_fit_the_nodes, pods_fit_the_workspace)
"""What the capacity page shows in figures where it is broken, instead of refusing to show anything."""
CAPACITY_RULES: Final[tuple[Rule, ...]] = (
    *FIT_RULES,
    ceilings_carry_the_peak,
    connections_suffice,
)
