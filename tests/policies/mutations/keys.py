"""Breakages of the keys: rotation, deletion, names, and who their policies let in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from preview.graph import Resource
from tests.policies.mutations.editing import MISSING, Edit, with_document
from tests.policies.mutations.mutation import Estate, Flaw, Mutation, broken, flawed, label, mutation

_KEYS: Final = ("aws:kms/key:Key",)
_ALIASES: Final = ("aws:kms/alias:Alias",)
_STRANGER: Final = "999988887777"
"""An account that is none of ours."""

_FLAWS: Final = (
    Flaw(_KEYS, "enableKeyRotation", False, ("enc-key-rotation",)),
    Flaw(_KEYS, "enableKeyRotation", MISSING, ("enc-key-rotation",)),
    Flaw(_KEYS, "deletionWindowInDays", 7, ("dat-key-deletion",)),
    Flaw(_KEYS, "bypassPolicyLockoutSafetyCheck", True, ("dat-key-lockout",)),
    Flaw(_KEYS, "policy", MISSING, ("iam-key-policy",)),
)


def keys(estate: Estate) -> Iterator[Mutation]:
    """Break the keys, their aliases and their policies."""
    yield from flawed(estate, _FLAWS)
    for key in estate.of(*_KEYS):
        yield broken(
            key,
            ("tags", "Environment"),
            estate.other,
            "enc-key-per-environment",
            "tag-environment-true",
        )
        yield from _documents(key, estate)
    for alias in estate.of(*_ALIASES):
        name = str(alias.inputs["name"])
        for wrong in (
            name.replace(f"-{estate.environment}-", f"-{estate.other}-"),
            name.replace(f"-{estate.environment}-", "-"),
        ):
            yield broken(alias, "name", wrong, "enc-key-per-environment")


def _documents(key: Resource, estate: Estate) -> Iterator[Mutation]:
    def documented(what: str, edit: Edit, *caught_by: str) -> Mutation:
        return mutation(f"{label(key)}: {what}", with_document(key.urn, "policy", edit), caught_by=caught_by)

    def added(what: str, statement: dict[str, Any], *caught_by: str) -> Mutation:
        whole = {"Sid": "Added", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", **statement}
        return documented(what, lambda document: document["Statement"].append(whole), *caught_by)

    yield added("everyone decrypts", {"Principal": "*"}, "iam-key-policy-principals")
    yield added("every AWS principal decrypts", {"Principal": {"AWS": "*"}}, "iam-key-policy-principals")
    yield added(
        "all but one decrypt",
        {"NotPrincipal": {"AWS": f"arn:aws:iam::{_STRANGER}:root"}},
        "iam-key-policy-principals",
    )
    yield added(
        "another account decrypts",
        {"Principal": {"AWS": f"arn:aws:iam::{_STRANGER}:root"}},
        "iam-key-policy-principals",
    )
    yield added(
        "everyone decrypts through a service",
        {
            "Principal": "*",
            "Condition": {"StringEquals": {"kms:ViaService": f"s3.{estate.region}.amazonaws.com"}},
        },
        "iam-key-policy-principals",
    )
    yield added(
        "a service decrypts for any account",
        {"Principal": {"Service": f"logs.{estate.region}.amazonaws.com"}},
        "iam-key-policy-services",
    )
    yield added(
        "a role may do everything",
        {"Principal": {"AWS": f"arn:aws:iam::{estate.account_id}:role/anything"}, "Action": "kms:*"},
        "iam-key-policy-actions",
    )
    yield added(
        "a misspelt action",
        {"Principal": {"AWS": f"arn:aws:iam::{estate.account_id}:root"}, "Action": "kms:Decrpyt"},
        "iam-document-valid",
    )
    yield documented("no version", lambda document: document.pop("Version"), "iam-document-valid")

    def locked(document: dict[str, Any]) -> None:
        for statement in document["Statement"]:
            if isinstance(statement["Action"], list):
                statement["Action"] = [name for name in statement["Action"] if name != "kms:PutKeyPolicy"]

    yield documented("nobody may change it", locked, "iam-key-policy")
    for sid in _services_with_condition(key):
        yield documented(f"{sid} without its condition", _without_condition(sid), "iam-key-policy-services")


def _services_with_condition(key: Resource) -> list[str]:
    return [
        statement["Sid"]
        for statement in json.loads(key.inputs["policy"])["Statement"]
        if "Condition" in statement and "Service" in (statement.get("Principal") or {})
    ]


def _without_condition(sid: str) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        next(entry for entry in document["Statement"] if entry["Sid"] == sid).pop("Condition")

    return edit
