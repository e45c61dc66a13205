"""A developer's workspace: a namespace in the cluster that testing owns (ENV-01)."""

from __future__ import annotations

from typing import Final

import pulumi

from .naming import Naming
from .settings import DevelopmentSettings, ScheduleSettings

HOST_ENVIRONMENT: Final = "testing"
"""The environment whose VPC and cluster workspaces share (ISO-03)."""


class Workspace:
    """What a workspace is called, where it lives and when it ends; it owns no AWS resource of its own."""

    def __init__(self, settings: DevelopmentSettings) -> None:
        own = Naming.of(settings.environment, ScheduleSettings(awake=None))
        host = own.peer(environment=HOST_ENVIRONMENT, account_id=own.account_id, region=own.region)
        self.exports: dict[str, pulumi.Input[object]] = {
            "namespace": f"dev-{settings.workspace.developer}",
            "cluster_name": host.cluster,
            "expires_after_days": settings.workspace.expires_after_days,
        }
