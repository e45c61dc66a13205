"""AWS CloudTrail: who called which API, in every region of the account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pulumi
import pulumi_aws as aws

from ..data import AccessLogs
from ..data.bucket import Bucket, Logging, Retention
from ..identity import ANYONE, Condition, Principal, Statement, policy_document
from ..naming import Kind, Naming
from ..observability.alarms.metric_alarm import Bell
from ..settings.detection import TrailSettings
from .trail_alarms import declare_trail_alarms

PURPOSE: Final = "trail"
"""Of the bucket, the log group and the role."""
SERVICE: Final = "cloudtrail.amazonaws.com"


class Trail(pulumi.ComponentResource):
    """The multi-region trail: validated, encrypted, locked away, and read by alarms (SEC-14, ENV-04, SEC-10).

    | where | how long | what for |
    |---|---|---|
    | bucket, object lock of governance | `keep_days` | evidence: signed files that nobody can change |
    | log group | `log_retention_days` | alarms, and questions of the last weeks |

    Management events of every region are recorded, reads and writes; of the buckets in `watched_buckets` also
    who read and wrote which object. Nobody but the break-glass role may shorten the lock.
    """

    def __init__(
        self,
        name: str,
        *,
        settings: TrailSettings,
        naming: Naming,
        key_arn: pulumi.Input[str],
        access_logs: AccessLogs,
        bell: Bell,
        break_glass_role: str,
        deployer_role: str,
        noncurrent_days: int,
        force_destroy: bool,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:protection:Trail", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket = Bucket(
            PURPOSE,
            naming=naming,
            classification="confidential",
            retention=Retention(
                noncurrent_days=noncurrent_days,
                glacier_after_days=settings.glacier_after_days,
                expire_after_days=settings.keep_days,
                lock_days=settings.lock_days,
            ),
            force_destroy=force_destroy,
            protect=protect,
            key_arn=key_arn,
            logging=Logging(bucket=access_logs.bucket_name, prefix=f"s3/{PURPOSE}/"),
            statements=bucket_statements(naming, break_glass_role=break_glass_role),
            opts=child,
        )
        log_group = aws.cloudwatch.LogGroup(
            PURPOSE,
            aws.cloudwatch.LogGroupArgs(
                name=naming.log_group(PURPOSE),
                retention_in_days=settings.log_retention_days,
                kms_key_id=key_arn,
                tags=naming.tags(naming.log_group(PURPOSE)),
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect),
        )
        role = aws.iam.Role(
            PURPOSE,
            aws.iam.RoleArgs(
                name=naming.name(Kind.ROLE, PURPOSE),
                description=f"Writes the trail of {naming.environment} to its log group",
                assume_role_policy=policy_document(_trust(naming)),
            ),
            opts=child,
        )
        permissions = aws.iam.RolePolicy(
            PURPOSE,
            aws.iam.RolePolicyArgs(role=role.id, policy=policy_document(_write_records(naming))),
            opts=child,
        )
        aws.cloudtrail.Trail(
            "account",
            aws.cloudtrail.TrailArgs(
                name=naming.trail,
                s3_bucket_name=bucket.bucket_name,
                kms_key_id=key_arn,
                is_multi_region_trail=True,
                include_global_service_events=True,
                enable_log_file_validation=True,
                enable_logging=True,
                # CloudTrail wants the group with all of its streams.
                cloud_watch_logs_group_arn=log_group.arn.apply(lambda arn: f"{arn}:*"),
                cloud_watch_logs_role_arn=role.arn,
                advanced_event_selectors=list(_selectors(settings, naming)),
                tags=naming.tags(naming.trail),
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=protect, depends_on=[permissions]),
        )
        declare_trail_alarms(
            log_group=log_group,
            naming=naming,
            bell=bell,
            deployer=naming.role_arn(deployer_role),
            break_glass=naming.role_arn(break_glass_role),
            opts=child,
        )
        self.register_outputs({})


def bucket_statements(naming: Naming, *, break_glass_role: str) -> tuple[Statement, ...]:
    """Let this one trail write below its prefix, and nobody lift the lock but who breaks the glass.

    CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail".
    """
    cloudtrail = (Principal.service(SERVICE),)
    bucket = naming.bucket_arn(PURPOSE)
    this_trail = Condition(operator="StringEquals", key="aws:SourceArn", values=(naming.trail_arn,))
    return (
        Statement(
            sid="AWSCloudTrailAclCheck20150319",
            actions=("s3:GetBucketAcl",),
            resources=(bucket,),
            principals=cloudtrail,
            conditions=(this_trail,),
        ),
        Statement(
            sid="AWSCloudTrailWrite20150319",
            actions=("s3:PutObject",),
            resources=(f"{bucket}/AWSLogs/{naming.account_id}/*",),
            principals=cloudtrail,
            conditions=(
                Condition(operator="StringEquals", key="s3:x-amz-acl", values=("bucket-owner-full-control",)),
                this_trail,
            ),
        ),
        Statement(
            sid="KeepTheLock",
            effect="Deny",
            actions=("s3:BypassGovernanceRetention", "s3:PutObjectLegalHold", "s3:PutObjectRetention"),
            resources=(f"{bucket}/*",),
            principals=(ANYONE,),
            conditions=(
                Condition(
                    operator="ArnNotEquals",
                    key="aws:PrincipalArn",
                    values=(naming.role_arn(break_glass_role),),
                ),
            ),
        ),
    )


def _trust(naming: Naming) -> Statement:
    return Statement(
        sid="AssumeByTrail",
        actions=("sts:AssumeRole",),
        principals=(Principal.service(SERVICE),),
        conditions=(
            Condition(operator="StringEquals", key="aws:SourceArn", values=(naming.trail_arn,)),
            Condition(operator="StringEquals", key="aws:SourceAccount", values=(naming.account_id,)),
        ),
    )


def _write_records(naming: Naming) -> Statement:
    """CloudTrail User Guide, "Role policy document for CloudTrail to use CloudWatch Logs for monitoring"."""
    group = naming.log_group_arn(PURPOSE)
    return Statement(
        sid="WriteRecords",
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        resources=(f"{group}:log-stream:{naming.account_id}_CloudTrail_{naming.region}*",),
    )


def _selectors(
    settings: TrailSettings, naming: Naming
) -> Iterator[aws.cloudtrail.TrailAdvancedEventSelectorArgs]:
    field = aws.cloudtrail.TrailAdvancedEventSelectorFieldSelectorArgs
    yield aws.cloudtrail.TrailAdvancedEventSelectorArgs(
        name="Management events", field_selectors=[field(field="eventCategory", equals=["Management"])]
    )
    if settings.watched_buckets:
        yield aws.cloudtrail.TrailAdvancedEventSelectorArgs(
            name="Objects with restricted data",
            field_selectors=[
                field(field="eventCategory", equals=["Data"]),
                field(field="resources.type", equals=["AWS::S3::Object"]),
                field(
                    field="resources.ARN",
                    # With the slash: a bucket whose name only begins alike is another one.
                    starts_withs=[f"{naming.bucket_arn(bucket)}/" for bucket in settings.watched_buckets],
                ),
            ],
        )
