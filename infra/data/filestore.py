"""Odoo's filestore on EFS."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from ..identity import ANYONE, Condition, Principal, Statement, policy_document
from ..keys import Keys
from ..naming import Kind, Naming
from ..network import Network
from ..settings import FilestoreSettings, RecoverySettings

ODOO_USER_ID: Final = 100
ODOO_GROUP_ID: Final = 101
"""User and group of the official Odoo image."""
ROOT_DIRECTORY: Final = "/odoo"


class Filestore(pulumi.ComponentResource):
    """An encrypted file system, reachable in every zone, with one access point for Odoo (NET-01, SEC-05..07).

    Whoever mounts it is known to IAM and speaks TLS; everything else is refused. What comes through the
    access point acts as Odoo's user and sees nothing but its directory.

    In an environment that waits for the loss of another region it may be overwritten: the files of that
    region are copied into it, and it is read-only until the home's replication ends (ENV-05, DATA-08).
    """

    file_system_id: pulumi.Output[str]
    file_system_arn: pulumi.Output[str]
    access_point_id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        settings: FilestoreSettings,
        recovery: RecoverySettings,
        naming: Naming,
        network: Network,
        keys: Keys,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:data:Filestore", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        file_system_name = naming.name(Kind.FILE_SYSTEM, "filestore")
        file_system = aws.efs.FileSystem(
            "filestore",
            aws.efs.FileSystemArgs(
                creation_token=file_system_name,
                encrypted=True,
                kms_key_id=keys.data.arn,
                performance_mode="generalPurpose",
                throughput_mode=settings.throughput_mode,
                protection=_protection(recovery),
                lifecycle_policies=[
                    aws.efs.FileSystemLifecyclePolicyArgs(transition_to_ia=settings.infrequent_access_after),
                    aws.efs.FileSystemLifecyclePolicyArgs(
                        transition_to_primary_storage_class="AFTER_1_ACCESS"
                    ),
                ],
                tags=naming.tags(file_system_name, classification="restricted"),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=protect,
                # AWS says REPLICATING while files arrive, and refuses to hear anything else.
                ignore_changes=None if recovery.serving else ["protection"],
            ),
        )
        aws.efs.BackupPolicy(
            "filestore",
            aws.efs.BackupPolicyArgs(
                file_system_id=file_system.id,
                backup_policy=aws.efs.BackupPolicyBackupPolicyArgs(
                    status="ENABLED" if settings.backup else "DISABLED"
                ),
            ),
            opts=child,
        )
        aws.efs.FileSystemPolicy(
            "filestore",
            aws.efs.FileSystemPolicyArgs(file_system_id=file_system.id, policy=_policy(naming)),
            opts=child,
        )
        for index, subnet_id in enumerate(network.private_subnet_ids):
            aws.efs.MountTarget(
                f"filestore-{index}",
                aws.efs.MountTargetArgs(
                    file_system_id=file_system.id,
                    subnet_id=subnet_id,
                    security_groups=[network.security_groups.efs],
                ),
                opts=child,
            )
        access_point_name = naming.name(Kind.FILE_SYSTEM, "filestore", "odoo")
        access_point = aws.efs.AccessPoint(
            "filestore-odoo",
            aws.efs.AccessPointArgs(
                file_system_id=file_system.id,
                posix_user=aws.efs.AccessPointPosixUserArgs(uid=ODOO_USER_ID, gid=ODOO_GROUP_ID),
                root_directory=aws.efs.AccessPointRootDirectoryArgs(
                    path=ROOT_DIRECTORY,
                    creation_info=aws.efs.AccessPointRootDirectoryCreationInfoArgs(
                        owner_uid=ODOO_USER_ID, owner_gid=ODOO_GROUP_ID, permissions="0750"
                    ),
                ),
                tags=naming.tags(access_point_name),
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        self.file_system_id = file_system.id
        self.file_system_arn = file_system.arn
        self.access_point_id = access_point.id
        self.register_outputs({"fileSystemId": self.file_system_id, "accessPointId": self.access_point_id})


def _protection(recovery: RecoverySettings) -> aws.efs.FileSystemProtectionArgs | None:
    """Let files of another region replace these where nobody works on these."""
    if recovery.role == "none":
        return None
    return aws.efs.FileSystemProtectionArgs(
        replication_overwrite="ENABLED" if recovery.serving else "DISABLED"
    )


def _policy(naming: Naming) -> pulumi.Input[str]:
    """Render the file system policy. Without one EFS lets every client in that reaches a mount target.

    It names no resource, as the policies of the EFS console: a file system policy is about its own system.
    """
    return policy_document(
        Statement(
            sid="DenyWithoutTls",
            effect="Deny",
            actions=("*",),
            principals=(ANYONE,),
            conditions=(Condition(operator="Bool", key="aws:SecureTransport", values=("false",)),),
        ),
        Statement(
            sid="MountAsIamSays",
            actions=("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"),
            principals=(Principal.aws(naming.account_root_arn),),
            conditions=(
                Condition(operator="Bool", key="elasticfilesystem:AccessedViaMountTarget", values=("true",)),
            ),
        ),
    )
