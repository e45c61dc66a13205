"""Who and where an environment is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .types import (
    AccountId,
    Area,
    CostCenter,
    Date,
    Email,
    KebabName,
    Pattern,
    Region,
    TimeOfDay,
    TimeZone,
    Weekdays,
)
from .workloads import ImageSettings

DeveloperName = Annotated[
    str,
    Pattern(
        "a developer's name",
        "lower-case letters, digits and single hyphens, beginning with a letter, up to 40",
        r"(?=.{1,40}$)[a-z][a-z0-9]*(-[a-z0-9]+)*",
    ),
]
EksEndpoint = Annotated[
    str,
    Pattern(
        "the endpoint of an EKS cluster",
        "https://<32 capitals and digits>.<group>.<region>.eks.amazonaws.com",
        r"https://[0-9A-F]{32}\.[a-z0-9]+\.[a-z0-9-]+\.eks\.amazonaws\.com",
    ),
]
EncodedCertificate = Annotated[
    str,
    Pattern(
        "a certificate authority as EKS gives it",
        "a PEM certificate in base64, which begins with LS0tLS1CRUdJTi",
        r"LS0tLS1CRUdJTi[A-Za-z0-9+/]{20,}={0,2}",
    ),
]


FileSystemId = Annotated[
    str, Pattern("an EFS file system id", "fs- and 8 to 40 hexadecimal digits", r"fs-[0-9a-f]{8,40}")
]
HealthCheckId = Annotated[
    str,
    Pattern(
        "a Route 53 health check id",
        "a UUID in lower case",
        r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    ),
]


class EnvironmentSettings(Area):
    """Identity of the stack: environment, account, region and the people who answer for it."""

    name: Literal["prod", "staging", "testing", "dr", "dev"]
    """Which environment this stack is; the stack's own name must begin with it."""
    account_id: AccountId
    """The only account the provider may touch."""
    region: Region
    owner: Email
    """Tag `Owner`: who answers for the resources."""
    cost_center: CostCenter
    """Tag `CostCenter`: who pays."""
    account_baseline: bool
    """Whether this stack owns the singletons of its account and region (EBS encryption, …)."""
    account_globals: bool
    """Whether this stack owns the singletons of its whole account (service-linked roles, S3 access block)."""
    protect_stateful: bool
    """Whether stateful resources carry Pulumi's `protect` and survive `pulumi destroy` (ENV-04)."""
    alarm_emails: tuple[Email, ...] = Field(min_length=1)
    """Who receives CloudWatch alarms by e-mail; each address must confirm its subscription once."""


class EncryptionSettings(Area):
    """Customer-managed KMS keys (SEC-06)."""

    rotation_period_days: int = Field(ge=90, le=2560)
    deletion_window_days: int = Field(ge=7, le=30)


class AwakeSettings(Area):
    """When a scheduled environment runs; outside it nodes are at zero and databases stopped (OPS-02)."""

    weekdays: Weekdays
    start: TimeOfDay
    stop: TimeOfDay
    time_zone: TimeZone

    @property
    def tag_value(self) -> str:
        """The value of the `Schedule` tag: `MON-FRI 08:00-20:00 Asia/Kolkata`."""
        return f"{self.weekdays} {self.start}-{self.stop} {self.time_zone}"


class ScheduleSettings(Area):
    """Whether the environment sleeps."""

    awake: AwakeSettings | None
    """None: it never sleeps."""

    @property
    def tag_value(self) -> str:
        """The value of the `Schedule` tag."""
        return self.awake.tag_value if self.awake else "always-on"


class RecoverySettings(Area):
    """The part of the environment in recovery from the loss of a region (ENV-05).

    Two environments recover one another's region: the home, which is primary, and a standby elsewhere. While
    the standby serves after a loss, the home comes back as *its* standby before it is primary again; whatever
    crosses the regions is declared by the home, in either direction.
    """

    role: Literal["none", "primary", "standby"]
    home: bool = False
    """Whether this environment is where work belongs: it declares replicas, copies and their replication."""
    active: bool = False
    """A standby away from home that serves: its database is promoted, nodes have production size. One way."""
    handover: Literal["closed", "released"] | None = None
    """A planned move to the other region. `closed`: everybody is answered 503, so that the other region gets
    the last write; `released`: besides, names lead to the other region."""
    peer_environment: Literal["prod", "dr"] | None = None
    peer_account_id: AccountId | None = None
    peer_region: Region | None = None
    replicated_buckets: tuple[KebabName, ...] = ()
    """The home's buckets that are copied within fifteen minutes; the standby names them to watch them."""
    peer_filestore_id: FileSystemId | None = None
    """Output `filestore_id` of the other stack: where the home's files are copied to. None: nowhere yet."""
    peer_switch_id: HealthCheckId | None = None
    """Output `failover_switch_id` of the other stack: what takes names from the home. None: nothing yet."""

    @property
    def serving(self) -> bool:
        """Whether users' traffic and writes belong here."""
        return self.role != "standby" or self.active

    @property
    def rehearsed(self) -> bool:
        """Whether this is the region in which a failover ends, and so is rehearsed (DATA-08)."""
        return self.role == "standby" and not self.home

    @property
    def answering(self) -> bool:
        """Whether requests are answered: not while everything is handed to the other region."""
        return self.serving and self.handover is None

    @property
    def leading(self) -> bool:
        """Whether public names may lead here."""
        return self.serving and self.handover != "released"


class HostClusterSettings(Area):
    """The API of the cluster that workspaces share: outputs of the stack that owns it, none of them secret.

    They stand in the stack file, and not the name of a context in somebody's kubeconfig, because a context of
    that name may lead anywhere on another machine. With the address and the authority a workspace can only
    ever come into this one cluster.
    """

    endpoint: EksEndpoint
    """`pulumi stack output cluster_endpoint -s testing`."""
    certificate_authority: EncodedCertificate
    """`pulumi stack output cluster_certificate_authority -s testing`."""


class StoreImagesSettings(Area):
    """Images of what a workspace runs itself instead of what AWS runs for an environment."""

    postgres: ImageSettings
    rabbitmq: ImageSettings
    redis: ImageSettings


class WorkspaceSettings(Area):
    """A developer's workspace in the shared non-production cluster (ENV-01)."""

    developer: DeveloperName
    """The workspace is namespace `dev-<developer>`, its stack `dev-<developer>`."""
    expires_on: Date
    """The last day. The pipeline writes it: a program that read the clock would change with every run."""
    expires_after_days: int = Field(ge=1, le=30)
    """How far in the future the pipeline sets `expires_on`, when the workspace is made or extended."""
    cluster: HostClusterSettings
    images: StoreImagesSettings
    cpu_quota_millicores: int = Field(ge=500, le=8000)
    memory_quota_mib: int = Field(ge=1024, le=32768)
    storage_quota_gib: int = Field(ge=10, le=100)
    """For the volumes of PostgreSQL, RabbitMQ and Odoo's files together."""
