"""Rows of the rules about buckets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from tests.policies.builders import DROP, Ref, Thing, thing, urn_of
from tests.policies.table import Break, Row

_AWS: Final = thing("pulumi:providers:aws", "aws", region="ap-south-1")
_SWITCHES: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
_CLOSED: Final = dict.fromkeys(_SWITCHES, True)
_BUCKET: Final = thing(
    "aws:s3/bucket:Bucket", "attachments", bucket="fleet-erp-prod-attachments-111122223333"
)
_OF_IT: Final = Ref("attachments", "bucket")


def _bucket_row(rule: str, *things: Thing, **rest: Any) -> Row:
    return Row(rule, (_BUCKET, *things), **rest)


_VERSIONING: Final = thing(
    "aws:s3/bucketVersioning:BucketVersioning",
    "versions",
    bucket=_OF_IT,
    versioningConfiguration={"status": "Enabled"},
)


def _lifecycle(of: str = "attachments", **rule: Any) -> Thing:
    return thing(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "lifecycle",
        bucket=Ref(of, "bucket"),
        rules=[
            {
                "id": "retention",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "expiration": {"days": 2557},
                "noncurrentVersionExpiration": {"noncurrentDays": 30},
                "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
                **rule,
            }
        ],
    )


_INLINE: Final[dict[str, Any]] = {
    "lifecycle": DROP,
    "attachments.lifecycleRules": [
        {
            "enabled": True,
            "expiration": {"days": 2557},
            "noncurrentVersionExpiration": {"days": 30},
            "abortIncompleteMultipartUploadDays": 7,
        }
    ],
}
_NOTHING_ENDS: Final = "no enabled lifecycle rule expires or moves every object of the bucket"
_NO_ABORT: Final = "no enabled lifecycle rule aborts incomplete multipart uploads"
_NO_OLD: Final = "no enabled lifecycle rule expires noncurrent versions"
_NO_GLACIER: Final = "no enabled lifecycle rule moves every object to Glacier"
_ARCHIVE: Final = thing(
    "aws:s3/bucket:Bucket", "gps-archive", bucket="fleet-erp-prod-gps-archive-111122223333"
)
_LOCK: Final = thing(
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    "lock",
    bucket=_OF_IT,
    rule={"defaultRetention": {"mode": "GOVERNANCE", "days": 2557}},
)
_LOCKED: Final = thing(
    "aws:s3/bucket:Bucket",
    "attachments",
    bucket="fleet-erp-prod-attachments-111122223333",
    objectLockEnabled=True,
)
_NO_RETENTION: Final = "no default retention is declared for the bucket"
_TRAIL_BUCKET: Final = thing("aws:s3/bucket:Bucket", "history", bucket="fleet-erp-prod-history")
_TRAIL: Final = thing("aws:cloudtrail/trail:Trail", "trail", s3BucketName=Ref("history", "bucket"))
_NO_COPY: Final = "no enabled replication rule copies it to a bucket of this stack in ap-southeast-1"
_REPLICA: Final = thing(
    "aws:s3/bucket:Bucket",
    "copies",
    bucket="fleet-erp-dr-attachments-111122223333",
    region="ap-southeast-1",
)
_FAR_KEY: Final = "arn:aws:kms:ap-southeast-1:111122223333:key/11111111-2222-3333-4444-555555555555"
_REPLICATION: Final = thing(
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
    "replication",
    bucket=_OF_IT,
    rules=[
        {
            "status": "Enabled",
            "sourceSelectionCriteria": {"sseKmsEncryptedObjects": {"status": "Enabled"}},
            "destination": {
                "bucket": Ref("copies", "arn"),
                "encryptionConfiguration": {
                    "replicaKmsKeyId": "arn:aws:kms:ap-southeast-1:111122223333:key/1"
                },
            },
        }
    ],
)


def _ours(entry: Thing) -> Thing:
    return replace(entry, options={"provider": f"{urn_of('prod', _AWS.token, _AWS.name)}::id"})


ROWS: Final = (
    _bucket_row(
        "dat-s3-block-public",
        thing("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "block", bucket=_OF_IT, **_CLOSED),
        breaks=(
            Break({"block": DROP}, {"attachments": "no public access block is declared for the bucket"}),
            Break(
                {"block.bucket": "another"},
                {"attachments": "no public access block is declared for the bucket"},
            ),
            *(
                Break({f"block.{switch}": False}, {"attachments": f"{switch} of block is not true"})
                for switch in _SWITCHES
            ),
            Break({"block.ignorePublicAcls": DROP}, {"attachments": "ignorePublicAcls of block is not true"}),
        ),
        unknown="block.bucket",
        unknown_at="attachments",
    ),
    Row(
        "dat-s3-access-point",
        (thing("aws:s3/accessPoint:AccessPoint", "point", publicAccessBlockConfiguration=_CLOSED),),
        tuple(
            Break(
                {f"point.publicAccessBlockConfiguration.{switch}": False},
                {"point": f"publicAccessBlockConfiguration.{switch} is false"},
            )
            for switch in _SWITCHES
        ),
        unknown="point.publicAccessBlockConfiguration.blockPublicPolicy",
        also_holds=({"point.publicAccessBlockConfiguration": DROP},),
    ),
    _bucket_row(
        "dat-s3-account-block",
        thing("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", "account", **_CLOSED),
        breaks=(
            Break(
                {"account": DROP},
                {"the stack": "the stack has buckets but declares no s3.AccountPublicAccessBlock"},
            ),
            Break({"account.blockPublicPolicy": False}, {"account": "blockPublicPolicy is not true"}),
        ),
        unknown="account.blockPublicPolicy",
    ),
    _bucket_row(
        "dat-s3-ownership",
        thing(
            "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
            "owner",
            bucket=_OF_IT,
            rule={"objectOwnership": "BucketOwnerEnforced"},
        ),
        breaks=(
            Break({"owner": DROP}, {"attachments": "no ownership controls are declared for the bucket"}),
            Break(
                {"owner.rule.objectOwnership": "ObjectWriter"},
                {"attachments": "rule.objectOwnership of owner is ObjectWriter, not BucketOwnerEnforced"},
            ),
            Break({"attachments.acl": "public-read"}, {"attachments": "the bucket declares an access list"}),
            Break(
                {},
                {"attachments": "list gives the bucket an access list"},
                plus=(thing("aws:s3/bucketAcl:BucketAcl", "list", bucket=_OF_IT, acl="public-read"),),
            ),
        ),
        unknown="owner.rule.objectOwnership",
        unknown_at="attachments",
    ),
    _bucket_row(
        "dat-s3-versioning",
        _VERSIONING,
        breaks=(
            Break({"versions": DROP}, {"attachments": "no versioning is declared for the bucket"}),
            Break(
                {"versions.versioningConfiguration.status": "Suspended"},
                {"attachments": "versioning is Suspended"},
            ),
            Break(
                {"versions": DROP, "attachments.versioning": {"enabled": False}},
                {"attachments": "versioning is off"},
            ),
        ),
        unknown="versions.versioningConfiguration.status",
        unknown_at="attachments",
        also_holds=({"versions": DROP, "attachments.versioning": {"enabled": True}},),
    ),
    _bucket_row(
        "dat-s3-lifecycle",
        _lifecycle(),
        breaks=(
            Break({"lifecycle": DROP}, {"attachments": _NOTHING_ENDS}),
            Break({"lifecycle.rules.0.status": "Disabled"}, {"attachments": _NOTHING_ENDS}),
            Break({"lifecycle.rules.0.expiration": DROP}, {"attachments": _NOTHING_ENDS}),
            Break({"lifecycle.rules.0.filter.prefix": "tmp/"}, {"attachments": _NOTHING_ENDS}),
            Break({"lifecycle.rules.0.filter": {"tag": {"key": "a"}}}, {"attachments": _NOTHING_ENDS}),
        ),
        unknown="lifecycle.rules",
        unknown_at="attachments",
        also_holds=(
            {"lifecycle.rules.0.filter": DROP},
            {
                "lifecycle.rules.0.expiration": DROP,
                "lifecycle.rules.0.transitions": [{"days": 90, "storageClass": "STANDARD_IA"}],
            },
            _INLINE,
        ),
    ),
    _bucket_row(
        "dat-s3-multipart",
        _lifecycle(),
        breaks=(
            Break({"lifecycle": DROP}, {"attachments": _NO_ABORT}),
            Break({"lifecycle.rules.0.abortIncompleteMultipartUpload": DROP}, {"attachments": _NO_ABORT}),
            Break(
                {"lifecycle.rules.0.abortIncompleteMultipartUpload.daysAfterInitiation": 30},
                {"attachments": "incomplete multipart uploads stay 30 days, more than 7"},
            ),
        ),
        unknown="lifecycle.rules",
        unknown_at="attachments",
        also_holds=(_INLINE,),
    ),
    _bucket_row(
        "dat-s3-old-versions",
        _VERSIONING,
        _lifecycle(),
        breaks=(
            Break({"lifecycle.rules.0.noncurrentVersionExpiration": DROP}, {"attachments": _NO_OLD}),
            Break(
                {"versions": DROP, "attachments.versioning": {"enabled": True}, "lifecycle": DROP},
                {"attachments": _NO_OLD},
            ),
        ),
        unknown="lifecycle.rules",
        unknown_at="attachments",
        also_holds=({"versions": DROP, "lifecycle.rules.0.noncurrentVersionExpiration": DROP}, _INLINE),
    ),
    _bucket_row(
        "dat-attachments-retention",
        _lifecycle(),
        breaks=(
            Break(
                {"lifecycle.rules.0.expiration.days": 2556},
                {"attachments": "objects expire after 2556 days, before 2557"},
            ),
            Break(
                {"lifecycle.rules.0.filter.prefix": "2024/", "lifecycle.rules.0.expiration.days": 30},
                {"attachments": "objects expire after 30 days, before 2557"},
            ),
            Break(
                {"attachments": DROP, "lifecycle.bucket": "elsewhere"},
                {"the stack": "the stack declares no bucket called attachments"},
            ),
        ),
        unknown="lifecycle.rules",
        unknown_at="lifecycle",
        also_holds=({"lifecycle": DROP},),
    ),
    Row(
        "dat-gps-glacier",
        (_ARCHIVE, _lifecycle("gps-archive", transitions=[{"days": 1, "storageClass": "GLACIER"}])),
        (
            Break({"lifecycle.rules.0.transitions": DROP}, {"gps-archive": _NO_GLACIER}),
            Break(
                {"lifecycle.rules.0.transitions.0.storageClass": "STANDARD_IA"}, {"gps-archive": _NO_GLACIER}
            ),
            Break({"lifecycle": DROP}, {"gps-archive": _NO_GLACIER}),
            Break(
                {"lifecycle.rules.0.transitions.0.days": 400},
                {"gps-archive": "objects go to GLACIER after 400 days only"},
            ),
            Break(
                {"lifecycle.rules.0.expiration.days": 364},
                {"gps-archive": "objects expire after 364 days, before 365"},
            ),
            Break(
                {
                    "lifecycle.rules.0.transitions.0": {"days": 300, "storageClass": "DEEP_ARCHIVE"},
                    "lifecycle.rules.0.expiration.days": 400,
                },
                {"gps-archive": "objects expire after 400 days, before 480"},
            ),
            Break(
                {"gps-archive": DROP, "lifecycle.bucket": "elsewhere"},
                {"the stack": "the stack declares no bucket called gps-archive"},
            ),
        ),
        unknown="lifecycle.rules",
        unknown_at="lifecycle",
        also_holds=({"lifecycle.rules.0.transitions.0.days": 365},),
    ),
    Row(
        "dat-s3-object-lock",
        (_LOCKED, _LOCK),
        (
            Break({"attachments.objectLockEnabled": DROP}, {"attachments": "objectLockEnabled is not true"}),
            Break({"lock": DROP}, {"attachments": _NO_RETENTION}),
            Break(
                {"lock.rule.defaultRetention.days": 2000},
                {"attachments": "the default retention is 2000 days, less than 2557"},
            ),
            Break(
                {"lock.rule.defaultRetention": {"mode": "COMPLIANCE", "years": 6}},
                {"attachments": "the default retention is 2191.5 days, less than 2557"},
            ),
            Break(
                {"lock.rule.defaultRetention.mode": DROP},
                {"attachments": "the default retention's mode is not set"},
            ),
            Break(
                {"attachments": DROP, "lock.bucket": "elsewhere"},
                {"the stack": "the stack declares no bucket called attachments"},
            ),
            Break(
                {},
                {"history": ("objectLockEnabled is not true", _NO_RETENTION)},
                plus=(_TRAIL_BUCKET, _TRAIL),
            ),
        ),
        unknown="lock.rule.defaultRetention.days",
        unknown_at="lock",
        also_holds=(
            {"lock.rule.defaultRetention": {"mode": "GOVERNANCE", "years": 7}},
            {
                "lock": DROP,
                "attachments.objectLockConfiguration": {
                    "objectLockEnabled": "Enabled",
                    "rules": [{"defaultRetentions": [{"mode": "COMPLIANCE", "days": 3000}]}],
                },
            },
        ),
    ),
    Row(
        "dat-s3-replication",
        (_AWS, _ours(_BUCKET), _REPLICA, _REPLICATION),
        (
            Break({"replication": DROP}, {"attachments": _NO_COPY}),
            Break({"replication.rules.0.status": "Disabled"}, {"attachments": _NO_COPY}),
            Break({"copies.region": "ap-south-1"}, {"attachments": _NO_COPY, "copies": _NO_COPY}),
            Break(
                {"replication.rules.0.destination.bucket": "arn:aws:s3:::elsewhere"},
                {"attachments": _NO_COPY},
            ),
            Break(
                {"replication.rules.0.sourceSelectionCriteria": DROP},
                {"attachments": "rules.0.sourceSelectionCriteria leaves out objects under a customer key"},
            ),
            Break(
                {"replication.rules.0.destination.encryptionConfiguration": DROP},
                {"attachments": "rules.0.destination names no key of its region"},
            ),
        ),
        unknown="replication.rules.0.destination.bucket",
        unknown_at="attachments",
    ),
)
