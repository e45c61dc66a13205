"""Nodes, pods, jobs and volumes."""

from __future__ import annotations

from typing import Final

from .context import RuleContext
from .model import OF_THE_NAMESPACE, PLATFORM, Alert, RuleGroup

VOLUME_WARNING: Final = 0.8
VOLUME_CRITICAL: Final = 0.95
QUOTA: Final = 0.95


def cluster_rules(context: RuleContext) -> tuple[RuleGroup, ...]:
    """Give the rules about what Kubernetes runs and on what."""
    return (
        RuleGroup(name="fleet-erp-workloads", rules=_workloads(context)),
        RuleGroup(name="fleet-erp-nodes", rules=_nodes(context)),
    )


def _workloads(context: RuleContext) -> tuple[Alert, ...]:
    unavailable = context.alert(
        "WorkloadUnavailable",
        f"kube_deployment_spec_replicas{{{context.in_namespaces}}} > 0"
        " and on (namespace, deployment)"
        f" kube_deployment_status_replicas_available{{{context.in_namespaces}}} == 0",
        hold="3m",
        severity="critical",
        owner=OF_THE_NAMESPACE,
        runbook="workloads",
        summary="No pod of {{ $labels.deployment }} is ready",
        description=(
            "{{ $labels.namespace }}/{{ $labels.deployment }} should have {{ $value }} pods and has had"
            " none that"
            " is ready for 3 minutes."
        ),
    )
    return (
        *((unavailable,) if context.serving else ()),
        context.alert(
            "WorkloadDegraded",
            "kube_deployment_spec_replicas - on (namespace, deployment)"
            " kube_deployment_status_replicas_available > 0",
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="workloads",
            summary="{{ $labels.deployment }} lacks pods",
            description=(
                "{{ $labels.namespace }}/{{ $labels.deployment }} has lacked {{ $value }} ready pods for 15"
                " minutes."
            ),
        ),
        context.alert(
            "PodCrashLooping",
            'max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5m]) >= 1',
            hold="10m",
            severity="warning",
            owner=PLATFORM,
            runbook="workloads",
            summary="{{ $labels.container }} crashes again and again",
            description=(
                "{{ $labels.container }} of {{ $labels.namespace }}/{{ $labels.pod }} has crashed"
                " whenever it was"
                " started, for 10 minutes."
            ),
        ),
        context.alert(
            "ContainerOutOfMemory",
            "increase(kube_pod_container_status_restarts_total[15m]) > 0"
            " and on (namespace, pod, container)"
            ' kube_pod_container_status_last_terminated_reason{reason="OOMKilled"} == 1',
            hold=None,
            severity="warning",
            owner=PLATFORM,
            runbook="workloads",
            summary="{{ $labels.container }} needs more memory than it may have",
            description=(
                "{{ $labels.container }} of {{ $labels.namespace }}/{{ $labels.pod }} was killed at its"
                " limit of"
                " memory; {{ $value | humanize }} restarts in 15 minutes."
            ),
        ),
        context.alert(
            "JobFailed",
            'kube_job_failed{condition="true"} > 0',
            hold="1m",
            severity="warning",
            owner=PLATFORM,
            runbook="workloads",
            summary="{{ $labels.job_name }} failed",
            description=(
                "{{ $labels.namespace }}/{{ $labels.job_name }} gave up: what it prepares or cleans has"
                " not been"
                " done."
            ),
        ),
        context.alert(
            "QuotaNearlyFull",
            'kube_resourcequota{type="used"}'
            f' / ignoring (type) (kube_resourcequota{{type="hard"}} > 0) > {QUOTA:g}',
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="workloads",
            summary="{{ $labels.namespace }} reaches its quota",
            description=(
                "{{ $labels.namespace }} has used {{ $value | humanizePercentage }} of its quota of"
                f" {{{{ $labels.resource }}}} for 15 minutes, above {QUOTA:.0%}: further pods are refused."
            ),
        ),
    )


def _nodes(context: RuleContext) -> tuple[Alert, ...]:
    used = "kubelet_volume_stats_used_bytes / kubelet_volume_stats_capacity_bytes"
    return (
        context.alert(
            "NodeNotReady",
            'kube_node_status_condition{condition="Ready", status="true"} == 0',
            hold="5m",
            severity="warning",
            owner=PLATFORM,
            runbook="nodes",
            summary="{{ $labels.node }} is not ready",
            description=(
                "{{ $labels.node }} has not been ready for 5 minutes: its pods move to the others, if"
                " there is"
                " room."
            ),
        ),
        context.alert(
            "NodePressure",
            "kube_node_status_condition"
            '{condition=~"MemoryPressure|DiskPressure|PIDPressure", status="true"} == 1',
            hold="5m",
            severity="warning",
            owner=PLATFORM,
            runbook="nodes",
            summary="{{ $labels.node }} is under pressure",
            description=(
                "{{ $labels.node }} has reported {{ $labels.condition }} for 5 minutes and evicts pods."
            ),
        ),
        context.alert(
            "VolumeFillsUp",
            f"{used} > {VOLUME_WARNING:g}",
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="nodes",
            summary="{{ $labels.persistentvolumeclaim }} fills up",
            description=(
                "{{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }} has been"
                f" {{{{ $value | humanizePercentage }}}} full for 15 minutes, above {VOLUME_WARNING:.0%}."
            ),
        ),
        context.alert(
            "VolumeAlmostFull",
            f"{used} > {VOLUME_CRITICAL:g}",
            hold="5m",
            severity="critical",
            owner=PLATFORM,
            runbook="nodes",
            summary="{{ $labels.persistentvolumeclaim }} is almost full",
            description=(
                "{{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }} is"
                f" {{{{ $value | humanizePercentage }}}} full, above {VOLUME_CRITICAL:.0%}: its pod will"
                " stop."
            ),
        ),
    )
