"""Breakages of what holds secrets and images: Secrets Manager and the registry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from preview.graph import Resource
from tests.policies.mutations.editing import MISSING, adding, with_document, with_input, with_new, without
from tests.policies.mutations.mutation import Estate, Flaw, Mutation, broken, flawed, label, mutation

_SECRETS: Final = ("aws:secretsmanager/secret:Secret",)
_VERSIONS: Final = ("aws:secretsmanager/secretVersion:SecretVersion",)
_REPOSITORIES: Final = ("aws:ecr/repository:Repository",)
_SCANNING: Final = ("aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",)
_LIFECYCLES: Final = ("aws:ecr/lifecyclePolicy:LifecyclePolicy",)
_STRANGER: Final = "arn:aws:iam::999988887777:root"

_READERS: Final = {
    "everyone": "*",
    "every AWS principal": {"AWS": "*"},
    "another account": {"AWS": _STRANGER},
}

_FLAWS: Final = (
    Flaw(_SECRETS, "kmsKeyId", MISSING, ("enc-secret-cmk",)),
    Flaw(_SECRETS, "kmsKeyId", "alias/aws/secretsmanager", ("enc-secret-cmk",)),
    Flaw(
        _SECRETS,
        "replicas",
        [{"region": "ap-south-1"}],
        ("enc-secret-cmk",),
        lambda secret: "ap-south-1" in str(secret.inputs.get("kmsKeyId")),
    ),
    Flaw(
        _SECRETS,
        "recoveryWindowInDays",
        0,
        ("dat-secret-recovery",),
    ),
    Flaw(_SECRETS, "tags.DataClassification", MISSING, ("tag-classification",)),
    Flaw(_SECRETS, "tags.DataClassification", "public", ("tag-classification-sensitive",)),
    Flaw(_VERSIONS, "secretStringWo", '{"password": "Sommer-2026-in-Mumbai"}', ("iam-no-plaintext-secret",)),
    Flaw(_VERSIONS, "secretString", '{"password": "Sommer-2026-in-Mumbai"}', ("iam-no-plaintext-secret",)),
    Flaw(_REPOSITORIES, "encryptionConfigurations", MISSING, ("enc-ecr-cmk",)),
    Flaw(_REPOSITORIES, "encryptionConfigurations.0.encryptionType", "AES256", ("enc-ecr-cmk",)),
    Flaw(_REPOSITORIES, "encryptionConfigurations.0.kmsKey", MISSING, ("enc-ecr-cmk",)),
    Flaw(_REPOSITORIES, "imageTagMutability", "MUTABLE", ("dat-ecr",)),
    Flaw(_REPOSITORIES, "imageTagMutability", MISSING, ("dat-ecr",)),
    Flaw(_REPOSITORIES, "forceDelete", True, ("dat-force-destroy",)),
)


def holdings(estate: Estate) -> Iterator[Mutation]:
    """Break secrets, their values, repositories and their lifecycles."""
    yield from flawed(estate, _FLAWS)
    for secret in estate.of(*_SECRETS):
        yield broken(secret, "kmsKeyId", estate.foreign_key, "enc-key-per-environment")
        for who, principal in _READERS.items():
            policy = _allowing(principal, "secretsmanager:GetSecretValue")
            yield mutation(
                f"{label(secret)}: {who} reads",
                with_input(secret.urn, "policy", policy),
                caught_by=("iam-secret-policy",),
            )
    for repository in estate.of(*_REPOSITORIES):
        # Where the registry scans whatever comes, its own setting is nobody's last word.
        off = tuple(without(scanning.urn) for scanning in estate.of(*_SCANNING))
        for path, value in (
            ("imageScanningConfiguration.scanOnPush", False),
            ("imageScanningConfiguration", MISSING),
        ):
            yield broken(repository, path, value, "dat-ecr-scan", also=off)
        yield broken(
            repository,
            ("encryptionConfigurations", 0, "kmsKey"),
            estate.foreign_key,
            "enc-key-per-environment",
        )
        yield from _opened(repository, estate)
    for lifecycle in estate.of(*_LIFECYCLES):
        yield mutation(
            f"without {label(lifecycle)}", without(lifecycle.urn), caught_by=("dat-ecr-lifecycle",)
        )
        yield mutation(
            f"{label(lifecycle)} without rules",
            with_document(lifecycle.urn, "policy", lambda document: document.update(rules=[])),
            caught_by=("dat-ecr-lifecycle",),
        )


def _allowing(principal: object, action: str) -> str:
    statement = {"Sid": "Added", "Effect": "Allow", "Principal": principal, "Action": action}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": "*"}]})


def _opened(repository: Resource, estate: Estate) -> Iterator[Mutation]:
    for who, principal in (("everyone", "*"), ("another account", {"AWS": _STRANGER})):
        document = json.loads(_allowing(principal, "ecr:BatchGetImage"))
        del document["Statement"][0]["Resource"]
        policy = with_new(
            estate.graph,
            "aws:ecr/repositoryPolicy:RepositoryPolicy",
            f"{repository.name}-opened",
            {"repository": repository.inputs["name"], "policy": json.dumps(document)},
            like=repository,
        )
        yield mutation(
            f"{label(repository)}: {who} pulls", adding(policy), caught_by=("iam-repository-policy",)
        )
