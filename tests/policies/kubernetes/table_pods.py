"""Rows of the rules about pods: users, privileges, sizes, accounts, images."""

from __future__ import annotations

from typing import Any, Final

from tests.policies.builders import DROP, Ref, thing
from tests.policies.kubernetes.workloads import (
    GPS_API,
    GPS_IMAGE,
    ODOO,
    ODOO_IMAGE,
    REGISTRY,
    TMS,
    account,
    placed,
)
from tests.policies.table import Break, Row

POD: Final = "odoo-web.spec.template.spec"
CONTAINER: Final = f"{POD}.containers.0"
CONTEXT: Final = f"{CONTAINER}.securityContext"
THINGS: Final = (TMS, ODOO)
GPS_POD: Final = "gps-api.spec.template.spec"

CLUSTER_ROLE: Final = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
AWS_PROVIDER: Final = thing("pulumi:providers:aws", "aws", allowedAccountIds='["111122223333"]')


def pod_row(rule: str, *breaks: Break, unknown: str | None, **more: Any) -> Row:
    """Give the row of a rule about the pods of Odoo."""
    return Row(rule, THINGS, breaks, unknown=unknown, **more)


def says(path: str, value: Any, *messages: str, aspect: str | None = None) -> Break:
    """Break one place of the pod: what is said, each about the first container."""
    found = tuple(f"container odoo: {message}" for message in messages)
    return Break({path: value}, {"odoo-web": found}, aspect=aspect)


def both(message: str) -> tuple[str, str]:
    """Give the message about either container of the pod."""
    return f"container odoo: {message}", f"container proxy: {message}"


def sidecar(**more: Any) -> dict[str, Any]:
    """Give a container that is added to the pod without any care."""
    return {"name": "debug", "image": "busybox", **more}


_DROP_UNSET: Final = "capabilities.drop does not name ALL"

ROWS: Final = (
    pod_row(
        "iam-k8s-pod-non-root",
        Break({f"{POD}.securityContext.runAsNonRoot": DROP}, {"odoo-web": both("runAsNonRoot is not set")}),
        Break({f"{POD}.securityContext.runAsNonRoot": False}, {"odoo-web": both("runAsNonRoot is false")}),
        says(f"{CONTEXT}.runAsNonRoot", False, "runAsNonRoot is false"),
        Break(
            {f"{POD}.initContainers": [sidecar(securityContext={"runAsNonRoot": False})]},
            {"odoo-web": "container debug: runAsNonRoot is false"},
        ),
        unknown=f"{POD}.securityContext",
        also_holds=({f"{CONTEXT}.runAsNonRoot": True, f"{POD}.initContainers": [sidecar()]},),
    ),
    pod_row(
        "iam-k8s-pod-numeric-user",
        says(f"{CONTEXT}.runAsUser", 0, "runAsUser is 0"),
        Break(
            {f"{POD}.securityContext.runAsUser": DROP}, {"odoo-web": "container odoo: runAsUser is not set"}
        ),
        Break(
            {f"{POD}.securityContext.runAsGroup": DROP}, {"odoo-web": "container odoo: runAsGroup is not set"}
        ),
        unknown=f"{POD}.securityContext.runAsUser",
    ),
    pod_row(
        "iam-k8s-pod-high-uid",
        says(f"{CONTEXT}.runAsUser", 101, "runAsUser is 101"),
        Break(
            {f"{POD}.containers.1.securityContext.runAsUser": 100},
            {"odoo-web": "container proxy: runAsUser is 100"},
        ),
        Break(
            {f"{CONTAINER}.image": f"{REGISTRY}/reports:1"},
            {"odoo-web": "container odoo: runAsUser is 100"},
        ),
        unknown=f"{POD}.securityContext.runAsUser",
        also_holds=({f"{CONTEXT}.runAsUser": 10000}, {f"{CONTAINER}.image": "odoo"}),
    ),
    pod_row(
        "iam-k8s-pod-privilege-escalation",
        says(f"{CONTEXT}.allowPrivilegeEscalation", True, "allowPrivilegeEscalation is not false"),
        says(f"{CONTEXT}.allowPrivilegeEscalation", DROP, "allowPrivilegeEscalation is not false"),
        Break(
            {f"{POD}.initContainers": [sidecar()]},
            {"odoo-web": "container debug: allowPrivilegeEscalation is not false"},
        ),
        unknown=f"{CONTEXT}.allowPrivilegeEscalation",
    ),
    pod_row(
        "iam-k8s-pod-privileged",
        says(f"{CONTEXT}.privileged", True, "privileged is true", aspect="privileged"),
        says(
            f"{CONTEXT}.procMount",
            "Unmasked",
            "procMount shows the kernel's /proc unmasked",
            aspect="proc-mount",
        ),
        says(
            f"{CONTEXT}.windowsOptions",
            {"hostProcess": True},
            "it runs as a process of the host",
            aspect="host-process",
        ),
        Break(
            {f"{POD}.securityContext.windowsOptions": {"hostProcess": True}},
            {"odoo-web": "it runs as a process of the host"},
            aspect="host-process",
        ),
        Break(
            {f"{POD}.ephemeralContainers": [sidecar(securityContext={"privileged": True})]},
            {"odoo-web": "container debug: privileged is true"},
            aspect="privileged",
        ),
        unknown=CONTEXT,
        also_holds=({f"{CONTEXT}.privileged": False},),
    ),
    pod_row(
        "iam-k8s-pod-capabilities",
        says(f"{CONTEXT}.capabilities", DROP, _DROP_UNSET, aspect="drop"),
        says(f"{CONTEXT}.capabilities.drop", ["NET_RAW"], _DROP_UNSET, aspect="drop"),
        says(f"{CONTEXT}.capabilities.add", ["SYS_ADMIN"], "capabilities.add names SYS_ADMIN", aspect="add"),
        unknown=f"{CONTEXT}.capabilities",
        also_holds=({f"{CONTEXT}.capabilities.add": ["NET_BIND_SERVICE"]},),
    ),
    pod_row(
        "iam-k8s-pod-seccomp",
        Break(
            {f"{POD}.securityContext.seccompProfile": DROP}, {"odoo-web": both("seccompProfile is not set")}
        ),
        says(f"{CONTEXT}.seccompProfile", {"type": "Unconfined"}, "seccompProfile.type is Unconfined"),
        unknown=f"{POD}.securityContext.seccompProfile",
        also_holds=({f"{CONTEXT}.seccompProfile": {"type": "Localhost", "localhostProfile": "x.json"}},),
    ),
    pod_row(
        "iam-k8s-pod-read-only-root",
        Break(
            {f"{POD}.containers.1.securityContext.readOnlyRootFilesystem": DROP},
            {"odoo-web": "container proxy: readOnlyRootFilesystem is not true"},
        ),
        unknown=f"{POD}.containers.1.securityContext.readOnlyRootFilesystem",
        also_holds=({f"{CONTEXT}.readOnlyRootFilesystem": False},),
    ),
    pod_row(
        "iam-k8s-odoo-read-only-root",
        says(f"{CONTEXT}.readOnlyRootFilesystem", False, "readOnlyRootFilesystem is not true"),
        unknown=f"{CONTEXT}.readOnlyRootFilesystem",
        also_holds=({f"{POD}.containers.1.securityContext.readOnlyRootFilesystem": False},),
    ),
    pod_row(
        "iam-k8s-pod-host-namespaces",
        Break({f"{POD}.hostPID": True}, {"odoo-web": "hostPID is true"}),
        Break({f"{POD}.hostIPC": "true"}, {"odoo-web": "hostIPC is true"}),
        unknown=POD,
    ),
    pod_row(
        "iam-k8s-pod-volumes",
        Break(
            {f"{POD}.volumes.3": {"name": "docker", "hostPath": {"path": "/var/run/docker.sock"}}},
            {"odoo-web": "volume docker is of kind hostPath"},
        ),
        Break(
            {f"{POD}.volumes.3": {"name": "share", "nfs": {"server": "10.0.0.1", "path": "/"}}},
            {"odoo-web": "volume share is of kind nfs"},
        ),
        unknown=f"{POD}.volumes",
    ),
    pod_row(
        "avl-k8s-resources-requests",
        says(f"{CONTAINER}.resources.requests.cpu", DROP, "resources.requests.cpu is not set"),
        says(f"{CONTAINER}.resources.requests.memory", "0", "resources.requests.memory is not set"),
        says(
            f"{CONTAINER}.resources",
            {"limits": {"memory": "1Gi"}},
            "resources.requests.cpu is not set",
            "resources.requests.memory is not set",
        ),
        unknown=f"{CONTAINER}.resources.requests",
    ),
    pod_row(
        "avl-k8s-resources-limit",
        says(f"{CONTAINER}.resources.limits", DROP, "resources.limits.memory is not set"),
        says(f"{CONTAINER}.resources.limits.memory", "2Gi", "resources.limits.memory is below the request"),
        unknown=f"{CONTAINER}.resources.limits",
        also_holds=({f"{CONTAINER}.resources.limits.memory": "2304Mi"},),
    ),
    pod_row(
        "avl-k8s-odoo-cpu-limit",
        says(f"{CONTAINER}.resources.limits.cpu", "1", "resources.limits.cpu is set"),
        unknown=None,
        also_holds=({f"{POD}.containers.1.resources.limits.cpu": "1"},),
    ),
    Row(
        "iam-k8s-service-account",
        (TMS, ODOO, account("odoo")),
        (
            Break({f"{POD}.serviceAccountName": DROP}, {"odoo-web": "serviceAccountName is not set"}),
            Break({f"{POD}.serviceAccountName": "default"}, {"odoo-web": "serviceAccountName is default"}),
        ),
        unknown=f"{POD}.serviceAccountName",
        also_holds=(
            {f"{POD}.serviceAccountName": Ref("odoo-account", "metadata.name")},
            {f"{POD}.serviceAccountName": DROP, f"{POD}.serviceAccount": "odoo"},
        ),
    ),
    Row(
        "iam-k8s-token",
        (
            TMS,
            ODOO,
            account("odoo"),
            thing(
                "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
                "operator",
                metadata=placed("operator"),
                roleRef={"kind": "Role", "name": "operator"},
                subjects=[{"kind": "ServiceAccount", "name": "operator", "namespace": Ref("tms")}],
            ),
        ),
        (
            Break(
                {f"{POD}.automountServiceAccountToken": True},
                {"odoo-web": "it mounts a token for the Kubernetes API, where its account may do nothing"},
            ),
            Break(
                {
                    f"{POD}.automountServiceAccountToken": DROP,
                    "odoo-account.automountServiceAccountToken": DROP,
                },
                {"odoo-web": "it mounts a token for the Kubernetes API, where its account may do nothing"},
            ),
            Break(
                {f"{POD}.automountServiceAccountToken": DROP, "odoo-account": DROP},
                {"odoo-web": "it mounts a token for the Kubernetes API, where its account may do nothing"},
            ),
        ),
        unknown=f"{POD}.automountServiceAccountToken",
        also_holds=(
            {f"{POD}.automountServiceAccountToken": DROP},
            {f"{POD}.automountServiceAccountToken": True, "operator.subjects.0.name": "odoo"},
            {
                f"{POD}.automountServiceAccountToken": True,
                "operator.subjects.0.name": Ref("odoo-account", "metadata.name"),
                f"{POD}.serviceAccountName": Ref("odoo-account", "metadata.name"),
            },
        ),
    ),
    pod_row(
        "dat-image-pinned",
        says(f"{CONTAINER}.image", f"{REGISTRY}/odoo:18.0", f"image {REGISTRY}/odoo:18.0 has no digest"),
        says(f"{CONTAINER}.image", DROP, "image is not set"),
        says(f"{CONTAINER}.image", "odoo@sha256:0a0a", "image odoo@sha256:0a0a has no digest"),
        unknown=f"{CONTAINER}.image",
    ),
    Row(
        "dat-image-registry",
        (TMS, GPS_API, AWS_PROVIDER),
        (
            Break(
                {f"{GPS_POD}.containers.0.image": "docker.io/library/python:3.11"},
                {"gps-api": "container gps: image docker.io/library/python:3.11 is not from ECR"},
            ),
            Break(
                {f"{GPS_POD}.containers.0.image": GPS_IMAGE.replace("111122223333", "444455556666")},
                {
                    "gps-api": "container gps: image "
                    + GPS_IMAGE.replace("111122223333", "444455556666")
                    + " is from the registry of another account"
                },
            ),
        ),
        unknown=f"{GPS_POD}.containers.0.image",
        also_holds=({"aws": DROP}, {f"{GPS_POD}.containers.0.image": ODOO_IMAGE}),
    ),
    pod_row(
        "iam-k8s-secret-env",
        says(
            f"{CONTAINER}.env.0",
            {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
            "the variable DB_PASSWORD comes from a secret",
        ),
        says(
            f"{CONTAINER}.envFrom",
            [{"secretRef": {"name": "db"}}],
            "spec.template.spec.containers.0.envFrom.0 makes variables of a whole secret",
        ),
        unknown=f"{CONTAINER}.env",
    ),
    pod_row(
        "iam-k8s-command-line",
        says(f"{CONTAINER}.args", ["odoo", "--db_password=x"], "the command line has --db_password"),
        says(f"{CONTAINER}.command", ["sh", "-c", "run $(API_TOKEN)"], "the command line expands API_TOKEN"),
        Break(
            {
                f"{CONTAINER}.args": ["--key", "$(GSP)"],
                f"{CONTAINER}.env.0": {
                    "name": "GSP",
                    "valueFrom": {"secretKeyRef": {"name": "gsp", "key": "k"}},
                },
            },
            {"odoo-web": "container odoo: the command line expands GSP"},
        ),
        says(
            f"{CONTAINER}.env.0",
            {"name": "PASSWORD", "value": "x"},
            "the image puts PASSWORD on the command line",
        ),
        unknown=f"{CONTAINER}.args",
        also_holds=({f"{CONTAINER}.args": ["odoo", "--password-file=/run/x", "$(POD_IP)"]},),
    ),
)
