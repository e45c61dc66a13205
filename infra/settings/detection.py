"""How intrusion, mistakes and drift are noticed: which security service of AWS is on where."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from .types import Area, KebabName, LogRetentionDays, PositiveCount

GuardDutyProtection = Literal["s3", "eks-audit", "eks-runtime", "malware", "rds", "lambda"]
ALL_PROTECTIONS: Final[tuple[GuardDutyProtection, ...]] = (
    "s3",
    "eks-audit",
    "eks-runtime",
    "malware",
    "rds",
    "lambda",
)
InspectorTarget = Literal["ECR", "EC2", "LAMBDA"]
SecurityStandard = Literal["fsbp", "cis"]


class GuardDutySettings(Area):
    """Amazon GuardDuty in this account and region (SEC-10)."""

    protections: tuple[GuardDutyProtection, ...]
    """What it looks at beside calls, flows and names, which it always reads; the rest is switched off.

    `eks-runtime` puts an agent of 200m and 256Mi on every node, which the capacity counts.
    """


class TrailSettings(Area):
    """The multi-region CloudTrail of this account (SEC-14, ENV-04)."""

    log_retention_days: LogRetentionDays
    """In CloudWatch Logs, where alarms read it and people search it."""
    keep_days: PositiveCount
    """In the bucket."""
    glacier_after_days: PositiveCount | None = None
    lock_days: PositiveCount | None = None
    """Governance-mode object lock; None: who may delete can."""
    watched_buckets: tuple[KebabName, ...] = ()
    """Buckets of `objects` of which every read and write of an object is recorded."""


class RecorderSettings(Area):
    """AWS Config in this account and region: what resources looked like, and when."""

    keep_days: PositiveCount
    """In the bucket of its history."""


class SecurityHubSettings(Area):
    """AWS Security Hub in this account and region."""

    standards: tuple[SecurityStandard, ...] = Field(min_length=1)
    """`fsbp`: AWS Foundational Security Best Practices; `cis`: CIS AWS Foundations Benchmark."""


class DetectionSettings(Area):
    """Singletons of an account and region, each on where its settings are given."""

    guardduty: GuardDutySettings | None = None
    trail: TrailSettings | None = None
    """Of the whole account: it records every region."""
    recorder: RecorderSettings | None = None
    security_hub: SecurityHubSettings | None = None
    inspector: tuple[InspectorTarget, ...] = ()
    """What Amazon Inspector scans (SEC-11); with ECR images are scanned continuously, not on push only."""
    access_analyzer: bool = False
    """Whether access from outside the account is analysed."""

    @property
    def agent_on_every_node(self) -> bool:
        """Whether GuardDuty runs its agent on the nodes."""
        return self.guardduty is not None and "eks-runtime" in self.guardduty.protections
