"""Roles that AWS services act with, one of each per account."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from ..settings import EnvironmentSettings

SERVICES: Final = {
    "autoscaling": "autoscaling.amazonaws.com",
    "config": "config.amazonaws.com",
    "opensearch": "opensearchservice.amazonaws.com",
}
"""Only the roles that must exist before something else does: the policy of the data key names the role of
EC2 Auto Scaling, the recorder of AWS Config acts as its own in every region, and OpenSearch refuses a domain
in a VPC without one. EKS, RDS, Elastic Load Balancing, ElastiCache, Amazon MQ, EC2 Spot, GuardDuty,
Inspector, Security Hub and Access Analyzer make theirs when they are first used."""


class ServiceLinkedRoles(pulumi.ComponentResource):
    """The service-linked roles of the account, in the one stack that owns its globals; nothing elsewhere.

    KMS refuses a key policy that names a role that does not exist, so `Keys` depends on this component. An
    account that has such a role already imports it: `pulumi import` with the role's ARN.
    """

    def __init__(
        self, name: str, *, settings: EnvironmentSettings, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("fleet:protection:ServiceLinkedRoles", name, None, opts)
        if settings.account_globals:
            for label, service in SERVICES.items():
                aws.iam.ServiceLinkedRole(
                    label,
                    aws.iam.ServiceLinkedRoleArgs(aws_service_name=service),
                    opts=pulumi.ResourceOptions(parent=self),
                )
        self.register_outputs({})
