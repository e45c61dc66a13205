"""Storage classes: encrypted volumes, and directories of the shared file system."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import storage

from ..data.filestore import ODOO_GROUP_ID, ODOO_USER_ID

VOLUMES: Final = "gp3"
FILES: Final = "efs"
EFS_MOUNT_OPTIONS: Final = ("tls", "iam")
"""The client speaks TLS and says who it is: the file system refuses everybody else (SEC-05)."""


def create_volume_class(
    *, key_arn: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> storage.v1.StorageClass:
    """Make the default class: gp3 volumes under our own key (SEC-06), in the zone where the pod goes."""
    return storage.v1.StorageClass(
        f"storage-{VOLUMES}",
        storage.v1.StorageClassInitArgs(
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=VOLUMES, annotations={"storageclass.kubernetes.io/is-default-class": "true"}
            ),
            provisioner="ebs.csi.aws.com",
            parameters={
                "type": "gp3",
                "encrypted": "true",
                "kmsKeyId": key_arn,
                "csi.storage.k8s.io/fstype": "ext4",
            },
            volume_binding_mode="WaitForFirstConsumer",
            allow_volume_expansion=True,
            reclaim_policy="Delete",
        ),
        opts=opts,
    )


def create_file_class(
    *, file_system_id: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> storage.v1.StorageClass:
    """Make the class of shared directories, each behind an access point of its own, owned by Odoo's user.

    Odoo's own filestore has an access point already: its volume names that and this class, and nothing is
    provisioned. What is claimed here stays when the claim goes.
    """
    return storage.v1.StorageClass(
        f"storage-{FILES}",
        storage.v1.StorageClassInitArgs(
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=FILES),
            provisioner="efs.csi.aws.com",
            parameters={
                "provisioningMode": "efs-ap",
                "fileSystemId": file_system_id,
                "directoryPerms": "0750",
                "uid": str(ODOO_USER_ID),
                "gid": str(ODOO_GROUP_ID),
                "basePath": "/claims",
                "ensureUniqueDirectory": "true",
            },
            mount_options=list(EFS_MOUNT_OPTIONS),
            volume_binding_mode="Immediate",
            reclaim_policy="Retain",
        ),
        opts=opts,
    )
