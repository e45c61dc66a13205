"""Whether the watchers watch: scrapes, rules, notifications and the year-long store (OBS-01, OBS-04)."""

from __future__ import annotations

from typing import Final

from .context import RuleContext
from .model import PLATFORM, Alert, RuleGroup

TARGETS_PERCENT: Final = 10
NOTIFICATIONS: Final = 0.01
BEHIND_SECONDS: Final = 120
SAMPLES_PERCENT: Final = 1


def watching_rules(context: RuleContext) -> tuple[RuleGroup, ...]:
    """Give the rules about monitoring itself. The Watchdog always fires: its silence is the alarm."""
    return (
        RuleGroup(
            name="fleet-erp-watching",
            rules=(
                context.alert(
                    "Watchdog",
                    "vector(1)",
                    hold=None,
                    severity="none",
                    owner=PLATFORM,
                    runbook="watching",
                    summary="Alerts are evaluated and sent",
                    description=(
                        "This alert always fires. Whoever waits for it and hears nothing calls somebody."
                    ),
                ),
                *_sources(context),
                *_prometheus(context),
                *_alertmanager(context),
            ),
        ),
    )


def _sources(context: RuleContext) -> tuple[Alert, ...]:
    return (
        context.alert(
            "TargetDown",
            "100 * count by (job, namespace, service) (up == 0)"
            f" / count by (job, namespace, service) (up) > {TARGETS_PERCENT}",
            hold="10m",
            severity="warning",
            owner=PLATFORM,
            runbook="watching",
            summary="{{ $labels.job }} is not scraped",
            description=(
                "{{ $value | humanize }} % of the targets of {{ $labels.job }} in"
                " {{ $labels.namespace }} have"
                f" not answered for 10 minutes, more than {TARGETS_PERCENT} %."
            ),
        ),
        context.alert(
            "ClusterMetricsMissing",
            "absent(kube_node_info) or absent(node_memory_MemAvailable_bytes)"
            " or absent(container_memory_working_set_bytes)",
            hold="10m",
            severity="warning",
            owner=PLATFORM,
            runbook="watching",
            summary="The cluster is not watched",
            description=(
                "kube-state-metrics, the node exporters or the kubelets have not been scraped for 10 minutes:"
                " alerts about pods and nodes cannot fire."
            ),
        ),
        context.alert(
            "CloudWatchMetricsMissing",
            "absent(aws_rds_cpuutilization_average)",
            hold="30m",
            severity="warning",
            owner=PLATFORM,
            runbook="watching",
            summary="CloudWatch is not asked",
            description=(
                "No metric of CloudWatch has arrived for 30 minutes: storage, replicas, certificates and"
                " backups"
                " are not watched from here. CloudWatch's own alarms are not affected."
            ),
        ),
    )


def _prometheus(context: RuleContext) -> tuple[Alert, ...]:
    failed = "rate(prometheus_remote_storage_samples_failed_total[5m])"
    sent = "rate(prometheus_remote_storage_samples_total[5m])"
    return (
        context.alert(
            "RuleEvaluationFailing",
            "sum by (rule_group) (increase(prometheus_rule_evaluation_failures_total[5m])) > 0",
            hold="15m",
            severity="critical",
            owner=PLATFORM,
            runbook="watching",
            summary="Rules are not evaluated",
            description=(
                "{{ $value | humanize }} evaluations of {{ $labels.rule_group }} failed in 5 minutes:"
                " its alerts"
                " cannot fire."
            ),
        ),
        context.alert(
            "PrometheusConfigNotLoaded",
            "max_over_time(prometheus_config_last_reload_successful[5m]) == 0",
            hold="10m",
            severity="warning",
            owner=PLATFORM,
            runbook="watching",
            summary="Prometheus runs with an old configuration",
            description="Prometheus has refused its configuration for 10 minutes.",
        ),
        context.alert(
            "RemoteWriteBehind",
            "(max_over_time(prometheus_remote_storage_highest_timestamp_in_seconds[5m])"
            " - ignoring (remote_name, url) group_right ()"
            " max_over_time(prometheus_remote_storage_queue_highest_sent_timestamp_seconds[5m]))"
            f" > {BEHIND_SECONDS}",
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="watching",
            summary="The year-long store lags behind",
            description=(
                "What is sent to Amazon Managed Prometheus has been {{ $value | humanizeDuration }} old"
                " for 15"
                f" minutes, more than {BEHIND_SECONDS} s."
            ),
        ),
        context.alert(
            "RemoteWriteFailing",
            f"100 * {failed} / ({failed} + {sent}) > {SAMPLES_PERCENT}",
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="watching",
            summary="The year-long store refuses samples",
            description=(
                "{{ $value | humanize }} % of what was sent to Amazon Managed Prometheus was refused,"
                " more than"
                f" {SAMPLES_PERCENT} % for 15 minutes."
            ),
        ),
    )


def _alertmanager(context: RuleContext) -> tuple[Alert, ...]:
    return (
        context.alert(
            "AlertmanagerUnreachable",
            "max_over_time(prometheus_notifications_alertmanagers_discovered[5m]) < 1",
            hold="5m",
            severity="critical",
            owner=PLATFORM,
            runbook="watching",
            summary="Prometheus finds no Alertmanager",
            description=(
                "Prometheus has known {{ $value }} Alertmanagers for 5 minutes: no alert leaves it, this one"
                " either. The dead-man switch tells."
            ),
        ),
        context.alert(
            "AlertmanagerConfigNotLoaded",
            "max_over_time(alertmanager_config_last_reload_successful[5m]) == 0",
            hold="10m",
            severity="warning",
            owner=PLATFORM,
            runbook="watching",
            summary="Alertmanager runs with an old configuration",
            description="Alertmanager has refused its configuration for 10 minutes.",
        ),
        context.alert(
            "NotificationsFailing",
            "sum by (integration) (rate(alertmanager_notifications_failed_total[5m]))"
            " / sum by (integration) (rate(alertmanager_notifications_total[5m]))"
            f" > {NOTIFICATIONS:g}",
            hold="5m",
            severity="critical",
            owner=PLATFORM,
            runbook="watching",
            summary="Messages to {{ $labels.integration }} do not arrive",
            description=(
                "{{ $value | humanizePercentage }} of the notifications to {{ $labels.integration }}"
                " have failed"
                f" for 5 minutes, more than {NOTIFICATIONS:.0%}. Look there by hand until it is over."
            ),
        ),
    )
