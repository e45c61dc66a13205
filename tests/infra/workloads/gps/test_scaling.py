"""Who decides about the number of pods, and by what."""

from __future__ import annotations

from typing import Any, Final

import pytest

from infra.settings import EstateSettings
from preview.graph import ResourceGraph
from tests.infra.settings.stack_files import estate_settings
from tests.infra.workloads.odoo.conftest import one

from .conftest import GpsRenderer, capacity_of

DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"
AUTOSCALER: Final = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
SCALED_OBJECT: Final = "kubernetes:keda.sh/v1alpha1:ScaledObject"
AUTHENTICATION: Final = "kubernetes:keda.sh/v1alpha1:TriggerAuthentication"
EXTERNAL_SECRET: Final = "kubernetes:external-secrets.io/v1:ExternalSecret"


def active(settings: EstateSettings) -> EstateSettings:
    """Let the standby take over."""
    return settings.model_copy(
        update={"recovery": settings.recovery.model_copy(update={"active": True})},
    )


@pytest.fixture(params=["prod", "dr"])
def autoscaled(gps: GpsRenderer, request: pytest.FixtureRequest) -> ResourceGraph:
    """Give environments that scale by themselves: production, and recovery once it serves."""
    return gps("prod") if request.param == "prod" else gps("dr", change=active)


def targets(spec: dict[str, Any]) -> dict[str, int]:
    return {
        metric["containerResource"]["name"]: metric["containerResource"]["target"]["averageUtilization"]
        for metric in spec["metrics"]
    }


@pytest.mark.requirement("SCALE-01", "AUTO-01")
def test_api_follows_cpu_and_memory(autoscaled: ResourceGraph) -> None:
    """70 and 75 % of what its container requests, between the bounds of the load."""
    spec = one(autoscaled, AUTOSCALER, "gps-api").inputs["spec"]
    capacity = capacity_of(estate_settings("prod")).gps_api
    assert targets(spec) == {"cpu": 70, "memory": 75}
    assert {metric["containerResource"]["container"] for metric in spec["metrics"]} == {"gps-api"}
    assert (spec["minReplicas"], spec["maxReplicas"]) == (capacity.replicas_min, capacity.replicas_max)
    assert capacity.replicas_min < capacity.replicas_max


@pytest.mark.requirement("SCALE-01")
def test_consumers_follow_the_queue(autoscaled: ResourceGraph) -> None:
    """More than 1000 messages in all, not for each pod; besides CPU and memory."""
    spec = one(autoscaled, SCALED_OBJECT, "gps-consumer").inputs["spec"]
    by_type = {trigger["type"]: trigger for trigger in spec["triggers"]}
    assert {name: trigger["metricType"] for name, trigger in by_type.items()} == {
        "cpu": "Utilization",
        "memory": "Utilization",
        "rabbitmq": "Value",
    }
    assert by_type["cpu"]["metadata"] == {"value": "70"}
    assert by_type["memory"]["metadata"] == {"value": "75"}
    assert by_type["rabbitmq"]["metadata"] == {
        "protocol": "amqp",
        "mode": "QueueLength",
        "queueName": "gps.positions",
        "value": "1000",
    }
    capacity = capacity_of(estate_settings("prod")).gps_consumer
    assert spec["scaleTargetRef"]["name"] == "gps-consumer"
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (
        capacity.replicas_min,
        capacity.replicas_max,
    )


def test_a_queue_that_cannot_be_asked_takes_no_pods_away(autoscaled: ResourceGraph) -> None:
    """Rather more pods than the peak needs: positions may wait unseen."""
    spec = one(autoscaled, SCALED_OBJECT, "gps-consumer").inputs["spec"]
    fallback = spec["fallback"]
    assert fallback["behavior"] == "currentReplicasIfHigher"
    assert spec["minReplicaCount"] < fallback["replicas"] <= spec["maxReplicaCount"]


def test_keda_asks_over_tls_as_a_user_of_its_own(autoscaled: ResourceGraph) -> None:
    """Host, login and TLS come from a secret; nothing of them is written down."""
    authentication = one(autoscaled, AUTHENTICATION, "gps-broker").inputs["spec"]
    parameters = {entry["parameter"]: entry for entry in authentication["secretTargetRef"]}
    assert set(parameters) == {"host", "username", "password", "tls"}
    (secret,) = {entry["name"] for entry in parameters.values()}
    (delivered,) = (
        resource.inputs["spec"]
        for resource in autoscaled.of_type(EXTERNAL_SECRET)
        if resource.inputs["spec"]["target"]["name"] == secret
    )
    data = delivered["target"]["template"]["data"]
    assert {entry["key"] for entry in parameters.values()} == set(data)
    assert data["tls"] == "enable"
    assert data["host"] == "{{ .endpoint }}/fleet"
    assert {entry["remoteRef"]["key"].rpartition("/")[2] for entry in delivered["data"]} == {
        "broker-gps-scaler"
    }


def test_an_autoscaler_alone_owns_the_number(autoscaled: ResourceGraph) -> None:
    """A number in the Deployment would come back with every `pulumi up`."""
    for name in ("gps-api", "gps-consumer"):
        assert "replicas" not in one(autoscaled, DEPLOYMENT, name).inputs["spec"]


@pytest.mark.parametrize("stack", ["staging", "testing"])
def test_numbers_are_fixed_elsewhere(gps: GpsRenderer, stack: str) -> None:
    """Nothing scales by itself; replicas are those that the load, or the nodes, give."""
    graph = gps(stack)
    capacity = capacity_of(estate_settings(stack))
    assert not [*graph.of_type(AUTOSCALER), *graph.of_type(SCALED_OBJECT), *graph.of_type(AUTHENTICATION)]
    for size in (capacity.gps_api, capacity.gps_consumer):
        assert one(graph, DEPLOYMENT, size.name).inputs["spec"]["replicas"] == size.replicas_max > 0


def test_a_standby_at_rest_runs_nothing(gps: GpsRenderer) -> None:
    """No pods and nothing that would start some, until the region takes over."""
    graph = gps("dr")
    assert not [*graph.of_type(AUTOSCALER), *graph.of_type(SCALED_OBJECT)]
    for name in ("gps-api", "gps-consumer"):
        assert one(graph, DEPLOYMENT, name).inputs["spec"]["replicas"] == 0
