"""Defaults of an account and region that keep what is made outside this program safe too."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from ..naming import Naming
from ..settings import EnvironmentSettings

LEAST_PASSWORD_LENGTH: Final = 14
REMEMBERED_PASSWORDS: Final = 24
"""Both of the CIS AWS Foundations Benchmark 1.8 and 1.9."""
DOCUMENT_SHARING: Final = "/ssm/documents/console/public-sharing-permission"


class AccountBaseline(pulumi.ComponentResource):
    """Singletons, each owned by exactly one stack: a second owner would fail or fight over them (SEC-06).

    With `account_baseline`, per account and region: EBS encryption by default with the data key, instance
    metadata v2 with one hop, no public snapshots, machine images or documents, no serial console. With
    `account_globals`, per account: no public S3 bucket, and a password policy for the IAM users that there
    should not be. Without either, nothing.
    """

    def __init__(
        self,
        name: str,
        *,
        settings: EnvironmentSettings,
        naming: Naming,
        volume_key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:protection:AccountBaseline", name, None, opts)
        self._opts = pulumi.ResourceOptions(parent=self)
        if settings.account_baseline:
            self._encrypt_volumes(volume_key_arn)
            self._close_instances()
            self._close_documents(naming)
        if settings.account_globals:
            aws.s3.AccountPublicAccessBlock(
                "buckets",
                aws.s3.AccountPublicAccessBlockArgs(
                    account_id=naming.account_id,
                    block_public_acls=True,
                    block_public_policy=True,
                    ignore_public_acls=True,
                    restrict_public_buckets=True,
                ),
                opts=self._opts,
            )
            aws.iam.AccountPasswordPolicy(
                "passwords",
                aws.iam.AccountPasswordPolicyArgs(
                    minimum_password_length=LEAST_PASSWORD_LENGTH,
                    password_reuse_prevention=REMEMBERED_PASSWORDS,
                    require_lowercase_characters=True,
                    require_uppercase_characters=True,
                    require_numbers=True,
                    require_symbols=True,
                    allow_users_to_change_password=True,
                ),
                opts=self._opts,
            )
        self.register_outputs({})

    def _encrypt_volumes(self, key_arn: pulumi.Input[str]) -> None:
        aws.ebs.EncryptionByDefault("volumes", aws.ebs.EncryptionByDefaultArgs(enabled=True), opts=self._opts)
        aws.ebs.DefaultKmsKey("volumes", aws.ebs.DefaultKmsKeyArgs(key_arn=key_arn), opts=self._opts)

    def _close_instances(self) -> None:
        aws.ec2.InstanceMetadataDefaults(
            "metadata",
            aws.ec2.InstanceMetadataDefaultsArgs(
                http_endpoint="enabled",
                http_tokens="required",
                # One hop ends at the instance: a pod cannot take the node's credentials.
                http_put_response_hop_limit=1,
                instance_metadata_tags="disabled",
            ),
            opts=self._opts,
        )
        aws.ebs.SnapshotBlockPublicAccess(
            "snapshots",
            aws.ebs.SnapshotBlockPublicAccessArgs(state="block-all-sharing"),
            opts=self._opts,
        )
        aws.ec2.ImageBlockPublicAccess(
            "images",
            aws.ec2.ImageBlockPublicAccessArgs(state="block-new-sharing"),
            opts=self._opts,
        )
        aws.ec2.SerialConsoleAccess(
            "serial-console", aws.ec2.SerialConsoleAccessArgs(enabled=False), opts=self._opts
        )

    def _close_documents(self, naming: Naming) -> None:
        """Let nobody publish a document of Systems Manager, which may hold what its scripts do."""
        aws.ssm.ServiceSetting(
            "documents",
            aws.ssm.ServiceSettingArgs(
                setting_id=naming.arn("ssm", f"servicesetting{DOCUMENT_SHARING}"), setting_value="Disable"
            ),
            opts=self._opts,
        )
