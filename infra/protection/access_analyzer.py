"""IAM Access Analyzer: who outside the account may use what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi
import pulumi_aws as aws

from ..naming import Naming

KNOWN: Final[Mapping[str, str]] = {
    "service-accounts": "oidc-provider/oidc.eks.",
    "pipeline": "oidc-provider/token.actions.githubusercontent.com",
}
"""Identity providers of ours that roles trust, by a part of their ARN.

To the analyser every federated identity is outside the account. That each of these trusts names one service
account, or one branch, is what the policies `iam-irsa-trust-exact` and `iam-ci-oidc-exact` are for.
"""


class AccessAnalyzer(pulumi.ComponentResource):
    """The analyser of access from outside, free of charge (SEC-14).

    Not declared: the analyser of unused access, which costs for each role and month.
    """

    def __init__(self, name: str, *, naming: Naming, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("fleet:protection:AccessAnalyzer", name, None, opts)
        analyzer = aws.accessanalyzer.Analyzer(
            "outside",
            aws.accessanalyzer.AnalyzerArgs(
                analyzer_name=naming.prefix, type="ACCOUNT", tags=naming.tags(naming.prefix)
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        for label, provider in KNOWN.items():
            aws.accessanalyzer.ArchiveRule(
                label,
                aws.accessanalyzer.ArchiveRuleArgs(
                    analyzer_name=analyzer.analyzer_name,
                    rule_name=label,
                    filters=[
                        aws.accessanalyzer.ArchiveRuleFilterArgs(
                            criteria="resourceType", eqs=["AWS::IAM::Role"]
                        ),
                        aws.accessanalyzer.ArchiveRuleFilterArgs(
                            criteria="principal.Federated", contains=[provider]
                        ),
                    ],
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
