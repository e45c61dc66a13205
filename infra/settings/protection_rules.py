"""Rules about what is kept of the data, across areas of a stack file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .environment import EnvironmentSettings, RecoverySettings
from .problem import Problem, Rule
from .protection import ProtectionSettings

LEAST_KEEP_DAYS: Final = 30
"""How long production's daily backups are kept at least (DATA-02)."""


def backups_are_kept_as_the_lock_allows(protection: ProtectionSettings) -> Iterator[Problem]:
    """A vault refuses the backup that is kept shorter or longer than its lock says."""
    backup = protection.backup
    if backup is None or backup.lock is None:
        return
    low, high = backup.lock.min_keep_days, backup.lock.max_keep_days
    if low > high:
        yield Problem(
            "protection.backup.lock.min_keep_days",
            low,
            f"is above max_keep_days; allowed: at most {high}",
        )
        return
    kept = {"objects_keep_days": backup.objects_keep_days}
    for index, rule in enumerate(backup.rules):
        kept[f"rules[{index}].keep_days"] = rule.keep_days
        if rule.copy_keep_days is not None:
            kept[f"rules[{index}].copy_keep_days"] = rule.copy_keep_days
    for key, days in kept.items():
        if not low <= days <= high:
            yield Problem(
                f"protection.backup.{key}",
                days,
                f"is outside what the vault's lock allows; allowed: {low} to {high}",
            )


def backup_rules_have_names_of_their_own(protection: ProtectionSettings) -> Iterator[Problem]:
    """A rule is known by its name."""
    names = [rule.name for rule in protection.backup.rules] if protection.backup else []
    for index, name in enumerate(names):
        if names.index(name) != index:
            yield Problem(
                f"protection.backup.rules[{index}].name", name, "is used twice; allowed: one name per rule"
            )


def copies_go_to_the_recovery_region(
    environment: EnvironmentSettings, protection: ProtectionSettings, recovery: RecoverySettings
) -> Iterator[Problem]:
    """Copies lie where the environment recovers, and are kept for a stated while."""
    backup = protection.backup
    if backup is None:
        return
    peer = recovery.peer_region if recovery.home else None
    # A peer in the same region is a mistake of its own, and told as such.
    if backup.copy_region not in {None, peer} and peer != environment.region:
        yield Problem(
            "protection.backup.copy_region",
            backup.copy_region,
            f"is not the recovery region of a home; allowed: {peer or 'null'}",
        )
    for index, rule in enumerate(backup.rules):
        if (rule.copy_keep_days is None) != (backup.copy_region is None):
            allowed = "null" if backup.copy_region is None else "days, for there is a copy_region"
            yield Problem(
                f"protection.backup.rules[{index}].copy_keep_days",
                rule.copy_keep_days,
                f"does not go with copy_region; allowed: {allowed}",
            )


def production_is_backed_up(
    environment: EnvironmentSettings, protection: ProtectionSettings
) -> Iterator[Problem]:
    """Production keeps locked backups, here and far away, and tests them (DATA-02, SEC-13)."""
    if environment.name != "prod":
        return
    backup = protection.backup
    if backup is None:
        yield Problem("protection.backup", None, "is missing; allowed: backups in production")
        return
    for index, rule in enumerate(backup.rules):
        if rule.keep_days < LEAST_KEEP_DAYS:
            yield Problem(
                f"protection.backup.rules[{index}].keep_days",
                rule.keep_days,
                f"is too short for production; allowed: {LEAST_KEEP_DAYS} or more",
            )
    for key, value in (
        ("lock", backup.lock),
        ("copy_region", backup.copy_region),
        ("restore_test", backup.restore_test),
    ):
        if value is None:
            yield Problem(f"protection.backup.{key}", None, "is missing; allowed: one in production")


PROTECTION_RULES: Final[tuple[Rule, ...]] = (
    backups_are_kept_as_the_lock_allows,
    backup_rules_have_names_of_their_own,
    copies_go_to_the_recovery_region,
    production_is_backed_up,
)
