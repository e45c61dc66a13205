"""What the controllers request and may use: Helm values and the fit of the cluster read the same numbers.

Rest consumption of each program with some room; memory limits let it start and list every object once. There
is no limit of CPU but the single core that some charts give: it would slow a controller exactly when there is
most to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypedDict


class Resources(TypedDict):
    """Requests and limits of a container, as manifests and charts name them."""

    requests: dict[str, str]
    limits: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerRequest:
    """One kind of pods and what each of them requests."""

    name: str
    replicated: bool = False
    """Whether as many run as the environment has replicas of controllers; else one, which is missed by nobody
    for the minute in which it moves to another node."""
    cpu_millicores: int
    memory_mib: int
    memory_limit_mib: int

    def pods(self, *, replicas: int) -> int:
        """Count the pods where controllers have so many `replicas`."""
        return replicas if self.replicated else 1

    @property
    def resources(self) -> Resources:
        """Give requests and limit of one pod."""
        return Resources(
            requests={"cpu": f"{self.cpu_millicores}m", "memory": f"{self.memory_mib}Mi"},
            limits={"memory": f"{self.memory_limit_mib}Mi"},
        )


def _controller(
    name: str, cpu: int, memory: int, limit: int, *, replicated: bool = False
) -> ControllerRequest:
    return ControllerRequest(
        name=name, replicated=replicated, cpu_millicores=cpu, memory_mib=memory, memory_limit_mib=limit
    )


LOAD_BALANCER_CONTROLLER: Final = _controller("aws-load-balancer-controller", 25, 96, 256, replicated=True)
EXTERNAL_SECRETS: Final = _controller("external-secrets", 15, 64, 256, replicated=True)
EXTERNAL_SECRETS_WEBHOOK: Final = _controller("external-secrets-webhook", 10, 32, 128)
EXTERNAL_SECRETS_CERTIFICATES: Final = _controller("external-secrets-cert-controller", 10, 48, 192)
TRIVY_OPERATOR: Final = _controller("trivy-operator", 20, 128, 512)
TRIVY_SERVER: Final = _controller("trivy-server", 30, 256, 1024)
TRIVY_SCAN: Final = _controller("trivy-scan", 50, 128, 640)
"""One image is scanned at a time, when there is room: no node is kept for it."""
CLUSTER_AUTOSCALER: Final = _controller("cluster-autoscaler", 25, 128, 512)
KEDA_OPERATOR: Final = _controller("keda-operator", 25, 96, 384, replicated=True)
KEDA_METRICS_SERVER: Final = _controller("keda-metrics-apiserver", 25, 96, 256, replicated=True)
KEDA_WEBHOOKS: Final = _controller("keda-admission-webhooks", 10, 32, 128)

CONTROLLERS: Final = (
    LOAD_BALANCER_CONTROLLER,
    EXTERNAL_SECRETS,
    EXTERNAL_SECRETS_WEBHOOK,
    EXTERNAL_SECRETS_CERTIFICATES,
    TRIVY_OPERATOR,
    TRIVY_SERVER,
)
"""Controllers of every environment."""
AUTOSCALING_CONTROLLERS: Final = (CLUSTER_AUTOSCALER, KEDA_OPERATOR, KEDA_METRICS_SERVER, KEDA_WEBHOOKS)
"""Controllers of environments that scale by themselves."""


def controllers(*, autoscaled: bool) -> tuple[ControllerRequest, ...]:
    """Give the controllers of an environment."""
    return CONTROLLERS + (AUTOSCALING_CONTROLLERS if autoscaled else ())
