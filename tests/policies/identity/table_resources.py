"""Rows of the rules about policies of resources: keys, buckets, queues, secrets, vaults, functions."""

from __future__ import annotations

from typing import Any, Final

from tests.policies.builders import ACCOUNT_ID, DROP, REGION, Ref, thing
from tests.policies.identity.fixtures import (
    AWS,
    BUCKET,
    FOREIGN,
    FOREIGN_ACCOUNT,
    KEY,
    ROOT,
    SAME_ACCOUNT,
    TOPIC,
    allow,
    ours,
    text,
)
from tests.policies.table import Break, Row

_EVERYONE: Final = {"AWS": "*"}
_OURS: Final = {"AWS": ROOT}


def let_in_rows(
    rule: str, token: str, what: str, action: str, *, path: str = "policy", resource: str = "*"
) -> tuple[Row, Row]:
    """Give the rows of a rule that lets in neither everyone nor another account."""
    good = allow(action, resource, Principal=_OURS)
    things = (AWS, ours(thing(token, "it", **{path: text(good)})))
    at = f"it.{path}"
    given = f"statement Given of the {what}"
    to_service = allow(
        action, resource, Principal={"Service": "events.amazonaws.com"}, Condition=SAME_ACCOUNT
    )
    return (
        Row(
            rule,
            things,
            (
                Break(
                    {at: text({**good, "Principal": "*"})},
                    {"it": f"{given} lets everyone in"},
                    aspect="public",
                ),
                Break(
                    {at: text({**good, "Principal": ["*"]})},
                    {"it": f"{given} lets everyone in"},
                    aspect="public",
                ),
                Break(
                    {at: text({**good, "Principal": {"AWS": [ROOT, "*"]}})},
                    {"it": f"{given} lets everyone in"},
                    aspect="public",
                ),
                Break(
                    {
                        at: text(
                            {
                                **good,
                                "Principal": _EVERYONE,
                                "Condition": {"StringLike": {"aws:PrincipalArn": "*"}},
                            }
                        )
                    },
                    {"it": f"{given} lets everyone in"},
                    aspect="public",
                ),
                Break(
                    {
                        at: text(
                            {
                                **good,
                                "Principal": _EVERYONE,
                                "Condition": {"StringEqualsIfExists": {"aws:PrincipalAccount": ACCOUNT_ID}},
                            }
                        )
                    },
                    {"it": f"{given} lets everyone in"},
                    aspect="public",
                ),
            ),
            unknown=at,
            also_holds=(
                {at: text({**good, "Principal": {"AWS": ACCOUNT_ID}})},
                {at: text({**good, "Principal": "*", "Effect": "Deny"})},
                {
                    at: text(
                        {
                            **good,
                            "Principal": "*",
                            "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT_ID}},
                        }
                    )
                },
                {at: text(to_service)},
            ),
        ),
        Row(
            rule,
            things,
            (
                Break(
                    {at: text({**good, "Principal": {"AWS": [ROOT, FOREIGN]}})},
                    {"it": f"{given} lets in account {FOREIGN_ACCOUNT}"},
                    aspect="foreign",
                ),
                Break(
                    {
                        at: text(
                            {
                                **good,
                                "Principal": "*",
                                "Condition": {"StringEquals": {"aws:PrincipalAccount": FOREIGN_ACCOUNT}},
                            }
                        )
                    },
                    {"it": f"{given} lets in account {FOREIGN_ACCOUNT}"},
                    aspect="foreign",
                ),
                Break(
                    {at: text({**good, "Principal": {"AWS": "AROAEXAMPLE"}})},
                    {"it": f"{given} lets in AROAEXAMPLE, whose account nobody can tell"},
                    aspect="foreign",
                ),
            ),
            unknown=at,
        ),
    )


_KEY_GOOD: Final = allow("kms:*", "*", Principal=_OURS)
_KEY: Final = ours(thing(KEY, "data", policy=text(_KEY_GOOD)))
_KEY_GIVEN: Final = "statement Given of the key policy"
_LOGS: Final = {"Service": f"logs.{REGION}.amazonaws.com"}
_DOMAIN: Final = "aws:opensearch/domain:Domain"
_PERMISSION: Final = "aws:lambda/permission:Permission"
_QUEUE: Final = "aws:sqs/queuePolicy:QueuePolicy"
_TOPIC: Final = "aws:sns/topicPolicy:TopicPolicy"
_BUCKET_POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"
_ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
_VAULT: Final = "aws:backup/vault:Vault"
_VAULT_POLICY: Final = "aws:backup/vaultPolicy:VaultPolicy"
_BREAK_GLASS: Final = f"arn:aws:iam::{ACCOUNT_ID}:role/fleet-erp-break-glass-prod"
_DESTRUCTION: Final = [
    "backup:DeleteBackupVault",
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:DeleteRecoveryPoint",
    "backup:PutBackupVaultAccessPolicy",
    "backup:UpdateRecoveryPointLifecycle",
]
_BUT_BREAK_GLASS: Final = {"ArnNotEquals": {"aws:PrincipalArn": _BREAK_GLASS}}
_DEPUTY: Final = "statement Given of the bucket policy lets {} act for any account"
_WRITE_LOGS: Final = allow(
    "s3:PutObject",
    f"{BUCKET}/*",
    Principal={"Service": "delivery.logs.amazonaws.com"},
    Condition=SAME_ACCOUNT,
)


def deny(actions: Any, **elements: Any) -> dict[str, Any]:
    """Give a statement that denies everyone."""
    return {**allow(actions, "*", Principal="*", **elements), "Effect": "Deny"}


def _not(actions: list[str], *missing: str) -> list[str]:
    return [action for action in actions if action not in missing]


_DENY_DESTRUCTION: Final = deny(_DESTRUCTION, Condition=_BUT_BREAK_GLASS)
_DENY_RESTORE: Final = deny("backup:StartRestoreJob", Condition=_BUT_BREAK_GLASS)

ROWS: Final = (
    Row(
        "iam-key-policy",
        (
            AWS,
            _KEY,
            ours(thing(KEY, "logs")),
            ours(
                thing(
                    "aws:kms/keyPolicy:KeyPolicy",
                    "logs-policy",
                    keyId=Ref("logs", "keyId"),
                    policy=text(_KEY_GOOD),
                )
            ),
        ),
        (
            Break({"data.policy": DROP}, {"data": "it has no policy of its own"}),
            Break({"logs-policy": DROP}, {"logs": "it has no policy of its own"}),
        ),
        unknown="data.policy",
    ),
    Row(
        "iam-key-policy",
        (AWS, _KEY),
        (
            Break(
                {"data.policy": text(allow("kms:Decrypt", "*", Principal=_OURS))},
                {"data": "its policy lets nobody change it: the key would be locked for ever"},
                aspect="lockout",
            ),
        ),
        unknown="data.policy",
    ),
    *let_in_rows("iam-key-policy-principals", KEY, "key policy", "kms:Decrypt"),
    Row(
        "iam-key-policy-services",
        (AWS, _KEY),
        (
            Break(
                {"data.policy": text(_KEY_GOOD, allow("kms:Decrypt", "*", Principal=_LOGS))},
                {"data": f"{_KEY_GIVEN} lets logs.amazonaws.com act for any account"},
            ),
            Break(
                {
                    "data.policy": text(
                        allow(
                            "kms:Decrypt",
                            "*",
                            Principal={"Service": ["backup.amazonaws.com", "events.amazonaws.com"]},
                        )
                    )
                },
                {"data": f"{_KEY_GIVEN} lets backup.amazonaws.com act for any account"},
            ),
        ),
        unknown="data.policy",
        also_holds=(
            {
                "data.policy": text(
                    allow(
                        "kms:Decrypt",
                        "*",
                        Principal=_LOGS,
                        Condition={
                            "ArnLike": {
                                "kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:*"
                            }
                        },
                    )
                )
            },
            {
                "data.policy": text(
                    allow("kms:Decrypt", "*", Principal={"Service": ["cloudwatch.amazonaws.com"]})
                )
            },
        ),
    ),
    Row(
        "iam-key-policy-actions",
        (AWS, _KEY),
        (
            Break(
                {"data.policy": text(allow("kms:*", "*", Principal={"AWS": [ROOT, _BREAK_GLASS]}))},
                {"data": f"{_KEY_GIVEN} allows everything to {_BREAK_GLASS}"},
            ),
        ),
        unknown="data.policy",
        also_holds=({"data.policy": text(allow("kms:Decrypt", "*", Principal={"AWS": _BREAK_GLASS}))},),
    ),
    *let_in_rows("iam-s3-policy", _BUCKET_POLICY, "bucket policy", "s3:GetObject", resource=f"{BUCKET}/*"),
    Row(
        "iam-s3-acl",
        (
            thing("aws:s3/bucket:Bucket", "attachments", acl="private"),
            thing(
                "aws:s3/bucketAcl:BucketAcl",
                "acl",
                accessControlPolicy={
                    "grants": [{"permission": "READ", "grantee": {"type": "CanonicalUser"}}]
                },
            ),
        ),
        (
            Break({"attachments.acl": "public-read"}, {"attachments": "its ACL is public-read"}),
            Break(
                {
                    "acl.accessControlPolicy.grants.0.grantee.uri": (
                        "http://acs.amazonaws.com/groups/global/AllUsers"
                    )
                },
                {"acl": "accessControlPolicy.grants.0 grants to AllUsers"},
            ),
        ),
        unknown="attachments.acl",
        also_holds=({"attachments.acl": "log-delivery-write"},),
    ),
    *let_in_rows("iam-messaging-policy", _QUEUE, "queue policy", "sqs:SendMessage"),
    *let_in_rows("iam-messaging-policy", _TOPIC, "topic policy", "sns:Publish", resource=TOPIC),
    *let_in_rows(
        "iam-repository-policy",
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        "repository policy",
        "ecr:BatchGetImage",
    ),
    *let_in_rows(
        "iam-secret-policy",
        "aws:secretsmanager/secretPolicy:SecretPolicy",
        "secret policy",
        "secretsmanager:GetSecretValue",
    ),
    *let_in_rows(
        "iam-storage-policy",
        "aws:efs/fileSystemPolicy:FileSystemPolicy",
        "file system policy",
        "elasticfilesystem:ClientMount",
    ),
    *let_in_rows(
        "iam-search-policy",
        "aws:opensearch/domainPolicy:DomainPolicy",
        "access policy",
        "es:ESHttpGet",
        path="accessPolicies",
    ),
    Row(
        "iam-search-policy",
        (
            AWS,
            ours(
                thing(
                    _DOMAIN,
                    "logs",
                    accessPolicies=text(allow("es:ESHttp*", "*", Principal=_EVERYONE)),
                    vpcOptions={"subnetIds": ["subnet-1"]},
                    advancedSecurityOptions={"enabled": True},
                )
            ),
        ),
        (
            Break(
                {"logs.advancedSecurityOptions.enabled": False},
                {"logs": "statement Given of the access policy lets everyone in"},
                aspect="public",
            ),
            Break(
                {"logs.vpcOptions": DROP},
                {"logs": "statement Given of the access policy lets everyone in"},
                aspect="public",
            ),
        ),
        unknown="logs.advancedSecurityOptions.enabled",
    ),
    *let_in_rows(
        "iam-resource-policy",
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        "log policy",
        "logs:PutLogEvents",
        path="policyDocument",
    ),
    Row(
        "iam-function-policy",
        (
            AWS,
            ours(
                thing(
                    _PERMISSION,
                    "events",
                    action="lambda:InvokeFunction",
                    function="refresh",
                    principal="events.amazonaws.com",
                    sourceArn=Ref("rule", "arn"),
                )
            ),
            thing("aws:cloudwatch/eventRule:EventRule", "rule"),
        ),
        (
            Break(
                {"events.principal": "*", "events.sourceArn": DROP},
                {"events": "it lets everyone call the function"},
                aspect="public",
            ),
        ),
        unknown="events.principal",
    ),
    Row(
        "iam-function-policy",
        (
            AWS,
            ours(
                thing(
                    _PERMISSION,
                    "bucket",
                    action="lambda:InvokeFunction",
                    function="refresh",
                    principal="s3.amazonaws.com",
                    sourceAccount=ACCOUNT_ID,
                )
            ),
        ),
        (
            Break(
                {"bucket.sourceAccount": DROP},
                {"bucket": "it lets s3.amazonaws.com call the function for any account"},
                aspect="deputy",
            ),
        ),
        unknown="bucket.principal",
    ),
    Row(
        "iam-function-policy",
        (AWS, ours(thing(_PERMISSION, "partner", action="lambda:InvokeFunction", principal=ACCOUNT_ID))),
        (
            Break(
                {"partner.principal": FOREIGN_ACCOUNT},
                {"partner": f"it lets account {FOREIGN_ACCOUNT} call the function"},
                aspect="foreign",
            ),
        ),
        unknown="partner.principal",
    ),
    Row(
        "iam-function-policy",
        (thing("aws:lambda/functionUrl:FunctionUrl", "url", authorizationType="AWS_IAM"),),
        (
            Break(
                {"url.authorizationType": "NONE"},
                {"url": "the function's URL asks nobody who calls"},
                aspect="public",
            ),
        ),
        unknown="url.authorizationType",
    ),
    Row(
        "iam-confused-deputy",
        (AWS, ours(thing(_BUCKET_POLICY, "logs", policy=text(_WRITE_LOGS)))),
        (
            Break(
                {"logs.policy": text({**_WRITE_LOGS, "Condition": {}})},
                {"logs": _DEPUTY.format("delivery.logs.amazonaws.com")},
            ),
            Break(
                {
                    "logs.policy": text(
                        {**_WRITE_LOGS, "Condition": {"StringLike": {"aws:SourceAccount": "*"}}}
                    )
                },
                {"logs": _DEPUTY.format("delivery.logs.amazonaws.com")},
            ),
            Break(
                {
                    "logs.policy": text(
                        allow(
                            "s3:PutObject", f"{BUCKET}/*", Principal={"Service": "cloudwatch.amazonaws.com"}
                        )
                    )
                },
                {"logs": _DEPUTY.format("cloudwatch.amazonaws.com")},
            ),
        ),
        unknown="logs.policy",
        also_holds=(
            {
                "logs.policy": text(
                    allow(
                        "s3:PutObject",
                        f"{BUCKET}/alb/AWSLogs/{ACCOUNT_ID}/*",
                        Principal={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
                    )
                )
            },
            {
                "logs.policy": text(
                    allow("s3:PutObject", f"{BUCKET}/*", Principal={"Service": "events.amazonaws.com"})
                )
            },
        ),
    ),
    Row(
        "iam-endpoint-policy",
        (
            thing(
                _ENDPOINT,
                "s3",
                serviceName=f"com.amazonaws.{REGION}.s3",
                policy=text(
                    allow(
                        "s3:Get*",
                        "*",
                        Principal="*",
                        Condition={"StringEquals": {"aws:PrincipalAccount": ACCOUNT_ID}},
                    )
                ),
            ),
            thing(_ENDPOINT, "sts", serviceName=f"com.amazonaws.{REGION}.sts"),
        ),
        (
            Break({"s3.policy": DROP}, {"s3": "it has no policy, so it lets everything through"}),
            Break(
                {"s3.policy": text(allow("*", "*", Principal="*"))},
                {"s3": "statement Given of the endpoint policy lets everyone through to every resource"},
            ),
        ),
        unknown="s3.policy",
        also_holds=({"s3.policy": text(allow("s3:GetObject", "arn:aws:s3:::prod-layers/*", Principal="*"))},),
    ),
    Row(
        "iam-backup-restricted",
        (
            thing(_VAULT, "vault", name="fleet-erp-prod"),
            thing(
                _VAULT_POLICY,
                "guard",
                backupVaultName=Ref("vault", "name"),
                policy=text(_DENY_DESTRUCTION, _DENY_RESTORE),
            ),
        ),
        (
            Break(
                {"guard": DROP},
                {"vault": f"its policy does not deny {', '.join(map(str.lower, _DESTRUCTION))}"},
            ),
            Break(
                {
                    "guard.policy": text(
                        deny(_not(_DESTRUCTION, "backup:DeleteRecoveryPoint"), Condition=_BUT_BREAK_GLASS)
                    )
                },
                {"vault": "its policy does not deny backup:deleterecoverypoint"},
            ),
            Break(
                {
                    "guard.policy": text(
                        deny(
                            _DESTRUCTION,
                            Condition={
                                "ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT_ID}:role/*"}
                            },
                        )
                    )
                },
                {"vault": f"its policy does not deny {', '.join(map(str.lower, _DESTRUCTION))}"},
            ),
            Break(
                {"guard.policy": text({**_DENY_DESTRUCTION, "Effect": "Allow"})},
                {"vault": f"its policy does not deny {', '.join(map(str.lower, _DESTRUCTION))}"},
            ),
        ),
        unknown="guard.policy",
        unknown_at="vault",
        also_holds=({"guard.policy": text(deny("backup:*"))},),
    ),
    Row(
        "iam-backup-restore",
        (
            thing(_VAULT, "vault", name="fleet-erp-prod"),
            thing(_VAULT_POLICY, "guard", backupVaultName=Ref("vault", "name"), policy=text(_DENY_RESTORE)),
        ),
        (
            Break({"guard": DROP}, {"vault": "its policy does not limit restores to one role"}),
            Break(
                {
                    "guard.policy": text(
                        deny(
                            "backup:StartRestoreJob",
                            Condition={"ArnNotEquals": {"aws:PrincipalArn": [_BREAK_GLASS, ROOT]}},
                        )
                    )
                },
                {"vault": "its policy does not limit restores to one role"},
            ),
            Break(
                {
                    "guard.policy": text(
                        deny("backup:StartRestoreJob", Condition={"Bool": {"aws:SecureTransport": "false"}})
                    )
                },
                {"vault": "its policy does not limit restores to one role"},
            ),
        ),
        unknown="guard.policy",
        unknown_at="vault",
    ),
)
