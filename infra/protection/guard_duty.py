"""Amazon GuardDuty: who behaves like an intruder in this account and region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_aws as aws

from ..settings.detection import GuardDutyProtection, GuardDutySettings

FEATURES: Final[Mapping[GuardDutyProtection, str]] = {
    "s3": "S3_DATA_EVENTS",
    "eks-audit": "EKS_AUDIT_LOGS",
    "eks-runtime": "RUNTIME_MONITORING",
    "malware": "EBS_MALWARE_PROTECTION",
    "rds": "RDS_LOGIN_EVENTS",
    "lambda": "LAMBDA_NETWORK_LOGS",
}
"""What GuardDuty calls each protection."""
AGENTS: Final[Mapping[str, bool]] = {
    "ECS_FARGATE_AGENT_MANAGEMENT": False,
    "EC2_AGENT_MANAGEMENT": False,
    "EKS_ADDON_MANAGEMENT": True,
}
"""Where runtime monitoring puts its agent when it is on: all our instances are nodes of the cluster."""


class GuardDuty(pulumi.ComponentResource):
    """The detector of this account and region, and each of its protections switched on or off (SEC-10).

    A new detector comes with most protections on, so those that are not wanted are declared as off. Findings
    are repeated every 15 minutes while they go on; the event rule `guardduty-finding` takes those of medium
    severity and above to the topic of alarms.

    The agent of runtime monitoring comes as an EKS add-on that GuardDuty installs, with an interface endpoint
    and a security group of GuardDuty's own in the VPC: they must go before the VPC can.
    """

    def __init__(
        self, name: str, *, settings: GuardDutySettings, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("fleet:protection:GuardDuty", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        detector = aws.guardduty.Detector(
            "account",
            aws.guardduty.DetectorArgs(enable=True, finding_publishing_frequency="FIFTEEN_MINUTES"),
            opts=child,
        )
        for protection, feature in FEATURES.items():
            wanted = protection in settings.protections
            aws.guardduty.DetectorFeature(
                protection,
                aws.guardduty.DetectorFeatureArgs(
                    detector_id=detector.id,
                    name=feature,
                    status=_status(on=wanted),
                    additional_configurations=_agents(on=wanted) if protection == "eks-runtime" else None,
                ),
                opts=child,
            )
        self.register_outputs({})


def _agents(*, on: bool) -> list[aws.guardduty.DetectorFeatureAdditionalConfigurationArgs]:
    """Give every agent that AWS knows, in its order: what is left out comes back as a difference."""
    return [
        aws.guardduty.DetectorFeatureAdditionalConfigurationArgs(name=agent, status=_status(on=on and wanted))
        for agent, wanted in AGENTS.items()
    ]


def _status(*, on: bool) -> str:
    return "ENABLED" if on else "DISABLED"
