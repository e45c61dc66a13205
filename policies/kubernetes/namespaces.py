"""Namespaces: where things lie, how strict they are, and how much fits in."""

from __future__ import annotations

from typing import Final

from policies.framework import (
    Controls,
    Findings,
    Graph,
    Level,
    ResourceView,
    Setting,
    Settings,
    Severity,
    everywhere,
    joined_rule,
    mandatory_in,
    resource_rule,
)
from policies.k8s.objects import DEFAULT_NAMESPACE, Index, known, objects
from policies.k8s.tokens import LIMIT_RANGES, NAMESPACED, NAMESPACES, RELEASES, RESOURCE_QUOTAS

SYSTEM_NAMESPACES: Final = ["default", "kube-node-lease", "kube-public", "kube-system"]
_SYSTEM: Final = {
    "systemNamespaces": Setting(
        SYSTEM_NAMESPACES, "Namespaces of the cluster itself, which are not ours to shape."
    )
}
_LIES_IN_DEFAULT: Final = "it lies in the namespace default"
_NAMES_NONE: Final = "it names no namespace, so it lies in default"
_ENFORCE: Final = "pod-security.kubernetes.io/enforce"


@resource_rule(
    "iam-k8s-namespace-default",
    subjects=(*NAMESPACED, *RELEASES),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_21",), ("ISO-03", "ENV-01")),
    remedy="Set metadata.namespace (a release: namespace) to a declared namespace.",
    by_reference=True,
)
def k8s_namespace_default(thing: ResourceView) -> Findings:
    """Nothing lies in the namespace `default`, where no policy, quota or label is."""
    if thing.type in RELEASES:
        given = thing.has("namespace")
        if given and thing.is_unknown("namespace"):
            if not thing.link("namespace").targets(*NAMESPACES):
                raise thing.not_judged("namespace")
        elif thing.text("namespace", DEFAULT_NAMESPACE) == DEFAULT_NAMESPACE:
            yield _LIES_IN_DEFAULT if given else _NAMES_NONE
        return
    for entry in objects(thing):
        if not entry.partial and entry.namespace == DEFAULT_NAMESPACE:
            given = entry.block.has("metadata.namespace")
            yield entry.finding(_LIES_IN_DEFAULT if given else _NAMES_NONE)


@resource_rule(
    "iam-k8s-namespace-restricted",
    subjects=NAMESPACES,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("ISO-03", "ENV-01", "SEC-03"), ("8(5)",)),
    remedy=(
        f"Label the namespace {_ENFORCE}: restricted. What must see the node gets a namespace of its own and"
        " an exemption with an end."
    ),
    settings=_SYSTEM,
)
def k8s_namespace_restricted(namespace: ResourceView, settings: Settings) -> Findings:
    """The API server refuses pods that are not `restricted` in every namespace of ours."""
    for entry in objects(namespace):
        if entry.name in settings["systemNamespaces"]:
            continue
        level = known(entry.block, "metadata.labels", entry.labels, _ENFORCE)
        if level != "restricted" and not (entry.partial and level is None):
            yield entry.finding(f"the label {_ENFORCE} is {level or 'not set'}")


@joined_rule(
    "avl-k8s-quota",
    subjects=(*NAMESPACES, *RESOURCE_QUOTAS, *LIMIT_RANGES),
    severity=Severity.MEDIUM,
    levels=mandatory_in("testing", "dev"),
    controls=Controls((), (), ("ISO-03", "ENV-01")),
    remedy=(
        "Declare a ResourceQuota with requests.cpu and requests.memory, and a LimitRange with default"
        " requests: without it a quota refuses every pod that names none."
    ),
    settings=_SYSTEM,
)
def k8s_quota(namespace: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """No namespace can take the nodes from the others."""
    if namespace.type not in NAMESPACES:
        return
    for entry in objects(namespace):
        if entry.partial or entry.name in settings["systemNamespaces"]:
            continue
        hard = {
            name
            for quota in graph.fact(Index).inside(entry.name, *RESOURCE_QUOTAS)
            for name in quota.block.keys("spec.hard")
        }
        for name in ("requests.cpu", "requests.memory"):
            if name not in hard:
                yield entry.finding(f"no quota limits {name} in {entry.name}", aspect="quota")
        if not graph.fact(Index).inside(entry.name, *LIMIT_RANGES):
            yield entry.finding(f"no limit range gives defaults in {entry.name}", aspect="limits")


@resource_rule(
    "iam-k8s-workspace-labels",
    subjects=NAMESPACES,
    severity=Severity.LOW,
    levels=mandatory_in("testing", "dev", otherwise=Level.DISABLED),
    controls=Controls((), (), ("ENV-01",)),
    remedy="Label the namespace with owner and expires; what has expired is taken down.",
)
def k8s_workspace_labels(namespace: ResourceView) -> Findings:
    """A developer's workspace says whose it is and when it ends."""
    for entry in objects(namespace):
        if entry.partial or not entry.name.startswith("dev-"):
            continue
        given = {name.rpartition("/")[2] for name in entry.labels}
        for name in ("owner", "expires"):
            if name not in given:
                yield entry.finding(f"the label {name} is not set")
