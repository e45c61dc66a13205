"""Rules that no mutation is about though a type that they look at is declared, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

UNBROKEN: Final[Mapping[str, str]] = {
    "avl-k8s-quota": "asks it of workspaces, which stacks of their own declare",
    "avl-k8s-secret-api": "looks at the version in the type, so an older one would be another resource",
    "iam-k8s-grafana-admin": "looks at the chart of Grafana, which no stack declares",
    "iam-k8s-workspace-labels": "asks it of workspaces, which stacks of their own declare",
    "log-app-retention": "looks at the job that sets the retention of OpenSearch, which no stack declares",
    "log-app-sampling": "looks at the chart of the log shipper, which no stack declares",
}
"""Rule → why. Rules that wait for what they demand (policies/levels/awaited.yaml) need not stand here."""
