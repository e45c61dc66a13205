"""Nothing that holds data goes at once, or without being asked twice."""

from __future__ import annotations

from policies.aws.tokens import BACKUP_VAULTS, BUCKETS, KEYS, REPOSITORIES, SECRETS
from policies.framework import (
    Controls,
    Findings,
    Level,
    ResourceView,
    Setting,
    Settings,
    Severity,
    everywhere,
    mandatory_in,
    resource_rule,
)

_DEFAULT_DAYS = 30
"""What KMS and Secrets Manager wait when nothing is said."""


@resource_rule(
    "dat-key-deletion",
    subjects=KEYS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("KMS.3",), (), ("SEC-06", "ENV-04")),
    remedy="Set deletion_window_in_days=30.",
    settings={"least_days": Setting(30, "days in which a deletion can be taken back")},
)
def key_deletion(key: ResourceView, settings: Settings) -> Findings:
    """A key can be kept from deletion for thirty days: with it goes all that it encrypts."""
    days = key.number("deletionWindowInDays")
    if days is not None and days < settings["least_days"]:
        yield f"deletionWindowInDays is {days}, less than {settings['least_days']}"


@resource_rule(
    "dat-key-lockout",
    subjects=KEYS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-06",)),
    remedy="Leave bypass_policy_lockout_safety_check out.",
)
def key_lockout(key: ResourceView) -> Findings:
    """KMS refuses a key policy that locks its own administrators out."""
    if key.flag("bypassPolicyLockoutSafetyCheck"):
        yield "bypassPolicyLockoutSafetyCheck is true, so a mistake in the policy ends the key"


@resource_rule(
    "dat-secret-recovery",
    subjects=SECRETS,
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging", "dr", otherwise=Level.DISABLED),
    controls=Controls((), (), ("SEC-02", "ENV-04")),
    remedy="Set recovery_window_in_days to 7 or more.",
    settings={"least_days": Setting(7, "days in which a deletion can be taken back")},
)
def secret_recovery(secret: ResourceView, settings: Settings) -> Findings:
    """A deleted secret can be brought back for a week."""
    days = secret.number("recoveryWindowInDays")
    days = _DEFAULT_DAYS if days is None else days
    if days < settings["least_days"]:
        yield f"recoveryWindowInDays is {days}, less than {settings['least_days']}"


@resource_rule(
    "dat-force-destroy",
    subjects=(*BUCKETS, *REPOSITORIES, *BACKUP_VAULTS),
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "staging", "dr", otherwise=Level.DISABLED),
    controls=Controls((), (), ("ENV-04",)),
    remedy="Set force_destroy or force_delete to False.",
)
def force_destroy(holder: ResourceView) -> Findings:
    """A bucket, repository or vault that holds something is not deleted with it."""
    for name in ("forceDestroy", "forceDelete"):
        if holder.flag(name):
            yield f"{name} is true"
