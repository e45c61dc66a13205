"""The cluster and whoever watches it: nodes, pods, volumes, names, certificates, vulnerabilities."""

from __future__ import annotations

from typing import Final

from ..board import Dashboard, Row
from ..context import DashboardContext
from ..panels import Column, Panel, PanelLink, Stat, Table, TimeSeries
from ..queries import PrometheusQuery
from ..thresholds import Thresholds, Unit
from .shared import ALERTS, NEW_IMAGES

ANY: Final = Thresholds.rising(warning=1)
FULL: Final = Thresholds.rising(warning=0.8, critical=0.95)
DAY_SECONDS: Final = 86400


def cluster(context: DashboardContext) -> Dashboard:
    """Lay out the dashboard of the cluster."""
    return Dashboard(
        uid="fleet-cluster",
        title=context.title("Cluster"),
        description="What Kubernetes says of its nodes, pods and volumes, and whether the watchers watch.",
        refresh="1m",
        time_from="now-6h",
        rows=(
            Row(title="Now", lines=(_now(context),)),
            Row(title="Nodes", lines=(_nodes(),)),
            Row(title="Pods and volumes", lines=(_pods(), _volumes())),
            Row(title="Names and the API", lines=(_names(),)),
            Row(title="Images", lines=(_images(context),)),
            Row(title="Whoever watches", lines=(_watchers(),)),
        ),
        annotations=(ALERTS, NEW_IMAGES),
        tags=("technical",),
    )


def _count(
    title: str,
    expression: str,
    *,
    description: str = "",
    thresholds: Thresholds = ANY,
    unit: Unit = Unit.COUNT,
    links: tuple[PanelLink, ...] = (),
) -> Stat:
    return Stat(
        title=title,
        description=description,
        queries=(PrometheusQuery(expression=expression, legend=title),),
        unit=unit,
        thresholds=thresholds,
        links=links,
    )


def _now(context: DashboardContext) -> tuple[Panel, ...]:
    return (
        _count(
            "Nodes not ready",
            'count(kube_node_status_condition{condition="Ready", status="true"} == 0) or on() vector(0)',
        ),
        _count(
            "Pods that wait",
            'sum(kube_pod_status_phase{phase="Pending"})',
            description="For a node, an image or a volume.",
        ),
        _count(
            "Containers that cannot start",
            "count(kube_pod_container_status_waiting_reason{"
            'reason=~"CrashLoopBackOff|ImagePullBackOff|ErrImagePull|CreateContainerConfigError"} > 0)'
            " or on() vector(0)",
        ),
        _count(
            "Deployments short of pods",
            "count(kube_deployment_spec_replicas > kube_deployment_status_replicas_available)"
            " or on() vector(0)",
        ),
        _count(
            "Jobs that failed",
            'count(kube_job_failed{condition="true"} > 0) or on() vector(0)',
        ),
        _count("Targets down", "count(up == 0) or on() vector(0)", description="Nobody measures these."),
        _count(
            "Days until the first certificate ends",
            f"(min(probe_ssl_earliest_cert_expiry) - time()) / {DAY_SECONDS}",
            thresholds=Thresholds.falling(warning=context.certificate_days),
            unit=Unit.DAYS,
            links=(PanelLink(title="What to do", url=context.runbook("certificates")),),
        ),
    )


def _nodes() -> tuple[Panel, ...]:
    return (
        TimeSeries(
            title="CPU requested, of what nodes have",
            queries=(
                PrometheusQuery(
                    expression=(
                        'sum by (node) (kube_pod_container_resource_requests{resource="cpu"})'
                        ' / sum by (node) (kube_node_status_allocatable{resource="cpu"})'
                    ),
                    legend="{{node}}",
                ),
            ),
            unit=Unit.SHARE,
            maximum=1,
        ),
        TimeSeries(
            title="Memory requested, of what nodes have",
            queries=(
                PrometheusQuery(
                    expression=(
                        'sum by (node) (kube_pod_container_resource_requests{resource="memory"})'
                        ' / sum by (node) (kube_node_status_allocatable{resource="memory"})'
                    ),
                    legend="{{node}}",
                ),
            ),
            unit=Unit.SHARE,
            maximum=1,
        ),
        TimeSeries(
            title="Pods on each node",
            queries=(PrometheusQuery(expression="count by (node) (kube_pod_info)", legend="{{node}}"),),
            unit=Unit.COUNT,
        ),
        TimeSeries(
            title="Disk of nodes in use",
            queries=(
                PrometheusQuery(
                    expression=(
                        'max by (instance) (1 - node_filesystem_avail_bytes{mountpoint="/"}'
                        ' / node_filesystem_size_bytes{mountpoint="/"})'
                    ),
                    legend="{{instance}}",
                ),
            ),
            unit=Unit.SHARE,
            maximum=1,
            thresholds=FULL,
        ),
    )


def _pods() -> tuple[Panel, ...]:
    return (
        TimeSeries(
            title="CPU by namespace",
            description="In cores.",
            queries=(
                PrometheusQuery(
                    expression=(
                        'sum by (namespace) (rate(container_cpu_usage_seconds_total{container!=""}[5m]))'
                    ),
                    legend="{{namespace}}",
                ),
            ),
            stacked=True,
        ),
        TimeSeries(
            title="Memory by namespace",
            queries=(
                PrometheusQuery(
                    expression='sum by (namespace) (container_memory_working_set_bytes{container!=""})',
                    legend="{{namespace}}",
                ),
            ),
            unit=Unit.BYTES,
            stacked=True,
        ),
        TimeSeries(
            title="Restarts in an hour",
            queries=(
                PrometheusQuery(
                    expression=(
                        "sum by (namespace, container) (increase("
                        "kube_pod_container_status_restarts_total[1h])) > 0"
                    ),
                    legend="{{namespace}}/{{container}}",
                ),
            ),
            unit=Unit.COUNT,
            bars=True,
        ),
    )


def _volumes() -> tuple[Panel, ...]:
    return (
        TimeSeries(
            title="Volumes in use",
            queries=(
                PrometheusQuery(
                    expression=(
                        "max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_used_bytes"
                        " / kubelet_volume_stats_capacity_bytes)"
                    ),
                    legend="{{namespace}}/{{persistentvolumeclaim}}",
                ),
            ),
            unit=Unit.SHARE,
            maximum=1,
            thresholds=FULL,
        ),
        TimeSeries(
            title="Quotas in use",
            queries=(
                PrometheusQuery(
                    expression=(
                        "max by (namespace, resource) ("
                        'kube_resourcequota{type="used", resource=~"requests.*|pods"}'
                        ' / on(namespace, resourcequota, resource) (kube_resourcequota{type="hard"} > 0))'
                    ),
                    legend="{{namespace}} {{resource}}",
                ),
            ),
            unit=Unit.SHARE,
            thresholds=FULL,
        ),
    )


def _names() -> tuple[Panel, ...]:
    return (
        TimeSeries(
            title="DNS answers by code",
            queries=(
                PrometheusQuery(
                    expression="sum by (rcode) (rate(coredns_dns_responses_total[5m]))",
                    legend="{{rcode}}",
                ),
            ),
            unit=Unit.PER_SECOND,
        ),
        TimeSeries(
            title="DNS p95",
            queries=(
                PrometheusQuery(
                    expression=(
                        "histogram_quantile(0.95, sum by (le) ("
                        "rate(coredns_dns_request_duration_seconds_bucket[5m])))"
                    ),
                    legend="p95",
                ),
            ),
            unit=Unit.SECONDS,
        ),
        TimeSeries(
            title="API requests by code",
            queries=(
                PrometheusQuery(
                    expression="sum by (code) (rate(apiserver_request_total[5m]))", legend="{{code}}"
                ),
            ),
            unit=Unit.REQUESTS_PER_SECOND,
        ),
    )


def _images(context: DashboardContext) -> tuple[Panel, ...]:
    return (
        Stat(
            title="Critical vulnerabilities",
            description="Of images that run.",
            queries=(
                PrometheusQuery(
                    expression='sum(trivy_image_vulnerabilities{severity="Critical"})', legend="critical"
                ),
            ),
            unit=Unit.COUNT,
            thresholds=Thresholds.rising(critical=1),
            links=(PanelLink(title="What to do", url=context.runbook("vulnerabilities")),),
            no_value="not scanned",
        ),
        Table(
            title="Images with critical or high vulnerabilities",
            queries=(
                PrometheusQuery(
                    expression=(
                        "sort_desc(sum by (image_repository, image_tag, severity) ("
                        'trivy_image_vulnerabilities{severity=~"Critical|High"}) > 0)'
                    ),
                    instant=True,
                    table=True,
                ),
            ),
            unit=Unit.COUNT,
            columns=(
                Column(name="Time", hidden=True),
                Column(name="image_repository", heading="Image"),
                Column(name="image_tag", heading="Tag"),
                Column(name="severity", heading="Severity"),
                Column(name="Value", heading="Vulnerabilities"),
            ),
            sort_by="Vulnerabilities",
            weight=3,
        ),
    )


def _watchers() -> tuple[Panel, ...]:
    return (
        _count(
            "Rules that could not be evaluated",
            "sum(increase(prometheus_rule_evaluation_failures_total[1h]))",
        ),
        _count(
            "Samples the long-term store did not take",
            "sum(increase(prometheus_remote_storage_samples_failed_total[1h]))"
            " + sum(increase(prometheus_remote_storage_samples_dropped_total[1h]))",
        ),
        _count(
            "Notifications that did not arrive",
            "sum(increase(alertmanager_notifications_failed_total[1h]))",
        ),
        _count(
            "Log lines lost",
            "sum(increase(fluentbit_output_dropped_records_total[1h]))"
            " + sum(increase(fluentbit_output_retries_failed_total[1h]))",
            description="In the last hour.",
        ),
        _count(
            "Series in memory",
            "sum(prometheus_tsdb_head_series)",
            thresholds=Thresholds.none(),
            unit=Unit.SHORT,
        ),
        _count(
            "Secrets not delivered",
            'count(externalsecret_status_condition{condition="Ready", status="False"} == 1)'
            " or on() vector(0)",
        ),
    )
