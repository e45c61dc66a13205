"""Who is told of an alert, how, and what keeps quiet meanwhile."""

from .pager_duty import PagerDuty
from .receiver_secrets import AlertReceivers
from .values import alertmanager_values

__all__ = ["AlertReceivers", "PagerDuty", "alertmanager_values"]
