"""Values of the Grafana chart: all as code, nothing from the internet, no rights beyond its own files.

Grafana keeps nothing: dashboards come from ConfigMaps, data sources from one Secret, and both are written
into its folders by side containers before it starts and while it runs. What somebody changes in the browser
is gone with the pod, and cannot be saved over what is provisioned.

Its image is our own (`image/Dockerfile`): Grafana would download the plugins of two data sources when it
starts, and no pod of this estate reaches the internet for that.
"""

from __future__ import annotations

from typing import Any, Final

from ...cluster_platform.charts import CONFINED, ROLE_ANNOTATION, UNPRIVILEGED, Values
from ...cluster_platform.labels import OBSERVABILITY, PRIORITY_STANDARD
from ...naming import Naming
from ...settings import ObservabilitySettings
from ...workloads import certificates
from ..requests import GRAFANA, GRAFANA_SIDECAR

SERVICE_ACCOUNT: Final = "grafana"
ADMIN_SECRET: Final = "grafana-admin"
"""The Kubernetes Secret with the administrator's name and password."""
ADMIN_USER_KEY: Final = "admin-user"
ADMIN_PASSWORD_KEY: Final = "admin-password"
SIGNING_KEY: Final = "signing-key"
"""What Grafana encrypts with; without one of our own it takes the one that its documentation prints."""
DATA_SOURCES_SECRET: Final = "grafana-data-sources"
"""The one Secret that Grafana's side container may read."""
DASHBOARD_LABEL: Final = "grafana_dashboard"
DATA_SOURCE_LABEL: Final = "grafana_datasource"
LABEL_VALUE: Final = "1"
ROLE: Final = "grafana"
"""The role in the namespace that the side containers have, instead of the chart's."""
USER: Final = 472
"""Grafana's user and group in its image."""
SIDECAR_USER: Final = 65534
PORT: Final = 3000
DASHBOARDS_HEALTH_PORT: Final = 8083
DATA_SOURCES_HEALTH_PORT: Final = 8082
PLUGINS: Final = "/usr/share/grafana/fleet-plugins"
"""Where the image carries its plugins: outside the data folder, which is empty in every new pod."""
SIGNING_PLUGINS: Final = "grafana-opensearch-datasource,grafana-amazonprometheus-datasource"
"""Plugins that sign with the pod's role. Since Grafana 12.4 the process of a plugin sees no variable of the
pod unless it is named here, and would not know the role."""
CERTIFICATES: Final = "/etc/grafana/database-certificates"
DATABASE_ROOTS: Final = f"{CERTIFICATES}/{certificates.FILE_NAME}"
"""Whom Grafana trusts to be the database."""
SESSION_HOURS: Final = 12


def grafana_values(*, settings: ObservabilitySettings, naming: Naming, role_arn: str) -> dict[str, Any]:
    """Give the content of the key `grafana` of the chart `kube-prometheus-stack`."""
    image = settings.grafana.image
    return {
        "enabled": True,
        "replicas": 1,
        "image": {
            "registry": naming.registry,
            "repository": naming.repository(image.repository),
            "tag": image.tag,
            "sha": image.digest.removeprefix("sha256:"),
        },
        "assertNoLeakedSecrets": True,
        # Its boards watch what EKS hides, and would be larger than Grafana itself.
        "defaultDashboardsEnabled": False,
        "admin": {
            "existingSecret": ADMIN_SECRET,
            "userKey": ADMIN_USER_KEY,
            "passwordKey": ADMIN_PASSWORD_KEY,
        },
        "envValueFrom": {
            "GF_SECURITY_SECRET_KEY": {"secretKeyRef": {"name": ADMIN_SECRET, "key": SIGNING_KEY}}
        },
        "serviceAccount": {
            "create": True,
            "name": SERVICE_ACCOUNT,
            "annotations": {ROLE_ANNOTATION: role_arn},
            "automountServiceAccountToken": False,
        },
        # The side containers ask the Kubernetes API, within the role below.
        "automountServiceAccountToken": True,
        # The chart's own role reads every secret of the namespace, or of the cluster.
        "rbac": {"create": True, "namespaced": True, "useExistingRole": ROLE, "pspEnabled": False},
        "service": {"type": "ClusterIP", "port": PORT, "targetPort": PORT},
        "ingress": {"enabled": False},
        "testFramework": {"enabled": False},
        "persistence": {"enabled": False},
        "initChownData": {"enabled": False},
        "plugins": [],
        "enableServiceLinks": False,
        "deploymentStrategy": {"type": "Recreate"},
        "resources": GRAFANA.resources,
        "priorityClassName": PRIORITY_STANDARD,
        "securityContext": {**CONFINED, "runAsUser": USER, "runAsGroup": USER, "fsGroup": USER},
        "containerSecurityContext": UNPRIVILEGED,
        "extraEmptyDirMounts": [
            # Plugins talk to Grafana through sockets in here.
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108  (a volume of the pod)
            {"name": "log", "mountPath": "/var/log/grafana"},
        ],
        "extraConfigmapMounts": [
            {
                "name": "database-certificates",
                "mountPath": CERTIFICATES,
                "configMap": certificates.CONFIG_MAP,
                "readOnly": True,
            }
        ],
        "sidecar": _side_containers(),
        "grafana.ini": _configuration(naming),
        "serviceMonitor": {"enabled": True},
    }


def _side_containers() -> Values:
    """Files for dashboards and data sources, written before Grafana starts (native side containers).

    The data sources' container asks for one Secret by its name: it needs no right to list secrets.
    """
    return {
        "resources": GRAFANA_SIDECAR.resources,
        "securityContext": {**UNPRIVILEGED, "runAsUser": SIDECAR_USER, "runAsGroup": SIDECAR_USER},
        "dashboards": {
            "enabled": True,
            "label": DASHBOARD_LABEL,
            "labelValue": LABEL_VALUE,
            "searchNamespace": OBSERVABILITY,
            "resource": "configmap",
            "initDashboards": True,
            "restartPolicy": "Always",
            "startupProbe": _filled(DASHBOARDS_HEALTH_PORT),
            "folderAnnotation": "grafana_folder",
            "provider": {
                "allowUiUpdates": False,
                "disableDelete": True,
                "foldersFromFilesStructure": True,
            },
        },
        "datasources": {
            "enabled": True,
            "label": DATA_SOURCE_LABEL,
            "labelValue": LABEL_VALUE,
            "searchNamespace": OBSERVABILITY,
            "resource": "secret",
            "resourceName": f"secret/{DATA_SOURCES_SECRET}",
            "initDatasources": True,
            "restartPolicy": "Always",
            "startupProbe": _filled(DATA_SOURCES_HEALTH_PORT),
            # All are in our Secret, with the uids that dashboards name.
            "defaultDatasourceEnabled": False,
            "alertmanager": {"enabled": False},
        },
    }


def _filled(port: int) -> Values:
    """Probe whether a side container has written its files."""
    return {
        "httpGet": {"path": "/healthz", "port": port},
        "initialDelaySeconds": 2,
        "periodSeconds": 5,
        "failureThreshold": 60,
    }


def _configuration(naming: Naming) -> Values:
    """Give grafana.ini: people log in, viewers view, and nothing leaves the estate."""
    return {
        "instance_name": naming.prefix,
        "server": {"root_url": f"http://localhost:{PORT}", "enable_gzip": True},
        "paths": {"plugins": PLUGINS},
        "analytics": {
            "enabled": False,
            "reporting_enabled": False,
            "check_for_updates": False,
            "check_for_plugin_updates": False,
            "feedback_links_enabled": False,
        },
        "news": {"news_feed_enabled": False},
        "plugins": {
            "plugin_admin_enabled": False,
            "preinstall_disabled": True,
            "public_key_retrieval_disabled": True,
            "forward_host_env_vars": SIGNING_PLUGINS,
        },
        "security": {
            "disable_gravatar": True,
            "cookie_secure": True,
            "cookie_samesite": "strict",
            "strict_transport_security": True,
            "content_security_policy": True,
            "x_content_type_options": True,
            "allow_embedding": False,
            "disable_brute_force_login_protection": False,
        },
        "users": {
            "allow_sign_up": False,
            "allow_org_create": False,
            "auto_assign_org_role": "Viewer",
            "viewers_can_edit": False,
            "default_theme": "system",
        },
        "auth": {
            "login_maximum_lifetime_duration": f"{SESSION_HOURS}h",
            "login_maximum_inactive_lifetime_duration": "1h",
            "sigv4_auth_enabled": True,
        },
        "auth.anonymous": {"enabled": False},
        "auth.basic": {"enabled": True},
        # Alone the pod's own role: no key can be typed in, no other role assumed.
        "aws": {
            "allowed_auth_providers": "default",
            "assume_role_enabled": False,
            "forward_settings_to_plugins": SIGNING_PLUGINS,
        },
        "snapshots": {"enabled": False, "external_enabled": False},
        "public_dashboards": {"enabled": False},
        # Prometheus and Alertmanager alert; a second place would be one too many.
        "unified_alerting": {"enabled": False},
        "alerting": {"enabled": False},
        "date_formats": {"default_timezone": "Asia/Kolkata"},
        "dashboards": {"min_refresh_interval": "30s"},
        "log": {"mode": "console", "level": "info"},
        "log.console": {"format": "json"},
        "metrics": {"enabled": True},
    }
