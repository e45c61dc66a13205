"""A namespace as it will be: Odoo behind its proxy, the GPS service, what scales and feeds them."""

from __future__ import annotations

from typing import Any, Final

from tests.policies.builders import Ref, Thing, thing

NAMESPACE: Final = "tms"
REGISTRY: Final = "111122223333.dkr.ecr.ap-south-1.amazonaws.com/fleet-erp"
ODOO_IMAGE: Final = f"{REGISTRY}/odoo:18.0-20261101@sha256:{'0a' * 32}"
PROXY_IMAGE: Final = f"{REGISTRY}/nginx:1.28.1@sha256:{'1b' * 32}"
GPS_IMAGE: Final = f"{REGISTRY}/gps:2.4.0@sha256:{'2c' * 32}"

ODOO_CONF: Final = """\
[options]
data_dir = /var/lib/odoo
db_host = {{ .host }}
db_password = {{ .password }}
db_sslmode = verify-full
log_level = info
proxy_mode = True
"""


def placed(name: str, **more: Any) -> dict[str, Any]:
    """Give the metadata of an object in the namespace, which comes from the namespace itself."""
    return {"name": name, "namespace": Ref("tms"), **more}


def labels(name: str) -> dict[str, str]:
    """Give the labels of a workload's pods."""
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "tms"}


TMS: Final = thing(
    "kubernetes:core/v1:Namespace",
    "tms",
    metadata={"name": NAMESPACE, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
)

_CLOSED: Final = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}


def pod_security(user: int) -> dict[str, Any]:
    """Give the security context of a pod."""
    return {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": user + 1,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def resources(cpu: str, memory: str, limit: str) -> dict[str, Any]:
    """Give what a container asks for, and its memory limit."""
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": limit}}


def http_probe(path: str, port: int | str, **numbers: int) -> dict[str, Any]:
    """Give a probe over HTTP."""
    return {"httpGet": {"path": path, "port": port}, **numbers}


def spread(name: str) -> list[dict[str, Any]]:
    """Give the constraint that keeps pods in different zones."""
    return [
        {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": labels(name)},
        }
    ]


def deployment(name: str, pod: dict[str, Any], **more: Any) -> Thing:
    """Give a Deployment of a pod."""
    return thing(
        "kubernetes:apps/v1:Deployment",
        name,
        metadata=placed(name),
        spec={
            "selector": {"matchLabels": labels(name)},
            "template": {"metadata": {"labels": labels(name)}, "spec": pod},
            **more,
        },
    )


def account(name: str) -> Thing:
    """Give a service account that gets no token."""
    return thing(
        "kubernetes:core/v1:ServiceAccount",
        f"{name}-account",
        metadata=placed(name),
        automountServiceAccountToken=False,
    )


ODOO: Final = deployment(
    "odoo-web",
    {
        "serviceAccountName": "odoo",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 150,
        "priorityClassName": "tms-critical",
        "securityContext": {**pod_security(100), "fsGroup": 101},
        "topologySpreadConstraints": spread("odoo-web"),
        "containers": [
            {
                "name": "odoo",
                "image": ODOO_IMAGE,
                "env": [{"name": "PGSSLROOTCERT", "value": "/etc/rds/bundle.pem"}],
                "livenessProbe": http_probe(
                    "/web/database/selector", 8069, periodSeconds=30, timeoutSeconds=10, failureThreshold=6
                ),
                "readinessProbe": http_probe("/web/health", 8069, periodSeconds=10, timeoutSeconds=5),
                "startupProbe": http_probe("/web/health", 8069, periodSeconds=10, failureThreshold=30),
                "lifecycle": {"preStop": {"exec": {"command": ["sleep", "15"]}}},
                "resources": resources("750m", "2304Mi", "3584Mi"),
                "securityContext": _CLOSED,
                "volumeMounts": [
                    {"name": "configuration", "mountPath": "/etc/odoo", "readOnly": True},
                    {"name": "filestore", "mountPath": "/var/lib/odoo"},
                    {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108  (of a container)
                ],
            },
            {
                "name": "proxy",
                "image": PROXY_IMAGE,
                "ports": [{"name": "http", "containerPort": 8069}],
                "livenessProbe": http_probe("/proxy/alive", "http", periodSeconds=10),
                "readinessProbe": http_probe("/web/health", "http", periodSeconds=10),
                "resources": resources("50m", "64Mi", "128Mi"),
                "securityContext": {**_CLOSED, "runAsUser": 10101, "runAsGroup": 10101},
                "volumeMounts": [{"name": "proxy", "mountPath": "/etc/nginx/conf.d"}],
            },
        ],
        "volumes": [
            {"name": "configuration", "secret": {"secretName": "odoo-conf"}},
            {"name": "proxy", "configMap": {"name": "odoo-proxy"}},
            {"name": "filestore", "persistentVolumeClaim": {"claimName": "odoo-filestore"}},
            {"name": "tmp", "emptyDir": {}},
        ],
    },
)
ODOO_CONFIGURATION: Final = thing(
    "kubernetes:external-secrets.io/v1:ExternalSecret",
    "odoo-conf",
    metadata=placed("odoo-conf"),
    spec={
        "secretStoreRef": {"name": "secrets-manager", "kind": "SecretStore"},
        "target": {"name": "odoo-conf", "template": {"data": {"odoo.conf": ODOO_CONF}}},
        "data": [{"secretKey": "password", "remoteRef": {"key": "fleet-erp/prod/odoo-database"}}],
    },
)
PROXY_CONFIGURATION: Final = thing(
    "kubernetes:core/v1:ConfigMap",
    "odoo-proxy",
    metadata=placed("odoo-proxy"),
    data={"default.conf": "server { listen 8069; location / { proxy_pass http://127.0.0.1:8068; } }"},
)
STORE: Final = thing(
    "kubernetes:external-secrets.io/v1:SecretStore",
    "secrets-manager",
    metadata=placed("secrets-manager"),
    spec={
        "provider": {
            "aws": {
                "service": "SecretsManager",
                "region": "ap-south-1",
                "auth": {"jwt": {"serviceAccountRef": {"name": "secret-reader"}}},
            }
        }
    },
)
NAMESPACE_STORE: Final = thing(
    "kubernetes:external-secrets.io/v1:SecretStore",
    "own-secrets",
    metadata=placed("own-secrets"),
    spec={
        "provider": {
            "kubernetes": {
                "remoteNamespace": "tms",
                "auth": {"serviceAccount": {"name": "secret-reader"}},
            }
        }
    },
)


def gps_pod(name: str, container: str) -> dict[str, Any]:
    """Give the pod of a part of the GPS service."""
    return {
        "serviceAccountName": name,
        "automountServiceAccountToken": False,
        "securityContext": pod_security(10200),
        "topologySpreadConstraints": spread(name),
        "containers": [
            {
                "name": container,
                "image": GPS_IMAGE,
                "args": ["serve", "--port=8000"],
                "envFrom": [{"configMapRef": {"name": "gps-settings"}}],
                "ports": [{"name": "http", "containerPort": 8000}],
                "livenessProbe": http_probe("/health", "http", periodSeconds=30, timeoutSeconds=5),
                "readinessProbe": http_probe("/ready", "http", periodSeconds=10, timeoutSeconds=5),
                "resources": resources("250m", "256Mi", "512Mi"),
                "securityContext": _CLOSED,
                "volumeMounts": [{"name": "broker", "mountPath": "/run/secrets/broker", "readOnly": True}],
            }
        ],
        "volumes": [{"name": "broker", "secret": {"secretName": "gps-broker"}}],
    }


GPS_API: Final = deployment("gps-api", gps_pod("gps-api", "gps"))
GPS_CONSUMER: Final = deployment("gps-consumer", gps_pod("gps-consumer", "gps"))
GPS_SETTINGS: Final = thing(
    "kubernetes:core/v1:ConfigMap",
    "gps-settings",
    metadata=placed("gps-settings"),
    data={"LOG_LEVEL": "INFO", "BROKER_URL": "amqps://broker.example.com:5671/tms"},
)


def service(name: str, port: int) -> Thing:
    """Give the Service of a workload."""
    return thing(
        "kubernetes:core/v1:Service",
        f"{name}-service",
        metadata=placed(name),
        spec={
            "type": "ClusterIP",
            "selector": labels(name),
            "ports": [{"name": "http", "port": port, "targetPort": "http"}],
        },
    )


def binding(name: str, port: int) -> Thing:
    """Give the binding of a Service to its target group."""
    return thing(
        "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding",
        f"{name}-binding",
        metadata=placed(name),
        spec={
            "serviceRef": {"name": name, "port": port},
            "targetGroupARN": "arn:aws:elasticloadbalancing:ap-south-1:111122223333:targetgroup/x/1",
            "targetType": "ip",
        },
    )
