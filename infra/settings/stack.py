"""The settings of a whole stack: an estate (prod, staging, testing, dr) or a developer's workspace (dev)."""

from __future__ import annotations

from .cluster import ClusterSettings
from .data import (
    BrokerSettings,
    CacheSettings,
    DatabaseSettings,
    FilestoreSettings,
    ObjectsSettings,
    RegistrySettings,
    SearchSettings,
    SecretsSettings,
)
from .edge import EdgeSettings, LoadSettings
from .environment import (
    EncryptionSettings,
    EnvironmentSettings,
    RecoverySettings,
    ScheduleSettings,
    WorkspaceSettings,
)
from .network import NetworkSettings
from .observability import ObservabilitySettings
from .protection import ProtectionSettings
from .refresh import IntakeSettings, RefreshSettings
from .types import Area
from .versions import VersionSettings
from .workloads import WorkloadsSettings


class EstateSettings(Area):
    """An environment with a VPC, a cluster and data stores of its own."""

    environment: EnvironmentSettings
    encryption: EncryptionSettings
    schedule: ScheduleSettings
    recovery: RecoverySettings
    load: LoadSettings
    network: NetworkSettings
    cluster: ClusterSettings
    database: DatabaseSettings
    broker: BrokerSettings
    cache: CacheSettings
    search: SearchSettings | None = None
    """None: logs stay in the cluster (testing)."""
    objects: ObjectsSettings
    filestore: FilestoreSettings
    secrets: SecretsSettings
    registry: RegistrySettings
    edge: EdgeSettings
    observability: ObservabilitySettings | None = None
    """None: alarms of CloudWatch and the resource metrics of the cluster only (testing)."""
    protection: ProtectionSettings
    refresh: RefreshSettings | None = None
    """None: this environment's data is copied nowhere (all but production)."""
    intake: IntakeSettings | None = None
    """None: this environment takes no data of production's (production itself and its recovery)."""
    workloads: WorkloadsSettings
    versions: VersionSettings


class DevelopmentSettings(Area):
    """A developer's workspace: a namespace in the cluster that testing owns (ENV-01)."""

    environment: EnvironmentSettings
    workspace: WorkspaceSettings
    load: LoadSettings
    workloads: WorkloadsSettings
    versions: VersionSettings
