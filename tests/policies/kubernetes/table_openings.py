"""Rows of the rules about openings: open namespaces, ways past the balancer, ingresses, volumes."""

from __future__ import annotations

from typing import Final

from preview.graph import UNKNOWN
from tests.policies.builders import DROP, Ref, thing
from tests.policies.table import Break, Row

_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
KEY: Final = thing("aws:kms/key:Key", "data", enableKeyRotation=True)
KEY_ARN: Final = Ref("data", "arn")
AWS_OWN: Final = "{} is not set, so AWS uses a key of its own"
_STORAGE_CLASS: Final = thing(
    "kubernetes:storage.k8s.io/v1:StorageClass",
    "gp3",
    provisioner="ebs.csi.aws.com",
    parameters={"type": "gp3", "encrypted": "true", "kmsKeyId": KEY_ARN},
)

_INGRESS: Final = thing(
    "kubernetes:networking.k8s.io/v1:Ingress",
    "erp",
    metadata={
        "annotations": {
            "alb.ingress.kubernetes.io/listen-ports": '[{"HTTPS": 443}, {"HTTP": 80}]',
            "alb.ingress.kubernetes.io/ssl-redirect": "443",
            "alb.ingress.kubernetes.io/ssl-policy": _POLICY,
            "alb.ingress.kubernetes.io/certificate-arn": "arn:aws:acm:x",
        }
    },
    spec={"ingressClassName": "alb"},
)
_PLAIN_INGRESS: Final = thing(
    "kubernetes:networking.k8s.io/v1:Ingress",
    "inside",
    metadata={"name": "inside"},
    spec={"ingressClassName": "nginx", "tls": [{"secretName": "inside"}]},
)


def annotated(**given: str) -> dict[str, str]:
    """Give the annotations of a load balancer's Ingress."""
    return {f"alb.ingress.kubernetes.io/{name.replace('_', '-')}": value for name, value in given.items()}


_NAMESPACE: Final = thing("kubernetes:core/v1:Namespace", "erp", metadata={"name": "erp"})
_SYSTEM: Final = thing("kubernetes:core/v1:Namespace", "system", metadata={"name": "kube-system"})
_DENIAL: Final = thing(
    "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    "deny-all",
    metadata={"namespace": Ref("erp", "id")},
    spec={"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
)
_NOT_DENIED: Final = "no network policy denies {} by default in erp"
_DEPLOYMENT: Final = thing(
    "kubernetes:apps/v1:Deployment",
    "odoo",
    spec={"template": {"spec": {"containers": [{"name": "odoo", "ports": [{"containerPort": 8069}]}]}}},
)
_CRON_JOB: Final = thing(
    "kubernetes:batch/v1:CronJob",
    "archive",
    spec={"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"name": "archive"}]}}}}},
)
_SERVICE: Final = thing("kubernetes:core/v1:Service", "odoo-web", spec={"type": "ClusterIP"})
_RELEASE: Final = thing(
    "kubernetes:helm.sh/v3:Release",
    "exporter",
    chart="prometheus-node-exporter",
    values={"hostNetwork": False, "service": {"type": "ClusterIP"}},
)
_POD: Final = "odoo.spec.template.spec"

ROWS: Final = (
    Row(
        "enc-k8s-storageclass",
        (KEY, _STORAGE_CLASS, thing(_STORAGE_CLASS.token, "efs", provisioner="efs.csi.aws.com")),
        (
            Break({"gp3.parameters.encrypted": "false"}, {"gp3": 'parameters.encrypted is not "true"'}),
            Break({"gp3.parameters.kmsKeyId": DROP}, {"gp3": AWS_OWN.format("parameters.kmsKeyId")}),
        ),
        unknown="gp3.parameters",
        holds_unknown=({"gp3.parameters": KEY_ARN},),
    ),
    Row(
        "tls-k8s-ingress",
        (_INGRESS, _PLAIN_INGRESS),
        (
            Break(
                {"erp.metadata": {"annotations": annotated(ssl_policy=_POLICY, certificate_arn="arn")}},
                {
                    "erp": (
                        "the annotation listen-ports names no HTTPS port",
                        "the annotation listen-ports opens HTTP, but ssl-redirect is not set",
                    )
                },
            ),
            Break(
                {
                    "erp.metadata": {
                        "annotations": annotated(
                            listen_ports='[{"HTTPS": 443}]', ssl_policy="ELBSecurityPolicy-2016-08"
                        )
                    }
                },
                {
                    "erp": (
                        "the annotation ssl-policy is ELBSecurityPolicy-2016-08,"
                        " not a policy for TLS 1.2 and 1.3 only",
                        "the annotation certificate-arn is not set",
                    )
                },
            ),
            Break({"inside.spec.tls": DROP}, {"inside": "spec.tls is not set"}),
        ),
        unknown="erp.metadata",
        also_holds=(
            {
                "erp.metadata": {
                    "annotations": {
                        **annotated(listen_ports='[{"HTTPS": 443}]', ssl_policy=_POLICY),
                        "alb.ingress.kubernetes.io/certificate-arn": UNKNOWN,
                    }
                }
            },
        ),
    ),
    Row(
        "net-k8s-default-deny",
        (_NAMESPACE, _SYSTEM, _DENIAL),
        (
            Break({"deny-all": DROP}, {"erp": (_NOT_DENIED.format("ingress"), _NOT_DENIED.format("egress"))}),
            Break({"deny-all.spec.policyTypes": ["Ingress"]}, {"erp": _NOT_DENIED.format("egress")}),
            Break({"deny-all.spec.egress": [{}]}, {"erp": _NOT_DENIED.format("egress")}),
            Break(
                {"deny-all.spec.podSelector": {"matchLabels": {"app": "odoo"}}},
                {"erp": (_NOT_DENIED.format("ingress"), _NOT_DENIED.format("egress"))},
            ),
            Break(
                {"deny-all.metadata.namespace": "other"},
                {"erp": (_NOT_DENIED.format("ingress"), _NOT_DENIED.format("egress"))},
            ),
        ),
        unknown="deny-all.metadata",
        unknown_at="erp",
    ),
    Row(
        "net-k8s-no-bypass",
        (_DEPLOYMENT, _CRON_JOB, _SERVICE, _RELEASE),
        (
            Break(
                {"odoo-web.spec.type": "NodePort"},
                {"odoo-web": "spec.type is NodePort"},
                aspect="service-type",
            ),
            Break(
                {f"{_POD}.hostNetwork": True},
                {"odoo": "spec.template.spec.hostNetwork is true"},
                aspect="host-network",
            ),
            Break(
                {f"{_POD}.containers.0.ports.0.hostPort": 80},
                {"odoo": "spec.template.spec.containers.0.ports.0.hostPort is 80"},
                aspect="host-port",
            ),
            Break(
                {"archive.spec.jobTemplate.spec.template.spec.hostNetwork": True},
                {"archive": "spec.jobTemplate.spec.template.spec.hostNetwork is true"},
                aspect="host-network",
            ),
            Break(
                {"exporter.values.hostNetwork": True},
                {"exporter": "values.hostNetwork is true"},
                aspect="host-network",
            ),
            Break(
                {"exporter.values.service.type": "LoadBalancer"},
                {"exporter": "values.service.type is LoadBalancer"},
                aspect="service-type",
            ),
        ),
        unknown=f"{_POD}.hostNetwork",
    ),
)
