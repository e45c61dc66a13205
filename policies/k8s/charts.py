"""Charts: which one a release installs, and from where."""

from __future__ import annotations

from policies.framework import ResourceView


def chart_name(release: ResourceView) -> str:
    """Give the chart's own name: `keda` for `keda` from a repository and for `oci://…/charts/keda`."""
    return release.text("chart").rstrip("/").rpartition("/")[2]
