"""Objects of the cluster that should not be there, that say too little, or that are taken away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from preview.graph import Resource
from tests.policies.mutations.editing import adding, with_new, without
from tests.policies.mutations.mutation import Estate, Mutation, broken, label, mutation
from tests.policies.mutations.objects import NAMESPACES, RELEASES, STORES

LIMITS: Final = ("kubernetes:core/v1:ResourceQuota", "kubernetes:core/v1:LimitRange")
CONFIG_MAPS: Final = ("kubernetes:core/v1:ConfigMap",)
OLD_STORE: Final = "kubernetes:external-secrets.io/v1beta1:SecretStore"
OPEN_WORKSPACE: Final = ("iam-k8s-workspace-labels", "net-k8s-default-deny", "avl-k8s-quota")
"""What a workspace without labels, policies and quota is caught by, where workspaces may be."""


def newcomers(estate: Estate) -> Iterator[Mutation]:
    """Add what is too old, too open or nobody's, and take away what bounds the rest."""
    for limit in estate.of(*LIMITS):
        gone = without(limit.urn)
        yield mutation(f"without {label(limit)}", gone, caught_by=("avl-k8s-quota",), mandatory=False)
    yield from _configured(estate)
    release, store = estate.of(*RELEASES)[0], estate.of(*STORES)[0]
    grafana = {
        "chart": "grafana",
        "version": "9.2.0",
        "atomic": True,
        "namespace": "observability",
        "repositoryOpts": {"repo": "https://grafana.github.io/helm-charts"},
    }
    yield _added(estate, RELEASES[0], "grafana", grafana, release, "iam-k8s-grafana-admin")
    old = {"spec": store.inputs["spec"], "metadata": {"name": "old", "namespace": "erp"}}
    yield _added(estate, OLD_STORE, "old", old, store, "avl-k8s-secret-api")
    if estate.environment == "testing":
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        workspace = {"metadata": {"name": "dev-ana", "labels": labels}}
        namespace = estate.of(*NAMESPACES)[0]
        yield _added(estate, NAMESPACES[0], "dev-ana", workspace, namespace, *OPEN_WORKSPACE)


def _configured(estate: Estate) -> Iterator[Mutation]:
    if estate.environment in {"prod", "staging"}:
        entry = estate.named("database-bootstrap", *CONFIG_MAPS)
        yield broken(entry, ("data", "policy.json"), '"min_index_age": "7d"', "log-app-retention")
        yield broken(entry, ("data", "shipper.lua"), "return math.random() <= 0.5", "log-app-sampling")


def _added(
    estate: Estate, token: str, name: str, inputs: dict[str, Any], like: Resource, *caught_by: str
) -> Mutation:
    thing = with_new(estate.graph, token, name, inputs, like=like)
    return mutation(f"a new {label(thing)}", adding(thing), caught_by=caught_by)
