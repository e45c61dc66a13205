"""IAM roles for Kubernetes service accounts (IRSA): one role, one service account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from ..identity import Condition, Principal, Statement, policy_document
from ..naming import Naming

AUDIENCE: Final = "sts.amazonaws.com"
"""Whom the tokens of service accounts are meant for."""


class ServiceAccountRole(pulumi.ComponentResource):
    """A role that exactly one service account can assume, with the statements given (SEC-03, OPS-04).

    The trust compares subject and audience with StringEquals, as the EKS user guide asks for: no wildcard,
    no second service account. Permissions are typed statements; AWS's managed policies only where AWS
    maintains them for this very purpose.
    """

    arn: pulumi.Output[str]
    """The role's ARN, known once its permissions are attached: what uses it never starts without them."""
    role_name: str
    plain_arn: str
    """The same ARN as plain text, for documents and manifests that should be whole in a first preview."""

    def __init__(
        self,
        name: str,
        *,
        naming: Naming,
        oidc_provider_arn: pulumi.Input[str],
        oidc_issuer: pulumi.Input[str],
        namespace: str,
        service_account: str,
        statements: Sequence[Statement] = (),
        managed_policy_arns: Sequence[str] = (),
        role_name: str | None = None,
        tags: Mapping[str, str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the role; `oidc_issuer` is without `https://`. Raises ValueError when it allows nothing.

        `role_name` is for roles that others know by a name of their own.
        """
        if not statements and not managed_policy_arns:
            raise ValueError(f"the role of {namespace}/{service_account} allows nothing; give it statements")
        # Stated as inputs, so that a first preview tells whose role it is: the trust holds the cluster's
        # issuer and is unknown until the cluster exists.
        stated = {"namespace": namespace, "serviceAccount": service_account}
        super().__init__("fleet:cluster:ServiceAccountRole", name, stated, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.role_name = role_name or naming.service_account_role(namespace, service_account)
        self.plain_arn = naming.role_arn(self.role_name)
        role = aws.iam.Role(
            name,
            aws.iam.RoleArgs(
                name=self.role_name,
                description=f"Service account {namespace}/{service_account} of {naming.cluster}",
                assume_role_policy=service_account_trust(
                    oidc_provider_arn=oidc_provider_arn,
                    oidc_issuer=oidc_issuer,
                    namespace=namespace,
                    service_account=service_account,
                ),
                tags=tags,
            ),
            opts=child,
        )
        permissions: list[pulumi.Output[str]] = [
            aws.iam.RolePolicyAttachment(
                f"{name}-{policy_arn.rsplit('/', 1)[-1]}",
                aws.iam.RolePolicyAttachmentArgs(role=role.name, policy_arn=policy_arn),
                opts=child,
            ).id
            for policy_arn in managed_policy_arns
        ]
        if statements:
            policy = aws.iam.RolePolicy(
                name,
                aws.iam.RolePolicyArgs(
                    name="permissions", role=role.name, policy=policy_document(*statements)
                ),
                opts=child,
            )
            permissions.append(policy.id)
        self.arn = pulumi.Output.all(role.arn, *permissions).apply(lambda made: str(made[0]))
        self.register_outputs({"arn": self.arn})


def service_account_trust(
    *,
    oidc_provider_arn: pulumi.Input[str],
    oidc_issuer: pulumi.Input[str],
    namespace: str,
    service_account: str,
) -> pulumi.Input[str]:
    """Render the trust of one service account: its subject and the audience, both exactly."""
    return policy_document(
        Statement(
            sid="AssumeByServiceAccount",
            actions=("sts:AssumeRoleWithWebIdentity",),
            principals=(Principal.federated(oidc_provider_arn),),
            conditions=(
                Condition(
                    operator="StringEquals",
                    key=pulumi.Output.concat(oidc_issuer, ":sub"),
                    values=(f"system:serviceaccount:{namespace}:{service_account}",),
                ),
                Condition(
                    operator="StringEquals",
                    key=pulumi.Output.concat(oidc_issuer, ":aud"),
                    values=(AUDIENCE,),
                ),
            ),
        )
    )
