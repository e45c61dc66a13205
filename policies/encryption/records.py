"""What is kept for later: log groups, trails, backup vaults."""

from __future__ import annotations

from policies.aws.keys import without_customer_key
from policies.aws.tokens import AIR_GAPPED_VAULTS, BACKUP_VAULTS, EVENT_STORES, LOG_GROUPS, TRAILS
from policies.framework import (
    Controls,
    Findings,
    ResourceView,
    Severity,
    mandatory_in,
    resource_rule,
)


@resource_rule(
    "enc-log-group-cmk",
    subjects=LOG_GROUPS,
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging", "dr"),
    controls=Controls((), ("CKV_AWS_158",), ("SEC-06", "NET-07", "POL-01"), ("8(5)",)),
    remedy="Set kms_key_id to the logs key, whose policy names logs.<region>.amazonaws.com.",
    by_reference=True,
)
def log_group_cmk(group: ResourceView) -> Findings:
    """Log groups are encrypted with a customer key."""
    if why := without_customer_key(group, "kmsKeyId"):
        yield why


@resource_rule(
    "enc-trail-cmk",
    subjects=(*TRAILS, *EVENT_STORES),
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "dr"),
    controls=Controls(("CloudTrail.2",), ("CKV_AWS_35",), ("SEC-06", "ENV-04", "POL-01")),
    remedy="Set kms_key_id to the logs key, whose policy names cloudtrail.amazonaws.com.",
    by_reference=True,
)
def trail_cmk(trail: ResourceView) -> Findings:
    """The audit trail is encrypted with a customer key."""
    if why := without_customer_key(trail, "kmsKeyId"):
        yield why


@resource_rule(
    "enc-backup-vault-cmk",
    subjects=(*BACKUP_VAULTS, *AIR_GAPPED_VAULTS),
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "dr"),
    controls=Controls(("Backup.1",), ("CKV_AWS_166",), ("SEC-06", "SEC-13", "POL-01"), ("8(5)",)),
    remedy="Set kms_key_arn to the backup key of the vault's own region.",
    by_reference=True,
)
def backup_vault_cmk(vault: ResourceView) -> Findings:
    """Backup vaults are encrypted with a customer key."""
    path = "encryptionKeyArn" if vault.type in AIR_GAPPED_VAULTS else "kmsKeyArn"
    if why := without_customer_key(vault, path):
        yield why
