"""Logs on their way to OpenSearch, and OpenSearch itself (OBS-02)."""

from __future__ import annotations

from typing import Final

from .context import RuleContext
from .model import PLATFORM, Alert, RuleGroup

FREE_PERCENT: Final = 20
"""Of a data node's volume: OpenSearch blocks writes when less is free."""
MIB_PER_GIB: Final = 1024
PRESSURE_PERCENT: Final = 85
"""Of the heap: at 92 OpenSearch Service blocks writes."""
RETRIES: Final = 10
RETENTION_CHECK: Final = "search-retention-check"
"""The cron job of infra/observability/logs that looks every day whether old indices are gone."""
CHECK_HOURS: Final = 26


def log_rules(context: RuleContext) -> tuple[RuleGroup, ...]:
    """Give the rules about shipping logs and about the search domain, where there is one."""
    return (
        RuleGroup(
            name="fleet-erp-logs",
            rules=(*_shipping(context), *_domain(context)),
        ),
    )


def _shipping(context: RuleContext) -> tuple[Alert, ...]:
    return (
        context.alert(
            "LogsLost",
            "sum by (name) (increase(fluentbit_output_retries_failed_total[15m])) > 0"
            " or sum by (name) (increase(fluentbit_output_dropped_records_total[15m])) > 0",
            hold=None,
            severity="warning",
            owner=PLATFORM,
            runbook="logs",
            summary="Fluent Bit gave up on logs",
            description=(
                "{{ $value | humanize }} chunks or records for {{ $labels.name }} were dropped in 15 minutes"
                " after every retry: these lines are gone."
            ),
        ),
        context.alert(
            "LogsDelayed",
            f"sum by (name) (increase(fluentbit_output_retries_total[15m])) > {RETRIES}",
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="logs",
            summary="Fluent Bit has to send logs again and again",
            description=(
                "{{ $value | humanize }} retries to {{ $labels.name }} in 15 minutes, more than"
                f" {RETRIES}: OpenSearch refuses or does not answer."
            ),
        ),
        context.alert(
            "LogOutputErrors",
            "sum by (name) (increase(fluentbit_output_errors_total[15m])) > 0",
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="logs",
            summary="OpenSearch refuses logs",
            description=(
                "{{ $value | humanize }} errors of {{ $labels.name }} in 15 minutes that no retry mends: a"
                " mapping, the role of the shipper, or the domain's policy."
            ),
        ),
        context.alert(
            "LogShipperMissing",
            'kube_daemonset_status_desired_number_scheduled{daemonset="fluent-bit"}'
            " - on (namespace, daemonset) kube_daemonset_status_number_ready > 0",
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="logs",
            summary="Nodes do not ship logs",
            description="Fluent Bit has not been ready on {{ $value }} nodes for 15 minutes.",
        ),
        context.alert(
            "LogMetricsMissing",
            "absent(fluentbit_output_proc_records_total)",
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="logs",
            summary="Nobody knows whether logs arrive",
            description="Fluent Bit has not been scraped for 15 minutes on any node.",
        ),
    )


def _domain(context: RuleContext) -> tuple[Alert, ...]:
    if context.search_volume_gib is None:
        return ()
    floor = context.search_volume_gib * MIB_PER_GIB * FREE_PERCENT // 100
    return (
        context.alert(
            "LogRetentionNotChecked",
            f'(time() - kube_cronjob_status_last_successful_time{{cronjob="{RETENTION_CHECK}"}}) / 3600'
            f" > {CHECK_HOURS}",
            # Staging sleeps over the weekend and is awake for five hours before the job runs.
            hold="5h",
            severity="warning",
            owner=PLATFORM,
            runbook="search",
            summary="Nobody knows whether old logs are deleted",
            description=(
                "The daily look at the life cycle of indices last ended well {{ $value | humanize }}"
                " hours ago: an index is not under its life cycle, or is older than it may be."
            ),
        ),
        context.alert(
            "SearchClusterRed",
            "aws_es_cluster_status_red_maximum >= 1",
            hold="5m",
            severity="warning",
            owner=PLATFORM,
            runbook="search",
            summary="Indices of OpenSearch are unavailable",
            description=(
                "{{ $labels.dimension_DomainName }} has been red for 5 minutes: a primary shard has no node,"
                " logs of its index are neither found nor taken."
            ),
        ),
        context.alert(
            "SearchWritesBlocked",
            "aws_es_cluster_index_writes_blocked_maximum >= 1",
            hold="5m",
            severity="warning",
            owner=PLATFORM,
            runbook="search",
            summary="OpenSearch takes no logs",
            description=(
                "{{ $labels.dimension_DomainName }} has blocked writes for 5 minutes, for want of storage or"
                " memory. Fluent Bit keeps logs on the nodes' disks meanwhile."
            ),
        ),
        context.alert(
            "SearchStorageLow",
            f"aws_es_free_storage_space_minimum < {floor}",
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="search",
            summary="OpenSearch runs out of storage",
            description=(
                "A data node of {{ $labels.dimension_DomainName }} has {{ $value | humanize }} MiB free,"
                " below"
                f" {FREE_PERCENT} % of {context.search_volume_gib} GiB for 15 minutes: old indices may"
                " not have"
                " been deleted."
            ),
        ),
        context.alert(
            "SearchMemoryPressure",
            f"aws_es_jvmmemory_pressure_maximum > {PRESSURE_PERCENT}",
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="search",
            summary="OpenSearch runs short of memory",
            description=(
                "{{ $labels.dimension_DomainName }} has used {{ $value | humanize }} % of its heap for 15"
                f" minutes, above {PRESSURE_PERCENT} %; at 92 % it blocks writes."
            ),
        ),
    )
