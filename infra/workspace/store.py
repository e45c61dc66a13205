"""One data store of a workspace: a pod that is replaced and never doubled, behind a service."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes import apps, core, meta

from ..cluster_platform.labels import PRIORITY_STANDARD
from ..cluster_platform.storage import VOLUMES
from ..workloads import platform_requests
from ..workloads.pods import (
    container_security,
    labels,
    metadata,
    mount,
    pod_security,
    pod_template,
    resources,
    secret_files,
    selector,
    service_account,
    variables,
)
from .generated_secrets import CERTIFICATE

TLS_DIRECTORY = "/etc/stores-tls"
TLS_VOLUME = "tls"
DATA_VOLUME = "data"
STOP_SECONDS = 60
LIMIT_FACTOR = 2
"""Memory that a store may use beside its request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSize:
    """What a store requests and may use."""

    cpu_millicores: int
    memory_mib: int
    memory_limit_mib: int

    @classmethod
    def of(cls, name: str) -> StoreSize:
        """Give the size that the quota's check counts with. Raises StopIteration for an unknown store."""
        request = next(pods for pods in platform_requests.WORKSPACE if pods.name == name)
        return cls(
            cpu_millicores=request.cpu_millicores,
            memory_mib=request.memory_mib,
            memory_limit_mib=request.memory_mib * LIMIT_FACTOR,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDefinition:
    """What differs from store to store."""

    name: str
    """Of the service, the stateful set and the account; clients know it as host."""
    image: str
    user_id: int
    """User and group of the image, to whom the data belongs."""
    ports: Mapping[str, int]
    """By name; each is a port of the service too. The CNI's policies match only when both are the same."""
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    volumes: Sequence[core.v1.VolumeArgs] = ()
    mounts: Sequence[core.v1.VolumeMountArgs] = ()
    readiness: core.v1.ProbeArgs
    liveness: core.v1.ProbeArgs
    data_directory: str | None = None
    """Where what must survive the pod is kept; None: nothing must."""
    storage_gib: int = 0
    configuration: str = ""
    """Text of the files that the store reads at its start: a change of it replaces the pod."""


class Store(pulumi.ComponentResource):
    """A store (ENV-01): the version that AWS runs elsewhere, for one developer, with made-up data.

    TLS with the server's name checked as in every environment: clients have one configuration. No root, no
    capabilities, a root file system that nobody writes to.
    """

    name: str
    resource: apps.v1.StatefulSet
    """What clients depend on."""

    def __init__(
        self,
        definition: StoreDefinition,
        *,
        namespace: pulumi.Input[str],
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the store, after the secrets that it starts with."""
        super().__init__("fleet:workspace:Store", definition.name, None, opts)
        self._definition = definition
        self._namespace = namespace
        self.name = definition.name
        child = pulumi.ResourceOptions(parent=self)
        account = service_account(definition.name, namespace=namespace, labels=self._labels, opts=child)
        service = core.v1.Service(
            definition.name,
            core.v1.ServiceInitArgs(
                metadata=metadata(definition.name, namespace=namespace, labels=self._labels),
                spec=core.v1.ServiceSpecArgs(
                    type="ClusterIP",
                    selector=self._selector,
                    ports=[
                        core.v1.ServicePortArgs(name=name, port=port, target_port=port, protocol="TCP")
                        for name, port in definition.ports.items()
                    ],
                ),
            ),
            opts=child,
        )
        self.resource = apps.v1.StatefulSet(
            definition.name,
            apps.v1.StatefulSetInitArgs(
                metadata=metadata(definition.name, namespace=namespace, labels=self._labels),
                spec=apps.v1.StatefulSetSpecArgs(
                    replicas=1,
                    service_name=definition.name,
                    revision_history_limit=2,
                    selector=meta.v1.LabelSelectorArgs(match_labels=self._selector),
                    template=self._template(),
                    volume_claim_templates=self._claims() or None,
                    # The data goes with the workspace, and stays when the developer lets it sleep.
                    persistent_volume_claim_retention_policy=apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicyArgs(
                        when_deleted="Delete", when_scaled="Retain"
                    ),
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account, service, *after]),
        )
        self.register_outputs({"name": self.name})

    @property
    def _labels(self) -> dict[str, str]:
        return labels(self._definition.name, component=self._definition.name)

    @property
    def _selector(self) -> dict[str, str]:
        return selector(self._definition.name, component=self._definition.name)

    def _template(self) -> core.v1.PodTemplateSpecArgs:
        definition, size = self._definition, StoreSize.of(self._definition.name)
        data = [mount(DATA_VOLUME, definition.data_directory)] if definition.data_directory else []
        return pod_template(
            labels=self._labels,
            annotations={"fleet-erp/configuration": _digest(definition)},
            containers=[
                core.v1.ContainerArgs(
                    name=definition.name,
                    image=definition.image,
                    image_pull_policy="IfNotPresent",
                    args=list(definition.arguments),
                    env=variables(definition.environment),
                    ports=[
                        core.v1.ContainerPortArgs(name=name, container_port=port, protocol="TCP")
                        for name, port in definition.ports.items()
                    ],
                    resources=resources(
                        cpu_millicores=size.cpu_millicores,
                        memory_mib=size.memory_mib,
                        memory_limit_mib=size.memory_limit_mib,
                    ),
                    security_context=container_security(),
                    readiness_probe=definition.readiness,
                    liveness_probe=definition.liveness,
                    volume_mounts=[
                        mount(TLS_VOLUME, TLS_DIRECTORY, read_only=True),
                        *data,
                        *definition.mounts,
                    ],
                )
            ],
            volumes=[secret_files(TLS_VOLUME, secret=CERTIFICATE), *definition.volumes],
            security=pod_security(
                user_id=definition.user_id,
                group_id=definition.user_id,
                file_group_id=definition.user_id,
            ),
            service_account=definition.name,
            priority_class=PRIORITY_STANDARD,
            stop_seconds=STOP_SECONDS,
        )

    def _claims(self) -> list[core.v1.PersistentVolumeClaimArgs]:
        if self._definition.data_directory is None:
            return []
        return [
            core.v1.PersistentVolumeClaimArgs(
                metadata=meta.v1.ObjectMetaArgs(name=DATA_VOLUME, labels=self._labels),
                spec=core.v1.PersistentVolumeClaimSpecArgs(
                    access_modes=["ReadWriteOnce"],
                    storage_class_name=VOLUMES,
                    resources=core.v1.VolumeResourceRequirementsArgs(
                        requests={"storage": f"{self._definition.storage_gib}Gi"}
                    ),
                ),
            )
        ]


def open_port(port: int, *, period_seconds: int, failure_threshold: int) -> core.v1.ProbeArgs:
    """Probe whether somebody listens: cheap, and no password is needed."""
    return core.v1.ProbeArgs(
        tcp_socket=core.v1.TCPSocketActionArgs(port=port),
        period_seconds=period_seconds,
        timeout_seconds=5,
        failure_threshold=failure_threshold,
        success_threshold=1,
    )


def run_command(
    command: Sequence[str], *, period_seconds: int, timeout_seconds: int, failure_threshold: int
) -> core.v1.ProbeArgs:
    """Probe with a program of the image."""
    return core.v1.ProbeArgs(
        exec_=core.v1.ExecActionArgs(command=list(command)),
        period_seconds=period_seconds,
        timeout_seconds=timeout_seconds,
        failure_threshold=failure_threshold,
        success_threshold=1,
    )


def _digest(definition: StoreDefinition) -> str:
    text = json.dumps([definition.configuration, list(definition.arguments)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
