"""Rows of the rules about policies of keys and buckets."""

from __future__ import annotations

from typing import Final

from tests.policies.builders import ACCOUNT_ID, DROP, REGION, Ref, thing
from tests.policies.identity.fixtures import (
    AWS,
    BREAK_GLASS,
    BUCKET,
    BUCKET_POLICY,
    FOREIGN_ACCOUNT,
    KEY,
    OURS,
    ROOT,
    allow,
    ours,
    text,
)
from tests.policies.identity.let_in import let_in_rows
from tests.policies.table import Break, Row

_KEY_GOOD: Final = allow("kms:*", "*", Principal=OURS)
_KEY: Final = ours(thing(KEY, "data", policy=text(_KEY_GOOD)))
_KEY_GIVEN: Final = "statement Given of the key policy"
_LOGS: Final = {"Service": f"logs.{REGION}.amazonaws.com"}

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
                {"data.policy": text(allow("kms:Decrypt", "*", Principal=OURS))},
                {"data": "its policy lets nobody change it: the key would be locked for ever"},
                aspect="lockout",
            ),
        ),
        unknown="data.policy",
    ),
    *let_in_rows(
        "iam-key-policy-principals",
        KEY,
        "key policy",
        "kms:Decrypt",
        foreign=f"foreign-{FOREIGN_ACCOUNT}",
    ),
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
                {"data.policy": text(allow("kms:*", "*", Principal={"AWS": [ROOT, BREAK_GLASS]}))},
                {"data": f"{_KEY_GIVEN} allows everything to {BREAK_GLASS}"},
            ),
        ),
        unknown="data.policy",
        also_holds=({"data.policy": text(allow("kms:Decrypt", "*", Principal={"AWS": BREAK_GLASS}))},),
    ),
    *let_in_rows("iam-s3-policy", BUCKET_POLICY, "bucket policy", "s3:GetObject", resource=f"{BUCKET}/*"),
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
)
