"""Databases: storage, insights, replicated backups and copied snapshots."""

from __future__ import annotations

from policies.aws.keys import without_customer_key
from policies.aws.tokens import DATABASES
from policies.framework import (
    Controls,
    Findings,
    ResourceView,
    Severity,
    everywhere,
    resource_rule,
)


@resource_rule(
    "enc-rds-storage",
    subjects=DATABASES,
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls(
        security_hub=("RDS.3",), checkov=("CKV_AWS_16",), requirements=("SEC-06", "POL-01"), dpdpa=("8(5)",)
    ),
    remedy="Set storage_encrypted=True; a running instance must be restored from an encrypted copy of a snapshot.",
    exemptible=False,
)
def rds_storage(instance: ResourceView) -> Findings:
    """RDS storage is encrypted."""
    if not instance.flag("storageEncrypted"):
        yield "storageEncrypted is not true, so the database lies on disk in clear"


@resource_rule(
    "enc-rds-insights-cmk",
    subjects=DATABASES,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls(checkov=("CKV_AWS_354",), requirements=("SEC-06", "POL-01")),
    remedy="Set performance_insights_kms_key_id to the environment's data key; it can never be changed.",
    by_reference=True,
)
def rds_insights_cmk(instance: ResourceView) -> Findings:
    """Performance Insights are encrypted with a customer key."""
    if instance.flag("performanceInsightsEnabled") and (
        why := without_customer_key(instance, "performanceInsightsKmsKeyId")
    ):
        yield why
