"""What is backed up, when, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from ...naming import Kind, Naming
from ...settings import BackupRuleSettings

START_MINUTES: Final = 60
"""How late a backup may begin."""
COMPLETION_MINUTES: Final = 600
"""How long it may take: a first backup of 500 GiB, or a bucket with millions of objects."""


class BackupPlan(pulumi.ComponentResource):
    """A plan and the stores that it takes, by their ARNs (DATA-02, SEC-13).

    ARNs and not tags: what is kept stands in the program, a resource made by hand cannot get itself in, and
    the backup role need not be wider.

    With `continuous_days` the stores can be restored to any second of so many days: for buckets only. A
    continuous backup of the database would take its own retention over, and every deployment would set that
    back (terraform-provider-aws #33465); EFS has none.
    """

    def __init__(
        self,
        name: str,
        *,
        rules: Sequence[BackupRuleSettings],
        continuous_days: int | None = None,
        stores: Sequence[pulumi.Input[str]],
        naming: Naming,
        vault_name: pulumi.Input[str],
        copy_vault_arn: pulumi.Input[str] | None,
        role_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:protection:BackupPlan", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        plan_name = naming.name(Kind.BACKUP_PLAN, name)
        plan = aws.backup.Plan(
            name,
            aws.backup.PlanArgs(
                name=plan_name,
                rules=[
                    aws.backup.PlanRuleArgs(
                        rule_name=rule.name,
                        target_vault_name=vault_name,
                        schedule=rule.schedule,
                        schedule_expression_timezone="Etc/UTC",
                        start_window=START_MINUTES,
                        completion_window=COMPLETION_MINUTES,
                        enable_continuous_backup=continuous_days is not None,
                        lifecycle=aws.backup.PlanRuleLifecycleArgs(
                            delete_after=rule.keep_days if continuous_days is None else continuous_days
                        ),
                        copy_actions=_copies(rule, copy_vault_arn),
                        recovery_point_tags=dict(naming.default_tags),
                    )
                    for rule in rules
                ],
                tags=naming.tags(plan_name),
            ),
            opts=child,
        )
        aws.backup.Selection(
            name,
            aws.backup.SelectionArgs(
                name=plan_name, plan_id=plan.id, iam_role_arn=role_arn, resources=list(stores)
            ),
            opts=child,
        )
        self.register_outputs({})


def _copies(
    rule: BackupRuleSettings, vault_arn: pulumi.Input[str] | None
) -> list[aws.backup.PlanRuleCopyActionArgs] | None:
    if vault_arn is None or rule.copy_keep_days is None:
        return None
    return [
        aws.backup.PlanRuleCopyActionArgs(
            destination_vault_arn=vault_arn,
            lifecycle=aws.backup.PlanRuleCopyActionLifecycleArgs(delete_after=rule.copy_keep_days),
        )
    ]
