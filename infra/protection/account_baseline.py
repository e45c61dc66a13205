"""Defaults of an account and region that keep what is made outside this program safe too."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from ..naming import Naming
from ..settings import EnvironmentSettings


class AccountBaseline(pulumi.ComponentResource):
    """Singletons, each owned by exactly one stack: a second owner would fail or fight over them (SEC-06).

    With `account_baseline`, per account and region: EBS encryption by default with the data key, instance
    metadata v2 with one hop, no public snapshots or machine images. With `account_globals`, per account: no
    public S3 bucket. Without either, nothing.
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
