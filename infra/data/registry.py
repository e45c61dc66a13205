"""ECR repositories for the images of this estate."""

from __future__ import annotations

import json
from typing import Final

import pulumi
import pulumi_aws as aws

from ..keys import Keys
from ..naming import Naming
from ..settings import RegistrySettings

UNTAGGED_DAYS: Final = 7
"""How long layers of failed or overtaken pushes stay."""


class Registry(pulumi.ComponentResource):
    """One private repository per image: immutable tags, our key, scanned on push, bounded (SEC-06, SEC-11).

    Images keep their name in every environment and are promoted by digest. There is no repository policy:
    only this account's own roles pull and push, by IAM.
    """

    urls: dict[str, pulumi.Output[str]]
    """Repository URL without tag, by image name."""

    def __init__(
        self,
        name: str,
        *,
        settings: RegistrySettings,
        naming: Naming,
        keys: Keys,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:data:Registry", name, opts=opts)
        self.urls = {}
        for image in settings.repositories:
            repository_name = naming.repository(image)
            repository = aws.ecr.Repository(
                image,
                aws.ecr.RepositoryArgs(
                    name=repository_name,
                    image_tag_mutability="IMMUTABLE",
                    image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(
                        scan_on_push=True
                    ),
                    encryption_configurations=[
                        aws.ecr.RepositoryEncryptionConfigurationArgs(
                            encryption_type="KMS", kms_key=keys.data.arn
                        )
                    ],
                    force_delete=settings.force_delete,
                    tags=naming.tags(repository_name),
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
            aws.ecr.LifecyclePolicy(
                image,
                aws.ecr.LifecyclePolicyArgs(
                    repository=repository.name, policy=lifecycle(keep_images=settings.keep_images)
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
            self.urls[image] = repository.repository_url
        self.register_outputs({"urls": self.urls})


def lifecycle(*, keep_images: int) -> str:
    """Render the lifecycle policy: untagged images go after days, tagged ones by count."""
    return json.dumps(
        {
            "rules": [
                {
                    "rulePriority": 1,
                    "description": f"Drop untagged images after {UNTAGGED_DAYS} days",
                    "selection": {
                        "tagStatus": "untagged",
                        "countType": "sinceImagePushed",
                        "countUnit": "days",
                        "countNumber": UNTAGGED_DAYS,
                    },
                    "action": {"type": "expire"},
                },
                {
                    "rulePriority": 2,
                    "description": f"Keep the last {keep_images} images",
                    "selection": {
                        "tagStatus": "tagged",
                        "tagPatternList": ["*"],
                        "countType": "imageCountMoreThan",
                        "countNumber": keep_images,
                    },
                    "action": {"type": "expire"},
                },
            ]
        }
    )
