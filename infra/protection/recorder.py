"""AWS Config: what the resources of this account and region looked like, and when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_aws as aws

from ..data import AccessLogs
from ..data.bucket import Bucket, Logging, Retention
from ..identity import Condition, Principal, Statement
from ..naming import Naming
from ..settings.detection import RecorderSettings

PURPOSE: Final = "config"
"""Of the bucket; without object lock, for Config delivers to no bucket with a default retention."""
SERVICE: Final = "config.amazonaws.com"
SERVICE_LINKED_ROLE: Final = f"role/aws-service-role/{SERVICE}/AWSServiceRoleForConfig"
NAME: Final = "default"
"""There is one recorder and one channel for each account and region, and AWS calls them so itself."""


@dataclass(frozen=True, slots=True)
class ManagedRule:
    """A rule of AWS, by its identifier, and what it is asked."""

    identifier: str
    about: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def managed_rules(*, oldest_kubernetes: str) -> Mapping[str, ManagedRule]:
    """Give the rules by name: what the policies demand of this program, held against what really runs."""
    return {
        "eks-secrets-encrypted": ManagedRule(
            "EKS_SECRETS_ENCRYPTED", "Clusters encrypt secrets with a key (SEC-06)"
        ),
        "eks-supported-version": ManagedRule(
            "EKS_CLUSTER_SUPPORTED_VERSION",
            "Clusters run the pinned version or a newer one",
            {"oldestVersionSupported": oldest_kubernetes},
        ),
        "rds-in-backup-plan": ManagedRule(
            "RDS_IN_BACKUP_PLAN", "Databases are in a plan of AWS Backup (SEC-13)"
        ),
        "alb-waf-enabled": ManagedRule(
            "ALB_WAF_ENABLED", "Load balancers stand behind the firewall (SEC-08)"
        ),
        "cache-encrypted-in-transit": ManagedRule(
            "ELASTICACHE_REPL_GRP_ENCRYPTED_IN_TRANSIT", "Caches speak TLS (SEC-05)"
        ),
        "search-https-required": ManagedRule(
            "OPENSEARCH_HTTPS_REQUIRED", "Search domains speak TLS (SEC-05)"
        ),
        "waf-logging-enabled": ManagedRule("WAFV2_LOGGING_ENABLED", "The firewall keeps a log (SEC-08)"),
    }


class Recorder(pulumi.ComponentResource):
    """The recorder, its bucket, and rules against drift (SEC-14, RISK-01).

    It records every type, and IAM in the one region that owns the account's globals. Network interfaces come
    and go with pods and are recorded once a day, not with each change, of which each would be billed.

    `running` is what judges the records, such as Security Hub, waits for.
    """

    running: pulumi.Resource

    def __init__(
        self,
        name: str,
        *,
        settings: RecorderSettings,
        oldest_kubernetes: str,
        record_globals: bool,
        naming: Naming,
        key_arn: pulumi.Input[str],
        access_logs: AccessLogs,
        noncurrent_days: int,
        force_destroy: bool,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:protection:Recorder", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket = Bucket(
            PURPOSE,
            naming=naming,
            classification="confidential",
            retention=Retention(noncurrent_days=noncurrent_days, expire_after_days=settings.keep_days),
            force_destroy=force_destroy,
            protect=protect,
            key_arn=key_arn,
            logging=Logging(bucket=access_logs.bucket_name, prefix=f"s3/{PURPOSE}/"),
            statements=delivery(naming),
            opts=child,
        )
        recorder = aws.cfg.Recorder(
            NAME,
            aws.cfg.RecorderArgs(
                name=NAME,
                role_arn=naming.global_arn("iam", SERVICE_LINKED_ROLE),
                recording_group=aws.cfg.RecorderRecordingGroupArgs(
                    all_supported=True, include_global_resource_types=record_globals
                ),
                recording_mode=aws.cfg.RecorderRecordingModeArgs(
                    recording_frequency="CONTINUOUS",
                    recording_mode_override=aws.cfg.RecorderRecordingModeRecordingModeOverrideArgs(
                        description="Network interfaces follow the pods",
                        recording_frequency="DAILY",
                        resource_types=["AWS::EC2::NetworkInterface"],
                    ),
                ),
            ),
            opts=child,
        )
        channel = aws.cfg.DeliveryChannel(
            NAME,
            aws.cfg.DeliveryChannelArgs(
                name=NAME,
                s3_bucket_name=bucket.bucket_name,
                s3_kms_key_arn=key_arn,
                snapshot_delivery_properties=aws.cfg.DeliveryChannelSnapshotDeliveryPropertiesArgs(
                    delivery_frequency="TwentyFour_Hours"
                ),
            ),
            # A channel without a recorder is refused, and so is starting a recorder without a channel.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[recorder]),
        )
        self.running = aws.cfg.RecorderStatus(
            NAME,
            aws.cfg.RecorderStatusArgs(name=recorder.name, is_enabled=True),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[channel]),
        )
        for label, rule in managed_rules(oldest_kubernetes=oldest_kubernetes).items():
            rule_name = f"{naming.prefix}-{label}"
            aws.cfg.Rule(
                label,
                aws.cfg.RuleArgs(
                    name=rule_name,
                    description=rule.about,
                    source=aws.cfg.RuleSourceArgs(owner="AWS", source_identifier=rule.identifier),
                    input_parameters=json.dumps(dict(rule.parameters)) if rule.parameters else None,
                    tags=naming.tags(rule_name),
                ),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[self.running]),
            )
        self.register_outputs({})


def delivery(naming: Naming) -> tuple[Statement, ...]:
    """Let AWS Config of this account look at the bucket and write below its prefix.

    AWS Config Developer Guide, "Permissions for the Amazon S3 bucket for the AWS Config delivery channel".
    """
    config = (Principal.service(SERVICE),)
    bucket = naming.bucket_arn(PURPOSE)
    account = Condition(operator="StringEquals", key="aws:SourceAccount", values=(naming.account_id,))
    return (
        Statement(
            sid="AWSConfigBucketPermissionsCheck",
            actions=("s3:GetBucketAcl",),
            resources=(bucket,),
            principals=config,
            conditions=(account,),
        ),
        Statement(
            sid="AWSConfigBucketExistenceCheck",
            actions=("s3:ListBucket",),
            resources=(bucket,),
            principals=config,
            conditions=(account,),
        ),
        Statement(
            sid="AWSConfigBucketDelivery",
            actions=("s3:PutObject",),
            resources=(f"{bucket}/AWSLogs/{naming.account_id}/Config/*",),
            principals=config,
            conditions=(
                Condition(operator="StringEquals", key="s3:x-amz-acl", values=("bucket-owner-full-control",)),
                account,
            ),
        ),
    )
