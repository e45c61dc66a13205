"""AWS Security Hub: what stands against a published standard, and where we differ on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from ..naming import PARTITION, Naming
from ..settings.detection import SecurityHubSettings, SecurityStandard

STANDARDS: Final[Mapping[SecurityStandard, str]] = {
    "fsbp": "aws-foundational-security-best-practices/v/1.0.0",
    "cis": "cis-aws-foundations-benchmark/v/3.0.0",
}


@dataclass(frozen=True, slots=True)
class ControlException:
    """A control that does not apply here, in which standards, and why."""

    control: str
    standards: tuple[SecurityStandard, ...]
    reason: str


EXCEPTIONS: Final = (
    ControlException(
        "RDS.23", ("fsbp",), "The environment strategy fixes port 5432, and only the nodes reach it."
    ),
    ControlException("RDS.10", ("fsbp",), "Odoo connects by password; the passwords are in Secrets Manager."),
    ControlException(
        "GuardDuty.12",
        ("fsbp",),
        "ECS runs nothing but the masking of a refresh, in a network without ways out.",
    ),
    ControlException(
        "GuardDuty.13",
        ("fsbp",),
        "Every instance is a node of the cluster, where the agent comes as an EKS add-on.",
    ),
    ControlException(
        "SSM.1",
        ("fsbp",),
        "Nodes are replaced and not managed: nobody logs in to them, and Inspector reads their volumes.",
    ),
    ControlException(
        "S3.20",
        ("cis",),
        "MFA delete takes the root user. Records are kept by object lock, and versions of the rest by days.",
    ),
    ControlException(
        "S3.22",
        ("cis",),
        "The trail records writes in the buckets with restricted data, not in every bucket.",
    ),
    ControlException(
        "S3.23",
        ("cis",),
        "The trail records reads in the buckets with restricted data, not in every bucket.",
    ),
)
"""Everything else of a standard counts. Who adds a line says why: Security Hub shows the reason."""


class SecurityHub(pulumi.ComponentResource):
    """Security Hub of this account and region, its standards and their exceptions (SEC-14, RISK-01).

    It judges what AWS Config recorded, so `recorder` runs first. A finding belongs to a control, not to a
    control in a standard: one message where two standards ask for the same.
    """

    def __init__(
        self,
        name: str,
        *,
        settings: SecurityHubSettings,
        naming: Naming,
        recorder: pulumi.Resource,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:protection:SecurityHub", name, None, opts)
        hub = aws.securityhub.Account(
            "account",
            aws.securityhub.AccountArgs(
                enable_default_standards=False,
                control_finding_generator="SECURITY_CONTROL",
                auto_enable_controls=True,
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[recorder]),
        )
        for standard in settings.standards:
            arn = standard_arn(standard, naming)
            subscription = aws.securityhub.StandardsSubscription(
                standard,
                aws.securityhub.StandardsSubscriptionArgs(standards_arn=arn),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[hub]),
            )
            self._except(standard, arn, subscription)
        self.register_outputs({})

    def _except(self, standard: SecurityStandard, arn: str, subscription: pulumi.Resource) -> None:
        for exception in exceptions_of(standard):
            aws.securityhub.StandardsControlAssociation(
                f"{standard}-{exception.control}",
                aws.securityhub.StandardsControlAssociationArgs(
                    standards_arn=arn,
                    security_control_id=exception.control,
                    association_status="DISABLED",
                    updated_reason=exception.reason,
                ),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[subscription]),
            )


def exceptions_of(standard: SecurityStandard) -> Sequence[ControlException]:
    """Give the controls of a standard that are switched off."""
    return [exception for exception in EXCEPTIONS if standard in exception.standards]


def standard_arn(standard: SecurityStandard, naming: Naming) -> str:
    """Compose the ARN of a standard in this region."""
    return f"arn:{PARTITION}:securityhub:{naming.region}::standards/{STANDARDS[standard]}"
