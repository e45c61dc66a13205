"""Odoo's data directory: filestore and sessions, one for all pods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes import core, meta

from ...cluster_platform.storage import EFS_MOUNT_OPTIONS
from ..pods import metadata
from .parts import APPLICATION

CLAIM: Final = "odoo-data"
NOMINAL_SIZE: Final = "100Gi"
"""Kubernetes wants a size; EFS grows as it is used and ignores it."""
LABELS: Final = {"app.kubernetes.io/name": APPLICATION, "app.kubernetes.io/part-of": "fleet-erp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFiles:
    """The access point of Odoo in the file system: pods of every zone mount it, by TLS and IAM (SEC-05)."""

    file_system_id: pulumi.Input[str]
    access_point_id: pulumi.Input[str]
    storage_class: str
    volume_name: str
    """Name of the persistent volume: unique in the cluster."""

    def declare(self, *, namespace: pulumi.Input[str], protect: bool, opts: pulumi.ResourceOptions) -> None:
        """Declare the volume, and the claim that alone may have it. The data outlives both."""
        stateful = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=protect or None))
        volume = core.v1.PersistentVolume(
            "odoo-data",
            core.v1.PersistentVolumeInitArgs(
                metadata=meta.v1.ObjectMetaArgs(name=self.volume_name, labels=LABELS),
                spec=core.v1.PersistentVolumeSpecArgs(
                    capacity={"storage": NOMINAL_SIZE},
                    access_modes=["ReadWriteMany"],
                    persistent_volume_reclaim_policy="Retain",
                    storage_class_name=self.storage_class,
                    mount_options=list(EFS_MOUNT_OPTIONS),
                    claim_ref=core.v1.ObjectReferenceArgs(
                        api_version="v1", kind="PersistentVolumeClaim", name=CLAIM, namespace=namespace
                    ),
                    csi=core.v1.CSIPersistentVolumeSourceArgs(
                        driver="efs.csi.aws.com",
                        volume_handle=pulumi.Output.concat(self.file_system_id, "::", self.access_point_id),
                    ),
                ),
            ),
            opts=stateful,
        )
        core.v1.PersistentVolumeClaim(
            "odoo-data",
            core.v1.PersistentVolumeClaimInitArgs(
                metadata=metadata(CLAIM, namespace=namespace, labels=LABELS),
                spec=core.v1.PersistentVolumeClaimSpecArgs(
                    access_modes=["ReadWriteMany"],
                    storage_class_name=self.storage_class,
                    volume_name=self.volume_name,
                    resources=core.v1.VolumeResourceRequirementsArgs(requests={"storage": NOMINAL_SIZE}),
                ),
            ),
            opts=pulumi.ResourceOptions.merge(stateful, pulumi.ResourceOptions(depends_on=[volume])),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallVolume:
    """A volume of a storage class, for a single node: a developer's workspace (ENV-01)."""

    storage_class: str
    size_gib: int

    def declare(self, *, namespace: pulumi.Input[str], protect: bool, opts: pulumi.ResourceOptions) -> None:
        """Declare the claim; its volume goes with it."""
        core.v1.PersistentVolumeClaim(
            "odoo-data",
            core.v1.PersistentVolumeClaimInitArgs(
                metadata=metadata(
                    CLAIM,
                    namespace=namespace,
                    labels=LABELS,
                    # It is bound when the first pod comes: waiting for it before would never end.
                    annotations={"pulumi.com/skipAwait": "true"},
                ),
                spec=core.v1.PersistentVolumeClaimSpecArgs(
                    access_modes=["ReadWriteOnce"],
                    storage_class_name=self.storage_class,
                    resources=core.v1.VolumeResourceRequirementsArgs(
                        requests={"storage": f"{self.size_gib}Gi"}
                    ),
                ),
            ),
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=protect or None)),
        )
