"""Where aggregates are kept for a year: a workspace of Amazon Managed Service for Prometheus (OBS-08)."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from ...identity import Condition, Statement
from ...keys import Keys
from ...naming import Kind, Naming

LOG_GROUPS: Final = "/aws/vendedlogs/prometheus"
"""AMP writes only to log groups that begin with `/aws/vendedlogs/`."""
LOG_RETENTION_DAYS: Final = 90


class LongTermStore(pulumi.ComponentResource):
    """A workspace under our key, with its retention and a log of what it refused (OBS-08, SEC-06).

    Prometheus sends it nothing but what rules recorded: samples are kept in the cluster. It belongs to one
    region: a recovery region has its own.
    """

    endpoint: pulumi.Output[str]
    """`https://aps-workspaces.<region>.amazonaws.com/workspaces/<id>`, without a slash at the end."""
    workspace_id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        retention_days: int,
        naming: Naming,
        keys: Keys,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the workspace; aggregates older than `retention_days` are gone."""
        super().__init__("fleet:observability:LongTermStore", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        log_group = aws.cloudwatch.LogGroup(
            "long-term-store",
            aws.cloudwatch.LogGroupArgs(
                name=f"{LOG_GROUPS}/{naming.prefix}",
                retention_in_days=LOG_RETENTION_DAYS,
                kms_key_id=keys.logs.arn,
                tags=naming.tags(f"{naming.prefix}-prometheus"),
            ),
            opts=child,
        )
        workspace = aws.amp.Workspace(
            "long-term-store",
            aws.amp.WorkspaceArgs(
                alias=workspace_name(naming),
                kms_key_arn=keys.data.arn,
                logging_configuration=aws.amp.WorkspaceLoggingConfigurationArgs(
                    # The API wants the ARN with everything in the group.
                    log_group_arn=log_group.arn.apply(lambda arn: f"{arn}:*")
                ),
                tags=naming.tags(workspace_name(naming)),
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        aws.amp.WorkspaceConfiguration(
            "long-term-store",
            aws.amp.WorkspaceConfigurationArgs(
                workspace_id=workspace.id, retention_period_in_days=retention_days
            ),
            opts=child,
        )
        self.workspace_id = workspace.id
        self.endpoint = workspace.prometheus_endpoint.apply(lambda url: url.rstrip("/"))
        self.register_outputs({"endpoint": self.endpoint})


def workspace_name(naming: Naming) -> str:
    """Give the alias and the `Name` of the workspace."""
    return naming.name(Kind.METRIC_WORKSPACE, "metrics")


def write_statements(naming: Naming) -> tuple[Statement, ...]:
    """Send samples, and nothing else: Prometheus does not ask there."""
    return (_statement(naming, sid="SendAggregates", actions=("aps:RemoteWrite",)),)


def read_statements(naming: Naming) -> tuple[Statement, ...]:
    """Ask for samples and for what there is, as dashboards do."""
    return (
        _statement(
            naming,
            sid="AskForAggregates",
            actions=("aps:GetLabels", "aps:GetMetricMetadata", "aps:GetSeries", "aps:QueryMetrics"),
        ),
    )


def _statement(naming: Naming, *, sid: str, actions: tuple[str, ...]) -> Statement:
    """Name the workspace by its tag: AWS makes up its id, and the document should be whole beforehand."""
    return Statement(
        sid=sid,
        actions=actions,
        resources=(naming.arn("aps", "workspace/*"),),
        conditions=(
            Condition(operator="StringEquals", key="aws:ResourceTag/Name", values=(workspace_name(naming),)),
        ),
    )
