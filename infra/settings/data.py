"""Data stores: database, broker, cache, search, objects, filestore, secrets and image registry."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .types import (
    Area,
    BrokerInstanceType,
    CacheNodeType,
    DailyWindow,
    KebabName,
    LogRetentionDays,
    PositiveCount,
    RdsInstanceClass,
    RepositoryName,
    SearchInstanceType,
    StorageGib,
    TimeOfDay,
    WeeklyWindow,
)

MonitoringInterval = Annotated[Literal[0, 1, 5, 10, 15, 30, 60], "seconds"]


class ReportReplicaSettings(Area):
    """The read path of reports: a replica in the same region (LOAD-03)."""

    instance_class: RdsInstanceClass


class DatabaseSettings(Area):
    """PostgreSQL on RDS (COMP-01..03, STOR-01, STOR-03, DATA-02)."""

    made_as: Literal["instance", "replica"] = "instance"
    """How RDS made the instance, for ever: engine, user and life cycle of a replica are its source's, also
    after it was promoted, and saying them would replace it."""
    instance_class: RdsInstanceClass
    multi_az: bool
    storage_gib: StorageGib
    max_storage_gib: StorageGib | None = None
    """Ceiling of storage autoscaling; None: the size is fixed."""
    iops: int | None = Field(default=None, ge=12000, le=64000)
    """gp3 takes a value only from 400 GiB up, and then at least 12,000; None below that."""
    throughput_mibps: int | None = Field(default=None, ge=500, le=4000)
    """gp3 takes a value only from 400 GiB up, and then at least 500; None below that."""
    backup_retention_days: int = Field(ge=1, le=35)
    backup_window: DailyWindow
    maintenance_window: WeeklyWindow
    deletion_protection: bool
    final_snapshot: bool
    keep_automated_backups: bool
    """Whether automated backups outlive the instance."""
    master_password: Literal["own-secret", "managed"]
    """`managed` (by RDS) is refused as soon as a read replica exists; then the secret is ours."""
    monitoring_interval_seconds: MonitoringInterval
    apply_immediately: bool
    auto_minor_version_upgrade: bool
    log_retention_days: LogRetentionDays
    snapshot: KebabName | None = None
    """The masked snapshot that the instance is made from (ENV-03); None: it begins empty. Another name, or
    none any more, replaces the instance."""
    report_replica: ReportReplicaSettings | None = None


class BrokerSettings(Area):
    """RabbitMQ on Amazon MQ."""

    instance_type: BrokerInstanceType
    deployment_mode: Literal["SINGLE_INSTANCE", "CLUSTER_MULTI_AZ"]
    maintenance_day: Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
    maintenance_time: TimeOfDay
    """UTC."""
    log_retention_days: LogRetentionDays


class CacheSettings(Area):
    """Redis OSS on ElastiCache."""

    engine: Literal["redis", "valkey"]
    node_type: CacheNodeType
    nodes: int = Field(ge=1, le=6)
    """Two or more: replicas in other zones with automatic failover."""
    snapshot_retention_days: int = Field(ge=0, le=35)
    snapshot_window: DailyWindow
    maintenance_window: WeeklyWindow
    log_retention_days: LogRetentionDays


class DedicatedMasterSettings(Area):
    """Dedicated master nodes of the search domain."""

    instance_type: SearchInstanceType
    count: Literal[3, 5]


class SearchSettings(Area):
    """OpenSearch for logs (OBS-02)."""

    instance_type: SearchInstanceType
    instance_count: PositiveCount
    zone_count: Literal[1, 2]
    dedicated_masters: DedicatedMasterSettings | None = None
    volume_gib: StorageGib
    log_retention_days: LogRetentionDays


class BucketSettings(Area):
    """One bucket of the object store and how long it keeps what it holds (STOR-02, DATA-05, DATA-06)."""

    name: KebabName
    classification: Literal["restricted", "confidential", "internal"]
    glacier_after_days: PositiveCount | None = None
    """Move to S3 Glacier Flexible Retrieval after so many days; None: never."""
    expire_after_days: PositiveCount | None = None
    """Delete after so many days; None: never."""
    object_lock_days: PositiveCount | None = None
    """Governance-mode object lock; can only be set when the bucket is made."""


class ObjectsSettings(Area):
    """S3 object storage."""

    buckets: tuple[BucketSettings, ...] = ()
    access_log_retention_days: PositiveCount
    """How long the load balancer's and the buckets' own access logs are kept."""
    noncurrent_version_days: PositiveCount
    """How long overwritten and deleted versions can be brought back."""
    force_destroy: bool
    """Whether `pulumi destroy` may delete buckets that hold objects."""


class FilestoreSettings(Area):
    """Odoo's filestore on EFS."""

    throughput_mode: Literal["elastic", "bursting"]
    backup: bool
    """EFS's own daily backup by AWS Backup."""
    infrequent_access_after: Literal["AFTER_30_DAYS", "AFTER_60_DAYS", "AFTER_90_DAYS"]


class SecretsSettings(Area):
    """Secrets Manager: partner keys are declared without a value (SEC-02)."""

    recovery_window_days: int = Field(ge=0, le=30)
    """0 deletes at once and frees the name: only where stacks come and go."""
    partner_keys: tuple[KebabName, ...]
    """Names of partner API keys, such as gsp-api-key; an operator puts the value."""


class RegistrySettings(Area):
    """ECR repositories; every environment has its own, images are promoted by digest."""

    repositories: tuple[RepositoryName, ...]
    keep_images: PositiveCount
    """Tagged images kept per repository."""
    force_delete: bool
    """Whether `pulumi destroy` may delete repositories that hold images."""
