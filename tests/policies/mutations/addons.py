"""Breakages of the cluster's add-ons."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from tests.policies.mutations.editing import MISSING, Edit, with_document
from tests.policies.mutations.mutation import Estate, Mutation, broken, label, mutation

_ADDONS: Final = ("aws:eks/addon:Addon",)


def addons(estate: Estate) -> Iterator[Mutation]:
    """Break the network plug-in and the cluster's DNS."""
    for addon in estate.of(*_ADDONS):
        match addon.inputs["addonName"]:
            case "vpc-cni":
                yield broken(addon, "configurationValues", MISSING, "net-k8s-enforced")
                yield mutation(
                    f"{label(addon)}: network policies are not enforced",
                    with_document(addon.urn, "configurationValues", _with("enableNetworkPolicy", "false")),
                    caught_by=("net-k8s-enforced",),
                )
                yield broken(addon, "serviceAccountRoleArn", MISSING, "iam-irsa-one-to-one")
            case "coredns":
                yield mutation(
                    f"{label(addon)}: one replica",
                    with_document(addon.urn, "configurationValues", _one_replica),
                    caught_by=("avl-k8s-dns",),
                )
                yield mutation(
                    f"{label(addon)}: no disruption budget",
                    with_document(
                        addon.urn, "configurationValues", _with("podDisruptionBudget", {"enabled": False})
                    ),
                    caught_by=("avl-k8s-dns",),
                )
            case "aws-efs-csi-driver" | "aws-ebs-csi-driver":
                values = json.loads(addon.inputs["configurationValues"])
                values["controller"]["extraEnvironment"] = {"DB_PASSWORD": "Sommer-2026-in-Mumbai"}
                yield mutation(
                    f"{label(addon)}: a password in its configuration",
                    with_document(
                        addon.urn,
                        "configurationValues",
                        lambda document, values=values: document.update(values),
                    ),
                    caught_by=("iam-no-plaintext-secret-elsewhere",),
                )


def _with(key: str, value: object) -> Edit:
    return lambda document: document.update({key: value})


def _one_replica(document: dict[str, Any]) -> None:
    document.pop("autoScaling", None)
    document["replicaCount"] = 1
