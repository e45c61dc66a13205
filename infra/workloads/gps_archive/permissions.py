"""What the archive job may do in AWS: write and read positions of one bucket, and delete nothing."""

from __future__ import annotations

from typing import Final

from ...identity import Condition, Statement
from ...naming import Naming
from ...settings import EstateSettings

BUCKET: Final = "gps-archive"
POSITIONS: Final = "positions"
RECORDS: Final = "records/archive"
"""Prefixes: of what is archived, and of the records that it was."""


def archives_positions(settings: EstateSettings) -> bool:
    """Whether an environment has positions to archive: those of real vehicles, and the bucket for them.

    Copies have the bucket too, but their positions are masked or made up, and end with them.
    """
    return settings.recovery.home and any(bucket.name == BUCKET for bucket in settings.objects.buckets)


def statements(naming: Naming) -> tuple[Statement, ...]:
    """Let it add versions of objects, read them and ask Glacier for them; the key only for that bucket."""
    bucket = naming.bucket_arn(BUCKET)
    return (
        Statement(
            sid="KeepPositions",
            actions=(
                "s3:AbortMultipartUpload",
                "s3:GetObject",
                "s3:GetObjectVersion",
                "s3:PutObject",
                "s3:RestoreObject",
            ),
            resources=(f"{bucket}/{POSITIONS}/*",),
        ),
        Statement(sid="KeepRecords", actions=("s3:PutObject",), resources=(f"{bucket}/{RECORDS}/*",)),
        Statement(
            sid="SeeVersions",
            actions=("s3:ListBucketVersions",),
            resources=(bucket,),
            conditions=(Condition(operator="StringLike", key="s3:prefix", values=(f"{POSITIONS}/*",)),),
        ),
        Statement(sid="SeeWhetherVersionsAreKept", actions=("s3:GetBucketVersioning",), resources=(bucket,)),
        Statement(
            sid="EncryptByS3",
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=(naming.arn("kms", "key/*"),),
            conditions=(
                # By its alias: unlike the ARN, that is known before the key is made.
                Condition(
                    operator="ForAnyValue:StringEquals",
                    key="kms:ResourceAliases",
                    values=(naming.key_alias("data"),),
                ),
                Condition(
                    operator="StringEquals",
                    key="kms:ViaService",
                    values=(f"s3.{naming.region}.amazonaws.com",),
                ),
                # With a bucket key the context is the bucket.
                Condition(operator="StringEquals", key="kms:EncryptionContext:aws:s3:arn", values=(bucket,)),
            ),
        ),
    )
