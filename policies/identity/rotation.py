"""Secrets that are changed before they leak."""

from __future__ import annotations

import re
from typing import Final

from policies.aws.tokens import SECRETS
from policies.framework import (
    Controls,
    Findings,
    Graph,
    Level,
    ResourceView,
    Setting,
    Settings,
    Severity,
    joined_rule,
    mandatory_in,
)

ROTATIONS: Final = ("aws:secretsmanager/secretRotation:SecretRotation",)
_RATE: Final = re.compile(r"rate\((\d+) (hour|day)s?\)")
_EVERY_MONTHS: Final = re.compile(r"cron\(\S+ \S+ \S+ (\S+) \S+ \S+\)")
_DAYS_IN_MONTH: Final = 31
_HOURS_IN_DAY: Final = 24


@joined_rule(
    "iam-secret-rotation",
    subjects=SECRETS,
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", otherwise=Level.ADVISORY),
    controls=Controls(("SecretsManager.1", "SecretsManager.4"), ("CKV2_AWS_57", "CKV_AWS_304"), ("SEC-02",)),
    remedy=(
        "Declare secretsmanager.SecretRotation with automatically_after_days at most 90; for a key that only"
        " a partner can change, an exemption that ends when it is due."
    ),
    settings={"max_days": Setting(90, "Days after which a secret must have been changed")},
)
def secret_rotation(secret: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """Every secret is changed at least every 90 days, or a dated exemption says who changes it by hand."""
    rotations = graph.attached(secret, "secretId", *ROTATIONS)
    if not rotations:
        yield secret.finding("nothing rotates it", aspect="none")
    for rotation in rotations:
        if rotation.has("rotationEnabled") and not rotation.flag("rotationEnabled"):
            yield secret.finding("its rotation is switched off", aspect="off")
        days = _days(rotation)
        if days is None:
            yield secret.finding("nobody can tell how often it is rotated", aspect="schedule")
        elif days > settings["max_days"]:
            yield secret.finding(f"it is rotated every {days} days", aspect="slow")


def _days(rotation: ResourceView) -> float | None:
    """Give the longest time between two rotations in days; None when the schedule does not say it."""
    after = rotation.number("rotationRules.automaticallyAfterDays")
    if after is not None:
        return after
    schedule = rotation.text("rotationRules.scheduleExpression")
    if rate := _RATE.fullmatch(schedule):
        return int(rate[1]) if rate[2] == "day" else int(rate[1]) / _HOURS_IN_DAY
    if cron := _EVERY_MONTHS.fullmatch(schedule):
        months = cron[1]
        if months == "*":
            return _DAYS_IN_MONTH
        if every := re.fullmatch(r"(?:\d+|\*)/(\d+)", months):
            return int(every[1]) * _DAYS_IN_MONTH
    return None
