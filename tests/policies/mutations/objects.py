"""Breakages of what stands around the pods: namespaces, paths, rights, scalers, secrets, charts, volumes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from preview.graph import Resource
from tests.policies.mutations.editing import MISSING, value_at, with_input, without
from tests.policies.mutations.mutation import Estate, Mutation, broken, label, mutation

NAMESPACES: Final = ("kubernetes:core/v1:Namespace",)
NETWORK_POLICIES: Final = ("kubernetes:networking.k8s.io/v1:NetworkPolicy",)
ROLES: Final = ("kubernetes:rbac.authorization.k8s.io/v1:Role",)
BINDINGS: Final = ("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",)
RELEASES: Final = ("kubernetes:helm.sh/v3:Release",)
BUDGETS: Final = ("kubernetes:policy/v1:PodDisruptionBudget",)
STORES: Final = ("kubernetes:external-secrets.io/v1:SecretStore",)
SERVICES: Final = ("kubernetes:core/v1:Service",)
BINDINGS_OF_TARGETS: Final = ("kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding",)
STORAGE_CLASSES: Final = ("kubernetes:storage.k8s.io/v1:StorageClass",)
AUTOSCALERS: Final = ("kubernetes:autoscaling/v2:HorizontalPodAutoscaler",)
QUEUE_SCALERS: Final = ("kubernetes:keda.sh/v1alpha1:ScaledObject",)
CRON_JOBS: Final = ("kubernetes:batch/v1:CronJob",)
JOBS: Final = ("kubernetes:batch/v1:Job",)
DEPLOYMENTS: Final = ("kubernetes:apps/v1:Deployment",)
DISPATCH: Final = "spec.provider.aws.auth"


def objects(estate: Estate) -> Iterator[Mutation]:
    """Break each object of the cluster that is no pod."""
    yield from _namespaces(estate)
    yield from _paths(estate)
    yield from _rights(estate)
    yield from _scalers(estate)
    yield from _budgets(estate)
    yield from _secrets(estate)
    yield from _charts(estate)
    yield from _ways_in(estate)
    yield from _runs(estate)
    for storage in estate.of(*STORAGE_CLASSES):
        if storage.inputs["provisioner"] == "ebs.csi.aws.com":
            yield broken(storage, "parameters.encrypted", "false", "enc-k8s-storageclass")
            yield broken(storage, "parameters.kmsKeyId", MISSING, "enc-k8s-storageclass")


def _namespaces(estate: Estate) -> Iterator[Mutation]:
    enforced = ("metadata", "labels", "pod-security.kubernetes.io/enforce")
    for namespace in estate.of(*NAMESPACES):
        if value_at(namespace.inputs, enforced) == "privileged":
            continue  # exempted, for what mounts folders of the node
        yield broken(namespace, enforced, "privileged", "iam-k8s-namespace-restricted")
        yield broken(namespace, enforced, MISSING, "iam-k8s-namespace-restricted")


def _paths(estate: Estate) -> Iterator[Mutation]:
    for policy in estate.of(*NETWORK_POLICIES):
        kinds = value_at(policy.inputs, "spec.policyTypes")
        if sorted(kinds) == ["Egress", "Ingress"] and not value_at(policy.inputs, "spec.podSelector"):
            yield mutation(
                f"without {label(policy)}", without(policy.urn), caught_by=("net-k8s-default-deny",)
            )
        if kinds == ["Egress"]:
            everywhere = [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]
            yield broken(policy, "spec.egress", everywhere, "net-k8s-egress-limited")
        if kinds == ["Ingress"]:
            yield broken(policy, "spec.ingress", [{}], "net-k8s-ingress-limited")


def _rights(estate: Estate) -> Iterator[Mutation]:
    for role in estate.of(*ROLES):
        rules = list(role.inputs.get("rules", []))
        for what, rule, caught_by in (
            ("every verb", {"apiGroups": [""], "resources": ["pods"], "verbs": ["*"]}, _EVERY_VERB),
            (
                "escalation",
                {"apiGroups": [_RBAC], "resources": ["roles"], "verbs": ["escalate"]},
                _ESCALATION,
            ),
            ("takeover", {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]}, _TAKEOVER),
        ):
            changed = with_input(role.urn, "rules", [*rules, rule])
            yield mutation(f"{label(role)}: {what}", changed, caught_by=caught_by)
    for binding in estate.of(*BINDINGS):
        everybody = [{"kind": "Group", "name": "system:authenticated", "apiGroup": _RBAC}]
        yield broken(binding, "subjects", everybody, "iam-k8s-rbac-binding")


_RBAC: Final = "rbac.authorization.k8s.io"
_EVERY_VERB: Final = ("iam-k8s-rbac-wildcard",)
_ESCALATION: Final = ("iam-k8s-rbac-escalation",)
_TAKEOVER: Final = ("iam-k8s-rbac-takeover",)


def _scalers(estate: Estate) -> Iterator[Mutation]:
    for scaler in estate.of(*AUTOSCALERS):
        most = value_at(scaler.inputs, "spec.maxReplicas")
        yield broken(scaler, "spec.minReplicas", most, "avl-k8s-scaling-bounds")
        metrics: list[Any] = value_at(scaler.inputs, "spec.metrics")
        for place, metric in enumerate(metrics):
            if "containerResource" in metric:
                target = f"spec.metrics.{place}.containerResource.target.averageUtilization"
                yield broken(scaler, target, 95, "avl-k8s-scaling-targets")
        if estate.environment == "prod":
            yield broken(scaler, "spec.minReplicas", 1, "avl-k8s-replicas")
    for scaler in estate.of(*QUEUE_SCALERS):
        triggers: list[Any] = value_at(scaler.inputs, "spec.triggers")
        for place, trigger in enumerate(triggers):
            at = f"spec.triggers.{place}"
            if trigger["type"] == "rabbitmq":
                yield broken(scaler, f"{at}.metricType", "AverageValue", "avl-k8s-scaling-queue")
                yield broken(scaler, f"{at}.metadata.value", "5000", "avl-k8s-scaling-queue")
                yield broken(scaler, f"{at}.authenticationRef", MISSING, "tls-k8s-queue-scaler")
            else:
                yield broken(scaler, f"{at}.metadata.value", "95", "avl-k8s-scaling-targets")
        name = value_at(scaler.inputs, "spec.scaleTargetRef.name")
        target = estate.named(name, *DEPLOYMENTS)
        yield broken(target, "spec.replicas", 4, "avl-k8s-scaling-owner")
        if estate.environment == "prod":
            gone = without(scaler.urn)
            yield mutation(f"without {label(scaler)}", gone, caught_by=("avl-k8s-replicas", "avl-k8s-scaled"))


def _budgets(estate: Estate) -> Iterator[Mutation]:
    for budget in estate.of(*BUDGETS):
        if estate.environment == "prod":
            # Elsewhere one pod, or none, is enough, and then there is nothing to keep.
            gone = without(budget.urn)
            yield mutation(f"without {label(budget)}", gone, caught_by=("avl-k8s-disruption",))
        yield broken(budget, "spec.maxUnavailable", 0, "avl-k8s-disruption-budget")


def _secrets(estate: Estate) -> Iterator[Mutation]:
    for store in estate.of(*STORES):
        yield broken(store, f"{DISPATCH}.jwt.serviceAccountRef", MISSING, "iam-k8s-secret-store")
        stored = {"secretRef": {"accessKeyIDSecretRef": {"name": "key", "key": "id"}}}
        yield broken(store, DISPATCH, stored, "iam-k8s-secret-store")


_PASSWORD_IN_CHART: Final = ("iam-k8s-chart-password", "iam-no-plaintext-secret")


def _charts(estate: Estate) -> Iterator[Mutation]:
    for release in estate.of(*RELEASES):
        yield broken(release, "version", MISSING, "dat-k8s-chart-pinned")
        yield broken(release, "version", ">=1", "dat-k8s-chart-pinned")
        yield broken(
            release,
            "atomic",
            False,
            "avl-k8s-release-whole",
            mandatory=estate.environment != "testing",
        )
        yield broken(release, "values.adminPassword", "Sommer-2026-in-Mumbai", *_PASSWORD_IN_CHART)
        yield broken(release, "namespace", "default", "iam-k8s-namespace-default")
        if release.inputs["chart"].endswith("trivy-operator"):
            yield broken(release, "values.operator.scannerReportTTL", "720h", "dat-image-scanned")
            if release.inputs["values"].get("serviceMonitor", {}).get("enabled"):
                yield broken(release, "values.serviceMonitor.enabled", False, "dat-image-scan-watched")


def _ways_in(estate: Estate) -> Iterator[Mutation]:
    for service in estate.of(*SERVICES):
        yield broken(service, "spec.type", "LoadBalancer", "net-k8s-no-bypass")
        yield broken(service, "spec.ports.0.port", 80, "net-k8s-service-port")
    for binding in estate.of(*BINDINGS_OF_TARGETS):
        groups = {"ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"port": 8069}]}]}
        yield broken(binding, "spec.networking", groups, "net-k8s-target-group-binding")
        yield broken(binding, "spec.targetType", "instance", "net-k8s-target-group-binding")


def _runs(estate: Estate) -> Iterator[Mutation]:
    for job in estate.of(*JOBS):
        yield broken(job, "spec.ttlSecondsAfterFinished", 60, "avl-k8s-job")
        yield from _in_default(job)
    for job in estate.of(*CRON_JOBS):
        yield broken(job, "spec.concurrencyPolicy", "Allow", "avl-k8s-cron-job")


def _in_default(job: Resource) -> Iterator[Mutation]:
    yield broken(job, "metadata.namespace", "default", "iam-k8s-namespace-default")
