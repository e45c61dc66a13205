"""Amazon Inspector: known weaknesses in images, nodes and functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from ..naming import Naming
from ..settings.detection import InspectorTarget

EVERY_REPOSITORY: Final = "*"


class Inspector(pulumi.ComponentResource):
    """What Inspector scans in this account and region, and how often images are (SEC-11).

    With ECR among the targets every image is scanned when it is pushed and again whenever a weakness becomes
    known, which is more than weekly. Grave findings reach people by the event rule `inspector-finding`.
    Nodes are read through snapshots of their volumes: they run no agent of Systems Manager.
    """

    def __init__(
        self,
        name: str,
        *,
        targets: Sequence[InspectorTarget],
        naming: Naming,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:protection:Inspector", name, None, opts)
        enabler = aws.inspector2.Enabler(
            "account",
            aws.inspector2.EnablerArgs(account_ids=[naming.account_id], resource_types=list(targets)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        if "ECR" in targets:
            aws.ecr.RegistryScanningConfiguration(
                "images",
                aws.ecr.RegistryScanningConfigurationArgs(
                    scan_type="ENHANCED",
                    rules=[
                        aws.ecr.RegistryScanningConfigurationRuleArgs(
                            scan_frequency="CONTINUOUS_SCAN",
                            repository_filters=[
                                aws.ecr.RegistryScanningConfigurationRuleRepositoryFilterArgs(
                                    filter=EVERY_REPOSITORY, filter_type="WILDCARD"
                                )
                            ],
                        )
                    ],
                ),
                # ECR refuses enhanced scanning where Inspector is not on.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[enabler]),
            )
        self.register_outputs({})
