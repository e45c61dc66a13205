"""Versions of what AWS runs for us: one set for all environments."""

from __future__ import annotations

from typing import Annotated

from .types import Area, OneOf, Pattern

AddonVersion = Annotated[
    str, Pattern("an EKS add-on version", "vX.Y.Z-eksbuild.N", r"v\d+\.\d+\.\d+-eksbuild\.\d+")
]


class AddonVersions(Area):
    """EKS add-ons, each pinned: without a version every run could upgrade one."""

    vpc_cni: AddonVersion
    coredns: AddonVersion
    kube_proxy: AddonVersion
    ebs_csi: AddonVersion
    efs_csi: AddonVersion
    metrics_server: AddonVersion


ChartVersion = Annotated[
    str, Pattern("an exact chart version", "X.Y.Z without range or prefix", r"\d+\.\d+\.\d+")
]


class ChartVersions(Area):
    """Helm charts of controllers and of monitoring, each pinned with the images that it was tested with."""

    aws_load_balancer_controller: ChartVersion
    cluster_autoscaler: ChartVersion
    external_secrets: ChartVersion
    keda: ChartVersion
    trivy_operator: ChartVersion
    prometheus_operator_crds: ChartVersion
    """Of the operator's version in `kube_prometheus_stack`, which brings no definitions of its own here."""
    kube_prometheus_stack: ChartVersion
    prometheus_postgres_exporter: ChartVersion
    prometheus_redis_exporter: ChartVersion
    prometheus_yet_another_cloudwatch_exporter: ChartVersion
    prometheus_blackbox_exporter: ChartVersion
    fluent_bit: ChartVersion


class VersionSettings(Area):
    """Engine versions."""

    kubernetes: Annotated[
        str, OneOf("an EKS version in standard support that the controllers are tested on", ("1.35",))
    ]
    postgres: Annotated[
        str, Pattern("a PostgreSQL 16 minor that RDS offers", "16.9 to 16.15", r"16\.(9|1[0-5])")
    ]
    rabbitmq: Annotated[str, OneOf("a RabbitMQ version for mq.m7g", ("4.2",))]
    redis: Annotated[str, OneOf("a Redis OSS or Valkey version of ElastiCache", ("7.1", "8.0", "8.1", "8.2"))]
    opensearch: Annotated[
        str,
        OneOf(
            "an OpenSearch version", ("OpenSearch_2.19", "OpenSearch_3.1", "OpenSearch_3.3", "OpenSearch_3.5")
        ),
    ]
    addons: AddonVersions
    charts: ChartVersions
    cluster_autoscaler: Annotated[
        str, Pattern("a Cluster Autoscaler image of Kubernetes 1.35", "v1.35.Z", r"v1\.35\.\d+")
    ]
    """Its minor version is the cluster's: another one may not know the API's objects."""
