"""Breakages of what holds for a whole account or region: defaults, public access, the provider."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from preview.graph import Resource
from tests.policies.mutations.editing import MISSING, Edit, with_document, with_input, without
from tests.policies.mutations.mutation import Estate, Flaw, Mutation, broken, flawed, label, mutation

_ENCRYPTION: Final = ("aws:ebs/encryptionByDefault:EncryptionByDefault",)
_DEFAULT_KEY: Final = ("aws:ebs/defaultKmsKey:DefaultKmsKey",)
_SNAPSHOTS: Final = ("aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess",)
_IMAGES: Final = ("aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess",)
_METADATA: Final = ("aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults",)
_BLOCK: Final = ("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",)
_SWITCHES: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
_REGIONAL: Final = (
    "aws:rds/instance:Instance",
    "aws:s3/bucket:Bucket",
    "aws:kms/key:Key",
    "aws:secretsmanager/secret:Secret",
    "aws:efs/fileSystem:FileSystem",
    "aws:ecr/repository:Repository",
)
_ABROAD: Final = "eu-west-1"

_COPIES_THAT_MUST_SURVIVE: Final = frozenset({"attachments-replica", "gps-archive-replica"})


def _is_copy_that_must_survive(resource: Resource) -> bool:
    return resource.name in _COPIES_THAT_MUST_SURVIVE


def _is_no_copy(resource: Resource) -> bool:
    return not _is_copy_that_must_survive(resource)


_FLAWS: Final = (
    Flaw(_ENCRYPTION, "enabled", False, ("enc-ebs-default",)),
    Flaw(_DEFAULT_KEY, "keyArn", "alias/aws/ebs", ("enc-ebs-default",)),
    Flaw(_SNAPSHOTS, "state", "unblocked", ("dat-ebs-snapshots",)),
    Flaw(_SNAPSHOTS, "state", "block-new-sharing", ("dat-ebs-snapshots",)),
    Flaw(_IMAGES, "state", "unblocked", ("dat-machine-images",)),
    Flaw(_METADATA, "httpTokens", "optional", ("iam-imdsv2",)),
    Flaw(_METADATA, "httpTokens", MISSING, ("iam-imdsv2",)),
    Flaw(_METADATA, "httpPutResponseHopLimit", 2, ("iam-imds-hop-limit",)),
    Flaw(_METADATA, "httpPutResponseHopLimit", MISSING, ("iam-imds-hop-limit",)),
    *(Flaw(_BLOCK, switch, False, ("dat-s3-account-block",)) for switch in _SWITCHES),
    *(Flaw((token,), "region", _ABROAD, ("dat-region",), _is_no_copy) for token in _REGIONAL),
    *(
        Flaw((token,), "region", _ABROAD, ("dat-region", "dat-s3-replication"), _is_copy_that_must_survive)
        for token in _REGIONAL
    ),
)
_REMOVALS: Final = {
    _ENCRYPTION: "enc-ebs-default",
    _DEFAULT_KEY: "enc-ebs-default",
    _SNAPSHOTS: "dat-ebs-snapshots",
    _IMAGES: "dat-machine-images",
    _BLOCK: "dat-s3-account-block",
}


def account(estate: Estate) -> Iterator[Mutation]:
    """Break the defaults of the account and the provider that everything is made with."""
    yield from flawed(estate, _FLAWS)
    for types, rule in _REMOVALS.items():
        for resource in estate.of(*types):
            yield mutation(f"without {label(resource)}", without(resource.urn), caught_by=(rule,))
    for key in estate.of(*_DEFAULT_KEY):
        yield broken(key, "keyArn", estate.foreign_key, "enc-key-per-environment")
    yield broken(estate.provider, "region", _ABROAD, "dat-region")
    yield broken(estate.provider, "region", MISSING, "dat-region")


def default_tags(estate: Estate) -> Iterator[Mutation]:
    """Break the tags that the provider gives to everything."""
    yield mutation(
        f"{label(estate.provider)}: no default tag CostCenter",
        with_document(estate.provider.urn, "defaultTags", _without_tag("CostCenter")),
        caught_by=("tag-required",),
    )
    yield mutation(
        f"{label(estate.provider)}: no default tags",
        with_input(estate.provider.urn, "defaultTags", json.dumps({"tags": {}})),
        caught_by=("tag-required", "tag-schedule", "cst-schedule-saving"),
    )
    for key, value, rules in (
        ("Environment", estate.other, ("tag-environment-true",)),
        ("Application", "another", ("tag-application",)),
        ("Owner", "nobody", ("tag-owner",)),
        ("ManagedBy", "hand", ("tag-managed-by",)),
        ("Schedule", "sometimes", ("tag-schedule",)),
    ):
        yield mutation(
            f"{label(estate.provider)}: default tag {key} = {value}",
            with_document(estate.provider.urn, "defaultTags", _with_tag(key, value)),
            caught_by=rules,
        )


def _without_tag(key: str) -> Edit:
    return lambda document: document["tags"].pop(key)


def _with_tag(key: str, value: str) -> Edit:
    return lambda document: document["tags"].update({key: value})
