"""A program of any size, rendered, judged and priced: `python -m benchmarks.synthetic <resources>`.

It is made of what a real stack holds most of, so that policies and prices have their work too.
"""

from __future__ import annotations

import sys
from datetime import date

import pulumi
import pulumi_aws as aws

from preview.engine import InvokeAnswers, render
from preview.stack_preview import preview_graph

RESOURCES_PER_BLOCK = 10
TODAY = date(2026, 11, 24)


class Block(pulumi.ComponentResource):
    """Ten resources that refer to each other: a key, a group with rules, logs, an alarm."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("fleet:benchmark:Block", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        key = aws.kms.Key(f"{name}-key", enable_key_rotation=True, deletion_window_in_days=30, opts=child)
        group = aws.ec2.SecurityGroup(f"{name}-group", vpc_id="vpc-0123456789abcdef0", opts=child)
        for port in (5671, 5432, 6379, 2049):
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-ingress-{port}",
                security_group_id=group.id,
                referenced_security_group_id=group.id,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                description="A port of a data store.",
                opts=child,
            )
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs", name=f"/benchmark/{name}", retention_in_days=90, kms_key_id=key.arn, opts=child
        )
        aws.cloudwatch.MetricAlarm(
            f"{name}-alarm",
            comparison_operator="GreaterThanThreshold",
            evaluation_periods=1,
            metric_name="IncomingBytes",
            namespace="AWS/Logs",
            dimensions={"LogGroupName": logs.name},
            opts=child,
        )
        aws.secretsmanager.Secret(f"{name}-secret", kms_key_id=key.arn, opts=child)
        aws.sns.Topic(f"{name}-topic", kms_master_key_id=key.arn, opts=child)


def run(resources: int) -> int:
    """Render, judge and price about `resources` resources; give the exact number."""

    def program() -> None:
        provider = aws.Provider("aws", region="ap-south-1", allowed_account_ids=["111122223333"])
        opts = pulumi.ResourceOptions(providers=[provider])
        for index in range(resources // RESOURCES_PER_BLOCK):
            Block(f"block-{index}", opts)

    rendering = render(
        program,
        project="benchmark",
        stack="staging",
        config={},
        invokes=InvokeAnswers.for_account(account_id="111122223333", region="ap-south-1"),
    )
    return preview_graph(rendering.graph, environment="staging", today=TODAY).resource_count


if __name__ == "__main__":
    print(run(int(sys.argv[1])))
