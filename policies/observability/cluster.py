"""The control plane's logs."""

from __future__ import annotations

from typing import Final

from policies.aws.tokens import CLUSTERS
from policies.framework import (
    Controls,
    Findings,
    ResourceView,
    Severity,
    everywhere,
    resource_rule,
)

_LOGS: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")


@resource_rule(
    "log-eks-control-plane",
    subjects=CLUSTERS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("EKS.8",), ("CKV_AWS_37",), ("SEC-11", "SEC-14", "OBS-01"), ("8(5)",)),
    remedy="Set enabled_cluster_log_types to api, audit, authenticator, controllerManager and scheduler.",
)
def eks_control_plane(cluster: ResourceView) -> Findings:
    """The control plane writes all five of its logs."""
    enabled = cluster.texts("enabledClusterLogTypes")
    missing = [log for log in _LOGS if log not in enabled]
    if missing:
        yield f"enabledClusterLogTypes lacks {', '.join(missing)}"
