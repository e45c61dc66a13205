"""The data sources of Grafana by fixed uid: dashboards name them, the data sources' secrets declare them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """A data source as dashboards refer to it."""

    uid: str
    type: str
    """The id of Grafana's plugin."""
    name: str
    """What people read in Grafana."""

    @property
    def reference(self) -> dict[str, str]:
        """The form in which panels, queries, variables and annotations name it."""
        return {"type": self.type, "uid": self.uid}


PROMETHEUS: Final = DataSource(uid="prometheus", type="prometheus", name="Prometheus")
"""Prometheus in the cluster: every sample, for as long as `metrics.retention_days` says."""

LONG_TERM: Final = DataSource(
    uid="amp", type="grafana-amazonprometheus-datasource", name="Prometheus, long term"
)
"""Amazon Managed Prometheus: what rules recorded, for as long as `metrics.long_term_retention_days` says.

A plugin of its own: Grafana 13 takes SigV4 away from its Prometheus data source, and migrates those that it
finds.
"""

DATABASE: Final = DataSource(
    uid="erp-database", type="grafana-postgresql-datasource", name="ERP database (business views)"
)
"""The views of schema `bi`, through the role that reads nothing else."""

LOGS: Final = DataSource(uid="logs", type="grafana-opensearch-datasource", name="Logs")
"""OpenSearch: what Fluent Bit shipped."""

DATA_SOURCES: Final = (PROMETHEUS, LONG_TERM, DATABASE, LOGS)
