"""What the pods that watch request and may use: Helm values and the fit of the cluster read the same numbers.

| pods | where |
|---|---|
| Prometheus, its operator, Alertmanager, Grafana, kube-state-metrics, exporters | namespace `observability` |
| Fluent Bit, node exporter | on every node, namespace `node-agents` |

A node of production has little CPU to spare at rest, so these are the rest consumption of each program with
some room; memory limits let Prometheus read its log at a start and answer a dashboard of a month. CPU has no
limit: a scrape that is slowed down is a scrape that fails. Side containers have rows of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypedDict


class Resources(TypedDict):
    """Requests and limits of a container, as manifests and charts name them."""

    requests: dict[str, str]
    limits: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerRequest:
    """What one container requests, and the memory that it may use."""

    name: str
    cpu_millicores: int
    memory_mib: int
    memory_limit_mib: int

    @property
    def resources(self) -> Resources:
        """Give requests and limit."""
        return Resources(
            requests={"cpu": f"{self.cpu_millicores}m", "memory": f"{self.memory_mib}Mi"},
            limits={"memory": f"{self.memory_limit_mib}Mi"},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringPod:
    """One kind of pods of monitoring, by its containers; each runs once, or once on every node."""

    name: str
    containers: tuple[ContainerRequest, ...]
    volume_gib: int = 0
    """A volume of its own besides what the settings give Prometheus; 0: none."""

    @property
    def cpu_millicores(self) -> int:
        """CPU that all containers request."""
        return sum(container.cpu_millicores for container in self.containers)

    @property
    def memory_mib(self) -> int:
        """Memory that all containers request."""
        return sum(container.memory_mib for container in self.containers)

    @property
    def memory_limit_mib(self) -> int:
        """Memory that all containers may use."""
        return sum(container.memory_limit_mib for container in self.containers)


def _container(name: str, cpu: int, memory: int, limit: int) -> ContainerRequest:
    return ContainerRequest(name=name, cpu_millicores=cpu, memory_mib=memory, memory_limit_mib=limit)


CONFIG_RELOADER: Final = _container("config-reloader", 2, 24, 64)
"""Beside Prometheus and beside Alertmanager, and before them as an init container."""
PROMETHEUS: Final = _container("prometheus", 248, 1512, 3072)
PROMETHEUS_OPERATOR: Final = _container("kube-prometheus-stack", 20, 96, 256)
ALERTMANAGER: Final = _container("alertmanager", 8, 40, 128)
GRAFANA: Final = _container("grafana", 40, 224, 512)
GRAFANA_SIDECAR: Final = _container("grafana-sc", 5, 80, 160)
"""One reads dashboards, one data sources."""
KUBE_STATE_METRICS: Final = _container("kube-state-metrics", 10, 64, 256)
POSTGRES_EXPORTER: Final = _container("prometheus-postgres-exporter", 10, 48, 128)
REDIS_EXPORTER: Final = _container("prometheus-redis-exporter", 10, 32, 96)
CLOUDWATCH_EXPORTER: Final = _container("yet-another-cloudwatch-exporter", 10, 64, 256)
BLACKBOX_EXPORTER: Final = _container("blackbox-exporter", 10, 32, 96)
FLUENT_BIT: Final = _container("fluent-bit", 40, 96, 256)
NODE_EXPORTER: Final = _container("node-exporter", 10, 32, 96)
JOB: Final = _container("job", 50, 128, 256)
"""Around an installation, done in seconds: the fit does not count it, the quota leaves room."""

IN_THE_CLUSTER: Final = (
    MonitoringPod(name="prometheus", containers=(PROMETHEUS, CONFIG_RELOADER)),
    MonitoringPod(name="prometheus-operator", containers=(PROMETHEUS_OPERATOR,)),
    MonitoringPod(name="alertmanager", containers=(ALERTMANAGER, CONFIG_RELOADER), volume_gib=2),
    MonitoringPod(name="grafana", containers=(GRAFANA, GRAFANA_SIDECAR, GRAFANA_SIDECAR)),
    MonitoringPod(name="kube-state-metrics", containers=(KUBE_STATE_METRICS,)),
    MonitoringPod(name="postgres-exporter", containers=(POSTGRES_EXPORTER,)),
    MonitoringPod(name="redis-exporter", containers=(REDIS_EXPORTER,)),
    MonitoringPod(name="cloudwatch-exporter", containers=(CLOUDWATCH_EXPORTER,)),
    MonitoringPod(name="blackbox-exporter", containers=(BLACKBOX_EXPORTER,)),
)
"""Once in the cluster."""

ON_EVERY_NODE: Final = (
    MonitoringPod(name="fluent-bit", containers=(FLUENT_BIT,)),
    MonitoringPod(name="node-exporter", containers=(NODE_EXPORTER,)),
)
"""Once on every node (OBS-01, OBS-02)."""
