"""From the load to pods: the figures of the real environments, and what holds for every load."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.edge.rate_limits import WINDOW_SECONDS, fleet_peak_requests, fleet_request_limit
from infra.settings import EstateSettings, LoadSettings, NodeGroupSettings
from infra.workloads import connections, demand
from infra.workloads.capacity import Capacity
from infra.workloads.demand import ScaledLoad
from infra.workloads.rooms import PodRequest, Room, allocatable, fit
from infra.workloads.sizes import PodCapacity
from tests.infra.settings.stack_files import ESTATES, areas_of, estate_settings, parse_areas


def capacity(stack: str, *, serving: bool | None = None) -> Capacity:
    """The capacity of a real environment."""
    return Capacity.of_estate(estate_settings(stack), serving=serving)


def with_load(stack: str, **load: Any) -> EstateSettings:
    """A real environment with another load, whether or not its nodes hold it; keys of the fleet as well."""
    found = estate_settings(stack)
    fleet = {key: value for key, value in load.items() if key in type(found.load.fleet).model_fields}
    rest = {key: value for key, value in load.items() if key not in fleet}
    changed = found.load.model_copy(update={**rest, "fleet": found.load.fleet.model_copy(update=fleet)})
    return found.model_copy(update={"load": changed})


def with_nodes(stack: str, nodes: int) -> EstateSettings:
    """A real environment with another number of nodes in its first group."""
    areas = areas_of(stack)
    areas["cluster"]["node_groups"][0]["size"] = nodes
    found = parse_areas(areas, stack)
    assert isinstance(found, EstateSettings)
    return found


def figures(pod: PodCapacity) -> tuple[int, int, int, int, int]:
    """Replicas, CPU, memory and its limit."""
    return (pod.replicas_min, pod.replicas_max, pod.cpu_millicores, pod.memory_mib, pod.memory_limit_mib)


@pytest.mark.requirement("LOAD-01")
def test_production_carries_its_users() -> None:
    """100 users are 17 workers in 5 pods, 150 are 25 in 7; one pod more may be lost."""
    found = estate_settings("prod")
    assert (found.load.users, found.load.peak_users) == (100, 150)
    load = ScaledLoad.of(found.load)
    assert [demand.workers_for(users) for users in (load.users, load.peak_users)] == [17, 25]
    web = demand.web_demand(load, workers_per_pod=found.workloads.odoo.web.workers)
    assert (web.at_rest, web.at_peak, web.most) == (3, 7, 8)
    assert figures(Capacity.of_estate(found).web) == (3, 8, 550, 2304, 3584)


@pytest.mark.requirement("LOAD-01")
def test_every_declared_user_finds_a_worker_at_the_peak() -> None:
    for stack in ("prod", "testing"):
        found = estate_settings(stack)
        web = Capacity.of_estate(found).web
        assert web.replicas_max * web.workers * demand.USERS_PER_WORKER >= found.load.peak_users


@pytest.mark.requirement("LOAD-02")
def test_production_carries_its_fleet() -> None:
    """2,000 vehicles every 30 s are 67 positions a second: three API pods of 25, two consumers of 50."""
    found = capacity("prod")
    assert figures(found.gps_api) == (3, 6, 250, 256, 512)
    assert figures(found.gps_consumer) == (2, 10, 150, 256, 512)
    assert (found.gps_consumer.prefetch, found.gps_consumer.queue_depth) == (50, 1000)


@pytest.mark.requirement("LOAD-02")
@pytest.mark.parametrize("stack", ESTATES)
def test_a_fleet_behind_one_key_and_one_address_is_never_refused_at_its_peak(stack: str) -> None:
    """The application's limit lies between the peak and the firewall's: 429 before 403."""
    found = estate_settings(stack)
    limit = Capacity.of_estate(found, serving=True).key_rate_limit
    answered = Fraction(limit.requests, limit.window_seconds)
    blocked = Fraction(
        fleet_request_limit(found.load, margin=found.edge.firewall.fleet_rate_margin), WINDOW_SECONDS
    )
    peak = Fraction(fleet_peak_requests(found.load), WINDOW_SECONDS)
    assert peak < answered < blocked


def test_reports_have_pods_of_their_own_that_yield_to_transactions() -> None:
    """CPU is shared by requests under pressure: a worker that reports gets less than one that serves."""
    found = capacity("prod")
    assert found.report is not None
    assert found.report.replicas_min >= 1
    assert found.report.cpu_millicores / found.report.workers < found.web.cpu_millicores / found.web.workers


@pytest.mark.requirement("SCALE-01")
@pytest.mark.parametrize("stack", ["prod", "dr"])
def test_workloads_scale_between_declared_bounds_at_declared_thresholds(stack: str) -> None:
    found = estate_settings(stack)
    thresholds = found.workloads.autoscaling
    assert (thresholds.cpu_percent, thresholds.memory_percent, thresholds.queue_depth) == (70, 75, 1000)
    serving = Capacity.of_estate(found, serving=True)
    assert serving.scaling == "autoscaled"
    # Scheduled jobs lock their rows: a third pod would only wait.
    assert (serving.cron.replicas_min, serving.cron.replicas_max) == (2, 2)
    others = [pod for pod in serving.pods if pod is not serving.cron]
    assert all(1 < pod.replicas_min < pod.replicas_max for pod in others)

    areas = areas_of(stack)
    areas["workloads"]["odoo"]["web"] |= {"min_replicas": 2, "max_replicas": 7}
    bounded = parse_areas(areas, stack)
    assert isinstance(bounded, EstateSettings)
    web = Capacity.of_estate(bounded, serving=True).web
    assert (web.replicas_min, web.replicas_max) == (3, 7), "the load asks for 3 at rest"


@pytest.mark.requirement("SCALE-02")
def test_staging_is_scaled_by_its_number_of_nodes_alone() -> None:
    """Raising one value raises pods until 1.5 times the load of production is carried whole."""
    production, found = estate_settings("prod").load, estate_settings("staging").load
    assert found == production.model_copy(update={"factor": 1.5})
    by_nodes = {nodes: Capacity.of_estate(with_nodes("staging", nodes)) for nodes in range(2, 6)}
    shares = [by_nodes[nodes].load_share for nodes in sorted(by_nodes)]
    assert shares == sorted(shares)
    assert shares[0] < 1
    needed = next(nodes for nodes in sorted(by_nodes) if by_nodes[nodes].load_share == 1)
    assert needed == by_nodes[2].fit_at_full_load.nodes_needed == 4
    whole = by_nodes[needed]
    assert whole.web.replicas_max * whole.web.workers * demand.USERS_PER_WORKER >= 1.5 * 150
    assert whole.gps_api.replicas_max * demand.POSITIONS_PER_SECOND_AND_API_POD >= 100
    assert all(pod.replicas_min == pod.replicas_max for pod in whole.pods)


@pytest.mark.requirement("SCALE-03")
def test_testing_never_changes_by_itself() -> None:
    found = capacity("testing")
    assert found.scaling == "fixed"
    assert [(pod.name, pod.replicas_min, pod.replicas_max) for pod in found.pods] == [
        ("odoo-web", 1, 1),
        ("odoo-cron", 1, 1),
        ("gps-api", 1, 1),
        ("gps-consumer", 1, 1),
    ]
    assert [group.size.fixed for group in estate_settings("testing").cluster.shared_groups] == [True]

    areas = areas_of("testing")
    for part in ("web", "cron"):
        del areas["workloads"]["odoo"][part]["max_replicas"]
    for part in ("api", "consumer"):
        del areas["workloads"]["gps"][part]["max_replicas"]
    areas["load"] = areas_of("prod")["load"]
    areas["cluster"]["node_groups"][0]["size"] = 9
    areas["database"]["instance_class"] = "db.m5.large"
    without_ceilings = parse_areas(areas, "testing")
    assert isinstance(without_ceilings, EstateSettings)
    pods = Capacity.of_estate(without_ceilings).pods
    assert [(pod.replicas_min, pod.replicas_max) for pod in pods] == [(9, 9), (1, 1), (3, 3), (2, 2)]


def test_a_waiting_standby_runs_nothing_and_serves_like_production() -> None:
    waiting, serving = capacity("dr"), capacity("dr", serving=True)
    assert {(pod.replicas_min, pod.replicas_max) for pod in waiting.pods} == {(0, 0)}
    assert [figures(pod) for pod in serving.pods] == [figures(pod) for pod in capacity("prod").pods]
    assert waiting.quotas == serving.quotas


def test_a_workspace_keeps_within_its_quota() -> None:
    found = parse_areas(areas_of("dev"), "dev")
    assert not isinstance(found, EstateSettings)
    sized = Capacity.of_workspace(found.load, found.workspace, found.workloads)
    assert sized.fit_at_max.holds
    assert sized.fit_at_max.cpu_available_millicores == found.workspace.cpu_quota_millicores
    assert all(pod.replicas_max == 1 for pod in sized.pods)


@pytest.mark.parametrize(
    ("instance", "max_pods", "room"),
    [
        ("m5.large", None, Room(cpu_millicores=1930, memory_mib=6903, pods=29)),
        ("t3.medium", None, Room(cpu_millicores=1930, memory_mib=3246, pods=17)),
        ("t3.medium", 35, Room(cpu_millicores=1930, memory_mib=3048, pods=35)),
        ("m5.xlarge", None, Room(cpu_millicores=3920, memory_mib=14162, pods=58)),
    ],
)
def test_a_node_has_what_eks_leaves_of_it(instance: str, max_pods: int | None, room: Room) -> None:
    group = NodeGroupSettings.model_validate(
        {"name": "general", "instance_type": instance, "size": 1, "autoscaled": False, "volume_gib": 50}
        | ({} if max_pods is None else {"max_pods": max_pods})
    )
    assert allocatable(group) == room


def test_connections_follow_the_formula_of_rds() -> None:
    """LEAST(DBInstanceClassMemory / 9531392, 5000), less a tenth that RDS keeps."""
    found = {
        name: connections.max_connections(name) for name in ("db.t3.medium", "db.m5.large", "db.m5.xlarge")
    }
    assert found == {"db.t3.medium": 405, "db.m5.large": 811, "db.m5.xlarge": 1622}


@pytest.mark.parametrize("stack", ESTATES)
def test_no_server_is_asked_for_more_connections_than_it_accepts(stack: str) -> None:
    found = capacity(stack, serving=True)
    assert found.primary.holds
    assert found.report_replica is None or found.report_replica.holds
    assert found.db_maxconn >= connections.ODOO_LEAST_PER_PROCESS
    held = {share.holder: share.connections for share in found.primary.shares}
    updating = found.web.replicas_max + 1
    assert held["odoo-web"] == updating * (found.web.workers + 2) * found.db_maxconn


def test_sums_are_not_enough_for_a_fit() -> None:
    """Three pods of 750m are 2250m of 3380m, and still two of these nodes of 1690m take two each at most."""
    room = Room(cpu_millicores=1690, memory_mib=7000, pods=20)
    pods = [PodRequest(name="large", pods=5, cpu_millicores=650, memory_mib=100)]
    found = fit(pods, [room, room])
    assert found.cpu_requested_millicores < found.cpu_available_millicores
    assert not found.holds
    assert found.nodes_needed == 3
    assert fit([replace(pods[0], cpu_millicores=1700)], [room]).nodes_needed is None


def test_a_fleet_that_no_cluster_holds_is_told_at_once() -> None:
    """A slip of the pen must not keep the program busy."""
    found = Capacity.of_estate(with_load("prod", peak_vehicles=2_000_000, peak_interval_seconds=1))
    assert not found.fit_at_max.holds
    assert found.fit_at_max.nodes_needed is None


def test_addresses_for_pods_count_too() -> None:
    room = Room(cpu_millicores=1690, memory_mib=7000, pods=20)
    found = fit([PodRequest(name="small", pods=41, cpu_millicores=1, memory_mib=1)], [room, room])
    assert found.nodes_needed == 3


loads = st.fixed_dictionaries(
    {
        "users": st.integers(1, 400),
        "peak_users": st.integers(1, 600),
        "vehicles": st.integers(1, 5000),
        "peak_vehicles": st.integers(1, 10_000),
        "interval_seconds": st.integers(20, 300),
        "peak_interval_seconds": st.integers(20, 300),
        "factor": st.sampled_from([0.5, 1.0, 1.1, 1.5, 3.0]),
    }
)
growing = st.sampled_from(["users", "peak_users", "vehicles", "peak_vehicles", "factor"])
scaling_alone = st.sampled_from(["prod", "testing", "dr"])


@settings(deadline=None, max_examples=60)
@given(stack=scaling_alone, load=loads, more=growing, times=st.integers(2, 5))
def test_more_load_never_asks_for_less(stack: str, load: dict[str, Any], more: str, times: int) -> None:
    grown = load | {more: min(load[more] * times, 3.0) if more == "factor" else load[more] * times}
    before = Capacity.of_estate(with_load(stack, **load), serving=True)
    after = Capacity.of_estate(with_load(stack, **grown), serving=True)
    for one, other in zip(before.pods, after.pods, strict=True):
        assert one.replicas_min <= other.replicas_min
        assert one.replicas_max <= other.replicas_max
    assert before.key_rate_limit.requests <= after.key_rate_limit.requests
    assert before.fit_at_max.cpu_requested_millicores <= after.fit_at_max.cpu_requested_millicores
    assert before.db_maxconn >= after.db_maxconn


@settings(deadline=None, max_examples=60)
@given(stack=st.sampled_from(ESTATES), load=loads)
def test_whatever_serves_has_a_pod_and_whatever_connects_is_accepted(
    stack: str, load: dict[str, Any]
) -> None:
    found = Capacity.of_estate(with_load(stack, **load), serving=True)
    assert all(1 <= pod.replicas_min <= pod.replicas_max for pod in found.pods)
    assert found.primary.holds or found.db_maxconn == 1
    if found.report_replica is not None:
        assert found.report_replica.holds or found.db_maxconn == 1


@settings(deadline=None, max_examples=40)
@given(load=loads)
def test_a_peak_is_carried_where_no_ceiling_was_set(load: dict[str, Any]) -> None:
    found = with_load("prod", **load)
    sized = Capacity.of_estate(found)
    peak = ScaledLoad.of(found.load)
    assert sized.web.replicas_max * sized.web.workers * demand.USERS_PER_WORKER >= peak.peak_users
    served = sized.gps_api.replicas_min * demand.POSITIONS_PER_SECOND_AND_API_POD
    stored = sized.gps_consumer.replicas_min * demand.POSITIONS_PER_SECOND_AND_CONSUMER
    assert min(served, stored) >= peak.peak_positions_per_second


pod_requests = st.builds(
    PodRequest,
    name=st.text("abc", min_size=1, max_size=3),
    pods=st.integers(0, 6),
    cpu_millicores=st.integers(1, 1000),
    memory_mib=st.integers(1, 4000),
)


@settings(deadline=None)
@given(requests=st.lists(pod_requests, max_size=6), nodes=st.integers(1, 6))
def test_pods_that_fit_leave_no_node_overfull(requests: list[PodRequest], nodes: int) -> None:
    room = Room(cpu_millicores=1690, memory_mib=6519, pods=23)
    found = fit(requests, [room] * nodes)
    assert found.nodes_needed is not None
    if found.holds:
        assert found.cpu_requested_millicores <= found.cpu_available_millicores
        assert found.memory_requested_mib <= found.memory_available_mib
        assert found.pods_requested <= found.pods_available
    assert fit(requests, [room] * found.nodes_needed).holds


def test_every_number_is_derived_in_front_of_the_reader() -> None:
    """Each workload's replicas and requests stand in the derivation as they stand in its manifest."""
    for stack in ESTATES:
        found = capacity(stack, serving=True)
        results = {row.what: row.result for row in found.derivation}
        for pod in found.pods:
            many = pod.replicas_max if pod.replicas_min == pod.replicas_max else None
            shown = f"{pod.replicas_min} to {pod.replicas_max} pods" if many is None else f"{many} pod"
            assert results[f"{pod.name} replicas"].startswith(shown)
            assert (
                results[f"one {pod.name} pod"]
                == f"{pod.cpu_millicores}m, {pod.memory_mib}Mi, limit {pod.memory_limit_mib}Mi"
            )
        assert results["db_maxconn of Odoo"] == str(found.db_maxconn)


def test_the_factor_is_exact() -> None:
    """100 users times 1.1 are 110: in floating point a hair more, and that would be a worker."""
    load = LoadSettings.model_validate(areas_of("prod")["load"] | {"users": 60, "factor": 1.1})
    assert demand.workers_for(ScaledLoad.of(load).users) == 11
