"""Rows of the rules about roles, namespaces and secrets."""

from __future__ import annotations

from typing import Any, Final

from preview.graph import UNKNOWN
from tests.policies.builders import DROP, SecretText, Thing, thing
from tests.policies.kubernetes.platform import KEDA, LIMITS, PROMETHEUS, QUOTA
from tests.policies.kubernetes.workloads import (
    GPS_SETTINGS,
    NAMESPACE_STORE,
    ODOO_CONFIGURATION,
    STORE,
    TMS,
    placed,
)
from tests.policies.table import Break, Row

_RBAC: Final = "kubernetes:rbac.authorization.k8s.io/v1"
_RULE: Final[dict[str, Any]] = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}


def role(kind: str, name: str, **rule: Any) -> Thing:
    """Give a role with one rule."""
    return thing(f"{_RBAC}:{kind}", name, metadata=placed(name), rules=[{**_RULE, **rule}])


ROLE: Final = role("Role", "reader")
CLUSTER_ROLE: Final = role("ClusterRole", "watcher")
BINDING: Final = thing(
    f"{_RBAC}:ClusterRoleBinding",
    "watchers",
    metadata={"name": "watchers"},
    roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "watcher"},
    subjects=[{"kind": "Group", "name": "fleet-erp-operators"}],
)


def rule_row(rule: str, *breaks: Break, **more: Any) -> Row:
    """Give the row of a rule about roles."""
    return Row(rule, (TMS, ROLE, CLUSTER_ROLE), breaks, unknown="watcher.rules", **more)


_EMPTY_SECRET: Final = thing(
    "kubernetes:core/v1:Secret",
    "token",
    metadata=placed("token", annotations={"kubernetes.io/service-account.name": "reader"}),
    type="kubernetes.io/service-account-token",
)
_CLUSTER_STORE: Final = thing(
    "kubernetes:external-secrets.io/v1:ClusterSecretStore", "everywhere", **dict(STORE.inputs)
)
_WORKSPACE: Final = thing(
    "kubernetes:core/v1:Namespace",
    "workspace",
    metadata={"name": "dev-alice", "labels": {"owner": "alice", "fleet-erp/expires": "2026-12-24"}},
)

ROWS: Final = (
    rule_row(
        "iam-k8s-rbac-wildcard",
        Break({"watcher.rules.0.verbs": ["*"]}, {"watcher": "rules.0.verbs is *"}, aspect="verbs"),
        Break({"reader.rules.0.resources": ["*"]}, {"reader": "rules.0.resources is *"}, aspect="resources"),
        Break({"reader.rules.0.apiGroups": ["*"]}, {"reader": "rules.0.apiGroups is *"}, aspect="apigroups"),
        Break(
            {"watcher.rules.1": {"nonResourceURLs": ["*"], "verbs": ["get"]}},
            {"watcher": "rules.1.nonResourceURLs is *"},
            aspect="nonresourceurls",
        ),
    ),
    rule_row(
        "iam-k8s-rbac-secrets",
        Break(
            {"watcher.rules.0.resources": ["secrets"]},
            {"watcher": "rules.0 allows get, list on all secrets"},
        ),
        also_holds=(
            {"reader.rules.0.resources": ["secrets"]},
            {"watcher.rules.0.resources": ["secrets"], "watcher.rules.0.resourceNames": ["ca"]},
        ),
    ),
    rule_row(
        "iam-k8s-rbac-escalation",
        Break({"reader.rules.0.verbs": ["bind"]}, {"reader": "rules.0 allows bind"}),
        Break(
            {"watcher.rules.0.verbs": ["get", "escalate", "impersonate"]},
            {"watcher": ("rules.0 allows escalate", "rules.0 allows impersonate")},
        ),
    ),
    rule_row(
        "iam-k8s-rbac-takeover",
        Break(
            {"reader.rules.0.resources": ["pods/exec"], "reader.rules.0.verbs": ["create"]},
            {"reader": "rules.0 allows create on pods/exec, which opens a shell in any pod"},
        ),
        Break(
            {"watcher.rules.0.resources": ["nodes/proxy"]},
            {
                "watcher": "rules.0 allows get, list on nodes/proxy, which reaches every kubelet past the"
                " API's checks"
            },
        ),
        also_holds=({"watcher.rules.0.resources": ["mutatingwebhookconfigurations"]},),
    ),
    Row(
        "iam-k8s-rbac-binding",
        (BINDING,),
        (
            Break(
                {"watchers.roleRef.name": "cluster-admin"},
                {"watchers": "roleRef.name is cluster-admin"},
                aspect="role",
            ),
            Break({"watchers.roleRef.name": "edit"}, {"watchers": "roleRef.name is edit"}, aspect="role"),
            Break(
                {"watchers.subjects.0.name": "system:authenticated"},
                {"watchers": "subjects.0 is Group system:authenticated"},
                aspect="subject",
            ),
            Break(
                {"watchers.subjects.0": {"kind": "ServiceAccount", "name": "default", "namespace": "tms"}},
                {"watchers": "subjects.0 is the default service account"},
                aspect="default-account",
            ),
        ),
        unknown="watchers.roleRef.name",
    ),
    Row(
        "iam-k8s-namespace-default",
        (TMS, GPS_SETTINGS, KEDA),
        (
            Break(
                {"gps-settings.metadata.namespace": "default"},
                {"gps-settings": "it lies in the namespace default"},
            ),
            Break(
                {"gps-settings.metadata.namespace": DROP, "keda.namespace": DROP},
                {
                    "gps-settings": "it names no namespace, so it lies in default",
                    "keda": "it names no namespace, so it lies in default",
                },
            ),
            Break({"keda.namespace": "default"}, {"keda": "it lies in the namespace default"}),
        ),
        unknown="keda.namespace",
    ),
    Row(
        "iam-k8s-namespace-restricted",
        (TMS, thing("kubernetes:core/v1:Namespace", "system", metadata={"name": "kube-system"})),
        (
            Break(
                {"tms.metadata.labels": {"pod-security.kubernetes.io/enforce": "privileged"}},
                {"tms": "the label pod-security.kubernetes.io/enforce is privileged"},
            ),
            Break(
                {"tms.metadata.labels": {"pod-security.kubernetes.io/warn": "restricted"}},
                {"tms": "the label pod-security.kubernetes.io/enforce is not set"},
            ),
        ),
        unknown="tms.metadata.labels",
    ),
    Row(
        "avl-k8s-quota",
        (
            TMS,
            QUOTA,
            LIMITS,
        ),
        (
            Break(
                {"quota": DROP},
                {"tms": ("no quota limits requests.cpu in tms", "no quota limits requests.memory in tms")},
                aspect="quota",
            ),
            Break(
                {"limits.metadata.namespace": "other"},
                {"tms": "no limit range gives defaults in tms"},
                aspect="limits",
            ),
        ),
        unknown="quota.spec.hard",
        unknown_at="tms",
        stack="testing",
    ),
    Row(
        "iam-k8s-workspace-labels",
        (_WORKSPACE, TMS),
        (
            Break(
                {"workspace.metadata.labels": {"owner": "a"}}, {"workspace": "the label expires is not set"}
            ),
            Break(
                {"workspace.metadata.labels": DROP},
                {"workspace": ("the label owner is not set", "the label expires is not set")},
            ),
        ),
        unknown="workspace.metadata.labels",
        stack="dev",
    ),
    Row(
        "iam-k8s-secret-values",
        (TMS, _EMPTY_SECRET),
        (
            Break({"token.data": {"password": "eA=="}}, {"token": "data gives password"}),
            Break({"token.stringData": {"a": SecretText("x"), "b": "y"}}, {"token": "stringData gives a, b"}),
            Break({"token.stringData": UNKNOWN}, {"token": "stringData is given"}),
        ),
        unknown=None,
    ),
    Row(
        "iam-k8s-secret-store",
        (TMS, ODOO_CONFIGURATION, STORE, NAMESPACE_STORE),
        (
            Break(
                {"odoo-conf.spec.secretStoreRef.kind": "ClusterSecretStore"},
                {"odoo-conf": "secretStoreRef.kind is ClusterSecretStore"},
                aspect="shared",
            ),
            Break(
                {"secrets-manager.spec.provider.aws.auth.secretRef": {"accessKeyIDSecretRef": {}}},
                {"secrets-manager": "auth.secretRef is a stored access key"},
                aspect="stored-key",
            ),
            Break(
                {"secrets-manager.spec.provider.aws.auth": DROP},
                {"secrets-manager": "auth.jwt.serviceAccountRef is not set"},
                aspect="identity",
            ),
            Break(
                {"own-secrets.spec.provider.kubernetes.remoteNamespace": "erp"},
                {"own-secrets": "remoteNamespace is erp, not its own namespace"},
                aspect="shared",
            ),
            Break(
                {"own-secrets.spec.provider.kubernetes.remoteNamespace": DROP},
                {"own-secrets": "remoteNamespace is default, not its own namespace"},
                aspect="shared",
            ),
            Break(
                {"own-secrets.spec.provider.kubernetes.auth.serviceAccount": DROP},
                {"own-secrets": "auth.serviceAccount is not set"},
                aspect="identity",
            ),
            Break(
                {"own-secrets.spec.provider.kubernetes.auth.serviceAccount.namespace": "erp"},
                {"own-secrets": "it reads as a service account of another namespace"},
                aspect="identity",
            ),
            Break(
                {"own-secrets.spec.provider.kubernetes.auth.token": {"bearerToken": {}}},
                {"own-secrets": "auth.token is a stored credential"},
                aspect="stored-key",
            ),
            Break(
                {},
                {"everywhere": "conditions are not set, so every namespace may read through it"},
                plus=(_CLUSTER_STORE,),
            ),
            Break(
                {},
                {"copies": "it writes one secret into many namespaces"},
                plus=(
                    thing(
                        "kubernetes:external-secrets.io/v1:ClusterExternalSecret",
                        "copies",
                        metadata={"name": "copies"},
                    ),
                ),
                aspect="shared",
            ),
        ),
        unknown="odoo-conf.spec.secretStoreRef.kind",
    ),
    Row(
        "avl-k8s-secret-api",
        (TMS, ODOO_CONFIGURATION, STORE),
        (
            Break(
                {
                    "odoo-conf": thing(
                        "kubernetes:external-secrets.io/v1beta1:ExternalSecret",
                        "odoo-conf",
                        **dict(ODOO_CONFIGURATION.inputs),
                    )
                },
                {"odoo-conf": "its API version is external-secrets.io/v1beta1"},
            ),
        ),
        unknown=None,
    ),
    Row(
        "iam-k8s-chart-password",
        (TMS, PROMETHEUS),
        (
            Break(
                {"monitoring.values.grafana.adminPassword": "prom-operator"},
                {"monitoring": "values.grafana.adminPassword is given"},
            ),
            Break(
                {"monitoring.values.grafana.adminPassword": SecretText("s3cr3t-words")},
                {"monitoring": "values.grafana.adminPassword is given"},
            ),
            Break(
                {"monitoring.values.grafana.adminPassword": UNKNOWN},
                {"monitoring": "values.grafana.adminPassword is given"},
            ),
            Break(
                {"monitoring.values.hooks": [{"apiToken": "abcdef"}]},
                {"monitoring": "values.hooks.0.apiToken is given"},
            ),
        ),
        unknown=None,
        also_holds=(
            {"monitoring.values.grafana.adminPassword": ""},
            {"monitoring.values.extra": {"existingSecret": "a-b", "password": "${DB_PASSWORD}"}},
        ),
    ),
    Row(
        "iam-k8s-grafana-admin",
        (TMS, PROMETHEUS, KEDA),
        (
            Break(
                {"monitoring.values.grafana.admin": DROP},
                {"monitoring": "values.grafana.admin.existingSecret is not set"},
            ),
            Break({"keda.chart": "grafana"}, {"keda": "values.admin.existingSecret is not set"}),
        ),
        unknown="monitoring.chart",
        also_holds=({"monitoring.values.grafana": {"enabled": False}},),
    ),
)
