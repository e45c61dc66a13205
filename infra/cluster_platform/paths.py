"""Who may talk to whom in the cluster, as a table: everything else is denied (NET-06, ISO-03).

Rules are about pods: the VPC's CNI compares ports of pods, so a service has the same port as its containers
wherever pods use it. Each path stands once for either end: both namespaces deny by default, so a way between
two pods needs a rule on either side.

Left out on purpose:

- Probes. The CNI always lets the node talk to its own pods; a rule for the nodes' subnets would open the port
  to every pod of the cluster, because pods have addresses of the same subnets.
- NFS. The storage driver on the node mounts file systems, not the pod.
- Answers. Policies are about who begins a conversation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from ..network import ports
from ..settings.workloads import MailSettings
from .addresses import ANYWHERE, LINK_LOCAL, Addresses
from .labels import (
    ALLOWED,
    ERP,
    GPS,
    MAIL_CATCHER,
    METRICS_PORT_NAME,
    NAME,
    OBSERVABILITY,
    ODOO,
    REACHES_AWS,
    REACHES_BROKER_MANAGEMENT,
    REACHES_PARTNERS,
    SENDS_MAIL,
    SYSTEM,
)

Direction = Literal["ingress", "egress"]
PortNumberOrName = int | str

HTTPS: Final = ports.HTTPS.first
KUBELET: Final = 10250
COREDNS_METRICS: Final = 9153
NODE_EXPORTER: Final = 9100
CONTROLLER_METRICS: Final = 8080
AUTOSCALER_METRICS: Final = 8085
KEDA_OPERATOR: Final = 9666
KEDA_METRICS_API: Final = 6443
WEBHOOK: Final = 9443
EXTERNAL_SECRETS_WEBHOOK: Final = 10250
TRIVY_SERVER: Final = 4954

LOAD_BALANCER_CONTROLLER_PODS: Final = {NAME: "aws-load-balancer-controller"}
CLUSTER_AUTOSCALER_PODS: Final = {NAME: "aws-cluster-autoscaler"}
EXTERNAL_SECRETS_PODS: Final = {NAME: "external-secrets"}
EXTERNAL_SECRETS_WEBHOOK_PODS: Final = {NAME: "external-secrets-webhook"}
KEDA_OPERATOR_PODS: Final = {"app": "keda-operator"}
KEDA_METRICS_PODS: Final = {"app": "keda-operator-metrics-apiserver"}
KEDA_WEBHOOK_PODS: Final = {"app": "keda-admission-webhooks"}
TRIVY_OPERATOR_PODS: Final = {NAME: "trivy-operator"}
TRIVY_SERVER_PODS: Final = {NAME: "trivy-server"}
TRIVY_SCAN_PODS: Final = {NAME: "trivy-scan"}
"""Labels that the charts, and our values for them, put on their pods."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Networks:
    """The other end is outside the cluster, or known by address only."""

    cidrs: tuple[str, ...]
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pods:
    """The other end is pods: of a namespace, or of the same one when none is named."""

    namespace: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One thing that pods of a namespace may do or have done to them."""

    name: str
    direction: Direction
    peers: tuple[Networks | Pods, ...]
    tcp: tuple[PortNumberOrName, ...]
    pods: Mapping[str, str] = field(default_factory=dict)
    """Labels of the pods that it is about; empty: every pod of the namespace."""


def paths(addresses: Addresses, *, mail: MailSettings, autoscaled: bool) -> dict[str, tuple[Path, ...]]:
    """Give the paths of every namespace, by its name.

    `mail` is the server that Odoo hands its mail to; `autoscaled` says that KEDA and the Cluster Autoscaler
    run.
    """
    return {
        ERP: _erp(addresses, mail=mail),
        GPS: _gps(addresses),
        SYSTEM: _system(addresses, autoscaled=autoscaled),
        OBSERVABILITY: _observability(addresses, autoscaled=autoscaled),
    }


def _erp(addresses: Addresses, *, mail: MailSettings) -> tuple[Path, ...]:
    return (
        _from_load_balancer(addresses, ports.ODOO.first),
        _scraped(METRICS_PORT_NAME),
        _to_store("database", addresses, ports.POSTGRES.first),
        _to_store("cache", addresses, ports.REDIS.first),
        *_among_odoo(),
        *_mail(addresses, mail),
        _to_partners(addresses),
        _to_aws("aws", addresses, pods={REACHES_AWS: ALLOWED}),
    )


def _among_odoo() -> tuple[Path, Path]:
    """Let Odoo's pods ask each other: web pods for reports, and all for the style sheets of reports."""
    pods = {NAME: ODOO}
    peers, port = (Pods(labels=pods),), (ports.ODOO.first,)
    return (
        Path(name="odoo-asks-odoo", direction="egress", pods=pods, peers=peers, tcp=port),
        Path(name="odoo", direction="ingress", pods=pods, peers=peers, tcp=port),
    )


def _mail(addresses: Addresses, mail: MailSettings) -> tuple[Path, ...]:
    """Let mail go to Amazon SES or, where it must not reach people, to the sink beside Odoo alone.

    SES is spoken to at its interface endpoint: on the internet pods reach nothing but HTTPS.
    """
    sender, sink = {SENDS_MAIL: ALLOWED}, {NAME: MAIL_CATCHER}
    if mail.smtp_host != MAIL_CATCHER:
        return (
            Path(
                name="mail",
                direction="egress",
                pods=sender,
                peers=_private(addresses),
                tcp=(mail.smtp_port,),
            ),
        )
    return (
        Path(name="mail", direction="egress", pods=sender, peers=(Pods(labels=sink),), tcp=(mail.smtp_port,)),
        Path(
            name="mail-catcher",
            direction="ingress",
            pods=sink,
            peers=(Pods(labels=sender),),
            tcp=(mail.smtp_port,),
        ),
    )


def _gps(addresses: Addresses) -> tuple[Path, ...]:
    return (
        _from_load_balancer(addresses, ports.GPS.first),
        _scraped(ports.GPS.first, METRICS_PORT_NAME),
        _to_store("broker", addresses, ports.AMQPS.first),
        _to_store("database", addresses, ports.POSTGRES.first),
        _to_store("cache", addresses, ports.REDIS.first),
        Path(
            name="broker-management",
            direction="egress",
            pods={REACHES_BROKER_MANAGEMENT: ALLOWED},
            peers=_private(addresses),
            tcp=(ports.MQ_MANAGEMENT.first, ports.MQ_MANAGEMENT_NATIVE.first),
        ),
        _to_partners(addresses),
        _to_aws("aws", addresses, pods={REACHES_AWS: ALLOWED}),
    )


def _system(addresses: Addresses, *, autoscaled: bool) -> tuple[Path, ...]:
    return (
        _to_kubernetes_api(addresses),
        _scraped(CONTROLLER_METRICS, *((AUTOSCALER_METRICS,) if autoscaled else ())),
        _called_by_api("load-balancer-controller", addresses, LOAD_BALANCER_CONTROLLER_PODS, WEBHOOK),
        _to_aws(
            "load-balancer-controller-aws",
            addresses,
            pods=LOAD_BALANCER_CONTROLLER_PODS,
            services=("ec2", "elasticloadbalancing", "sts"),
        ),
        _called_by_api(
            "external-secrets", addresses, EXTERNAL_SECRETS_WEBHOOK_PODS, EXTERNAL_SECRETS_WEBHOOK
        ),
        _to_aws(
            "external-secrets-aws",
            addresses,
            pods=EXTERNAL_SECRETS_PODS,
            services=("secretsmanager", "sts"),
        ),
        *_trivy(addresses),
        *(_autoscaling(addresses) if autoscaled else ()),
    )


def _trivy(addresses: Addresses) -> tuple[Path, ...]:
    """Scans read images from registries, and the server the list of vulnerabilities: both are anywhere."""
    return (
        _to_aws("trivy-scan-registries", addresses, pods=TRIVY_SCAN_PODS),
        Path(
            name="trivy-server-database",
            direction="egress",
            pods=TRIVY_SERVER_PODS,
            peers=(_outside(addresses),),
            tcp=(HTTPS,),
        ),
        *(
            Path(
                name=f"{client[NAME]}-asks-server",
                direction="egress",
                pods=client,
                peers=(Pods(labels=TRIVY_SERVER_PODS),),
                tcp=(TRIVY_SERVER,),
            )
            for client in (TRIVY_OPERATOR_PODS, TRIVY_SCAN_PODS)
        ),
        Path(
            name="trivy-server",
            direction="ingress",
            pods=TRIVY_SERVER_PODS,
            peers=(Pods(labels=TRIVY_OPERATOR_PODS), Pods(labels=TRIVY_SCAN_PODS)),
            tcp=(TRIVY_SERVER,),
        ),
    )


def _autoscaling(addresses: Addresses) -> tuple[Path, ...]:
    return (
        _to_aws(
            "cluster-autoscaler-aws",
            addresses,
            pods=CLUSTER_AUTOSCALER_PODS,
            services=("autoscaling", "ec2", "eks", "sts"),
        ),
        Path(
            name="keda-operator-broker",
            direction="egress",
            pods=KEDA_OPERATOR_PODS,
            peers=_private(addresses),
            tcp=(ports.AMQPS.first,),
        ),
        Path(
            name="keda-metrics-operator",
            direction="egress",
            pods=KEDA_METRICS_PODS,
            peers=(Pods(labels=KEDA_OPERATOR_PODS),),
            tcp=(KEDA_OPERATOR,),
        ),
        Path(
            name="keda-operator",
            direction="ingress",
            pods=KEDA_OPERATOR_PODS,
            peers=(Pods(labels=KEDA_METRICS_PODS),),
            tcp=(KEDA_OPERATOR,),
        ),
        _called_by_api("keda-metrics", addresses, KEDA_METRICS_PODS, KEDA_METRICS_API),
        _called_by_api("keda-webhooks", addresses, KEDA_WEBHOOK_PODS, WEBHOOK),
    )


def _observability(addresses: Addresses, *, autoscaled: bool) -> tuple[Path, ...]:
    controllers = (CONTROLLER_METRICS, *((AUTOSCALER_METRICS,) if autoscaled else ()))
    return (
        _to_kubernetes_api(addresses),
        _scrapes(ERP, METRICS_PORT_NAME),
        _scrapes(GPS, ports.GPS.first, METRICS_PORT_NAME),
        _scrapes(SYSTEM, *controllers),
        _scrapes("kube-system", COREDNS_METRICS),
        Path(
            name="scrape-nodes",
            direction="egress",
            peers=_private(addresses),
            tcp=(KUBELET, NODE_EXPORTER),
        ),
    )


def _private(addresses: Addresses) -> tuple[Networks, ...]:
    return (Networks(cidrs=addresses.private_subnets),)


def _outside(addresses: Addresses) -> Networks:
    """The internet: neither the VPC nor services of the cluster nor what a node tells itself."""
    return Networks(cidrs=(ANYWHERE,), excluded=(addresses.vpc, addresses.services, LINK_LOCAL))


def _from_load_balancer(addresses: Addresses, port: int) -> Path:
    return Path(
        name="load-balancer",
        direction="ingress",
        peers=(Networks(cidrs=addresses.public_subnets),),
        tcp=(port,),
    )


def _to_store(name: str, addresses: Addresses, port: int) -> Path:
    return Path(name=name, direction="egress", peers=_private(addresses), tcp=(port,))


def _scraped(*tcp: PortNumberOrName) -> Path:
    return Path(name="scraping", direction="ingress", peers=(Pods(namespace=OBSERVABILITY),), tcp=tcp)


def _scrapes(namespace: str, *tcp: PortNumberOrName) -> Path:
    return Path(name=f"scrape-{namespace}", direction="egress", peers=(Pods(namespace=namespace),), tcp=tcp)


def _to_partners(addresses: Addresses) -> Path:
    partners = Networks(cidrs=addresses.partners) if addresses.partners else _outside(addresses)
    return Path(
        name="partners",
        direction="egress",
        pods={REACHES_PARTNERS: ALLOWED},
        peers=(partners,),
        tcp=(HTTPS,),
    )


def _to_aws(
    name: str, addresses: Addresses, *, pods: Mapping[str, str], services: tuple[str, ...] | None = None
) -> Path:
    """Let pods call AWS: at the interface endpoints, and outside the VPC for services that have none there.

    `services` None: any, among them S3, whose gateway endpoint has public addresses.
    """
    inside = services is not None and addresses.endpoints.issuperset(services)
    return Path(
        name=name,
        direction="egress",
        pods=pods,
        peers=_private(addresses) if inside else (*_private(addresses), _outside(addresses)),
        tcp=(HTTPS,),
    )


def _to_kubernetes_api(addresses: Addresses) -> Path:
    return Path(
        name="kubernetes-api",
        direction="egress",
        peers=(Networks(cidrs=(addresses.api_service, *addresses.private_subnets)),),
        tcp=(HTTPS,),
    )


def _called_by_api(name: str, addresses: Addresses, pods: Mapping[str, str], port: int) -> Path:
    """Let the control plane call a webhook or an extension API: its interfaces are in the private subnets."""
    return Path(
        name=f"{name}-called-by-api",
        direction="ingress",
        pods=pods,
        peers=_private(addresses),
        tcp=(port,),
    )
