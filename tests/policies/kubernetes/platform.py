"""What the cluster gives to every workload: network policies, roles, charts, add-ons."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.policies.builders import Ref, Thing, thing
from tests.policies.kubernetes.workloads import placed

QUOTA: Final = thing(
    "kubernetes:core/v1:ResourceQuota",
    "quota",
    metadata=placed("quota"),
    spec={"hard": {"requests.cpu": "4", "requests.memory": "8Gi", "pods": "15"}},
)
LIMITS: Final = thing(
    "kubernetes:core/v1:LimitRange",
    "limits",
    metadata=placed("limits"),
    spec={"limits": [{"type": "Container", "defaultRequest": {"cpu": "100m", "memory": "256Mi"}}]},
)
VPC: Final = thing("aws:ec2/vpc:Vpc", "vpc", cidrBlock="10.0.0.0/16")


def network_policy(name: str, **spec: Any) -> Thing:
    """Give a network policy in the namespace."""
    return thing("kubernetes:networking.k8s.io/v1:NetworkPolicy", name, metadata=placed(name), spec=spec)


DENY: Final = network_policy("default-deny", podSelector={}, policyTypes=["Ingress", "Egress"])
PARTNERS: Final = network_policy(
    "partners",
    podSelector={"matchLabels": {"app.kubernetes.io/name": "odoo-web"}},
    policyTypes=["Egress"],
    egress=[
        {
            "to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "169.254.0.0/16"]}}],
            "ports": [{"port": 443, "protocol": "TCP"}],
        },
        {
            "to": [
                {
                    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
                    "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
                }
            ],
            "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
        },
        {"to": [{"ipBlock": {"cidr": "10.0.1.0/24"}}], "ports": [{"port": 5432, "protocol": "TCP"}]},
    ],
)
FROM_BALANCER: Final = network_policy(
    "from-balancer",
    podSelector={"matchLabels": {"app.kubernetes.io/name": "odoo-web"}},
    policyTypes=["Ingress"],
    ingress=[
        {
            "from": [{"ipBlock": {"cidr": "10.0.101.0/24"}}, {"ipBlock": {"cidr": "10.0.102.0/24"}}],
            "ports": [{"port": 8069, "protocol": "TCP"}],
        }
    ],
)

CNI: Final = thing(
    "aws:eks/addon:Addon",
    "vpc-cni",
    addonName="vpc-cni",
    configurationValues=json.dumps({"enableNetworkPolicy": "true"}),
)
DNS: Final = thing(
    "aws:eks/addon:Addon",
    "coredns",
    addonName="coredns",
    configurationValues=json.dumps({"replicaCount": 2, "podDisruptionBudget": {"enabled": True}}),
)


def release(name: str, version: str, source: str, **values: Any) -> Thing:
    """Give a chart's release."""
    return thing(
        "kubernetes:helm.sh/v3:Release",
        name,
        chart=name,
        version=version,
        repositoryOpts={"repo": source},
        namespace=Ref("tms"),
        atomic=True,
        timeout=600,
        values=values,
    )


KEDA: Final = release("keda", "2.20.2", "https://kedacore.github.io/charts", operator={"replicaCount": 2})
TRIVY: Final = release(
    "trivy-operator",
    "0.34.0",
    "https://aquasecurity.github.io/helm-charts",
    operator={"scannerReportTTL": "168h", "builtInTrivyServer": True},
    serviceMonitor={"enabled": True},
)
PROMETHEUS: Final = thing(
    "kubernetes:helm.sh/v3:Release",
    "monitoring",
    chart="oci://ghcr.io/prometheus-community/charts/kube-prometheus-stack",
    version="88.5.3",
    namespace=Ref("tms"),
    atomic=True,
    values={
        "grafana": {"admin": {"existingSecret": "grafana-admin", "passwordKey": "admin-password"}},
        "alertmanager": {"alertmanagerSpec": {"secrets": ["alertmanager-receivers"]}},
    },
)
POSTGRES_EXPORTER: Final = thing(
    "kubernetes:helm.sh/v3:Release",
    "postgres-exporter",
    chart="oci://ghcr.io/prometheus-community/charts/prometheus-postgres-exporter",
    version="8.2.0",
    namespace=Ref("tms"),
    atomic=True,
    values={
        "config": {
            "datasource": {
                "host": "db.example.com",
                "sslmode": "verify-full",
                "passwordSecret": {"name": "exporter", "key": "password"},
            }
        }
    },
)
SAMPLING: Final = """\
function sample_gps(tag, timestamp, record)
  if record["event"] ~= "gps_ingested" or record["outcome"] ~= "success" then return 0, timestamp, record end
  if math.random() < 0.10 then record["sample_rate"] = 0.10; return 2, timestamp, record end
  return -1, timestamp, record
end
"""
FLUENT_BIT: Final = release(
    "fluent-bit",
    "0.58.1",
    "https://fluent.github.io/helm-charts",
    luaScripts={"sample.lua": SAMPLING},
    config={"filters": "[FILTER]\n    Name lua\n    Match kube.*\n    call sample_gps\n"},
)
INDEX_POLICIES: Final = thing(
    "kubernetes:core/v1:ConfigMap",
    "index-policies",
    metadata=placed("index-policies"),
    data={
        "retain.json": json.dumps(
            {
                "states": [
                    {"name": "hot", "transitions": [{"conditions": {"min_index_age": "90d"}}]},
                    {"name": "delete", "actions": [{"delete": {}}]},
                ]
            }
        )
    },
)

PLATFORM: Final = (
    QUOTA,
    LIMITS,
    VPC,
    DENY,
    PARTNERS,
    FROM_BALANCER,
    CNI,
    DNS,
    KEDA,
    TRIVY,
    PROMETHEUS,
    POSTGRES_EXPORTER,
    FLUENT_BIT,
    INDEX_POLICIES,
)
"""All of it; workloads.py has what runs on it."""
