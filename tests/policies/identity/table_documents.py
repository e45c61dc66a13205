"""Rows of the rules about identity policies and the sets of permissions in them."""

from __future__ import annotations

from typing import Any, Final

from tests.policies.builders import ACCOUNT_ID, DROP, REGION, Ref, thing
from tests.policies.identity.fixtures import (
    ANY_KEY,
    ATTACHMENT,
    BUCKET,
    KEY_ARN,
    OIDC,
    POLICY,
    ROLE,
    allow,
    by_service,
    permissions,
    service_account_role,
    text,
    trust,
)
from tests.policies.table import Break, Row

_READ: Final = allow("s3:GetObject", f"{BUCKET}/*")
_GIVEN: Final = "statement Given of the role policy"


def policy_row(
    rule: str,
    good: Any,
    bad: tuple[tuple[Any, str | tuple[str, ...]], ...],
    *,
    also: tuple[Any, ...] = (),
    aspect: str | None = None,
) -> Row:
    """Give the row of a rule about identity policies: what holds, what it says about each bad statement."""
    return Row(
        rule,
        (permissions(good),),
        tuple(
            Break({"permissions.policy": text(*_several(statement))}, {"permissions": says}, aspect=aspect)
            for statement, says in bad
        ),
        unknown="permissions.policy",
        also_holds=tuple({"permissions.policy": text(*_several(statement))} for statement in also),
    )


def _several(statement: Any) -> tuple[Any, ...]:
    return tuple(statement) if isinstance(statement, list) else (statement,)


def _without(statement: dict[str, Any], element: str) -> dict[str, Any]:
    return {key: value for key, value in statement.items() if key != element}


_ONE_KEY: Final = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/fleet-erp-prod-data"}}
_FUNCTION: Final = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:refresh"
_ROLE_ARN: Final = f"arn:aws:iam::{ACCOUNT_ID}:role/fleet-erp-prod-backup"
_TO_BACKUP: Final = {"StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}}

ROWS: Final = (
    Row(
        "iam-document-valid",
        (permissions(_READ), OIDC, *service_account_role()),
        (
            Break(
                {"permissions.policy": text(_READ, version=None)},
                {"permissions": "the version of the role policy is not given, not 2012-10-17"},
            ),
            Break(
                {"permissions.policy": text(_without(_READ, "Effect"))},
                {"permissions": f"{_GIVEN}: Effect is neither Allow nor Deny"},
            ),
            Break(
                {"permissions.policy": text({**_READ, "NotAction": "s3:PutObject"})},
                {"permissions": f"{_GIVEN}: it needs one of Action and NotAction"},
            ),
            Break(
                {"permissions.policy": text({**_READ, "NotResource": BUCKET})},
                {"permissions": f"{_GIVEN}: it has both resource and notresource"},
            ),
            Break(
                {"permissions.policy": text({**_READ, "Actions": "s3:PutObject"})},
                {"permissions": f"{_GIVEN}: Actions is no element of a statement"},
            ),
        ),
        unknown="permissions.policy",
        also_holds=(
            {"permissions.policy": text(allow(["S3:getobject"], [f"{BUCKET}/*"]))},
            {"permissions.policy": text(allow("kms:Decrypt", ANY_KEY, Condition=_ONE_KEY))},
            {"permissions.policy": text({**_READ, "Condition": {"Bool": {"aws:SecureTransport": "true"}}})},
        ),
    ),
    policy_row(
        "iam-document-valid",
        _READ,
        ((allow("s3:GetObjet", f"{BUCKET}/*"), f"{_GIVEN} names s3:getobjet, which no service has"),),
        aspect="unknown-action",
    ),
    policy_row(
        "iam-document-valid",
        _READ,
        (
            (
                {**_READ, "Condition": {"StringEquals": {"s3:TlsVersoin": "1.2"}}},
                f"{_GIVEN} has a condition on s3:tlsversoin, which none of its actions knows",
            ),
        ),
        aspect="unknown-condition",
    ),
    policy_row(
        "iam-document-valid",
        _READ,
        (
            (
                allow("s3:GetObject", BUCKET),
                f"{_GIVEN} names {BUCKET}, on which none of its actions acts",
            ),
            (
                allow("sqs:SendMessage", f"{BUCKET}/*"),
                f"{_GIVEN} names {BUCKET}/*, on which none of its actions acts",
            ),
        ),
        aspect="wrong-resource",
    ),
    policy_row(
        "iam-no-admin",
        _READ,
        (
            (allow("*", "*"), f"{_GIVEN} allows every action"),
            (allow(["s3:GetObject", "*:*"], BUCKET), f"{_GIVEN} allows every action"),
            (
                {**_without(allow("x", "*"), "Action"), "NotAction": ["iam:*", "organizations:*"]},
                f"{_GIVEN} allows every action but iam:*, organizations:*",
            ),
        ),
        also=({**allow("*", "*"), "Effect": "Deny"}, allow("s3:Get*", f"{BUCKET}/*")),
    ),
    policy_row(
        "iam-no-wildcard-action",
        _READ,
        (
            (allow("s3:*", f"{BUCKET}/*"), f"{_GIVEN} allows s3:*"),
            (allow(["SQS:*", "sns:**"], "*"), f"{_GIVEN} allows sns:**, sqs:*"),
        ),
        also=(allow(["s3:Get*", "s3:List*"], BUCKET), {**allow("s3:*", BUCKET), "Effect": "Deny"}),
    ),
    policy_row(
        "iam-no-wildcard-resource",
        _READ,
        (
            (allow("sqs:SendMessage", "*"), f"{_GIVEN} names no resource for sqs:SendMessage"),
            (
                allow("s3:Put*Tagging", ["arn:aws:s3:::*"]),
                f"{_GIVEN} names no resource for s3:PutBucketTagging, s3:PutJobTagging, s3:PutObjectTagging"
                " and 2 more",
            ),
            (
                {
                    **_without(allow("ec2:DeleteVolume"), "Resource"),
                    "NotResource": "arn:aws:ec2:*:*:volume/vol-1",
                },
                f"{_GIVEN} names no resource for ec2:DeleteVolume",
            ),
        ),
        also=(
            allow(["xray:PutTraceSegments", "ec2:DescribeInstances"], "*"),
            allow(
                "cloudwatch:PutMetricData", "*", Condition={"StringEquals": {"cloudwatch:namespace": "Fleet"}}
            ),
            allow("ec2:DeleteVolume", "*", Condition={"StringEquals": {"ec2:ResourceTag/cluster": "fleet"}}),
            allow(
                "ec2:DeleteVolume",
                "*",
                Condition={"Null": {"aws:ResourceTag/ebs.csi.aws.com/cluster": "false"}},
            ),
        ),
    ),
    policy_row(
        "iam-kms-decrypt-scoped",
        allow(["kms:Decrypt", "kms:GenerateDataKey"], KEY_ARN),
        (
            (allow("kms:Decrypt", "*"), f"{_GIVEN} allows kms:Decrypt with every key"),
            (allow("kms:Dec*", ANY_KEY), f"{_GIVEN} allows kms:Decrypt with every key"),
            (
                allow(
                    "kms:Decrypt",
                    ANY_KEY,
                    Condition={"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}},
                ),
                f"{_GIVEN} allows kms:Decrypt with every key",
            ),
            (
                allow("kms:Decrypt", "*", Condition={"StringLike": {"kms:ResourceAliases": "*"}}),
                f"{_GIVEN} allows kms:Decrypt with every key",
            ),
        ),
        also=(allow("kms:Decrypt", ANY_KEY, Condition=_ONE_KEY), allow("kms:DescribeKey", "*")),
    ),
    policy_row(
        "iam-no-escalation",
        _READ,
        (
            (
                allow("iam:PutRolePolicy", _ROLE_ARN),
                "the role policy allows iam:PutRolePolicy: the escalation PutRolePolicy",
            ),
            (
                [allow("iam:Pass*", "*", Sid="Pass"), allow("ec2:RunInstances", "*", Sid="Run")],
                "the role policy allows ec2:RunInstances, iam:PassRole:"
                " the escalation CreateEC2WithExistingIP",
            ),
            (
                allow("lambda:UpdateFunctionCode", "*"),
                "the role policy allows lambda:UpdateFunctionCode:"
                " the escalation EditExistingLambdaFunctionWithRole",
            ),
        ),
        also=(
            allow("lambda:UpdateFunctionCode", _FUNCTION),
            [allow("iam:PassRole", _ROLE_ARN, Sid="Pass"), allow("ec2:RunInstances", "*", Sid="Run")],
            allow(
                "iam:PutRolePolicy",
                _ROLE_ARN,
                Condition={
                    "StringEquals": {"iam:PermissionsBoundary": f"arn:aws:iam::{ACCOUNT_ID}:policy/b"}
                },
            ),
            [
                allow("iam:CreateAccessKey", "*", Sid="Make"),
                {**allow("iam:*AccessKey*", "*", Sid="Never"), "Effect": "Deny"},
            ],
        ),
    ),
    Row(
        "iam-no-escalation-combined",
        (
            trust(by_service("ec2.amazonaws.com"), name="worker"),
            thing("aws:iam/rolePolicy:RolePolicy", "pass", role=Ref("worker", "name"), policy=text(_READ)),
            thing(POLICY, "run", policy=text(allow("ec2:RunInstances", "*"))),
            thing(ATTACHMENT, "run-attached", role=Ref("worker", "name"), policyArn=Ref("run", "arn")),
        ),
        (
            Break(
                {"pass.policy": text(allow("iam:PassRole", "*"))},
                {
                    "worker": "its policies together allow ec2:RunInstances, iam:PassRole:"
                    " the escalation CreateEC2WithExistingIP"
                },
            ),
        ),
        unknown="pass.policy",
        unknown_at="worker",
        also_holds=({"pass.policy": text(allow("iam:PassRole", _ROLE_ARN))}, {"run-attached": DROP}),
    ),
    policy_row(
        "iam-no-data-exfiltration",
        _READ,
        (
            (allow("s3:Get*", "*"), f"{_GIVEN} allows s3:GetObject on everything"),
            (
                allow("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:*"),
                f"{_GIVEN} allows secretsmanager:GetSecretValue on everything",
            ),
        ),
        also=(
            allow("ssm:GetParameter", f"arn:aws:ssm:{REGION}:{ACCOUNT_ID}:parameter/fleet-erp/prod/*"),
            allow("s3:ListAllMyBuckets", "*"),
        ),
    ),
    policy_row(
        "iam-no-credentials-exposure",
        _READ,
        (
            (allow("sts:AssumeRole", "*"), f"{_GIVEN} allows sts:AssumeRole on everything"),
            (allow("rds-db:*", "arn:aws:rds-db:*:*:*"), f"{_GIVEN} allows rds-db:connect on everything"),
        ),
        also=(allow("sts:AssumeRole", _ROLE_ARN), allow("ecr:GetAuthorizationToken", "*")),
    ),
    policy_row(
        "iam-no-resource-exposure",
        _READ,
        (
            (allow("s3:PutBucketPolicy", "*"), f"{_GIVEN} allows s3:PutBucketPolicy on everything"),
            (allow("kms:PutKeyPolicy", "*"), f"{_GIVEN} allows kms:PutKeyPolicy on everything"),
        ),
        also=(allow("s3:PutBucketPolicy", BUCKET), allow("s3:GetBucketPolicy", "*")),
    ),
    policy_row(
        "iam-no-admin-chain",
        allow("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT_ID}:role/fleet-erp-operator-prod"),
        tuple(
            (
                allow(action, f"arn:aws:iam::{ACCOUNT_ID}:role/{role}"),
                f"{_GIVEN} may become {role.rpartition('/')[2]}",
            )
            for action, role in (
                ("sts:AssumeRole", "fleet-erp-break-glass-prod"),
                ("sts:*", "people/fleet-erp-deploy-prod"),
                ("sts:AssumeRole", "fleet-erp-*-prod"),
                ("sts:AssumeRole", "fleet-erp-b?eak*"),
                ("sts:AssumeRole", "*"),
            )
        ),
        also=(
            allow("iam:GetRole", f"arn:aws:iam::{ACCOUNT_ID}:role/fleet-erp-break-glass-prod"),
            allow("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT_ID}:role/fleet-erp-d?-reader-*"),
        ),
    ),
    policy_row(
        "iam-passrole-scoped",
        allow("iam:PassRole", _ROLE_ARN, Condition=_TO_BACKUP),
        (
            (
                allow("iam:PassRole", "*"),
                (f"{_GIVEN} passes every role", f"{_GIVEN} passes roles to any service"),
            ),
            (
                allow("iam:Pass*", f"arn:aws:iam::{ACCOUNT_ID}:role/*", Condition=_TO_BACKUP),
                f"{_GIVEN} passes every role",
            ),
            (allow("IAM:passrole", _ROLE_ARN), f"{_GIVEN} passes roles to any service"),
        ),
        also=(allow("iam:GetRole", "*"),),
    ),
    Row(
        "iam-no-admin-attached",
        (
            thing(POLICY, "own", policy=text(_READ)),
            thing(ATTACHMENT, "attached", role="worker", policyArn=Ref("own", "arn")),
            thing(ROLE, "old", managedPolicyArns=["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]),
        ),
        (
            Break(
                {"attached.policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
                {"attached": "AdministratorAccess is attached"},
            ),
            Break(
                {"old.managedPolicyArns.0": "arn:aws:iam::aws:policy/IAMFullAccess"},
                {"old": "IAMFullAccess is attached"},
            ),
        ),
        unknown="attached.policyArn",
    ),
    Row(
        "iam-no-full-access-attached",
        (
            thing(POLICY, "own", policy=text(_READ)),
            thing(ATTACHMENT, "attached", role="worker", policyArn=Ref("own", "arn")),
        ),
        (
            Break(
                {"attached.policyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"},
                {"attached": "AmazonS3FullAccess is attached, which grants a whole service"},
            ),
            Break(
                {"attached.policyArn": "arn:aws:iam::aws:policy/service-role/AWSQuickSightFullAccess"},
                {"attached": "AWSQuickSightFullAccess is attached, which grants a whole service"},
            ),
        ),
        unknown="attached.policyArn",
        also_holds=({"attached.policyArn": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"},),
    ),
)
