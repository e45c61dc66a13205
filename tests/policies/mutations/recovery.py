"""Breakages of what crosses the regions: replicas of buckets, files, images and secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from preview.graph import Resource
from tests.policies.mutations.editing import MISSING, without
from tests.policies.mutations.mutation import Estate, Flaw, Mutation, flawed, label, mutation

_REPLICATIONS: Final = ("aws:s3/bucketReplicationConfig:BucketReplicationConfig",)
_FILES: Final = ("aws:efs/replicationConfiguration:ReplicationConfiguration",)
_IMAGES: Final = ("aws:ecr/replicationConfiguration:ReplicationConfiguration",)
_TEMPLATES: Final = ("aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",)
_SECRETS: Final = ("aws:secretsmanager/secret:Secret",)

_MUST_SURVIVE: Final = frozenset({"attachments", "gps-archive"})
"""Buckets that rule `dat-s3-replication` names; others are copied by choice."""
_RULE: Final = "rules.0"
_ELSEWHERE: Final = "us-west-2"


def _must_survive(replication: Resource) -> bool:
    return replication.name in _MUST_SURVIVE


def _is_copied(secret: Resource) -> bool:
    return bool(secret.inputs.get("replicas"))


_FLAWS: Final = (
    # A copy that nothing fills is a bucket with restricted data that nobody keeps.
    Flaw(
        _REPLICATIONS,
        f"{_RULE}.status",
        "Disabled",
        ("dat-s3-replication", "dat-backup-plan"),
        _must_survive,
    ),
    Flaw(
        _REPLICATIONS,
        f"{_RULE}.sourceSelectionCriteria.sseKmsEncryptedObjects.status",
        "Disabled",
        ("dat-s3-replication",),
        _must_survive,
    ),
    Flaw(
        _REPLICATIONS,
        f"{_RULE}.sourceSelectionCriteria",
        MISSING,
        ("dat-s3-replication",),
        _must_survive,
    ),
    Flaw(
        _REPLICATIONS,
        f"{_RULE}.destination.encryptionConfiguration",
        MISSING,
        ("dat-s3-replication",),
        _must_survive,
    ),
    Flaw(_FILES, "destination.region", _ELSEWHERE, ("dat-region",)),
    Flaw(_IMAGES, "replicationConfiguration.rules.0.destinations.0.region", _ELSEWHERE, ("dat-region",)),
    Flaw(_SECRETS, "replicas.0.region", _ELSEWHERE, ("dat-region",), _is_copied),
    Flaw(_TEMPLATES, "imageTagMutability", "MUTABLE", ("dat-ecr",)),
    Flaw(_TEMPLATES, "lifecyclePolicy", MISSING, ("dat-ecr-lifecycle",)),
)


def recovery(estate: Estate) -> Iterator[Mutation]:
    """Break copies and their way into the other region."""
    yield from flawed(estate, _FLAWS)
    for replication in estate.of(*_REPLICATIONS):
        if _must_survive(replication):
            yield mutation(
                f"without {label(replication)}",
                without(replication.urn),
                caught_by=("dat-s3-replication", "dat-backup-plan"),
            )
