"""Rows of the rules about replicas, disruption, scaling and jobs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from tests.policies.builders import DROP
from tests.policies.kubernetes.estate import ESTATE
from tests.policies.kubernetes.jobs import ARCHIVE_JOB, INIT_JOB
from tests.policies.kubernetes.platform import DNS
from tests.policies.kubernetes.scalers import CONSUMER_SCALER, ODOO_SCALER, autoscaler, budget
from tests.policies.kubernetes.workloads import GPS_CONSUMER, ODOO, TMS, labels
from tests.policies.table import Break, Row

_BUDGET: Final = budget("odoo-web", minAvailable=2)
_METRIC: Final = "odoo-web-scaler.spec.metrics"
_TRIGGER: Final = "gps-consumer-scaler.spec.triggers.2"
_CPU: Final = "containerResource.target"
_SCALED: Final = (TMS, ODOO, ODOO_SCALER, GPS_CONSUMER, CONSUMER_SCALER)
_RESOURCE_METRIC: Final[dict[str, Any]] = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
}

ROWS: Final = (
    Row(
        "avl-k8s-replicas",
        _SCALED,
        (
            Break({"odoo-web-scaler.spec.minReplicas": 1}, {"odoo-web": "it may run with 1 replica"}),
            Break({"odoo-web-scaler": DROP}, {"odoo-web": "it may run with 1 replica"}),
            Break(
                {"gps-consumer-scaler.spec.minReplicaCount": 0},
                {"gps-consumer": "it may run with 0 replicas"},
            ),
        ),
        unknown="odoo-web-scaler.spec.minReplicas",
        unknown_at="odoo-web",
        also_holds=({"odoo-web-scaler": DROP, "odoo-web.spec.replicas": 2},),
    ),
    Row(
        "avl-k8s-disruption",
        (TMS, ODOO, ODOO_SCALER, _BUDGET),
        (
            Break({"odoo-web-budget": DROP}, {"odoo-web": "no disruption budget covers its pods"}),
            Break(
                {"odoo-web-budget.spec.selector": {"matchLabels": {"app": "odoo"}}},
                {"odoo-web": "no disruption budget covers its pods"},
            ),
            Break(
                {"odoo-web-budget.metadata.namespace": "other"},
                {"odoo-web": "no disruption budget covers its pods"},
            ),
        ),
        unknown="odoo-web-budget.spec.selector",
        unknown_at="odoo-web",
        also_holds=(
            {
                "odoo-web-budget.spec.selector": {
                    "matchExpressions": [
                        {"key": "app.kubernetes.io/name", "operator": "In", "values": ["odoo-web"]},
                        {"key": "batch", "operator": "DoesNotExist"},
                    ]
                }
            },
            {"odoo-web-budget": DROP, "odoo-web-scaler": DROP},
        ),
    ),
    Row(
        "avl-k8s-disruption-budget",
        (TMS, ODOO, ODOO_SCALER, _BUDGET),
        (
            Break(
                {"odoo-web-budget.spec.minAvailable": 3},
                {"odoo-web-budget": "minAvailable is 3, and odoo-web may run with 3"},
                aspect="blocks",
            ),
            Break(
                {"odoo-web-budget.spec.minAvailable": DROP, "odoo-web-budget.spec.maxUnavailable": 0},
                {"odoo-web-budget": "it lets no pod go, so no node can be drained"},
                aspect="blocks",
            ),
            Break(
                {"odoo-web-budget.spec.minAvailable": "100%"},
                {"odoo-web-budget": "it lets no pod go, so no node can be drained"},
                aspect="blocks",
            ),
            Break(
                {"odoo-web-budget.spec.minAvailable": DROP},
                {"odoo-web-budget": "it names neither minAvailable nor maxUnavailable"},
                aspect="blocks",
            ),
            Break(
                {"odoo-web-budget.spec.unhealthyPodEvictionPolicy": DROP},
                {
                    "odoo-web-budget": "unhealthyPodEvictionPolicy is not AlwaysAllow, so broken pods block"
                    " a drain"
                },
                aspect="unhealthy",
            ),
            Break(
                {"odoo-web-budget.spec.selector": {"matchLabels": labels("gone")}},
                {"odoo-web-budget": "it picks no pods of this stack"},
                aspect="empty",
            ),
        ),
        unknown="odoo-web-budget.spec.minAvailable",
        also_holds=({"odoo-web-budget.spec.minAvailable": "50%"},),
    ),
    Row(
        "avl-k8s-spread",
        (TMS, ODOO),
        (
            Break(
                {"odoo-web.spec.template.spec.topologySpreadConstraints": DROP},
                {"odoo-web": "no topologySpreadConstraint speaks of zones"},
            ),
            Break(
                {
                    "odoo-web.spec.template.spec.topologySpreadConstraints.0.topologyKey": (
                        "kubernetes.io/hostname"
                    )
                },
                {"odoo-web": "no topologySpreadConstraint speaks of zones"},
            ),
            Break(
                {
                    "odoo-web.spec.template.spec.topologySpreadConstraints.0.labelSelector": {
                        "matchLabels": labels("gps-api")
                    }
                },
                {"odoo-web": "its topologySpreadConstraint counts other pods than its own"},
            ),
        ),
        unknown="odoo-web.spec.template.spec.topologySpreadConstraints",
    ),
    Row(
        "avl-k8s-scaling-bounds",
        (TMS, ODOO_SCALER, CONSUMER_SCALER),
        (
            Break(
                {"odoo-web-scaler.spec.minReplicas": 8},
                {"odoo-web-scaler": "its fewest replicas, 8, are not below its most, 8"},
            ),
            Break(
                {"odoo-web-scaler.spec.minReplicas": DROP},
                {"odoo-web-scaler": "it does not name the fewest replicas"},
            ),
            Break(
                {"gps-consumer-scaler.spec.maxReplicaCount": DROP},
                {"gps-consumer-scaler": "it does not name the most replicas"},
            ),
        ),
        unknown="odoo-web-scaler.spec.maxReplicas",
    ),
    Row(
        "avl-k8s-scaling-targets",
        (TMS, ODOO_SCALER, CONSUMER_SCALER),
        (
            Break(
                {f"{_METRIC}.0.{_CPU}.averageUtilization": 80},
                {"odoo-web-scaler": "for cpu it aims at 80 %, not 70 %"},
            ),
            Break(
                {f"{_METRIC}.1.{_CPU}": {"type": "AverageValue", "averageValue": "1Gi"}},
                {"odoo-web-scaler": "for memory it aims at no share of the requests, not 75 %"},
            ),
            Break({f"{_METRIC}.1": _RESOURCE_METRIC}, {"odoo-web-scaler": "it does not follow memory"}),
            Break(
                {
                    "odoo-web-scaler.spec.metrics": DROP,
                    "odoo-web-scaler.spec.targetCPUUtilizationPercentage": 50,
                },
                {"odoo-web-scaler": ("for cpu it aims at 50 %, not 70 %", "it does not follow memory")},
            ),
            Break(
                {"gps-consumer-scaler.spec.triggers.1.metadata.value": "90"},
                {"gps-consumer-scaler": "for memory it aims at 90 %, not 75 %"},
            ),
            Break(
                {"gps-consumer-scaler.spec.triggers.0.metricType": "AverageValue"},
                {"gps-consumer-scaler": "for cpu it aims at no share of the requests, not 70 %"},
            ),
        ),
        unknown=_METRIC,
        also_holds=(
            {f"{_METRIC}.0": _RESOURCE_METRIC},
            {
                f"{_METRIC}.0": {
                    "type": "Resource",
                    "resource": {"name": "cpu", "targetAverageUtilization": 70},
                }
            },
            {
                "gps-consumer-scaler.spec.triggers.0": {
                    "type": "cpu",
                    "metadata": {"type": "Utilization", "value": "70"},
                }
            },
        ),
    ),
    Row(
        "avl-k8s-scaling-queue",
        (TMS, CONSUMER_SCALER),
        (
            Break(
                {f"{_TRIGGER}.metricType": DROP},
                {
                    "gps-consumer-scaler": "spec.triggers.2.metricType is AverageValue, which counts for each"
                    " replica"
                },
            ),
            Break(
                {f"{_TRIGGER}.metadata.value": "2000"},
                {"gps-consumer-scaler": "spec.triggers.2.metadata.value is 2000, not 1000"},
            ),
            Break(
                {f"{_TRIGGER}.metadata.mode": "MessageRate"},
                {"gps-consumer-scaler": "spec.triggers.2.metadata.mode is MessageRate"},
            ),
        ),
        unknown=f"{_TRIGGER}.metadata.value",
    ),
    Row(
        "avl-k8s-scaling-requests",
        _SCALED,
        (
            Break(
                {"odoo-web.spec.template.spec.containers.0.resources.requests.cpu": DROP},
                {"odoo-web-scaler": "container odoo of odoo-web requests no cpu"},
            ),
            Break(
                {f"{_METRIC}.0.containerResource.container": "erp"},
                {"odoo-web-scaler": "odoo-web has no container erp"},
            ),
            Break(
                {
                    f"{_METRIC}.0": _RESOURCE_METRIC,
                    "odoo-web.spec.template.spec.containers.1.resources.requests": DROP,
                },
                {"odoo-web-scaler": "container proxy of odoo-web requests no cpu"},
            ),
            Break(
                {"gps-consumer": DROP},
                {"gps-consumer-scaler": "it scales no workload of this stack"},
                aspect="target",
            ),
        ),
        unknown="odoo-web-scaler.spec.scaleTargetRef.name",
    ),
    Row(
        "avl-k8s-scaling-owner",
        (TMS, ODOO, ODOO_SCALER),
        (
            Break(
                {"odoo-web.spec.replicas": 3},
                {"odoo-web": "spec.replicas is set, so each deployment undoes what the scaler did"},
                aspect="replicas",
            ),
            Break(
                {},
                {"odoo-web": "2 scalers decide about it: odoo-web, odoo-web"},
                plus=(replace(autoscaler("odoo-web", "odoo", 2, 4), name="second"),),
                aspect="several",
            ),
        ),
        unknown="odoo-web-scaler.spec.scaleTargetRef",
        unknown_at="odoo-web",
        also_holds=({"odoo-web.spec.replicas": 3, "odoo-web-scaler": DROP},),
    ),
    Row(
        "avl-k8s-scaled",
        ESTATE,
        (
            Break({"odoo-web-scaler": DROP}, {"odoo-web": "nothing scales it"}),
            Break(
                {_TRIGGER: {"type": "cron", "metadata": {}}},
                {"the stack": "no part of the GPS service scales with its queue"},
            ),
            Break(
                {"gps-consumer-scaler": DROP, "gps-api-scaler": DROP},
                {
                    "gps-api": "nothing scales it",
                    "the stack": "no part of the GPS service scales with its queue",
                },
            ),
        ),
        unknown="gps-api-binding.spec.serviceRef.name",
        also_holds=({"odoo-web-scaler": DROP, "odoo-web-binding": DROP},),
    ),
    Row(
        "avl-k8s-scaling-by-hand",
        (TMS, ODOO),
        (
            Break(
                {},
                {
                    "odoo-web-scaler": "it scales by itself what is scaled by hand here",
                    "gps-consumer-scaler": "it scales by itself what is scaled by hand here",
                },
                plus=(ODOO_SCALER, CONSUMER_SCALER),
            ),
        ),
        unknown=None,
        stack="staging",
    ),
    Row(
        "avl-k8s-job",
        (TMS, INIT_JOB),
        (
            Break(
                {"odoo-init.spec.ttlSecondsAfterFinished": 3600},
                {"odoo-init": "ttlSecondsAfterFinished is set, so it runs again after the next refresh"},
            ),
            Break(
                {"odoo-init.spec.backoffLimit": DROP},
                {"odoo-init": "backoffLimit is not set, so it may run seven times"},
            ),
        ),
        unknown=None,
    ),
    Row(
        "avl-k8s-cron-job",
        (TMS, ARCHIVE_JOB),
        (
            Break(
                {"gps-archive.spec.concurrencyPolicy": DROP},
                {"gps-archive": "concurrencyPolicy allows several runs at once"},
            ),
            Break(
                {"gps-archive.spec.jobTemplate.spec.backoffLimit": DROP},
                {"gps-archive": "backoffLimit is not set, so a run may try seven times"},
            ),
        ),
        unknown="gps-archive.spec.concurrencyPolicy",
    ),
    Row(
        "avl-k8s-dns",
        (DNS,),
        (
            Break(
                {
                    "coredns.configurationValues": '{"replicaCount": 1,'
                    ' "podDisruptionBudget": {"enabled": true}}'
                },
                {"coredns": "CoreDNS may run with 1 replicas"},
            ),
            Break(
                {"coredns.configurationValues": '{"autoScaling": {"enabled": true}}'},
                {
                    "coredns": (
                        "CoreDNS may run with any number of replicas",
                        "podDisruptionBudget.enabled is not true",
                    )
                },
            ),
            Break(
                {"coredns.configurationValues": DROP}, {"coredns": "podDisruptionBudget.enabled is not true"}
            ),
        ),
        unknown="coredns.configurationValues",
        also_holds=(
            {
                "coredns.configurationValues": '{"autoScaling": {"enabled": true, "minReplicas": 2},'
                ' "podDisruptionBudget": {"enabled": true}}'
            },
        ),
    ),
)
