"""Configuration values of the EKS add-ons: typed here, JSON there.

Each add-on version publishes a JSON schema (`aws eks describe-addon-configuration`) and refuses other keys.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, TypedDict

DNS_REPLICAS: Final = 2
DNS_MOST_REPLICAS: Final = 6

COREFILE: Final = """\
.:53 {
    errors
    health {
        lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
}
"""
"""What EKS ships, written out: `health` and `ready` answer the probes that NET-08 asks for."""


class VpcCniValues(TypedDict):
    """Values of `vpc-cni`; everything is text, as environment variables are."""

    enableNetworkPolicy: str
    env: dict[str, str]


class PodDisruptionBudget(TypedDict):
    """How many pods a drain may take at once."""

    enabled: bool
    maxUnavailable: int


class LabelSelector(TypedDict):
    """Pods by label."""

    matchLabels: dict[str, str]


class SpreadConstraint(TypedDict):
    """How pods spread over zones or nodes."""

    maxSkew: int
    topologyKey: str
    whenUnsatisfiable: str
    labelSelector: LabelSelector


class AutoScaling(TypedDict):
    """Replicas of CoreDNS by nodes and cores, chosen by EKS."""

    enabled: bool
    minReplicas: int
    maxReplicas: int


class _CoreDnsAlways(TypedDict):
    corefile: str
    podDisruptionBudget: PodDisruptionBudget
    topologySpreadConstraints: list[SpreadConstraint]


class CoreDnsValues(_CoreDnsAlways, total=False):
    """Values of `coredns`: a fixed number of replicas, or a range."""

    replicaCount: int
    autoScaling: AutoScaling


class EbsController(TypedDict):
    """The part of the EBS driver that calls EC2."""

    replicaCount: int
    region: str
    extraVolumeTags: dict[str, str]


class EbsCsiValues(TypedDict):
    """Values of `aws-ebs-csi-driver`."""

    controller: EbsController


class Requests(TypedDict):
    """What a container requests."""

    cpu: str
    memory: str


class Resources(TypedDict):
    """The requests of a container; its limit stays the add-on's."""

    requests: Requests


class MetricsServerValues(TypedDict):
    """Values of `metrics-server`."""

    replicas: int
    resources: Resources


class ServiceAccount(TypedDict):
    """A service account with annotations."""

    annotations: dict[str, str]


class WithServiceAccount(TypedDict):
    """A part of the EFS driver and the identity it runs under."""

    serviceAccount: ServiceAccount


class EfsCsiValues(TypedDict):
    """Values of `aws-efs-csi-driver`."""

    controller: WithServiceAccount
    node: WithServiceAccount


def vpc_cni_values(*, prefix_delegation: bool) -> VpcCniValues:
    """Values of the CNI: network policies enforced (ISO-03), logs at INFO instead of DEBUG."""
    env = {"AWS_VPC_K8S_CNI_LOGLEVEL": "INFO", "AWS_VPC_K8S_PLUGIN_LOG_LEVEL": "INFO"}
    if prefix_delegation:
        # One spare /28 per node: more would use up the /24 subnets.
        env |= {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"}
    return VpcCniValues(enableNetworkPolicy="true", env=env)


def core_dns_values(*, autoscaled: bool) -> CoreDnsValues:
    """Values of CoreDNS: never fewer than two replicas, apart where nodes allow it (NET-08).

    With `autoscaled` nodes the replicas follow them. The spread is a wish, not a rule: testing has one node.
    """
    values = CoreDnsValues(
        corefile=COREFILE,
        podDisruptionBudget=PodDisruptionBudget(enabled=True, maxUnavailable=1),
        topologySpreadConstraints=[
            SpreadConstraint(
                maxSkew=1,
                topologyKey=key,
                whenUnsatisfiable="ScheduleAnyway",
                labelSelector=LabelSelector(matchLabels={"k8s-app": "kube-dns"}),
            )
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
    )
    if autoscaled:
        values["autoScaling"] = AutoScaling(
            enabled=True, minReplicas=DNS_REPLICAS, maxReplicas=DNS_MOST_REPLICAS
        )
    else:
        values["replicaCount"] = DNS_REPLICAS
    return values


def ebs_csi_values(*, region: str, volume_tags: Mapping[str, str], replicas: int) -> EbsCsiValues:
    """Values of the EBS driver: its region, which it cannot ask the metadata service for, and the tag set."""
    return EbsCsiValues(
        controller=EbsController(replicaCount=replicas, region=region, extraVolumeTags=dict(volume_tags))
    )


def metrics_server_values(*, replicas: int) -> MetricsServerValues:
    """Values of the metrics server, which HPA and `kubectl top` ask.

    The add-on requests 100m and 200Mi, which its authors mean for a hundred nodes; half of it is for fifty.
    """
    return MetricsServerValues(
        replicas=replicas, resources=Resources(requests=Requests(cpu="50m", memory="100Mi"))
    )


def efs_csi_values(*, controller_role_arn: str, node_role_arn: str) -> EfsCsiValues:
    """Values of the EFS driver: a role for each of its service accounts.

    The add-on's own role argument would annotate both service accounts with one role
    (aws/containers-roadmap#2820).
    """
    return EfsCsiValues(controller=_under(controller_role_arn), node=_under(node_role_arn))


def as_json(values: Mapping[str, object]) -> str:
    """Render values as the text that EKS stores; keys sorted, so that it changes only when they do."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"))


def _under(role_arn: str) -> WithServiceAccount:
    return WithServiceAccount(
        serviceAccount=ServiceAccount(annotations={"eks.amazonaws.com/role-arn": role_arn})
    )
