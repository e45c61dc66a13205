"""Pods of the GPS service: the API that vehicles call, and the consumers that store positions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes import core

from ...cluster_platform.labels import METRICS_PORT_NAME, PRIORITY_TRANSACTIONS
from ...network import ports
from .. import pods
from ..sizes import PodCapacity
from ..store_authority import StoreAuthority
from .configuration import AUTHORITY_FOLDER, SAMPLING_ANNOTATION

APPLICATION: Final = "gps"
USER_ID: Final = 10001
"""The image's own user."""
TEMPORARY: Final = "/tmp"  # noqa: S108  (a volume of the pod)
TEMPORARY_MIB: Final = 64
ANSWER_SECONDS: Final = 30
"""What a stopping pod has for open requests, or for the batch it took."""

LIVENESS: Final = pods.http_probe(
    "/health", port=ports.GPS.first, period_seconds=30, timeout_seconds=5, failure_threshold=3
)
"""OBS-10. Asks neither broker nor database: a pod is not at fault when they are away."""
READINESS: Final = pods.http_probe(
    "/ready", port=ports.GPS.first, period_seconds=10, timeout_seconds=5, failure_threshold=3
)
"""Whether the pod has its channel to the broker: without one it would refuse every position."""
SECURITY: Final = pods.pod_security(user_id=USER_ID, group_id=USER_ID, file_group_id=USER_ID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A Kubernetes Secret or ConfigMap whose members are files in a folder."""

    name: str
    path: str
    secret: str | None = None
    config_map: str | None = None
    optional: bool = False
    """Pods start without it, and the files appear when it does."""

    @property
    def volume(self) -> core.v1.VolumeArgs:
        """The pod's volume."""
        if self.config_map is not None:
            return pods.config_files(self.name, config_map=self.config_map)
        return pods.secret_files(self.name, secret=self.secret or self.name, optional=self.optional)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One Deployment of the service."""

    size: PodCapacity
    argument: str
    """What the image's entry point is told."""
    variables: Mapping[str, pulumi.Input[str]]
    folders: Sequence[Folder]
    ways: Mapping[str, str]
    """Labels that open ways out of the namespace."""
    serves: bool
    """Whether the load balancer sends requests: then a stopping pod goes on answering for a while."""

    @property
    def name(self) -> str:
        """Its name: `gps-api`, `gps-consumer`."""
        return self.size.name

    @property
    def selector(self) -> dict[str, str]:
        """Labels that pick its pods."""
        return pods.selector(APPLICATION, component=self.name)

    @property
    def labels(self) -> dict[str, str]:
        """Labels of its objects."""
        return pods.labels(APPLICATION, component=self.name)


def part_template(
    part: Part,
    *,
    image: str,
    service_account: pulumi.Input[str],
    authority: StoreAuthority | None,
    success_sampling_percent: int,
) -> core.v1.PodTemplateSpecArgs:
    """Put the pod of a part together."""
    folders = [*part.folders]
    variables = {**part.variables}
    if authority is not None:
        folders.append(Folder(name="authority", path=AUTHORITY_FOLDER, secret=authority.secret))
        variables["SSL_CERT_FILE"] = f"{AUTHORITY_FOLDER}/{authority.file}"
    container = core.v1.ContainerArgs(
        name=part.name,
        image=image,
        args=[part.argument],
        env=pods.variables(variables),
        ports=[
            core.v1.ContainerPortArgs(
                name="http" if part.serves else METRICS_PORT_NAME,
                container_port=ports.GPS.first,
                protocol="TCP",
            )
        ],
        liveness_probe=LIVENESS,
        readiness_probe=READINESS,
        lifecycle=pods.drain() if part.serves else None,
        resources=pods.resources(
            cpu_millicores=part.size.cpu_millicores,
            memory_mib=part.size.memory_mib,
            memory_limit_mib=part.size.memory_limit_mib,
        ),
        security_context=pods.container_security(),
        volume_mounts=[
            pods.mount("tmp", TEMPORARY),
            *(pods.mount(folder.name, folder.path, read_only=True) for folder in folders),
        ],
    )
    return pods.pod_template(
        labels={**part.labels, **part.ways},
        annotations={SAMPLING_ANNOTATION: str(success_sampling_percent)},
        containers=[container],
        volumes=[
            pods.scratch("tmp", size_mib=TEMPORARY_MIB),
            *(folder.volume for folder in folders),
        ],
        security=SECURITY,
        service_account=service_account,
        priority_class=PRIORITY_TRANSACTIONS,
        stop_seconds=ANSWER_SECONDS + 2 * pods.DRAIN_SECONDS,
        spread=pods.spread(part.selector),
    )
