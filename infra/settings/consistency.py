"""Rules between values: what no single field can know.

A rule is a generator over the areas that its parameters name, in which a part that is itself wrong is
absent; reading an absent part ends that rule alone, so all other mistakes of a file are still reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .cluster import ClusterSettings
from .data import BrokerSettings, CacheSettings, DatabaseSettings, ObjectsSettings, SearchSettings
from .detection_rules import DETECTION_RULES
from .edge import EdgeSettings
from .environment import EnvironmentSettings, RecoverySettings, ScheduleSettings
from .network import NetworkSettings
from .network_rules import NETWORK_RULES
from .observability_rules import OBSERVABILITY_RULES
from .problem import Problem, Rule
from .protection_rules import PROTECTION_RULES
from .recovery_rules import RECOVERY_RULES
from .refresh_rules import REFRESH_RULES
from .versions import VersionSettings
from .workload_rules import WORKLOAD_RULES
from .workspace_rules import WORKSPACE_RULES

GP3_SETTABLE_FROM_GIB: Final = 400
"""RDS PostgreSQL refuses IOPS and throughput of gp3 below this size, and wants them from it up."""
AUTOSCALING_HEADROOM_PERCENT: Final = 10
"""RDS wants the ceiling of storage autoscaling at least 10 % above the allocated size."""


def node_group_sizes_are_ordered(cluster: ClusterSettings) -> Iterator[Problem]:
    """Min ≤ desired ≤ max in every group, and group names are unique."""
    names = [group.name for group in cluster.node_groups]
    for index, group in enumerate(cluster.node_groups):
        path = f"cluster.node_groups[{index}]"
        if names.index(group.name) != index:
            yield Problem(f"{path}.name", group.name, "is used twice; allowed: one name per group")
        for key, size in (("size", group.size), ("standby_size", group.standby_size)):
            if size is not None and not size.min <= size.desired <= size.max:
                yield Problem(
                    f"{path}.{key}",
                    f"min {size.min}, desired {size.desired}, max {size.max}",
                    "is out of order; allowed: min ≤ desired ≤ max",
                )


def max_pods_needs_prefix_delegation(cluster: ClusterSettings) -> Iterator[Problem]:
    """More pods than the instance has addresses for need /28 prefixes from the CNI."""
    for index, group in enumerate(cluster.node_groups):
        if group.max_pods is not None and not cluster.prefix_delegation:
            yield Problem(
                f"cluster.node_groups[{index}].max_pods",
                group.max_pods,
                "needs cluster.prefix_delegation: true; allowed: no value",
            )


def api_is_not_open_to_the_world(cluster: ClusterSettings) -> Iterator[Problem]:
    """The API endpoint is private, or public for named networks."""
    for index, network in enumerate(cluster.public_access_cidrs):
        if network.prefixlen == 0:
            yield Problem(
                f"cluster.public_access_cidrs[{index}]",
                str(network),
                "is the whole internet; allowed: networks of runners and offices",
            )


def storage_is_what_gp3_accepts(database: DatabaseSettings) -> Iterator[Problem]:
    """gp3 on RDS PostgreSQL: IOPS and throughput from 400 GiB up, and only there."""
    for key, value in (("iops", database.iops), ("throughput_mibps", database.throughput_mibps)):
        if database.storage_gib >= GP3_SETTABLE_FROM_GIB and value is None:
            floor = {"iops": 12000, "throughput_mibps": 500}[key]
            yield Problem(
                f"database.{key}",
                None,
                f"is missing; allowed: {floor} or more, which RDS wants from {GP3_SETTABLE_FROM_GIB} GiB up",
            )
        if database.storage_gib < GP3_SETTABLE_FROM_GIB and value is not None:
            yield Problem(
                f"database.{key}",
                value,
                f"cannot be set below {GP3_SETTABLE_FROM_GIB} GiB of storage; allowed: no value",
            )


def storage_ceiling_has_headroom(database: DatabaseSettings) -> Iterator[Problem]:
    """The ceiling of storage autoscaling is at least a tenth above the allocated size."""
    ceiling = database.max_storage_gib
    floor = -(-database.storage_gib * (100 + AUTOSCALING_HEADROOM_PERCENT) // 100)
    if ceiling is not None and ceiling < floor:
        yield Problem(
            "database.max_storage_gib",
            ceiling,
            f"leaves too little room; allowed: {floor} or more, or no value",
        )


def master_password_suits_replicas(
    database: DatabaseSettings, recovery: RecoverySettings
) -> Iterator[Problem]:
    """RDS refuses a replica of an instance whose master password it manages itself."""
    replicated = database.report_replica is not None or recovery.role != "none"
    if database.master_password == "managed" and replicated:
        yield Problem(
            "database.master_password",
            "managed",
            "is refused by RDS when the database has read replicas; allowed: own-secret",
        )


def replicas_are_upgraded_first(database: DatabaseSettings, recovery: RecoverySettings) -> Iterator[Problem]:
    """A primary with replicas must not upgrade by itself: replicas go first, by the pipeline."""
    replicated = database.report_replica is not None or recovery.role != "none"
    if database.auto_minor_version_upgrade and replicated:
        yield Problem(
            "database.auto_minor_version_upgrade",
            True,
            "lets the primary overtake its replicas; allowed: false",
        )


def sleeping_databases_have_no_replica(
    database: DatabaseSettings, schedule: ScheduleSettings
) -> Iterator[Problem]:
    """RDS cannot stop an instance that has, or is, a read replica."""
    if schedule.awake is not None and database.report_replica is not None:
        yield Problem(
            "schedule.awake",
            schedule.awake.tag_value,
            "needs a database that can stop, one without report_replica; allowed: null",
        )


def scheduled_nodes_are_not_autoscaled(
    cluster: ClusterSettings, schedule: ScheduleSettings
) -> Iterator[Problem]:
    """The Cluster Autoscaler and a start/stop schedule would fight over the size of one group."""
    for index, group in enumerate(cluster.node_groups):
        if schedule.awake is not None and group.autoscaled and group.size.min > 0:
            yield Problem(
                f"cluster.node_groups[{index}].autoscaled", True, "contradicts schedule.awake; allowed: false"
            )


def the_day_starts_before_it_stops(schedule: ScheduleSettings) -> Iterator[Problem]:
    """Awake hours lie within one day."""
    if schedule.awake is not None and schedule.awake.start >= schedule.awake.stop:
        yield Problem(
            "schedule.awake.stop",
            schedule.awake.stop,
            f"is not after the start; allowed: later than {schedule.awake.start}",
        )


def broker_fits_its_zones(network: NetworkSettings, broker: BrokerSettings) -> Iterator[Problem]:
    """A broker cluster spreads over zones; mq.m7g.medium is for evaluation only."""
    if broker.deployment_mode == "CLUSTER_MULTI_AZ" and broker.instance_type == "mq.m7g.medium":
        yield Problem(
            "broker.instance_type",
            broker.instance_type,
            "is too small for a cluster; allowed: mq.m7g.large or larger",
        )
    if broker.deployment_mode == "CLUSTER_MULTI_AZ" and len(network.private_subnets) < 2:  # noqa: PLR2004
        yield Problem(
            "broker.deployment_mode",
            broker.deployment_mode,
            "needs private subnets in two zones; allowed: SINGLE_INSTANCE",
        )


def cache_version_suits_engine(cache: CacheSettings, versions: VersionSettings) -> Iterator[Problem]:
    """Redis OSS on ElastiCache ends at 7.1; what follows is Valkey."""
    if (cache.engine == "redis") != (versions.redis == "7.1"):
        yield Problem(
            "cache.engine",
            cache.engine,
            f"does not exist in version {versions.redis}; allowed: redis with 7.1, valkey with 8.x",
        )


def search_nodes_fill_their_zones(
    network: NetworkSettings, search: SearchSettings | None
) -> Iterator[Problem]:
    """OpenSearch wants as many subnets as zones, and nodes in each."""
    if search is None:
        return
    if search.instance_count % search.zone_count:
        yield Problem(
            "search.instance_count",
            search.instance_count,
            f"is not a multiple of zone_count {search.zone_count}; allowed: multiples of it",
        )
    if search.zone_count > len(network.private_subnets):
        yield Problem(
            "search.zone_count",
            search.zone_count,
            f"exceeds the private subnets; allowed: 1 to {len(network.private_subnets)}",
        )


def retention_is_ordered(objects: ObjectsSettings) -> Iterator[Problem]:
    """An object moves to Glacier before it expires, and is not deleted while it is locked."""
    names = [bucket.name for bucket in objects.buckets]
    for index, bucket in enumerate(objects.buckets):
        path = f"objects.buckets[{index}]"
        if names.index(bucket.name) != index:
            yield Problem(f"{path}.name", bucket.name, "is used twice; allowed: one name per bucket")
        if bucket.name == "access-logs":
            yield Problem(
                f"{path}.name",
                bucket.name,
                "always exists, see access_log_retention_days; allowed: other names",
            )
        expiry = bucket.expire_after_days
        if expiry is None:
            continue
        if bucket.glacier_after_days is not None and bucket.glacier_after_days >= expiry:
            yield Problem(
                f"{path}.glacier_after_days",
                bucket.glacier_after_days,
                f"is not before expire_after_days; allowed: 1 to {expiry - 1}",
            )
        if bucket.object_lock_days is not None and bucket.object_lock_days > expiry:
            yield Problem(
                f"{path}.object_lock_days",
                bucket.object_lock_days,
                f"outlives expire_after_days; allowed: 1 to {expiry}",
            )


def hostnames_lie_in_the_zone(edge: EdgeSettings) -> Iterator[Problem]:
    """Both host names belong to the hosted zone and differ."""
    for key, name in (("web_hostname", edge.web_hostname), ("gps_hostname", edge.gps_hostname)):
        if not name.endswith(f".{edge.zone_name}") and name != edge.zone_name:
            yield Problem(
                f"edge.{key}",
                name,
                f"is not in the hosted zone; allowed: names that end with .{edge.zone_name}",
            )
    if edge.web_hostname == edge.gps_hostname:
        yield Problem(
            "edge.gps_hostname", edge.gps_hostname, "is the web host name too; allowed: a name of its own"
        )


def production_is_production(
    environment: EnvironmentSettings, database: DatabaseSettings
) -> Iterator[Problem]:
    """Production keeps its data when somebody errs (ENV-04)."""
    if environment.name != "prod":
        return
    for key, value in (
        ("environment.protect_stateful", environment.protect_stateful),
        ("database.deletion_protection", database.deletion_protection),
        ("database.final_snapshot", database.final_snapshot),
    ):
        if not value:
            yield Problem(key, value, "would let production data be deleted; allowed: true")


RULES: Final[tuple[Rule, ...]] = (
    *NETWORK_RULES,
    node_group_sizes_are_ordered,
    max_pods_needs_prefix_delegation,
    api_is_not_open_to_the_world,
    storage_is_what_gp3_accepts,
    storage_ceiling_has_headroom,
    master_password_suits_replicas,
    replicas_are_upgraded_first,
    sleeping_databases_have_no_replica,
    scheduled_nodes_are_not_autoscaled,
    the_day_starts_before_it_stops,
    broker_fits_its_zones,
    cache_version_suits_engine,
    search_nodes_fill_their_zones,
    retention_is_ordered,
    hostnames_lie_in_the_zone,
    production_is_production,
    *WORKLOAD_RULES,
    *OBSERVABILITY_RULES,
    *PROTECTION_RULES,
    *DETECTION_RULES,
    *REFRESH_RULES,
    *RECOVERY_RULES,
    *WORKSPACE_RULES,
)
"""All rules that look at settings alone; a new one is a function above and a line here."""
