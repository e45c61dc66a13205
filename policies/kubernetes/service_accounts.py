"""As whom pods speak to the Kubernetes API, and whether they can."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework import (
    Block,
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    joined_rule,
    resource_rule,
)
from policies.k8s.objects import KubernetesObject, objects, objects_of, referred
from policies.k8s.pods import Pod, pods
from policies.k8s.tokens import (
    CLUSTER_ROLE_BINDINGS,
    NAMESPACES,
    ROLE_BINDINGS,
    SERVICE_ACCOUNTS,
    WORKLOADS,
)

Account = tuple[str, str]
"""Namespace and name of a service account."""


@resource_rule(
    "iam-k8s-service-account",
    subjects=WORKLOADS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_41",), ("SEC-03", "OPS-04")),
    remedy="Set serviceAccountName to a service account made for this workload.",
    by_reference=True,
)
def k8s_service_account(workload: ResourceView) -> Findings:
    """No pod runs under its namespace's default service account."""
    for pod in pods(workload):
        name = _named(pod, workload)
        if name == "default" or (name == "" and not pod.partial):
            yield pod.finding(f"serviceAccountName is {name or 'not set'}")


def _named(pod: Pod, workload: ResourceView) -> str:
    """Give the account's name; an unknown one is that of an account of the stack."""
    path = "serviceAccountName" if pod.spec.has("serviceAccountName") else "serviceAccount"
    if not pod.spec.is_unknown(path):
        return pod.spec.text(path)
    targets = workload.link(f"{pod.spec.at}.{path}").targets(*SERVICE_ACCOUNTS)
    if not targets:
        raise pod.spec.not_judged(path)
    return targets[0].text("metadata.name") or targets[0].name


@joined_rule(
    "iam-k8s-token",
    subjects=(*WORKLOADS, *SERVICE_ACCOUNTS, *ROLE_BINDINGS, *CLUSTER_ROLE_BINDINGS),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_38",), ("SEC-03", "OPS-04")),
    remedy=(
        "Set automountServiceAccountToken: false on the pod: IRSA brings a token of its own. Where the"
        " program calls the Kubernetes API, bind its service account to a role."
    ),
)
def k8s_token(workload: ResourceView, graph: Graph) -> Findings:
    """A pod gets a token for the Kubernetes API only when a binding gives its account something there."""
    if workload.type not in WORKLOADS:
        return
    for pod in pods(workload):
        if pod.partial:
            if pod.spec.flag("automountServiceAccountToken"):
                yield pod.finding("automountServiceAccountToken is true")
            continue
        path = "serviceAccountName" if pod.spec.has("serviceAccountName") else "serviceAccount"
        accounts = referred(pod.workload, pod.spec, path, graph, *SERVICE_ACCOUNTS)
        if _mounts(pod, accounts) and not _accounts(pod, path, accounts) & graph.fact(_bound):
            yield pod.finding("it mounts a token for the Kubernetes API, where its account may do nothing")


def _mounts(pod: Pod, accounts: list[KubernetesObject]) -> bool:
    if pod.spec.has("automountServiceAccountToken"):
        return pod.spec.flag("automountServiceAccountToken")
    return all(account.block.flag("automountServiceAccountToken", default=True) for account in accounts)


def _accounts(pod: Pod, path: str, accounts: list[KubernetesObject]) -> set[Account]:
    if accounts:
        return {(account.namespace, account.name) for account in accounts}
    return {(pod.workload.namespace, pod.spec.text(path, "default"))}


def _bound(graph: Graph) -> set[Account]:
    """Give every service account that a binding names."""
    return {
        account
        for entry in objects_of(graph, *ROLE_BINDINGS, *CLUSTER_ROLE_BINDINGS)
        for subject in entry.block.blocks("subjects")
        if subject.text("kind") == "ServiceAccount"
        for account in _subject(entry, subject)
    }


def _subject(entry: KubernetesObject, subject: Block) -> Iterator[Account]:
    if subject.is_unknown("name"):
        for target in entry.resource.link(f"{subject.at}.name").targets(*SERVICE_ACCOUNTS):
            yield from ((account.namespace, account.name) for account in objects(target))
        return
    if not subject.is_unknown("namespace"):
        yield subject.text("namespace") or entry.namespace, subject.text("name")
        return
    for target in entry.resource.link(f"{subject.at}.namespace").targets(*NAMESPACES):
        yield from ((namespace.name, subject.text("name")) for namespace in objects(target))
