"""What everything beside our own workloads requests: DaemonSets, add-ons, controllers, monitoring.

Controllers and monitoring are counted with the numbers that their charts get
(`infra/cluster_platform/requests.py`, `infra/observability/requests.py`).
Add-ons whose requests EKS sets are written down as their charts have them (v1.35 add-on versions of
Pulumi.yaml); a container without a request counts as one that has what it uses at rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ..cluster_platform.requests import controllers
from ..observability.requests import IN_THE_CLUSTER, ON_EVERY_NODE
from .rooms import PodRequest


def _pods(name: str, cpu_millicores: int, memory_mib: int, *, pods: int = 1) -> PodRequest:
    return PodRequest(name=name, pods=pods, cpu_millicores=cpu_millicores, memory_mib=memory_mib)


EVERY_NODE: Final = (
    # aws-node and its network policy agent, 25m each.
    _pods("aws-node", 50, 64),
    _pods("kube-proxy", 100, 32),
    # Three containers of 10m and 40Mi.
    _pods("ebs-csi-node", 30, 120),
    _pods("efs-csi-node", 10, 40),
)
"""DaemonSets that every environment has."""

LOGS_AND_METRICS_ON_EVERY_NODE: Final = tuple(
    _pods(each.name, each.cpu_millicores, each.memory_mib) for each in ON_EVERY_NODE
)
"""DaemonSets of environments whose logs and metrics are kept (OBS-01, OBS-02)."""

INTRUSION_AGENT: Final = _pods("aws-guardduty-agent", 200, 256)
"""What GuardDuty puts on every node where it watches what runs there (SEC-10): the least that it takes."""

COREDNS: Final = _pods("coredns", 100, 70, pods=2)
EFS_CONTROLLER: Final = _pods("efs-csi-controller", 10, 60, pods=2)
REPLICATED_ADD_ONS: Final = (
    # Six containers of 10m and 40Mi.
    _pods("ebs-csi-controller", 60, 240),
    # As `infra/cluster/addon_values.py` sets it.
    _pods("metrics-server", 50, 100),
)

MONITORING: Final = tuple(_pods(each.name, each.cpu_millicores, each.memory_mib) for each in IN_THE_CLUSTER)
"""What runs once where metrics are kept."""


def on_every_node(*, monitored: bool, guarded: bool) -> Sequence[PodRequest]:
    """Give the DaemonSets: what each node loses before a pod of ours gets there.

    `monitored`: logs and metrics are kept; `guarded`: GuardDuty has its agent there.
    """
    return (
        *EVERY_NODE,
        *(LOGS_AND_METRICS_ON_EVERY_NODE if monitored else ()),
        *((INTRUSION_AGENT,) if guarded else ()),
    )


def in_the_cluster(*, monitored: bool, autoscaled: bool, replicas: int) -> Sequence[PodRequest]:
    """Give add-ons, controllers and monitoring: what the cluster loses once.

    `replicas` pods of each controller (`ClusterSettings.controller_replicas`), one where one leads anyway.
    """
    return (
        COREDNS,
        EFS_CONTROLLER,
        *(replace(request, pods=replicas) for request in REPLICATED_ADD_ONS),
        *(
            _pods(each.name, each.cpu_millicores, each.memory_mib, pods=each.pods(replicas=replicas))
            for each in controllers(autoscaled=autoscaled)
        ),
        *(MONITORING if monitored else ()),
    )


WORKSPACE: Final = (
    _pods("postgres", 150, 384),
    _pods("rabbitmq", 150, 384),
    _pods("redis", 50, 64),
    _pods("mail-catcher", 10, 64),
)
"""What a developer's workspace runs itself instead of what AWS runs for an estate (ENV-01)."""
