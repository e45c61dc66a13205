"""What the Kubernetes API lets people and programs do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.framework import Block, Controls, Findings, ResourceView, Severity, everywhere, resource_rule
from policies.k8s.objects import KubernetesObject, objects
from policies.k8s.tokens import CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES

_REQUIREMENTS: Final = ("SEC-14", "SEC-03")
_READS: Final = frozenset({"get", "list", "watch", "*"})
_ESCALATIONS: Final = frozenset({"escalate", "bind", "impersonate"})

TAKEOVERS: Final = {
    "pods/exec": "opens a shell in any pod",
    "pods/attach": "takes over the terminal of any pod",
    "pods/ephemeralcontainers": "puts a container into any pod",
    "serviceaccounts/token": "makes tokens of any service account",
    "nodes/proxy": "reaches every kubelet past the API's checks",
    "certificatesigningrequests/approval": "makes certificates for any user",
    "mutatingwebhookconfigurations": "changes every object on its way in",
    "validatingwebhookconfigurations": "decides what may be stored",
}
"""Resources with which a writer becomes somebody else (Kubernetes, "RBAC good practices")."""

_NAMED: Final = frozenset({"serviceaccounts/token"})
"""What a Role may allow on objects that it names."""

_EVERYBODY: Final = frozenset(
    {
        "system:anonymous",
        "system:unauthenticated",
        "system:authenticated",
        "system:serviceaccounts",
        "system:masters",
    }
)


def _rules(entry: KubernetesObject) -> Iterator[Block]:
    yield from entry.block.blocks("rules")


def _resources(rule: Block) -> set[str]:
    return set(rule.texts("resources"))


def _writes(rule: Block) -> bool:
    return bool(set(rule.texts("verbs")) - (_READS - {"*"}))


@resource_rule(
    "iam-k8s-rbac-wildcard",
    subjects=(*ROLES, *CLUSTER_ROLES),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_49",), _REQUIREMENTS, ("8(5)",)),
    remedy="Name the verbs, resources and API groups that are needed.",
)
def k8s_rbac_wildcard(role: ResourceView) -> Findings:
    """Roles name what they allow: no `*` for verbs, resources, API groups or paths."""
    for entry in objects(role):
        for rule in _rules(entry):
            for path in ("verbs", "resources", "apiGroups", "nonResourceURLs"):
                if "*" in rule.texts(path):
                    yield entry.finding(f"{rule.at}.{path} is *", aspect=path.lower())


@resource_rule(
    "iam-k8s-rbac-secrets",
    subjects=CLUSTER_ROLES,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV2_K8S_5",), (*_REQUIREMENTS, "SEC-02"), ("8(5)",)),
    remedy="Read secrets through a Role in the namespace that has them, or name them in resourceNames.",
)
def k8s_rbac_secrets(role: ResourceView) -> Findings:
    """No role reads the secrets of the whole cluster."""
    for entry in objects(role):
        for rule in _rules(entry):
            reads = sorted(_READS & set(rule.texts("verbs")))
            if "secrets" in _resources(rule) and reads and not rule.texts("resourceNames"):
                yield entry.finding(f"{rule.at} allows {', '.join(reads)} on all secrets")


@resource_rule(
    "iam-k8s-rbac-escalation",
    subjects=(*ROLES, *CLUSTER_ROLES),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_157", "CKV_K8S_158", "CKV2_K8S_3"), _REQUIREMENTS, ("8(5)",)),
    remedy="Take escalate, bind and impersonate out; let the deployer alone hand out roles.",
)
def k8s_rbac_escalation(role: ResourceView) -> Findings:
    """Nobody may give out rights that he does not have, or act as somebody else."""
    for entry in objects(role):
        for rule in _rules(entry):
            for verb in sorted(_ESCALATIONS & set(rule.texts("verbs"))):
                yield entry.finding(f"{rule.at} allows {verb}")


@resource_rule(
    "iam-k8s-rbac-takeover",
    subjects=(*ROLES, *CLUSTER_ROLES),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_155", "CKV_K8S_156"), _REQUIREMENTS, ("8(5)",)),
    remedy="Take the resource out of the role; the break-glass role is there for emergencies.",
)
def k8s_rbac_takeover(role: ResourceView) -> Findings:
    """No role lets anybody take over pods, service accounts, kubelets or the API's admission.

    A Role may hand out tokens of service accounts that it names: External Secrets speaks so for its stores.
    """
    for entry in objects(role):
        for rule in _rules(entry):
            named = _NAMED if entry.kind == "Role" and rule.texts("resourceNames") else frozenset[str]()
            for resource in sorted((_resources(rule) & TAKEOVERS.keys()) - named):
                if _writes(rule) or resource == "nodes/proxy":
                    yield entry.finding(
                        f"{rule.at} allows {', '.join(rule.texts('verbs'))} on {resource},"
                        f" which {TAKEOVERS[resource]}"
                    )


@resource_rule(
    "iam-k8s-rbac-binding",
    subjects=(*ROLE_BINDINGS, *CLUSTER_ROLE_BINDINGS),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_42", "CKV2_K8S_1"), _REQUIREMENTS, ("8(5)",)),
    remedy="Bind a role of its own to the one group or service account that needs it.",
)
def k8s_rbac_binding(binding: ResourceView) -> Findings:
    """No binding gives everything to somebody, or something to everybody."""
    for entry in objects(binding):
        role = entry.block.text("roleRef.name")
        across = entry.kind == "ClusterRoleBinding"
        if role == "cluster-admin" or (across and role in {"admin", "edit"}):
            yield entry.finding(f"roleRef.name is {role}", aspect="role")
        for subject in entry.block.blocks("subjects"):
            kind = subject.text("kind")
            # The name of a service account that is not known yet is that of a declared one.
            name = "" if subject.is_unknown("name") and kind == "ServiceAccount" else subject.text("name")
            if name in _EVERYBODY or name.startswith("system:serviceaccounts:"):
                yield entry.finding(f"{subject.at} is {kind} {name}", aspect="subject")
            if kind == "ServiceAccount" and name == "default":
                yield entry.finding(f"{subject.at} is the default service account", aspect="default-account")
