"""Autoscalers at their limit, autoscalers that are blind, and pods that find no node (SCALE-01, AUTO-01)."""

from __future__ import annotations

from .context import RuleContext
from .model import GPS, OF_THE_NAMESPACE, PLATFORM, Alert, RuleGroup


def autoscaling_rules(context: RuleContext) -> tuple[RuleGroup, ...]:
    """Give the rules about pods that wait, and about those autoscalers that the environment has."""
    pods = _pods(context) if context.pods_autoscaled and context.serving else ()
    nodes = _nodes(context) if context.nodes_autoscaled else ()
    return (
        RuleGroup(
            name="fleet-erp-autoscaling",
            rules=(
                context.alert(
                    "PodsPending",
                    "sum by (namespace) (kube_pod_status_unschedulable) > 0",
                    hold="10m",
                    severity="warning",
                    owner=PLATFORM,
                    runbook="autoscaling",
                    summary="Pods of {{ $labels.namespace }} find no node",
                    description=(
                        "{{ $value }} pods of {{ $labels.namespace }} have waited 10 minutes for room on"
                        " a node."
                    ),
                ),
                *pods,
                *nodes,
            ),
        ),
    )


def _pods(context: RuleContext) -> tuple[Alert, ...]:
    scaler = f"{{{context.in_namespaces}}}"
    return (
        context.alert(
            "HpaAtLimit",
            f"kube_horizontalpodautoscaler_status_current_replicas{scaler}"
            f" >= kube_horizontalpodautoscaler_spec_max_replicas{scaler}"
            f" and kube_horizontalpodautoscaler_spec_max_replicas{scaler}"
            f" > kube_horizontalpodautoscaler_spec_min_replicas{scaler}",
            hold="15m",
            severity="warning",
            owner=OF_THE_NAMESPACE,
            runbook="autoscaling",
            summary="{{ $labels.horizontalpodautoscaler }} can add no more pods",
            description=(
                "{{ $labels.namespace }}/{{ $labels.horizontalpodautoscaler }} has run at its maximum of"
                " {{ $value }} pods for 15 minutes: more load is answered more slowly."
            ),
        ),
        context.alert(
            "HpaBlind",
            "kube_horizontalpodautoscaler_status_condition"
            f'{{{context.in_namespaces}, condition="ScalingActive", status="false"}} == 1',
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="autoscaling",
            summary="{{ $labels.horizontalpodautoscaler }} cannot see the load",
            description=(
                "{{ $labels.namespace }}/{{ $labels.horizontalpodautoscaler }} has had no metric to scale by"
                " for 15 minutes: pods stay as many as they are."
            ),
        ),
        context.alert(
            "ScalerErrors",
            "sum by (scaledObject, scaler) (increase(keda_scaler_detail_errors_total[15m])) > 3",
            hold="5m",
            severity="warning",
            owner=GPS,
            runbook="autoscaling",
            summary="KEDA cannot ask for the depth of the queue",
            description=(
                "{{ $labels.scaledObject }}: {{ $value | humanize }} questions of {{ $labels.scaler }}"
                " failed in"
                " 15 minutes. Consumers run in the number of the fallback."
            ),
        ),
    )


def _nodes(context: RuleContext) -> tuple[Alert, ...]:
    return (
        context.alert(
            "NodesAtLimit",
            f"sum(cluster_autoscaler_nodes_count) >= {context.most_nodes}",
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="autoscaling",
            summary="The cluster can add no more nodes",
            description=(
                f"{{{{ $value }}}} of at most {context.most_nodes} nodes have run for 15 minutes:"
                " further pods"
                " will wait."
            ),
        ),
        context.alert(
            "NodesNotAdded",
            "sum by (reason) (increase(cluster_autoscaler_failed_scale_ups_total[30m])) > 0",
            hold="5m",
            severity="warning",
            owner=PLATFORM,
            runbook="autoscaling",
            summary="The cluster could not add a node",
            description=(
                "{{ $value | humanize }} attempts to add a node failed in 30 minutes: {{ $labels.reason }}."
            ),
        ),
        context.alert(
            "ClusterAutoscalerUnsafe",
            "max(cluster_autoscaler_cluster_safe_to_autoscale) == 0",
            hold="10m",
            severity="warning",
            owner=PLATFORM,
            runbook="autoscaling",
            summary="The Cluster Autoscaler has stopped scaling",
            description=(
                "For 10 minutes the Cluster Autoscaler has found the cluster too broken to change it:"
                " too many"
                " nodes are not ready."
            ),
        ),
        context.alert(
            "ClusterAutoscalerMissing",
            "absent(cluster_autoscaler_cluster_safe_to_autoscale)",
            hold="10m",
            severity="warning",
            owner=PLATFORM,
            runbook="autoscaling",
            summary="The Cluster Autoscaler does not report",
            description="It has not been scraped for 10 minutes: it does not run, and no node is added.",
        ),
    )
