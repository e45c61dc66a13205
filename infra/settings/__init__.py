"""Typed, validated settings: the only room that reads configuration."""

from .cluster import ClusterSettings, NodeGroupSettings
from .data import (
    BrokerSettings,
    BucketSettings,
    CacheSettings,
    DatabaseSettings,
    FilestoreSettings,
    ObjectsSettings,
    RegistrySettings,
    SearchSettings,
    SecretsSettings,
)
from .edge import EdgeSettings, FirewallSettings, FleetLoadSettings, LoadSettings
from .environment import (
    EncryptionSettings,
    EnvironmentSettings,
    HostClusterSettings,
    RecoverySettings,
    ScheduleSettings,
    StoreImagesSettings,
    WorkspaceSettings,
)
from .loading import EXIT_STATUS, PROJECT, SettingsError
from .network import NetworkSettings, SubnetSettings
from .observability import (
    AlertingSettings,
    LatencySettings,
    LogShippingSettings,
    MetricsSettings,
    ObservabilitySettings,
    OnCallSettings,
    PagerDutySettings,
    ResponderSettings,
)
from .stack import DevelopmentSettings, EstateSettings
from .versions import VersionSettings
from .workloads import (
    AutoscalingSettings,
    GpsSettings,
    ImageSettings,
    ImagesSettings,
    MailSettings,
    OdooPodSettings,
    OdooSettings,
    PodSettings,
    WorkloadsSettings,
)

__all__ = [
    "EXIT_STATUS",
    "PROJECT",
    "AlertingSettings",
    "AutoscalingSettings",
    "BrokerSettings",
    "BucketSettings",
    "CacheSettings",
    "ClusterSettings",
    "DatabaseSettings",
    "DevelopmentSettings",
    "EdgeSettings",
    "EncryptionSettings",
    "EnvironmentSettings",
    "EstateSettings",
    "FilestoreSettings",
    "FirewallSettings",
    "FleetLoadSettings",
    "GpsSettings",
    "HostClusterSettings",
    "ImageSettings",
    "ImagesSettings",
    "LatencySettings",
    "LoadSettings",
    "LogShippingSettings",
    "MailSettings",
    "MetricsSettings",
    "NetworkSettings",
    "NodeGroupSettings",
    "ObjectsSettings",
    "ObservabilitySettings",
    "OdooPodSettings",
    "OdooSettings",
    "OnCallSettings",
    "PagerDutySettings",
    "PodSettings",
    "RecoverySettings",
    "RegistrySettings",
    "ResponderSettings",
    "ScheduleSettings",
    "SearchSettings",
    "SecretsSettings",
    "SettingsError",
    "StoreImagesSettings",
    "SubnetSettings",
    "VersionSettings",
    "WorkloadsSettings",
    "WorkspaceSettings",
]
