"""One bucket with everything that AWS keeps in resources of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from ..identity import ANYONE, Condition, Statement, policy_document
from ..naming import Classification, Naming

ABORT_UPLOAD_DAYS: Final = 7
"""Parts of uploads that nobody finished are billed and invisible; they go after a week."""
LOWEST_TLS: Final = "1.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long a bucket keeps what it holds, in days."""

    noncurrent_days: int
    """Overwritten and deleted versions."""
    glacier_after_days: int | None = None
    expire_after_days: int | None = None
    lock_days: int | None = None
    """Governance-mode object lock of new objects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logging:
    """Where a bucket's own access log goes."""

    bucket: pulumi.Input[str]
    prefix: str


class Bucket(pulumi.ComponentResource):
    """A private, versioned, encrypted bucket that is reached by TLS 1.2 or newer only (SEC-05, SEC-06).

    Access lists are off and public access is blocked. Versions, unfinished uploads and, where asked,
    objects end by lifecycle; an object lock keeps objects even from those who may delete. Lock mode is
    governance: what a privacy law orders to be erased must still be erasable by a few.
    """

    bucket_name: pulumi.Output[str]
    """The bucket's name, once its policy is in place."""
    arn: str
    """Known before the bucket is made, for documents."""
    made_arn: pulumi.Output[str]
    """The same as the bucket itself tells it, for what must come after it."""
    made_name: pulumi.Output[str]
    """The bucket's name as soon as the bucket exists."""
    versioning: aws.s3.BucketVersioning
    """What replication waits for."""

    def __init__(
        self,
        purpose: str,
        *,
        naming: Naming,
        classification: Classification,
        retention: Retention,
        force_destroy: bool,
        protect: bool,
        key_arn: pulumi.Input[str] | None,
        logging: Logging | None,
        statements: tuple[Statement, ...] = (),
        logical_name: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the bucket. Without `key_arn` Amazon S3 encrypts with a key of its own (SSE-S3).

        `logical_name` is another name than the purpose in the program: of a copy in another region.
        """
        name = logical_name or purpose
        super().__init__("fleet:data:Bucket", name, None, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)
        self.arn = naming.bucket_arn(purpose)
        bucket = aws.s3.Bucket(
            name,
            aws.s3.BucketArgs(
                bucket=naming.bucket(purpose),
                # Only at creation, and for ever.
                object_lock_enabled=retention.lock_days is not None,
                force_destroy=force_destroy,
                tags=naming.tags(naming.bucket(purpose), classification=classification),
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect),
        )
        self._bucket = bucket.id
        self.made_arn = bucket.arn
        self.made_name = bucket.id
        versioning = aws.s3.BucketVersioning(
            name,
            bucket=self._bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=self._child,
        )
        self._encrypt(key_arn)
        aws.s3.BucketOwnershipControls(
            name,
            bucket=self._bucket,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=self._child,
        )
        block = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=self._bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._child,
        )
        policy = aws.s3.BucketPolicy(
            name,
            bucket=self._bucket,
            policy=policy_document(*_tls_only(self.arn), *statements),
            # S3 refuses two changes of one bucket's access at once.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[block]),
        )
        if logging is not None:
            aws.s3.BucketLogging(
                name,
                bucket=self._bucket,
                target_bucket=logging.bucket,
                target_prefix=logging.prefix,
                opts=self._child,
            )
        self._lifecycle(retention, versioning)
        if retention.lock_days is not None:
            aws.s3.BucketObjectLockConfiguration(
                name,
                bucket=self._bucket,
                rule=aws.s3.BucketObjectLockConfigurationRuleArgs(
                    default_retention=aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(
                        mode="GOVERNANCE", days=retention.lock_days
                    )
                ),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
            )
        self.bucket_name = policy.bucket
        self.versioning = versioning
        self.register_outputs({"bucketName": self.bucket_name, "arn": self.arn})

    def _encrypt(self, key_arn: pulumi.Input[str] | None) -> None:
        default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="aws:kms" if key_arn is not None else "AES256", kms_master_key_id=key_arn
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            self._name,
            bucket=self._bucket,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=default,
                    # One data key per bucket and while, not one KMS call per object.
                    bucket_key_enabled=key_arn is not None,
                )
            ],
            opts=self._child,
        )

    def _lifecycle(self, retention: Retention, versioning: aws.s3.BucketVersioning) -> None:
        everything = aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix="")
        expiry = retention.expire_after_days
        rules = [
            aws.s3.BucketLifecycleConfigurationRuleArgs(
                id="retention",
                status="Enabled",
                filter=everything,
                transitions=(
                    [
                        aws.s3.BucketLifecycleConfigurationRuleTransitionArgs(
                            days=retention.glacier_after_days, storage_class="GLACIER"
                        )
                    ]
                    if retention.glacier_after_days is not None
                    else None
                ),
                expiration=(
                    aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=expiry)
                    if expiry is not None
                    else None
                ),
                noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                    noncurrent_days=retention.noncurrent_days
                ),
                abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                    days_after_initiation=ABORT_UPLOAD_DAYS
                ),
            ),
            # S3 takes this not together with an expiry in days.
            aws.s3.BucketLifecycleConfigurationRuleArgs(
                id="delete-markers",
                status="Enabled",
                filter=everything,
                expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(
                    expired_object_delete_marker=True
                ),
            ),
        ]
        aws.s3.BucketLifecycleConfiguration(
            self._name,
            bucket=self._bucket,
            rules=rules,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )


def _tls_only(bucket_arn: str) -> tuple[Statement, Statement]:
    """Refuse everybody, whatever they may do, who speaks no TLS or an old one."""
    resources = (bucket_arn, f"{bucket_arn}/*")
    return (
        Statement(
            sid="DenyWithoutTls",
            effect="Deny",
            actions=("s3:*",),
            resources=resources,
            principals=(ANYONE,),
            conditions=(Condition(operator="Bool", key="aws:SecureTransport", values=("false",)),),
        ),
        Statement(
            sid="DenyOldTls",
            effect="Deny",
            actions=("s3:*",),
            resources=resources,
            principals=(ANYONE,),
            conditions=(Condition(operator="NumericLessThan", key="s3:TlsVersion", values=(LOWEST_TLS,)),),
        ),
    )
