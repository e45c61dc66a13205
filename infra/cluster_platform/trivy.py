"""The Trivy operator: images that run are scanned again every week (SEC-11)."""

from __future__ import annotations

from typing import Final

from ..identity import Statement
from ..naming import PARTITION, Naming
from .charts import CONFINED, ROLE_ANNOTATION, UNPRIVILEGED, Values, service_monitor
from .labels import PRIORITY_REPORTS, PRIORITY_STANDARD
from .paths import TRIVY_SCAN_PODS
from .requests import TRIVY_OPERATOR, TRIVY_SCAN, TRIVY_SERVER
from .storage import VOLUMES

SERVICE_ACCOUNT: Final = "trivy-operator"
USER: Final = 10_000
REPORTS_LAST: Final = "168h"
"""A report that has passed away is made again: a week, as SEC-11 asks."""
DATABASE_GIB: Final = 5

ADDON_REGISTRIES: Final = {
    "ap-south-1": "602401143452",
    "ap-south-2": "900889452093",
    "ap-southeast-1": "602401143452",
}
"""Accounts of EKS add-ons' images: EKS user guide, "View Amazon container image registries"."""


def values(*, role_arn: str, watched: bool) -> Values:
    """Values of the chart: vulnerabilities and exposed secrets of images, and the settings of objects.

    A server in the cluster keeps the list of vulnerabilities, so that scans need not load it each time. What
    looks at nodes is off: it mounts the node, which no namespace of ours admits, and EKS keeps the nodes'
    own settings. Secrets of the cluster stay closed to the operator: images come from registries that the
    role opens. Where it is `watched`, what it finds becomes metrics of the namespace in which it was found.
    """
    return {
        "excludeNamespaces": "",
        "operator": {
            "builtInTrivyServer": True,
            "scannerReportTTL": REPORTS_LAST,
            "scanJobsConcurrentLimit": 1,
            "scanJobTimeout": "15m",
            "vulnerabilityScannerEnabled": True,
            "exposedSecretScannerEnabled": True,
            "configAuditScannerEnabled": True,
            "rbacAssessmentScannerEnabled": True,
            "infraAssessmentScannerEnabled": False,
            "clusterComplianceEnabled": False,
            "sbomGenerationEnabled": False,
            "accessGlobalSecretsAndServiceAccount": False,
            "metricsFindingsEnabled": True,
        },
        "trivyOperator": {
            "scanJobAutomountServiceAccountToken": False,
            "scanJobPodTemplateLabels": ",".join(f"{key}={value}" for key, value in TRIVY_SCAN_PODS.items()),
            "scanJobPodTemplatePodSecurityContext": {**CONFINED, "runAsUser": USER, "runAsGroup": USER},
            "scanJobPodTemplateContainerSecurityContext": UNPRIVILEGED,
            "scanJobPodPriorityClassName": PRIORITY_REPORTS,
        },
        "trivy": {
            "mode": "ClientServer",
            "severity": "HIGH,CRITICAL",
            "ignoreUnfixed": True,
            "timeout": "10m0s",
            "storageClassName": VOLUMES,
            "storageSize": f"{DATABASE_GIB}Gi",
            "resources": TRIVY_SCAN.resources,
            "priorityClassName": PRIORITY_STANDARD,
            "server": {
                "resources": TRIVY_SERVER.resources,
                "podSecurityContext": {**CONFINED, "runAsUser": USER, "runAsGroup": USER, "fsGroup": USER},
                "securityContext": UNPRIVILEGED,
            },
        },
        "serviceMonitor": service_monitor(watched=watched, honorLabels=True),
        "serviceAccount": {"name": SERVICE_ACCOUNT, "annotations": {ROLE_ANNOTATION: role_arn}},
        "resources": TRIVY_OPERATOR.resources,
        "podSecurityContext": {**CONFINED, "runAsUser": USER, "runAsGroup": USER, "fsGroup": USER},
        "securityContext": UNPRIVILEGED,
        "priorityClassName": PRIORITY_STANDARD,
    }


def statements(naming: Naming) -> tuple[Statement, ...]:
    """Pull our own images, and those of EKS add-ons in this region."""
    addons = f"arn:{PARTITION}:ecr:{naming.region}:{ADDON_REGISTRIES[naming.region]}:repository/eks/*"
    return (
        Statement(
            sid="PullImages",
            actions=("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
            resources=(naming.arn("ecr", f"repository/{naming.repository('*')}"), addons),
        ),
        Statement(sid="LogIn", actions=("ecr:GetAuthorizationToken",), resources=("*",)),
    )
