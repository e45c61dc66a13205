"""Alarms on the control plane of EKS (AWS/EKS), which reports without anything in the cluster.

Pods without a node are an alarm where nodes must always be there: a sleeping environment has none at night.

Reference: Amazon EKS User Guide, "Monitor cluster data with Amazon CloudWatch", "Basic metrics"; EKS Best
Practices Guide, "Control plane", for the size of etcd.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pulumi

from .metric_alarm import FIVE_MINUTES, Alarm, Formula, Metric
from .situation import Situation

ERROR_PERCENT: Final = 5
ETCD_GIB: Final = 8
"""Where etcd goes read-only."""
ETCD_SHARE: Final = 0.75
GIB: Final = 1024**3

RUNBOOK: Final = "control-plane"


def control_plane_alarms(*, situation: Situation, cluster_name: pulumi.Input[str]) -> Iterator[Alarm]:
    """Give the alarms of the cluster."""

    def metric(name: str, statistic: str) -> Metric:
        return Metric(
            namespace="AWS/EKS", name=name, statistic=statistic, dimensions={"ClusterName": cluster_name}
        )

    yield Alarm(
        name="control-plane-silent",
        watches=metric("apiserver_request_total", "Sum"),
        when="<",
        threshold=1,
        periods=3,
        # EKS itself asks the API all the time: silence means that it does not answer.
        missing="breaching",
        says="The Kubernetes API has counted no request for 15 minutes.",
        do="Look at the cluster in the console and at AWS Health; pods that run go on without it.",
        runbook=RUNBOOK,
    )
    yield Alarm(
        name="control-plane-errors",
        watches=Formula(
            expression="IF(requests > 0, 100 * FILL(errors, 0) / requests, 0)",
            label="Answers 5xx of the API in percent",
            metrics={
                "requests": metric("apiserver_request_total", "Sum"),
                "errors": metric("apiserver_request_total_5XX", "Sum"),
            },
        ),
        when=">",
        threshold=ERROR_PERCENT,
        periods=3,
        missing="notBreaching",
        says=f"The Kubernetes API has answered more than {ERROR_PERCENT} % of requests with errors.",
        do="Look at failing admission webhooks and at AWS Health.",
        runbook=RUNBOOK,
    )
    limit_gib = ETCD_GIB * ETCD_SHARE
    yield Alarm(
        name="control-plane-storage",
        watches=metric("apiserver_storage_size_bytes", "Maximum"),
        when=">",
        threshold=limit_gib * GIB,
        periods=3,
        missing="notBreaching",
        says=f"Objects fill over {limit_gib:g} of the {ETCD_GIB} GiB at which the cluster stops writing.",
        do="Find the kind of object that grows (events, jobs, reports) and delete old ones.",
        runbook=RUNBOOK,
    )
    if not situation.sleeps:
        yield Alarm(
            name="pods-without-node",
            watches=metric("scheduler_pending_pods_UNSCHEDULABLE", "Minimum"),
            when=">",
            threshold=0,
            period_seconds=FIVE_MINUTES,
            periods=4,
            missing="notBreaching",
            says="Pods have found no node for 20 minutes: nodes are lost, or the groups are at their limit.",
            do="Look at the node groups' health and EC2's quotas; raise the maximum size if it is reached.",
            runbook=RUNBOOK,
        )
