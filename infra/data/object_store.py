"""S3 buckets, and the one that takes access logs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from ..identity import Condition, Principal, Statement
from ..keys import Keys
from ..naming import Naming
from ..settings import ObjectsSettings
from ..settings.data import BucketSettings
from .bucket import Bucket, Logging, Retention

ACCESS_LOGS: Final = "access-logs"
LOAD_BALANCER_PREFIX: Final = "alb-*"
"""Prefixes under which the load balancer may write: one for access logs, one for connection logs."""
BUCKET_PREFIX: Final = "s3"

LOAD_BALANCING_ACCOUNTS: Final[dict[str, str | None]] = {
    "ap-south-1": "718504428378",
    "ap-southeast-1": "114774131450",
    # Opened after August 2022: there, log delivery has no account any more, only the service.
    "ap-south-2": None,
}
"""AWS's own accounts that deliver load balancer logs, public figures of the ELB user guide."""


@dataclass(frozen=True, slots=True)
class AccessLogs:
    """The bucket that load balancer and buckets write their access logs to."""

    bucket_name: pulumi.Output[str]
    """Known to accept logs: it waits for the bucket's policy."""
    arn: str


class ObjectStore(pulumi.ComponentResource):
    """The environment's buckets and their access-log bucket (STOR-02, DATA-05, DATA-06, SEC-05, SEC-06).

    The log bucket is the one exception to our own key: Elastic Load Balancing writes to buckets with SSE-S3
    only. It has no object lock and no log of itself, which would grow by being written.
    """

    bucket_names: dict[str, pulumi.Output[str]]
    """Physical name, by the name in the settings."""
    bucket_arns: dict[str, pulumi.Output[str]]
    """ARN as the bucket itself tells it, by the name in the settings."""
    access_logs: AccessLogs
    buckets: dict[str, Bucket]
    """By the name in the settings."""

    def __init__(
        self,
        name: str,
        *,
        settings: ObjectsSettings,
        naming: Naming,
        keys: Keys,
        protect: bool,
        others_logged: Sequence[str] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the buckets; `others_logged` are purposes of buckets made elsewhere that log here too."""
        super().__init__("fleet:data:ObjectStore", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        logged = [*(bucket.name for bucket in settings.buckets), *others_logged]
        log_bucket = Bucket(
            ACCESS_LOGS,
            naming=naming,
            classification="confidential",
            retention=Retention(
                noncurrent_days=settings.noncurrent_version_days,
                expire_after_days=settings.access_log_retention_days,
            ),
            force_destroy=settings.force_destroy,
            protect=protect,
            key_arn=None,
            logging=None,
            statements=(
                *_load_balancer_delivery(naming),
                *((bucket_delivery(naming, logged),) if logged else ()),
            ),
            opts=child,
        )
        self.access_logs = AccessLogs(log_bucket.bucket_name, log_bucket.arn)
        self.buckets = {
            bucket.name: Bucket(
                bucket.name,
                naming=naming,
                classification=bucket.classification,
                retention=retention_of(bucket, settings),
                force_destroy=settings.force_destroy,
                protect=protect,
                key_arn=keys.data.arn,
                logging=Logging(bucket=log_bucket.bucket_name, prefix=f"{BUCKET_PREFIX}/{bucket.name}/"),
                opts=child,
            )
            for bucket in settings.buckets
        }
        self.bucket_names = {name: bucket.bucket_name for name, bucket in self.buckets.items()}
        self.bucket_arns = {name: bucket.made_arn for name, bucket in self.buckets.items()}
        self.register_outputs(
            {
                "bucketNames": self.bucket_names,
                "accessLogsBucketName": self.access_logs.bucket_name,
                "accessLogsArn": self.access_logs.arn,
            }
        )


def retention_of(bucket: BucketSettings, settings: ObjectsSettings) -> Retention:
    """How long a bucket keeps what it holds, and so does its copy in another region."""
    return Retention(
        noncurrent_days=settings.noncurrent_version_days,
        glacier_after_days=bucket.glacier_after_days,
        expire_after_days=bucket.expire_after_days,
        lock_days=bucket.object_lock_days,
    )


def _load_balancer_delivery(naming: Naming) -> tuple[Statement, ...]:
    """Let Elastic Load Balancing write this account's logs, by both principals it uses.

    Raises ValueError for a region whose principals are not on record here: nothing is looked up, so a new
    region is a line in the table above.
    """
    if naming.region not in LOAD_BALANCING_ACCOUNTS:
        known = ", ".join(LOAD_BALANCING_ACCOUNTS)
        raise ValueError(
            f"it is not on record who delivers load balancer logs in {naming.region}; known regions: {known}"
        )
    account = LOAD_BALANCING_ACCOUNTS[naming.region]
    service = Principal.service("logdelivery.elasticloadbalancing.amazonaws.com")
    principals = (service,) if account is None else (Principal.aws(f"arn:aws:iam::{account}:root"), service)
    return (
        Statement(
            sid="LoadBalancerLogs",
            actions=("s3:PutObject",),
            resources=(
                f"{naming.bucket_arn(ACCESS_LOGS)}/{LOAD_BALANCER_PREFIX}/AWSLogs/{naming.account_id}/*",
            ),
            principals=principals,
        ),
    )


def bucket_delivery(naming: Naming, purposes: list[str]) -> Statement:
    """Let S3 write the access logs of this environment's buckets."""
    return Statement(
        sid="BucketLogs",
        actions=("s3:PutObject",),
        resources=(f"{naming.bucket_arn(ACCESS_LOGS)}/{BUCKET_PREFIX}/*",),
        principals=(Principal.service("logging.s3.amazonaws.com"),),
        conditions=(
            Condition(
                operator="ArnLike",
                key="aws:SourceArn",
                values=tuple(naming.bucket_arn(purpose) for purpose in purposes),
            ),
            Condition(operator="StringEquals", key="aws:SourceAccount", values=(naming.account_id,)),
        ),
    )
