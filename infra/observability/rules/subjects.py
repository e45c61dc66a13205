"""All rules of an environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .context import RuleContext
from .latency import latency_rules
from .model import RuleGroup
from .queues import queue_rules
from .recordings import recording_groups

SUBJECTS: Final[tuple[Callable[[RuleContext], tuple[RuleGroup, ...]], ...]] = (
    recording_groups,
    latency_rules,
    queue_rules,
)
"""One function a subject; a new one is a file and a line here."""


def rule_groups(context: RuleContext) -> tuple[RuleGroup, ...]:
    """Give every rule of an environment, by group."""
    return tuple(group for subject in SUBJECTS for group in subject(context))
