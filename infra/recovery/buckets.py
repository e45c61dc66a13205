"""Copies of buckets, and the replication that keeps them within the recovery point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from ..data import ObjectStore
from ..data.bucket import Bucket, Logging, Retention
from ..data.object_store import BUCKET_PREFIX, bucket_delivery, retention_of
from ..identity import Condition, Statement, assume_role_by_service, policy_document
from ..naming import DATA_REPLICAS, Kind, Naming
from ..settings import ObjectsSettings

RULE: Final = "everything"
"""The id of the one rule of each bucket, which its metrics carry."""
TIME_CONTROL_MINUTES: Final = 15
"""The only value that S3 takes, and the recovery point (DATA-02)."""
ACCESS_LOGS: Final = "access-logs"
COPY: Final = "replica"


class ReplicaBuckets(pulumi.ComponentResource):
    """A copy of each named bucket in the other region, filled within 15 minutes (ENV-05, DATA-05, DATA-08).

    A copy is as its source: private, encrypted, versioned, locked and expired alike. Versions come with their
    locks and tags, and so do delete markers; the deletion of a version is never copied. S3 copies what is
    written after the rule exists; what was there before is a batch job, once (docs/runbooks/failback.md).
    """

    def __init__(
        self,
        name: str,
        *,
        settings: ObjectsSettings,
        copied: Sequence[str],
        naming: Naming,
        elsewhere: Naming,
        there: aws.Provider,
        key_arn: pulumi.Input[str],
        objects: ObjectStore,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the copies of `copied`; `elsewhere` and `there` are names and provider of their region."""
        super().__init__("fleet:recovery:ReplicaBuckets", name, None, opts)
        abroad = pulumi.ResourceOptions(parent=self, providers=[there])
        if not copied:
            self.register_outputs({})
            return
        log_bucket = Bucket(
            ACCESS_LOGS,
            logical_name=f"{ACCESS_LOGS}-{COPY}",
            naming=elsewhere,
            classification="confidential",
            retention=Retention(
                noncurrent_days=settings.noncurrent_version_days,
                expire_after_days=settings.access_log_retention_days,
            ),
            force_destroy=settings.force_destroy,
            protect=protect,
            key_arn=None,
            logging=None,
            statements=(bucket_delivery(elsewhere, list(copied)),),
            opts=abroad,
        )
        self._role = self._make_role(naming=naming, elsewhere=elsewhere, copied=copied)
        by_name = {bucket.name: bucket for bucket in settings.buckets}
        for purpose in copied:
            copy = Bucket(
                purpose,
                logical_name=f"{purpose}-{COPY}",
                naming=elsewhere,
                classification=by_name[purpose].classification,
                retention=retention_of(by_name[purpose], settings),
                force_destroy=settings.force_destroy,
                protect=protect,
                key_arn=key_arn,
                logging=Logging(bucket=log_bucket.bucket_name, prefix=f"{BUCKET_PREFIX}/{purpose}/"),
                opts=abroad,
            )
            self._replicate(purpose, source=objects.buckets[purpose], copy=copy, key_arn=key_arn)
        self.register_outputs({})

    def _replicate(self, purpose: str, *, source: Bucket, copy: Bucket, key_arn: pulumi.Input[str]) -> None:
        minutes = TIME_CONTROL_MINUTES
        aws.s3.BucketReplicationConfig(
            purpose,
            aws.s3.BucketReplicationConfigArgs(
                bucket=source.made_name,
                role=self._role.arn,
                rules=[
                    aws.s3.BucketReplicationConfigRuleArgs(
                        id=RULE,
                        status="Enabled",
                        priority=0,
                        filter=aws.s3.BucketReplicationConfigRuleFilterArgs(prefix=""),
                        delete_marker_replication=aws.s3.BucketReplicationConfigRuleDeleteMarkerReplicationArgs(
                            status="Enabled"
                        ),
                        source_selection_criteria=aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaArgs(
                            sse_kms_encrypted_objects=aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaSseKmsEncryptedObjectsArgs(
                                status="Enabled"
                            )
                        ),
                        destination=aws.s3.BucketReplicationConfigRuleDestinationArgs(
                            bucket=copy.made_arn,
                            encryption_configuration=aws.s3.BucketReplicationConfigRuleDestinationEncryptionConfigurationArgs(
                                replica_kms_key_id=key_arn
                            ),
                            replication_time=aws.s3.BucketReplicationConfigRuleDestinationReplicationTimeArgs(
                                status="Enabled",
                                time=aws.s3.BucketReplicationConfigRuleDestinationReplicationTimeTimeArgs(
                                    minutes=minutes
                                ),
                            ),
                            metrics=aws.s3.BucketReplicationConfigRuleDestinationMetricsArgs(
                                status="Enabled",
                                event_threshold=aws.s3.BucketReplicationConfigRuleDestinationMetricsEventThresholdArgs(
                                    minutes=minutes
                                ),
                            ),
                        ),
                    )
                ],
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[source.versioning, copy.versioning]),
        )

    def _make_role(self, *, naming: Naming, elsewhere: Naming, copied: Sequence[str]) -> aws.iam.Role:
        role_name = naming.name(Kind.ROLE, "bucket-replication")
        role = aws.iam.Role(
            "bucket-replication",
            aws.iam.RoleArgs(
                name=role_name,
                description="Lets S3 copy buckets to the recovery region",
                assume_role_policy=assume_role_by_service("s3.amazonaws.com", account_id=naming.account_id),
                tags=naming.tags(role_name),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.iam.RolePolicy(
            "bucket-replication",
            aws.iam.RolePolicyArgs(
                role=role.name,
                name=role_name,
                policy=policy_document(*replication_statements(naming, elsewhere, copied)),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return role


def replication_statements(naming: Naming, elsewhere: Naming, copied: Sequence[str]) -> tuple[Statement, ...]:
    """What S3 does as the replication role.

    Amazon S3 User Guide, "Setting up permissions for live replication".
    """
    sources = tuple(naming.bucket_arn(purpose) for purpose in copied)
    copies = tuple(elsewhere.bucket_arn(purpose) for purpose in copied)
    return (
        Statement(
            sid="SeeSources",
            actions=("s3:GetReplicationConfiguration", "s3:ListBucket"),
            resources=sources,
        ),
        Statement(
            sid="ReadVersions",
            actions=(
                "s3:GetObjectLegalHold",
                "s3:GetObjectRetention",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionTagging",
            ),
            resources=tuple(f"{arn}/*" for arn in sources),
        ),
        Statement(
            sid="WriteCopies",
            actions=("s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"),
            resources=tuple(f"{arn}/*" for arn in copies),
        ),
        _by_alias("ReadByKey", ("kms:Decrypt",), naming, "data"),
        _by_alias("WriteByKey", ("kms:Encrypt", "kms:GenerateDataKey"), elsewhere, DATA_REPLICAS),
    )


def _by_alias(sid: str, actions: tuple[str, ...], naming: Naming, purpose: str) -> Statement:
    """Use a key through S3 of its region; by its alias, which is known before the key is made."""
    return Statement(
        sid=sid,
        actions=actions,
        resources=(naming.arn("kms", "key/*"),),
        conditions=(
            Condition(
                operator="ForAnyValue:StringEquals",
                key="kms:ResourceAliases",
                values=(naming.key_alias(purpose),),
            ),
            Condition(
                operator="StringEquals",
                key="kms:ViaService",
                values=(f"s3.{naming.region}.amazonaws.com",),
            ),
        ),
    )
