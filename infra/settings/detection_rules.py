"""Rules about what notices intrusion, across areas of a stack file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .data import ObjectsSettings
from .detection import ALL_PROTECTIONS
from .environment import EnvironmentSettings
from .problem import Problem, Rule
from .protection import ProtectionSettings

SEVEN_YEARS_DAYS: Final = 2557
"""How long production's trail cannot be changed: as long as the records that it watches."""


def singletons_have_one_owner(
    environment: EnvironmentSettings, protection: ProtectionSettings
) -> Iterator[Problem]:
    """AWS has one of each for an account and region, or an account: a second owner fails or fights."""
    detection = protection.detection
    regional = {
        "guardduty": detection.guardduty,
        "recorder": detection.recorder,
        "security_hub": detection.security_hub,
        "inspector": detection.inspector,
        "access_analyzer": detection.access_analyzer,
    }
    for key, value in regional.items():
        if value and not environment.account_baseline:
            yield Problem(
                f"protection.detection.{key}",
                "…",
                "is for the stack that owns its account and region, with environment.account_baseline; "
                "allowed: no value",
            )
    if detection.trail is not None and not environment.account_globals:
        yield Problem(
            "protection.detection.trail",
            "…",
            "is for the stack that owns its account, with environment.account_globals; allowed: null",
        )


def security_hub_judges_what_is_recorded(protection: ProtectionSettings) -> Iterator[Problem]:
    """Security Hub evaluates the records of AWS Config."""
    if protection.detection.security_hub is not None and protection.detection.recorder is None:
        yield Problem(
            "protection.detection.security_hub", "…", "needs protection.detection.recorder; allowed: null"
        )


def the_trail_is_kept_in_order(protection: ProtectionSettings, objects: ObjectsSettings) -> Iterator[Problem]:
    """Records move before they end, are not deleted while they are locked, and watch buckets that exist."""
    trail = protection.detection.trail
    if trail is None:
        return
    path = "protection.detection.trail"
    if trail.glacier_after_days is not None and trail.glacier_after_days >= trail.keep_days:
        yield Problem(
            f"{path}.glacier_after_days",
            trail.glacier_after_days,
            f"is not before keep_days; allowed: 1 to {trail.keep_days - 1}",
        )
    if trail.lock_days is not None and trail.lock_days > trail.keep_days:
        yield Problem(
            f"{path}.lock_days", trail.lock_days, f"outlives keep_days; allowed: 1 to {trail.keep_days}"
        )
    if trail.lock_days is not None and objects.force_destroy:
        yield Problem(
            f"{path}.lock_days",
            trail.lock_days,
            "contradicts objects.force_destroy, which would have to delete what is locked; allowed: null",
        )
    known = [bucket.name for bucket in objects.buckets]
    for index, name in enumerate(trail.watched_buckets):
        if name not in known:
            yield Problem(
                f"{path}.watched_buckets[{index}]",
                name,
                f"is not in objects.buckets; allowed: {', '.join(known)}",
            )


def production_is_watched(
    environment: EnvironmentSettings, protection: ProtectionSettings, objects: ObjectsSettings
) -> Iterator[Problem]:
    """Production and its standby are watched in every way, and nobody changes production's trail (SEC-10)."""
    if environment.name not in {"prod", "dr"}:
        return
    detection = protection.detection
    if environment.account_baseline:
        missing = set(ALL_PROTECTIONS) - set(detection.guardduty.protections if detection.guardduty else ())
        if missing:
            yield Problem(
                "protection.detection.guardduty.protections",
                "…",
                f"lacks {', '.join(sorted(missing))}; allowed: {', '.join(ALL_PROTECTIONS)}",
            )
        if "ECR" not in detection.inspector:
            yield Problem("protection.detection.inspector", "…", "lacks ECR; allowed: ECR, EC2, LAMBDA")
    if environment.name != "prod":
        return
    trail = detection.trail
    if trail is None or (trail.lock_days or 0) < SEVEN_YEARS_DAYS:
        yield Problem(
            "protection.detection.trail.lock_days",
            trail.lock_days if trail else None,
            f"is too short for production; allowed: {SEVEN_YEARS_DAYS} or more",
        )
        return
    for bucket in objects.buckets:
        if bucket.classification == "restricted" and bucket.name not in trail.watched_buckets:
            yield Problem(
                "protection.detection.trail.watched_buckets",
                ", ".join(trail.watched_buckets),
                f"lacks {bucket.name}, which holds restricted data; allowed: all of these",
            )


DETECTION_RULES: Final[tuple[Rule, ...]] = (
    singletons_have_one_owner,
    security_hub_judges_what_is_recorded,
    the_trail_is_kept_in_order,
    production_is_watched,
)
