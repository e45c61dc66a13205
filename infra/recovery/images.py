"""Copies of images, so that a region starts pods from a registry of its own."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from ..data.registry import lifecycle
from ..identity import Condition, Statement, assume_role_by_service, policy_document
from ..naming import DATA_REPLICAS, Kind, Naming
from ..settings import PROJECT, RegistrySettings


class ImageReplication(pulumi.ComponentResource):
    """What is pushed to this registry is pushed to the other region's, under the same name (ENV-05).

    ECR copies images, not the settings of repositories: a template there gives copies our key, tags that stay
    and an end. One configuration for a registry and region: it belongs to the home, as the registry does.
    """

    def __init__(
        self,
        name: str,
        *,
        settings: RegistrySettings,
        naming: Naming,
        elsewhere: Naming,
        there: aws.Provider,
        key_arn: pulumi.Input[str],
        homeward: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the replication; `homeward` adds the way back, for what is pushed in the other region."""
        super().__init__("fleet:recovery:ImageReplication", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        abroad = pulumi.ResourceOptions(parent=self, provider=there)
        role = self._template_role(naming=naming, elsewhere=elsewhere)
        template = aws.ecr.RepositoryCreationTemplate(
            "image-replicas",
            aws.ecr.RepositoryCreationTemplateArgs(
                prefix=PROJECT,
                description="Copies of images of the home",
                applied_fors=["REPLICATION"],
                image_tag_mutability="IMMUTABLE",
                encryption_configurations=[
                    aws.ecr.RepositoryCreationTemplateEncryptionConfigurationArgs(
                        encryption_type="KMS", kms_key=key_arn
                    )
                ],
                lifecycle_policy=lifecycle(keep_images=settings.keep_images),
                custom_role_arn=role.arn,
                resource_tags=dict(naming.default_tags),
            ),
            opts=abroad,
        )
        _replicate("image-replication", to=elsewhere, opts=_after(child, template))
        if homeward:
            _replicate("image-replication-homeward", to=naming, opts=abroad)
        self.register_outputs({})

    def _template_role(self, *, naming: Naming, elsewhere: Naming) -> aws.iam.Role:
        """Make the role with which ECR makes repositories that have a key and tags."""
        role_name = naming.name(Kind.ROLE, "image-replicas")
        role = aws.iam.Role(
            "image-replicas",
            aws.iam.RoleArgs(
                name=role_name,
                description="Lets ECR make repositories for copied images",
                assume_role_policy=assume_role_by_service("ecr.amazonaws.com", account_id=naming.account_id),
                tags=naming.tags(role_name),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.iam.RolePolicy(
            "image-replicas",
            aws.iam.RolePolicyArgs(
                role=role.name,
                name=role_name,
                policy=policy_document(
                    Statement(
                        sid="MakeRepositories",
                        actions=("ecr:CreateRepository", "ecr:ReplicateImage", "ecr:TagResource"),
                        resources=(elsewhere.arn("ecr", f"repository/{PROJECT}/*"),),
                    ),
                    Statement(
                        sid="EncryptByKey",
                        actions=("kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant"),
                        resources=(elsewhere.arn("kms", "key/*"),),
                        conditions=(
                            Condition(
                                operator="ForAnyValue:StringEquals",
                                key="kms:ResourceAliases",
                                values=(elsewhere.key_alias(DATA_REPLICAS),),
                            ),
                        ),
                    ),
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return role


def _replicate(name: str, *, to: Naming, opts: pulumi.ResourceOptions) -> None:
    aws.ecr.ReplicationConfiguration(
        name,
        aws.ecr.ReplicationConfigurationArgs(
            replication_configuration=aws.ecr.ReplicationConfigurationReplicationConfigurationArgs(
                rules=[
                    aws.ecr.ReplicationConfigurationReplicationConfigurationRuleArgs(
                        destinations=[
                            aws.ecr.ReplicationConfigurationReplicationConfigurationRuleDestinationArgs(
                                region=to.region, registry_id=to.account_id
                            )
                        ],
                        repository_filters=[
                            aws.ecr.ReplicationConfigurationReplicationConfigurationRuleRepositoryFilterArgs(
                                filter=f"{PROJECT}/", filter_type="PREFIX_MATCH"
                            )
                        ],
                    )
                ]
            )
        ),
        opts=opts,
    )


def _after(opts: pulumi.ResourceOptions, first: pulumi.Resource) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[first]))
