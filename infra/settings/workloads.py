"""What runs in the cluster for the business: images, scaling, Odoo, GPS ingestion and reports.

Replicas and requests are derived from the load (`infra/workloads/capacity.py`); what stands here is what
the load cannot say: bounds, and requests that somebody cut by hand.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .types import Area, Email, Hostname, Pattern, Percentage, PositiveCount, RepositoryName

ImageTag = Annotated[
    str,
    Pattern("an image tag", "up to 128 letters, digits and ._-, not latest", r"(?!latest$)\w[\w.-]{0,127}"),
]
ImageDigest = Annotated[
    str, Pattern("an image digest", "sha256: and 64 hexadecimal digits", r"sha256:[0-9a-f]{64}")
]
DatabaseName = Annotated[
    str, Pattern("a database name", "lower-case letters, digits and _, up to 63", r"[a-z][a-z0-9_]{0,62}")
]
ModuleName = Annotated[str, Pattern("an Odoo module", "lower-case letters, digits and _", r"[a-z][a-z0-9_]*")]
Millicores = Annotated[int, Field(ge=10, le=16000)]
Mebibytes = Annotated[int, Field(ge=32, le=65536)]


class ImageSettings(Area):
    """One image in the environment's own registry; the digest decides, the tag is for people."""

    repository: RepositoryName
    tag: ImageTag
    digest: ImageDigest


class ImagesSettings(Area):
    """Images of our own workloads; charts bring theirs."""

    odoo: ImageSettings
    nginx: ImageSettings
    """The proxy beside Odoo: sets the headers that the load balancer does not."""
    gps: ImageSettings
    """GPS API and consumer."""
    ops: ImageSettings
    """Jobs: database and broker bootstrap, masking, archive."""


class PodSettings(Area):
    """Bounds of one workload, and requests cut by hand."""

    min_replicas: PositiveCount = 1
    """Never fewer where traffic is served, whatever the load asks for."""
    max_replicas: PositiveCount | None = None
    """Never more, whatever the load asks for; None: as the load asks."""
    cpu_millicores: Millicores | None = None
    """CPU that a pod requests; None: derived from what runs in it."""
    memory_mib: Mebibytes | None = None
    """Memory that a pod requests; None: derived from what runs in it."""


class OdooPodSettings(PodSettings):
    """Pods of Odoo."""

    workers: int = Field(ge=1, le=16)
    """HTTP worker processes of one pod."""
    cron_threads: int = Field(default=0, ge=0, le=8)
    """Processes for scheduled jobs in one pod."""


class MailSettings(Area):
    """How Odoo sends mail; without it nobody receives a two-factor code (SEC-01)."""

    sender: Email
    smtp_host: Hostname | Literal["mail-catcher"]
    """`mail-catcher`: a sink in the namespace, where no mail may reach a real person."""
    smtp_port: Literal[587, 1025, 2587]
    """STARTTLS; Odoo's configuration file knows no TLS from the first byte (465)."""


class OdooSettings(Area):
    """Odoo: what users open, what runs on a schedule, what computes reports (LOAD-01, LOAD-03)."""

    database: DatabaseName
    modules: tuple[ModuleName, ...] = Field(min_length=1)
    """Installed when the database is new."""
    mail: MailSettings
    maintenance: bool = False
    """Stop Odoo before its jobs run: for a release whose schema the running pods cannot live with.

    Set back to false, it starts again: two deployments with a pause for the users between.
    """
    web: OdooPodSettings
    cron: OdooPodSettings
    report: OdooPodSettings | None = None
    """None: reports are computed by the web pods."""


class GpsConsumerSettings(PodSettings):
    """Pods that store positions."""

    prefetch: int = Field(default=50, ge=1, le=1000)
    """Messages a consumer holds unacknowledged: one batch of the database."""


class GpsSettings(Area):
    """GPS ingestion: the API that vehicles call and the consumers that store positions (LOAD-02)."""

    api: PodSettings
    consumer: GpsConsumerSettings
    key_rate_margin: float = Field(default=1.5, ge=1, le=10)
    """One API key may send the peak of the whole fleet times this; refused by the application with 429."""
    success_sampling_percent: Percentage
    """Share of successful ingestion events that reach the logs; errors always do (OBS-11, OBS-12)."""


class AutoscalingSettings(Area):
    """When pods are added (SCALE-01)."""

    cpu_percent: Percentage = 70
    memory_percent: Percentage = 75
    queue_depth: PositiveCount = 1000
    """Messages that wait in the queue of positions."""


class WorkloadsSettings(Area):
    """Everything in the cluster that serves the business."""

    scaling: Literal["autoscaled", "manual", "fixed"]
    """Who sets replicas.

    autoscaled: HPA and KEDA between bounds (SCALE-01); manual: the number of nodes, which is the one value
    set by hand, carries as much of the load as fits (SCALE-02); fixed: the load's peak (SCALE-03).
    """
    autoscaling: AutoscalingSettings = AutoscalingSettings()
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"]
    quota_headroom_percent: int = Field(default=25, ge=0, le=200)
    """What a namespace may request above all of its pods at their maximum: room for rolling updates."""
    images: ImagesSettings
    odoo: OdooSettings
    gps: GpsSettings
