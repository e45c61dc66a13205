"""Breakages of the buckets: each of their settings taken away, and each property of these set wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from preview.graph import Resource
from tests.policies.mutations.editing import (
    MISSING,
    value_at,
    with_document,
    with_input,
    with_reference,
    without,
)
from tests.policies.mutations.mutation import Estate, Flaw, Mutation, broken, flawed, label, mutation

_BUCKETS: Final = ("aws:s3/bucket:Bucket",)
_BLOCKS: Final = ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",)
_ENCRYPTIONS: Final = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
)
_VERSIONINGS: Final = ("aws:s3/bucketVersioning:BucketVersioning",)
_OWNERSHIPS: Final = ("aws:s3/bucketOwnershipControls:BucketOwnershipControls",)
_POLICIES: Final = ("aws:s3/bucketPolicy:BucketPolicy",)
_LIFECYCLES: Final = ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",)
_LOGGINGS: Final = ("aws:s3/bucketLogging:BucketLogging",)
_LOCKS: Final = ("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",)

_DEFAULT: Final = "rules.0.applyServerSideEncryptionByDefault"
_TAKES_LOGS: Final = "access-logs"
"""The bucket that the load balancer writes to, which cannot have a customer key."""
_STRANGER: Final = "arn:aws:iam::999988887777:root"


_LOCKED: Final = frozenset({"attachments", "trail"})
"""Buckets with what the law keeps: rule `dat-s3-object-lock`. Others are locked by choice."""


def _must_be_locked(resource: Resource) -> bool:
    return resource.name in _LOCKED


def _is_kms(setting: Resource) -> bool:
    return value_at(setting.inputs, f"{_DEFAULT}.sseAlgorithm") == "aws:kms"


_FLAWS: Final = (
    *(
        Flaw(_BLOCKS, switch, value, ("dat-s3-block-public",))
        for switch in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        for value in (False, MISSING)
    ),
    Flaw(_ENCRYPTIONS, f"{_DEFAULT}.sseAlgorithm", "AES256", ("enc-s3-kms",), _is_kms),
    Flaw(_ENCRYPTIONS, f"{_DEFAULT}.sseAlgorithm", MISSING, ("enc-s3-kms",)),
    Flaw(_ENCRYPTIONS, f"{_DEFAULT}.kmsMasterKeyId", MISSING, ("enc-s3-kms",)),
    Flaw(_ENCRYPTIONS, f"{_DEFAULT}.kmsMasterKeyId", "alias/aws/s3", ("enc-s3-kms",), _is_kms),
    Flaw(_ENCRYPTIONS, "rules.0.bucketKeyEnabled", False, ("enc-s3-kms",), _is_kms),
    Flaw(_ENCRYPTIONS, "rules", [], ("enc-s3-kms",), _is_kms),
    Flaw(_VERSIONINGS, "versioningConfiguration.status", "Suspended", ("dat-s3-versioning",)),
    Flaw(_OWNERSHIPS, "rule.objectOwnership", "ObjectWriter", ("dat-s3-ownership",)),
    Flaw(_LOGGINGS, "targetPrefix", "", ("log-s3-access-target",)),
    Flaw(_LOGGINGS, "targetBucket", "somebody-elses-bucket", ("log-s3-access-target",)),
    Flaw(_LOCKS, "rule.defaultRetention.mode", MISSING, ("dat-s3-object-lock",), _must_be_locked),
    Flaw(_LOCKS, "rule.defaultRetention.days", 365, ("dat-s3-object-lock",), _must_be_locked),
    Flaw(_LOCKS, "rule.defaultRetention", MISSING, ("dat-s3-object-lock",), _must_be_locked),
    Flaw(_BUCKETS, "acl", "public-read", ("iam-s3-acl", "dat-s3-ownership")),
    Flaw(_BUCKETS, "acl", "private", ("dat-s3-ownership",)),
    Flaw(_BUCKETS, "forceDestroy", True, ("dat-force-destroy",)),
    Flaw(_BUCKETS, "tags.DataClassification", MISSING, ("tag-classification",)),
    Flaw(_BUCKETS, "tags.DataClassification", "secret", ("tag-classification",)),
    Flaw(
        _BUCKETS,
        "objectLockEnabled",
        False,
        ("dat-s3-object-lock",),
        lambda bucket: bucket.inputs.get("objectLockEnabled") is True and _must_be_locked(bucket),
    ),
)


def buckets(estate: Estate) -> Iterator[Mutation]:
    """Break the buckets and the settings that are resources of their own."""
    yield from flawed(estate, _FLAWS)
    for bucket in estate.of(*_BUCKETS):
        yield mutation(
            f"{label(bucket)}: granted to everyone",
            with_input(
                bucket.urn,
                "grants",
                [
                    {
                        "type": "Group",
                        "permissions": ["READ"],
                        "uri": "http://acs.amazonaws.com/groups/global/AllUsers",
                    }
                ],
            ),
            caught_by=("iam-s3-acl", "dat-s3-ownership"),
        )
    for types, caught_by in _REMOVALS.items():
        for setting in estate.of(*types):
            if rules := caught_by(setting):
                yield mutation(f"without {label(setting)}", without(setting.urn), caught_by=rules)
    for encryption in estate.of(*_ENCRYPTIONS):
        if _is_kms(encryption):
            yield broken(
                encryption, f"{_DEFAULT}.kmsMasterKeyId", estate.foreign_key, "enc-key-per-environment"
            )
    for logging in estate.of(*_LOGGINGS):
        own = estate.depended_on(logging, "bucket", *_BUCKETS)[0]
        yield mutation(
            f"{label(logging)}: logs into itself",
            with_reference(logging.urn, "targetBucket", own),
            caught_by=("log-s3-access-target",),
        )
    for policy in estate.of(*_POLICIES):
        yield from _policies(policy, estate)
    for lifecycle in estate.of(*_LIFECYCLES):
        yield from _lifecycles(lifecycle)


def _kept_as(setting: Resource) -> str:
    """The bucket that it is about, or that this one is the copy of: copies are kept as their source."""
    return setting.name.removesuffix("-replica")


def _always(*rules: str) -> Callable[[Resource], tuple[str, ...]]:
    return lambda _setting: rules


def _of_lifecycle(setting: Resource) -> tuple[str, ...]:
    glacier = ("dat-gps-glacier",) if _kept_as(setting) == "gps-archive" else ()
    return ("dat-s3-lifecycle", "dat-s3-multipart", "dat-s3-old-versions", *glacier)


def _of_encryption(setting: Resource) -> tuple[str, ...]:
    return ("enc-s3-kms", "log-alb-bucket") if setting.name == _TAKES_LOGS else ("enc-s3-kms",)


_REMOVALS: Final[dict[tuple[str, ...], Callable[[Resource], tuple[str, ...]]]] = {
    _BLOCKS: _always("dat-s3-block-public"),
    _ENCRYPTIONS: _of_encryption,
    _VERSIONINGS: _always("dat-s3-versioning"),
    _OWNERSHIPS: _always("dat-s3-ownership"),
    _POLICIES: _always("tls-s3-secure-transport"),
    _LIFECYCLES: _of_lifecycle,
    _LOGGINGS: _always("log-s3-access"),
    _LOCKS: lambda lock: ("dat-s3-object-lock",) if _must_be_locked(lock) else (),
}
"""Setting → which rules miss it."""


def _policies(policy: Resource, estate: Estate) -> Iterator[Mutation]:
    def documented(what: str, edit: Callable[[dict[str, Any]], None], *caught_by: str) -> Mutation:
        return mutation(
            f"{label(policy)}: {what}", with_document(policy.urn, "policy", edit), caught_by=caught_by
        )

    def statement_of(document: dict[str, Any], sid: str) -> dict[str, Any]:
        return next(entry for entry in document["Statement"] if entry["Sid"] == sid)

    arn = f"arn:aws:s3:::{policy.inputs['bucket']}/*"

    def added(what: str, statement: dict[str, Any], *caught_by: str) -> Mutation:
        whole = {"Sid": "Added", "Effect": "Allow", "Action": "s3:GetObject", "Resource": arn, **statement}
        return documented(what, lambda document: document["Statement"].append(whole), *caught_by)

    for sid in ("DenyWithoutTls", "DenyOldTls"):
        yield documented(
            f"without {sid}",
            lambda document, sid=sid: document["Statement"].remove(statement_of(document, sid)),
            "tls-s3-secure-transport",
        )
        yield documented(
            f"{sid} for one role only",
            lambda document, sid=sid: statement_of(document, sid).update(
                Principal={"AWS": f"arn:aws:iam::{estate.account_id}:role/one"}
            ),
            "tls-s3-secure-transport",
        )
        yield documented(
            f"{sid} allows",
            lambda document, sid=sid: statement_of(document, sid).update(Effect="Allow"),
            "tls-s3-secure-transport",
            "iam-s3-policy",
        )
    yield documented(
        "TLS 1.1 is enough",
        lambda document: statement_of(document, "DenyOldTls").update(
            Condition={"NumericLessThan": {"s3:TlsVersion": "1.1"}}
        ),
        "tls-s3-secure-transport",
    )
    yield documented(
        "plain requests of one network pass",
        lambda document: statement_of(document, "DenyWithoutTls")["Condition"].update(
            NotIpAddress={"aws:SourceIp": "10.0.0.0/8"}
        ),
        "tls-s3-secure-transport",
    )
    yield added("everyone reads", {"Principal": "*"}, "iam-s3-policy")
    yield added("every AWS principal reads", {"Principal": {"AWS": "*"}}, "iam-s3-policy")
    yield added("another account reads", {"Principal": {"AWS": _STRANGER}}, "iam-s3-policy")
    yield added(
        "a service writes for any account",
        {"Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject"},
        "iam-confused-deputy",
    )
    yield added(
        "a misspelt action",
        {"Principal": {"AWS": f"arn:aws:iam::{estate.account_id}:root"}, "Action": "s3:GetObjects"},
        "iam-document-valid",
    )
    yield documented("no version", lambda document: document.pop("Version"), "iam-document-valid")


def _lifecycles(lifecycle: Resource) -> Iterator[Mutation]:
    whole = _of_lifecycle(lifecycle)
    yield broken(lifecycle, "rules.0.status", "Disabled", *whole)
    yield broken(lifecycle, "rules.0.filter.prefix", "some/", *whole)
    yield broken(lifecycle, "rules.0.abortIncompleteMultipartUpload", MISSING, "dat-s3-multipart")
    yield broken(
        lifecycle, "rules.0.abortIncompleteMultipartUpload.daysAfterInitiation", 30, "dat-s3-multipart"
    )
    yield broken(lifecycle, "rules.0.noncurrentVersionExpiration", MISSING, "dat-s3-old-versions")
    if _kept_as(lifecycle) == "gps-archive":
        yield broken(lifecycle, "rules.0.transitions", MISSING, "dat-gps-glacier")
        yield broken(lifecycle, "rules.0.transitions.0.days", 730, "dat-gps-glacier")
        yield broken(lifecycle, "rules.0.transitions.0.storageClass", "STANDARD_IA", "dat-gps-glacier")
        yield broken(lifecycle, "rules.0.expiration.days", 60, "dat-gps-glacier")
    elif "transitions" not in lifecycle.inputs["rules"][0]:
        yield broken(lifecycle, "rules.0.expiration", MISSING, "dat-s3-lifecycle")
    if _kept_as(lifecycle) == "attachments":
        yield broken(lifecycle, "rules.0.expiration.days", 364, "dat-attachments-retention")
