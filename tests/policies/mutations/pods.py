"""Breakages of pods: rights, users, images, sizes, probes, where they may run and what they are told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from preview.graph import Resource
from tests.policies.mutations.editing import MISSING, value_at, with_input
from tests.policies.mutations.mutation import Estate, Mutation, broken, label, mutation

DEPLOYMENTS: Final = ("kubernetes:apps/v1:Deployment",)
CRON_JOBS: Final = ("kubernetes:batch/v1:CronJob",)
JOBS: Final = ("kubernetes:batch/v1:Job",)
SCALERS: Final = (
    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
    "kubernetes:keda.sh/v1alpha1:ScaledObject",
)
_DIGEST: Final = "sha256:" + "a1" * 32

_CONTAINER: Final[tuple[tuple[str, Any, str], ...]] = (
    ("securityContext.allowPrivilegeEscalation", True, "iam-k8s-pod-privilege-escalation"),
    ("securityContext.allowPrivilegeEscalation", MISSING, "iam-k8s-pod-privilege-escalation"),
    ("securityContext.privileged", True, "iam-k8s-pod-privileged"),
    ("securityContext.procMount", "Unmasked", "iam-k8s-pod-privileged"),
    ("securityContext.capabilities.drop", ["NET_RAW"], "iam-k8s-pod-capabilities"),
    ("securityContext.capabilities", MISSING, "iam-k8s-pod-capabilities"),
    ("securityContext.capabilities.add", ["SYS_ADMIN"], "iam-k8s-pod-capabilities"),
    ("securityContext.runAsNonRoot", False, "iam-k8s-pod-non-root"),
    ("securityContext.runAsUser", 0, "iam-k8s-pod-numeric-user"),
    ("securityContext.runAsUser", 1000, "iam-k8s-pod-high-uid"),
    ("securityContext.seccompProfile", {"type": "Unconfined"}, "iam-k8s-pod-seccomp"),
    ("resources.limits", MISSING, "avl-k8s-resources-limit"),
    ("resources.limits.memory", "16Mi", "avl-k8s-resources-limit"),
)
"""Path in a container, value, rule."""

_POD: Final[tuple[tuple[str, Any, str], ...]] = (
    ("securityContext.runAsNonRoot", MISSING, "iam-k8s-pod-non-root"),
    ("securityContext.runAsUser", MISSING, "iam-k8s-pod-numeric-user"),
    ("securityContext.runAsGroup", 0, "iam-k8s-pod-numeric-user"),
    ("securityContext.seccompProfile", MISSING, "iam-k8s-pod-seccomp"),
    ("hostPID", True, "iam-k8s-pod-host-namespaces"),
    ("hostIPC", True, "iam-k8s-pod-host-namespaces"),
    ("hostNetwork", True, "net-k8s-no-bypass"),
    ("automountServiceAccountToken", True, "iam-k8s-token"),
    ("serviceAccountName", "default", "iam-k8s-service-account"),
    ("serviceAccountName", MISSING, "iam-k8s-service-account"),
)
"""Path in a pod's spec, value, rule."""


def pods(estate: Estate) -> Iterator[Mutation]:
    """Break the pods of every workload: Deployments, Jobs, CronJobs."""
    for workload in estate.of(*DEPLOYMENTS, *JOBS, *CRON_JOBS):
        at = "spec.jobTemplate.spec.template.spec" if workload.type in CRON_JOBS else "spec.template.spec"
        yield from _whole_pod(workload, at)
        yield from _container(workload, f"{at}.containers.0", estate)
        if workload.type in DEPLOYMENTS:
            yield from _probes(workload, at)


def _application(workload: Resource) -> str:
    return workload.name.partition("-")[0]


def scaled(workload: Resource, estate: Estate) -> bool:
    """Whether the stack declares a scaler of the workload."""
    name, namespace = (workload.inputs["metadata"][key] for key in ("name", "namespace"))
    return any(
        scaler.inputs["spec"]["scaleTargetRef"]["name"] == name
        and scaler.inputs["metadata"]["namespace"] == namespace
        for scaler in estate.of(*SCALERS)
    )


def _whole_pod(workload: Resource, at: str) -> Iterator[Mutation]:
    for path, value, rule in _POD:
        yield broken(workload, f"{at}.{path}", value, rule)
    spec = value_at(workload.inputs, at)
    host = {"name": "host", "hostPath": {"path": "/var/log"}}
    yield broken(workload, f"{at}.volumes", [*spec["volumes"], host], "iam-k8s-pod-volumes")
    if "topologySpreadConstraints" in spec:
        yield broken(workload, f"{at}.topologySpreadConstraints", MISSING, "avl-k8s-spread")


def _container(workload: Resource, at: str, estate: Estate) -> Iterator[Mutation]:
    for path, value, rule in _CONTAINER:
        yield broken(workload, f"{at}.{path}", value, rule)
    container = value_at(workload.inputs, at)
    odoo = _runs_odoo(container)
    yield broken(
        workload,
        f"{at}.securityContext.readOnlyRootFilesystem",
        False,
        "iam-k8s-odoo-read-only-root" if odoo else "iam-k8s-pod-read-only-root",
        mandatory=not odoo,
    )
    measured = ("avl-k8s-scaling-requests",) if scaled(workload, estate) else ()
    for name in ("cpu", "memory"):
        path = f"{at}.resources.requests.{name}"
        yield broken(workload, path, MISSING, "avl-k8s-resources-requests", *measured)
    yield from _image(workload, at, container["image"])
    yield from _told(workload, at, container)


def _runs_odoo(container: dict[str, Any]) -> bool:
    return container["name"] == "odoo" or "/odoo:" in container["image"]


def _image(workload: Resource, at: str, image: str) -> Iterator[Mutation]:
    tagged = image.partition("@")[0]
    name = tagged.rpartition("/")[2]
    yield broken(workload, f"{at}.image", tagged, "dat-image-pinned")
    yield broken(workload, f"{at}.image", f"docker.io/library/{name}@{_DIGEST}", "dat-image-registry")
    other = f"999988887777.dkr.ecr.ap-south-1.amazonaws.com/fleet-erp/{name}@{_DIGEST}"
    yield broken(workload, f"{at}.image", other, "dat-image-registry")


def _told(workload: Resource, at: str, container: dict[str, Any]) -> Iterator[Mutation]:
    """Tell a container a secret, an address without TLS, or let it listen on the node."""
    env, ports, args = (container.get(key, []) for key in ("env", "ports", "args"))
    from_secret = {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "any", "key": "token"}}}
    yield _added(workload, f"{at}.env", env, from_secret, "iam-k8s-secret-env")
    in_clear = {"name": "DB_PASSWORD", "value": "Sommer-2026-in-Mumbai"}
    yield _added(workload, f"{at}.env", env, in_clear, "iam-no-plaintext-secret")
    plain = {"name": "BROKER", "value": "amqp://broker.example.com:5672"}
    yield _added(workload, f"{at}.env", env, plain, "tls-k8s-addresses")
    on_the_host = {"name": "node", "containerPort": 9999, "hostPort": 9999}
    yield _added(workload, f"{at}.ports", ports, on_the_host, "net-k8s-no-bypass")
    yield _added(workload, f"{at}.args", args, "--db-password=$(GIVEN)", "iam-k8s-command-line")
    for place, variable in enumerate(env):
        if variable["name"] == "PGSSLMODE":
            yield broken(workload, f"{at}.env.{place}.value", "require", "tls-k8s-postgres")
        if variable["name"] == "LOG_LEVEL":
            yield broken(workload, f"{at}.env.{place}.value", "ERROR", "log-app-level")
            yield broken(workload, f"{at}.env.{place}.name", "LOUDNESS", "log-app-level")
    if _runs_odoo(container):
        yield _added(workload, f"{at}.args", args, "--logfile=/tmp/odoo.log", "log-app-stdout")


def _added(workload: Resource, path: str, entries: list[Any], entry: Any, *caught_by: str) -> Mutation:
    what = entry if isinstance(entry, str) else entry["name"]
    return mutation(
        f"{label(workload)}: {path} with {what}",
        with_input(workload.urn, path, [*entries, entry]),
        caught_by=caught_by,
    )


def _probes(workload: Resource, at: str) -> Iterator[Mutation]:
    first = f"{at}.containers.0"
    own = {"odoo": ("avl-k8s-odoo-probe",), "gps": ("avl-k8s-gps-probe",)}.get(_application(workload), ())
    odoo = _application(workload) == "odoo"
    patience = ("avl-k8s-odoo-patience",) if odoo else ()
    yield broken(workload, f"{first}.livenessProbe", MISSING, "avl-k8s-probes", *own, *patience)
    yield broken(workload, f"{first}.readinessProbe", MISSING, "avl-k8s-probes")
    if own:
        yield broken(workload, f"{first}.livenessProbe.httpGet.path", "/", *own)
        yield broken(workload, f"{first}.livenessProbe.periodSeconds", 120, *own)
        yield broken(workload, f"{first}.livenessProbe.timeoutSeconds", 1, *own)
    if odoo:
        yield broken(workload, f"{first}.livenessProbe.failureThreshold", 2, *patience)
        yield broken(workload, f"{first}.startupProbe", MISSING, *patience)
        yield broken(workload, f"{first}.startupProbe.failureThreshold", 3, *patience)
        yield broken(workload, f"{first}.lifecycle", MISSING, "avl-k8s-odoo-stop")
        yield broken(workload, f"{at}.terminationGracePeriodSeconds", 30, "avl-k8s-odoo-stop")
