"""The rules read what the SDK really registers: typed objects, custom resources, releases."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as k8s
import pytest

from policies.framework.pack import POLICIES, load_pack
from tests.conftest import ComponentRenderer
from tests.policies.table import judged, said

PACK = load_pack(POLICIES / "kubernetes")
LABELS = {"app.kubernetes.io/name": "gps-consumer"}
META = k8s.meta.v1.ObjectMetaArgs


def program() -> None:
    """Declare a consumer that is right but for its privileges, the queue's depth, and the chart's version."""
    provider = k8s.Provider("cluster", k8s.ProviderArgs(kubeconfig="{}"))
    opts = pulumi.ResourceOptions(provider=provider)
    namespace = k8s.core.v1.Namespace("tms", k8s.core.v1.NamespaceInitArgs(metadata=META(name="tms")), opts)
    inside = namespace.metadata.apply(lambda metadata: metadata.name or "")
    consumer = k8s.apps.v1.Deployment(
        "gps-consumer",
        k8s.apps.v1.DeploymentInitArgs(
            metadata=META(name="gps-consumer", namespace=inside),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=LABELS),
                template=k8s.core.v1.PodTemplateSpecArgs(
                    metadata=META(labels=LABELS),
                    spec=k8s.core.v1.PodSpecArgs(
                        containers=[
                            k8s.core.v1.ContainerArgs(
                                name="gps",
                                image="gps:1",
                                security_context=k8s.core.v1.SecurityContextArgs(privileged=True),
                                resources=k8s.core.v1.ResourceRequirementsArgs(
                                    requests={"cpu": "250m", "memory": "256Mi"}
                                ),
                            )
                        ]
                    ),
                ),
            ),
        ),
        opts,
    )
    k8s.apiextensions.CustomResource(
        "gps-scaler",
        api_version="keda.sh/v1alpha1",
        kind="ScaledObject",
        metadata=META(name="gps-consumer", namespace=inside),
        spec={
            "scaleTargetRef": {"name": consumer.metadata.apply(lambda metadata: metadata.name or "")},
            "minReplicaCount": 1,
            "maxReplicaCount": 4,
            "triggers": [
                {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "70"}},
                {"type": "memory", "metricType": "Utilization", "metadata": {"value": "75"}},
                {"type": "rabbitmq", "metadata": {"mode": "QueueLength", "value": "1000"}},
            ],
        },
        opts=opts,
    )
    k8s.helm.v3.Release(
        "keda",
        k8s.helm.v3.ReleaseArgs(
            chart="keda",
            version="~2.20",
            namespace=inside,
            repository_opts=k8s.helm.v3.RepositoryOptsArgs(repo="https://kedacore.github.io/charts"),
            values={"operator": {"replicaCount": 2}},
        ),
        opts,
    )


@pytest.mark.parametrize("unknowns", [False, True], ids=["deployed", "first preview"])
def test_a_real_program_is_judged(component: ComponentRenderer, unknowns: bool) -> None:  # noqa: FBT001
    """References are followed where names are not known yet: the scaler finds its workload either way."""
    judgement = judged(PACK, component(program, unknowns=unknowns))
    assert said(judgement, "iam-k8s-pod-privileged") == {
        ("gps-consumer", "violation", "container gps: privileged is true")
    }
    assert said(judgement, "avl-k8s-scaling-queue") == {
        (
            "gps-scaler",
            "violation",
            "spec.triggers.2.metricType is AverageValue, which counts for each replica",
        )
    }
    assert said(judgement, "avl-k8s-replicas") == {("gps-consumer", "violation", "it may run with 1 replica")}
    assert said(judgement, "dat-k8s-chart-pinned") == {
        ("keda", "violation", "version is ~2.20, not one exact version")
    }
    for silent in ("avl-k8s-scaling-requests", "avl-k8s-scaling-targets", "iam-k8s-namespace-default"):
        assert said(judgement, silent) == frozenset()
    assert {finding.status for finding in judgement.findings} == {"violation"}
