"""Alarms on what stands in the trail: the acts that begin or hide an intrusion.

The patterns are those of the CIS AWS Foundations Benchmark (4.1 to 4.14) where it has one. What the pipeline
changes by its own role is reviewed before and would ring at every deployment, so changes by that role are
left out; what switches the watching off is not, whoever does it.

Reference: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters", JSON. A comparison with a
field that is not there does not hold, also with `!=`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import cloudwatch

from ..naming import Naming
from ..observability.alarms.metric_alarm import Alarm, Bell, Metric

RUNBOOK: Final = "security-incident"
LONGEST_PATTERN: Final = 1024
DENIED_CALLS: Final = 50
"""In five minutes: controllers that try what they may not stay below, somebody who looks around does not."""
FAILED_SIGN_INS: Final = 5
"""In five minutes: nobody mistypes his password that often."""

ROOT: Final = (
    '$.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent"'
)
WITHOUT_MFA: Final = (
    '$.eventName = "ConsoleLogin" && $.additionalEventData.MFAUsed != "Yes" && '
    '$.userIdentity.type = "IAMUser" && $.responseElements.ConsoleLogin = "Success"'
)
FAILED_SIGN_IN: Final = '$.eventName = "ConsoleLogin" && $.errorMessage = "Failed authentication"'
DENIED: Final = (
    '($.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied*") && '
    '$.sourceIPAddress != "delivery.logs.amazonaws.com" && $.eventName != "HeadBucket"'
)
WATCHING_CALLS: Final = {
    "cloudtrail.amazonaws.com": (
        "CreateTrail",
        "DeleteTrail",
        "PutEventSelectors",
        "StopLogging",
        "UpdateTrail",
    ),
    "config.amazonaws.com": (
        "DeleteConfigurationRecorder",
        "DeleteDeliveryChannel",
        "PutConfigurationRecorder",
        "PutDeliveryChannel",
        "StopConfigurationRecorder",
    ),
    "guardduty.amazonaws.com": ("CreateFilter", "DeleteDetector", "UpdateDetector"),
    "securityhub.amazonaws.com": ("BatchDisableStandards", "DisableSecurityHub"),
    "access-analyzer.amazonaws.com": ("CreateArchiveRule", "DeleteAnalyzer"),
}
IAM_CALLS: Final = (
    "AttachGroupPolicy",
    "AttachRolePolicy",
    "AttachUserPolicy",
    "CreateAccessKey",
    "CreateLoginProfile",
    "CreatePolicy",
    "CreatePolicyVersion",
    "CreateRole",
    "CreateUser",
    "DeleteGroupPolicy",
    "DeletePolicy",
    "DeleteRolePolicy",
    "DeleteUserPolicy",
    "DetachGroupPolicy",
    "DetachRolePolicy",
    "DetachUserPolicy",
    "PutGroupPolicy",
    "PutRolePolicy",
    "PutUserPolicy",
    "UpdateAssumeRolePolicy",
)
KEY_CALLS: Final = ("CreateGrant", "DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion")
BUCKET_CALLS: Final = (
    "DeleteBucketCors",
    "DeleteBucketEncryption",
    "DeleteBucketLifecycle",
    "DeleteBucketPolicy",
    "DeleteBucketReplication",
    "PutBucketAcl",
    "PutBucketCors",
    "PutBucketLifecycle",
    "PutBucketPolicy",
    "PutBucketPublicAccessBlock",
    "PutBucketReplication",
    "PutObjectLockConfiguration",
)
NETWORK_CALLS: Final = (
    "AcceptVpcPeeringConnection",
    "AttachInternetGateway",
    "AuthorizeSecurityGroupEgress",
    "AuthorizeSecurityGroupIngress",
    "CreateInternetGateway",
    "CreateNetworkAclEntry",
    "CreateRoute",
    "CreateSecurityGroup",
    "CreateVpc",
    "CreateVpcPeeringConnection",
    "DeleteNetworkAcl",
    "DeleteNetworkAclEntry",
    "DeleteRoute",
    "ModifyVpcAttribute",
    "ReplaceNetworkAclAssociation",
    "ReplaceNetworkAclEntry",
    "ReplaceRoute",
    "ReplaceRouteTableAssociation",
    "RevokeSecurityGroupIngress",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailAlarm:
    """What is counted in the trail, and from which count people are told."""

    name: str
    metric: str
    pattern: str
    threshold: int = 1
    says: str
    do: str


def trail_alarms(*, deployer: str, break_glass: str) -> Iterator[TrailAlarm]:
    """Give the alarms; `deployer` and `break_glass` are ARNs of roles."""
    others = _by_others_than(deployer)
    yield TrailAlarm(
        name="root-used",
        metric="RootUsed",
        pattern=ROOT,
        says="Somebody acts as the root user of the account.",
        do=(
            "Nothing needs it: ask who holds its second factor, and treat it as an intrusion until somebody "
            "answers."
        ),
    )
    yield TrailAlarm(
        name="sign-in-without-mfa",
        metric="SignInWithoutMfa",
        pattern=WITHOUT_MFA,
        says="An IAM user signed in to the console without a second factor.",
        do="There should be no IAM users: end the session, delete the user, find out who made it.",
    )
    yield TrailAlarm(
        name="failed-sign-ins",
        metric="FailedSignIns",
        pattern=FAILED_SIGN_IN,
        threshold=FAILED_SIGN_INS,
        says=f"{FAILED_SIGN_INS} or more sign-ins to the console failed within five minutes.",
        do="See which user and from which address: somebody who guesses is stopped by a second factor only.",
    )
    yield TrailAlarm(
        name="denied-calls",
        metric="DeniedCalls",
        pattern=DENIED,
        threshold=DENIED_CALLS,
        says=f"{DENIED_CALLS} or more calls were denied within five minutes.",
        do=(
            "See which role: one that looks around is stolen, one that always fails at the same call lacks a "
            "permission."
        ),
    )
    yield TrailAlarm(
        name="break-glass-used",
        metric="BreakGlassUsed",
        pattern=f'$.eventName = "AssumeRole*" && $.requestParameters.roleArn = "{break_glass}"',
        says="Somebody took the break-glass role, or tried to.",
        do="An incident explains it, and only an incident: ask who, and write it down.",
    )
    yield TrailAlarm(
        name="watching-changed",
        metric="WatchingChanged",
        pattern=_calls(*(name for names in WATCHING_CALLS.values() for name in names)),
        says="The trail, AWS Config, GuardDuty, Security Hub or the analyser was changed or switched off.",
        do=("Unless a reviewed deployment did it, switch it on again first, then look for the reason."),
    )
    yield TrailAlarm(
        name="iam-changed",
        metric="IamChanged",
        pattern=f"{_calls(*IAM_CALLS)} && {others}",
        says="Roles, policies or users were changed, and not by the pipeline.",
        do="See who and what; an own key, role or policy is the first thing that an intruder makes.",
    )
    yield TrailAlarm(
        name="keys-changed",
        metric="KeysChanged",
        pattern=(
            f'$.eventSource = "kms.amazonaws.com" && {_calls(*KEY_CALLS)} && '
            f"$.userIdentity.invokedBy NOT EXISTS && {others}"
        ),
        says="The policy, a grant or the state of an encryption key was changed, and not by the pipeline.",
        do="See who and which key; put its policy back, cancel its deletion.",
    )
    yield TrailAlarm(
        name="buckets-changed",
        metric="BucketsChanged",
        pattern=f'$.eventSource = "s3.amazonaws.com" && {_calls(*BUCKET_CALLS)} && {others}',
        says="Policy, replication, lifecycle or lock of a bucket was changed, and not by the pipeline.",
        do="See who and which bucket; deploy again to put it back.",
    )
    yield TrailAlarm(
        name="network-changed",
        metric="NetworkChanged",
        pattern=f"{_calls(*NETWORK_CALLS)} && $.userIdentity.invokedBy NOT EXISTS && {others}",
        says="Security groups, access lists, routes or gateways were changed, and not by the pipeline.",
        do="See who opened what to whom; deploy again to put it back.",
    )


def declare_trail_alarms(
    *,
    log_group: cloudwatch.LogGroup,
    naming: Naming,
    bell: Bell,
    deployer: str,
    break_glass: str,
    opts: pulumi.ResourceOptions,
) -> None:
    """Declare a metric filter on the trail's log group and an alarm at the topic for each."""
    namespace = f"{naming.prefix}/trail"
    for alarm in trail_alarms(deployer=deployer, break_glass=break_glass):
        pattern = f"{{ {alarm.pattern} }}"
        if len(pattern) > LONGEST_PATTERN:
            raise ValueError(f"the pattern of {alarm.name} has {len(pattern)} characters")
        cloudwatch.LogMetricFilter(
            alarm.name,
            cloudwatch.LogMetricFilterArgs(
                name=alarm.name,
                log_group_name=log_group.name,
                pattern=pattern,
                metric_transformation=cloudwatch.LogMetricFilterMetricTransformationArgs(
                    namespace=namespace, name=alarm.metric, value="1", default_value="0", unit="Count"
                ),
            ),
            opts=opts,
        )
        bell.declare(
            Alarm(
                name=alarm.name,
                watches=Metric(namespace=namespace, name=alarm.metric, statistic="Sum", dimensions={}),
                when=">=",
                threshold=alarm.threshold,
                periods=1,
                missing="notBreaching",
                says=alarm.says,
                do=alarm.do,
                runbook=RUNBOOK,
            )
        )


def _calls(*names: str) -> str:
    """Give the pattern of any of these calls."""
    return f"({_any([f'$.eventName = {name}' for name in names])})"


def _any(terms: Sequence[str]) -> str:
    return " || ".join(terms)


def _by_others_than(role_arn: str) -> str:
    """Give the pattern of everybody but one role; users and the root have no role to compare."""
    issuer = "$.userIdentity.sessionContext.sessionIssuer.arn"
    return f'({issuer} NOT EXISTS || {issuer} != "{role_arn}")'
