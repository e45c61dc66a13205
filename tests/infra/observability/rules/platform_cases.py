"""Cases of alerts about certificates, DNS, secrets, images, pods, nodes and monitoring itself."""

from __future__ import annotations

from infra.observability.rules import RuleContext

from .cases import Case, Series, held, rising, then
from .service_cases import durations
from .store_cases import gauge, missing

DAY = 86_400


def platform_cases(context: RuleContext) -> dict[str, Case]:
    """Give the cases by alert."""
    return {
        **_certificates(context),
        **_dns(),
        **_security(),
        **_workloads(context),
        **_nodes(),
        **(_node_autoscaler(context) if context.nodes_autoscaled else {}),
        **_prometheus(),
        **_alertmanager(),
    }


def _certificates(context: RuleContext) -> dict[str, Case]:
    days = context.certificate_days
    managed = 'aws_certificatemanager_days_to_expiry_minimum{dimension_CertificateArn="arn:aws:acm:x"}'
    shown = 'probe_ssl_earliest_cert_expiry{instance="https://erp.example.com"}'

    def ends(after_days: int, minutes: int) -> Case:
        return Case(
            fires={shown: held(after_days * DAY - 1)},
            quiet=({shown: held(after_days * DAY + (minutes + 1) * 60)},),
            minutes=minutes,
        )

    served = {"CertificateExpiresSoon": ends(days, 70), "CertificateAboutToExpire": ends(7, 10)}
    return {
        "CertificateNotRenewed": gauge(managed, fires=days - 1, quiet=days, minutes=70),
        "CertificateMetricsMissing": missing(managed, minutes=370, step="10m"),
        **(served if context.serving else {}),
    }


def _dns() -> dict[str, Case]:
    def answers(failed: int) -> Series:
        return {
            'coredns_dns_responses_total{rcode="SERVFAIL", pod="coredns-a"}': rising(failed),
            'coredns_dns_responses_total{rcode="NOERROR", pod="coredns-a"}': rising(1000 - failed),
        }

    duration = "coredns_dns_request_duration_seconds"
    broken = 'coredns_forward_healthcheck_broken_total{pod="coredns-a"}'
    healthy = 'kube_deployment_status_replicas_available{namespace="kube-system", deployment="coredns"}'
    return {
        "DnsDown": gauge(healthy, fires=0, quiet=1, minutes=5),
        "DnsMetricsMissing": missing('coredns_dns_responses_total{rcode="NOERROR"}', minutes=15),
        "DnsServerFailures": Case(fires=answers(51), quiet=(answers(50), answers(49)), minutes=15),
        "DnsLatencyHigh": Case(
            fires=durations(duration, 'pod="coredns-a"', limit=1, within=98.9),
            quiet=(durations(duration, 'pod="coredns-a"', limit=1, within=99.1),),
            minutes=20,
        ),
        "DnsForwardingBroken": Case(fires={broken: rising(1)}, quiet=({broken: held(3)},), minutes=15),
    }


def _security() -> dict[str, Case]:
    condition = 'name="odoo-database", namespace="erp", condition="Ready"'
    image = 'image_repository="fleet-erp/odoo", image_tag="18.0"'

    def secret(failing: int) -> Series:
        return {
            f'externalsecret_status_condition{{{condition}, status="False"}}': held(failing),
            f'externalsecret_status_condition{{{condition}, status="True"}}': held(1 - failing),
        }

    def vulnerabilities(critical: int) -> Series:
        return {
            f'trivy_image_vulnerabilities{{{image}, severity="Critical", name="web"}}': held(critical),
            f'trivy_image_vulnerabilities{{{image}, severity="High", name="web"}}': held(9),
        }

    exposed = f'trivy_image_exposedsecrets{{{image}, severity="Critical"}}'
    minor = f'trivy_image_exposedsecrets{{{image}, severity="Low"}}'
    return {
        "SecretNotSynced": Case(fires=secret(1), quiet=(secret(0),), minutes=20),
        "SecretMetricsMissing": missing(f"externalsecret_status_condition{{{condition}}}", minutes=20),
        "CriticalVulnerability": Case(
            fires=vulnerabilities(1),
            quiet=(vulnerabilities(0),),
            minutes=70,
            labels={"image_repository": "fleet-erp/odoo", "image_tag": "18.0"},
        ),
        "ExposedSecret": Case(
            fires={exposed: held(1)}, quiet=({exposed: held(0), minor: held(2)},), minutes=2
        ),
        "VulnerabilityScansMissing": missing(
            f'trivy_image_vulnerabilities{{{image}, severity="Critical"}}', minutes=370, step="10m"
        ),
    }


def _workloads(context: RuleContext) -> dict[str, Case]:
    web = 'namespace="erp", deployment="odoo-web"'
    container = 'namespace="erp", pod="odoo-web-a", container="odoo"'

    def deployment(wanted: int, available: int) -> Series:
        return {
            f"kube_deployment_spec_replicas{{{web}}}": held(wanted),
            f"kube_deployment_status_replicas_available{{{web}}}": held(available),
        }

    def restarts(reason: str, count: str) -> Series:
        return {
            f"kube_pod_container_status_restarts_total{{{container}}}": count,
            f'kube_pod_container_status_last_terminated_reason{{{container}, reason="{reason}"}}': held(1),
        }

    def quota(used: int) -> Series:
        labels = 'namespace="erp", resourcequota="quota", resource="requests.cpu"'
        return {
            f'kube_resourcequota{{{labels}, type="used"}}': held(used),
            f'kube_resourcequota{{{labels}, type="hard"}}': held(1000),
            # Load balancers: none may be made, which is no quota that fills up.
            'kube_resourcequota{namespace="erp", resource="services.loadbalancers", type="used"}': held(0),
            'kube_resourcequota{namespace="erp", resource="services.loadbalancers", type="hard"}': held(0),
        }

    waiting = f"kube_pod_container_status_waiting_reason{{{container}, reason="
    unavailable = Case(
        fires=deployment(3, 0),
        quiet=(deployment(3, 1), deployment(0, 0)),
        minutes=6,
        labels={"deployment": "odoo-web", "owner": "erp"},
    )
    pending = 'kube_pod_status_unschedulable{namespace="erp", pod="odoo-web-a"}'
    return {
        **({"WorkloadUnavailable": unavailable} if context.serving else {}),
        "WorkloadDegraded": Case(fires=deployment(3, 2), quiet=(deployment(3, 3),), minutes=20),
        "PodCrashLooping": Case(
            fires={f'{waiting}"CrashLoopBackOff"}}': held(1)},
            quiet=(
                {f'{waiting}"CrashLoopBackOff"}}': held(0)},
                {f'{waiting}"ContainerCreating"}}': held(1)},
            ),
            minutes=15,
        ),
        "ContainerOutOfMemory": Case(
            fires=restarts("OOMKilled", then(0, 5, 1)),
            quiet=(restarts("Error", then(0, 5, 1)), restarts("OOMKilled", held(1))),
            minutes=10,
        ),
        "JobFailed": gauge(
            'kube_job_failed{namespace="erp", job_name="upgrade", condition="true"}',
            fires=1,
            quiet=0,
            minutes=5,
        ),
        "QuotaNearlyFull": Case(fires=quota(951), quiet=(quota(950), quota(949)), minutes=20),
        "PodsPending": gauge(pending, fires=1, quiet=0, minutes=15),
    }


def _nodes() -> dict[str, Case]:
    claim = 'namespace="observability", persistentvolumeclaim="prometheus"'

    def used(bytes_used: int) -> Series:
        return {
            f"kubelet_volume_stats_used_bytes{{{claim}}}": held(bytes_used),
            f"kubelet_volume_stats_capacity_bytes{{{claim}}}": held(1000),
        }

    condition = 'kube_node_status_condition{node="a", condition='
    return {
        "NodeNotReady": gauge(f'{condition}"Ready", status="true"}}', fires=0, quiet=1, minutes=10),
        "NodePressure": gauge(f'{condition}"DiskPressure", status="true"}}', fires=1, quiet=0, minutes=10),
        "VolumeFillsUp": Case(fires=used(801), quiet=(used(800),), minutes=20),
        "VolumeAlmostFull": Case(fires=used(951), quiet=(used(950),), minutes=10),
    }


def _node_autoscaler(context: RuleContext) -> dict[str, Case]:
    def nodes(ready: int, starting: int) -> Series:
        return {
            'cluster_autoscaler_nodes_count{state="ready"}': held(ready),
            'cluster_autoscaler_nodes_count{state="notStarted"}': held(starting),
        }

    failed = 'cluster_autoscaler_failed_scale_ups_total{reason="cloudProviderError"}'
    most = context.most_nodes
    return {
        "NodesAtLimit": Case(fires=nodes(most - 1, 1), quiet=(nodes(most - 1, 0),), minutes=20),
        "NodesNotAdded": Case(fires={failed: rising(0.2)}, quiet=({failed: held(2)},), minutes=20),
        "ClusterAutoscalerUnsafe": gauge(
            "cluster_autoscaler_cluster_safe_to_autoscale", fires=0, quiet=1, minutes=15
        ),
        "ClusterAutoscalerMissing": missing("cluster_autoscaler_cluster_safe_to_autoscale", minutes=15),
    }


def _prometheus() -> dict[str, Case]:
    def targets(down: int) -> Series:
        return {
            f'up{{job="kubelet", namespace="kube-system", instance="node-{number}"}}': held(number >= down)
            for number in range(10)
        }

    everything = {
        'kube_node_info{node="a"}': held(1),
        'node_memory_MemAvailable_bytes{instance="a"}': held(1),
        'container_memory_working_set_bytes{container="odoo"}': held(1),
    }
    without_kubelet = {
        series: values for series, values in everything.items() if not series.startswith("container")
    }

    def written(behind: int) -> Series:
        return {
            'prometheus_remote_storage_highest_timestamp_in_seconds{instance="p"}': rising(60, 10_000),
            'prometheus_remote_storage_queue_highest_sent_timestamp_seconds{instance="p", remote_name="amp",'
            ' url="https://aps"}': rising(60, 10_000 - behind),
        }

    def samples(failed: float) -> Series:
        labels = '{remote_name="amp", url="https://aps"}'
        return {
            f"prometheus_remote_storage_samples_failed_total{labels}": rising(failed),
            f"prometheus_remote_storage_samples_total{labels}": rising(1000 - failed),
        }

    failures = 'prometheus_rule_evaluation_failures_total{rule_group="x"}'
    return {
        "TargetDown": Case(fires=targets(2), quiet=(targets(1),), minutes=15, labels={"job": "kubelet"}),
        "ClusterMetricsMissing": Case(fires=without_kubelet, quiet=(everything,), minutes=15),
        "CloudWatchMetricsMissing": missing("aws_rds_cpuutilization_average", minutes=40),
        "RuleEvaluationFailing": Case(fires={failures: rising(1)}, quiet=({failures: held(4)},), minutes=25),
        "PrometheusConfigNotLoaded": Case(
            fires={"prometheus_config_last_reload_successful": held(0)},
            quiet=({"prometheus_config_last_reload_successful": held(1)},),
            minutes=15,
        ),
        "RemoteWriteBehind": Case(fires=written(121), quiet=(written(120),), minutes=25),
        "RemoteWriteFailing": Case(fires=samples(11), quiet=(samples(9.9),), minutes=25),
    }


def _alertmanager() -> dict[str, Case]:
    def sent(failed: float) -> Series:
        return {
            'alertmanager_notifications_failed_total{integration="slack", reason="other"}': rising(failed),
            'alertmanager_notifications_total{integration="slack"}': rising(1000),
        }

    return {
        "AlertmanagerUnreachable": gauge(
            "prometheus_notifications_alertmanagers_discovered", fires=0, quiet=1, minutes=15
        ),
        "AlertmanagerConfigNotLoaded": gauge(
            "alertmanager_config_last_reload_successful", fires=0, quiet=1, minutes=20
        ),
        "NotificationsFailing": Case(fires=sent(11), quiet=(sent(9.9),), minutes=15),
    }
