"""What a rule is: plain values, which become the file of promtool and the custom resource of the operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

Severity = Literal["critical", "warning", "info", "none"]
"""`critical`: somebody must act now, and is woken; `warning`: a ticket for the day; `none`: the Watchdog."""

PLATFORM: Final = "platform"
"""Owner of cluster, data stores and everything that watches."""
ERP: Final = "erp"
"""Owner of Odoo."""
GPS: Final = "gps"
"""Owner of GPS ingestion."""
OF_THE_SERVICE: Final = '{{ if eq $labels.service "gps-api" }}gps{{ else }}erp{{ end }}'
"""Owner of the service that an alert is about; Prometheus fills it in."""
OF_THE_NAMESPACE: Final = "{{ $labels.namespace }}"
"""Owner of the namespace that an alert is about: those of the business are called like their owners."""
OWNERS: Final = frozenset({PLATFORM, ERP, GPS, OF_THE_SERVICE, OF_THE_NAMESPACE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A series that Prometheus computes and keeps."""

    record: str
    expression: str

    @property
    def plain(self) -> dict[str, Any]:
        """The rule as Prometheus reads it."""
        return {"record": self.record, "expr": self.expression}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A condition that somebody hears of."""

    name: str
    expression: str
    hold: str | None
    """How long the condition lasts before anybody hears of it; None: at once."""
    severity: Severity
    owner: str
    """The team that answers."""
    summary: str
    description: str
    """What was measured, with its unit, and what it means."""
    runbook_url: str

    @property
    def plain(self) -> dict[str, Any]:
        """The rule as Prometheus reads it."""
        hold = {} if self.hold is None else {"for": self.hold}
        return {
            "alert": self.name,
            "expr": self.expression,
            **hold,
            "labels": {"severity": self.severity, "owner": self.owner},
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                "runbook_url": self.runbook_url,
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleGroup:
    """Rules that are evaluated one after the other, at the same instant."""

    name: str
    rules: tuple[Recording | Alert, ...]
    interval: str | None = None
    """None: as often as samples are taken."""

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """The alerts of the group."""
        return tuple(rule for rule in self.rules if isinstance(rule, Alert))

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """The recorded series of the group."""
        return tuple(rule for rule in self.rules if isinstance(rule, Recording))

    @property
    def plain(self) -> dict[str, Any]:
        """The group as Prometheus reads it."""
        interval = {} if self.interval is None else {"interval": self.interval}
        return {"name": self.name, **interval, "rules": [rule.plain for rule in self.rules]}
