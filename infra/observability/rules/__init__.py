"""Recorded series and alerts: what is computed, when it is too much, and which runbook helps."""

from .context import RuleContext
from .model import Alert, Recording, RuleGroup
from .rendering import as_prometheus, create_prometheus_rules
from .subjects import rule_groups

__all__ = [
    "Alert",
    "Recording",
    "RuleContext",
    "RuleGroup",
    "as_prometheus",
    "create_prometheus_rules",
    "rule_groups",
]
