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

from typing import Final

from ..cluster.access import REHEARSAL
from ..network import ports
from ..settings.workloads import MailSettings
from .addresses import Addresses
from .labels import (
    ALLOWED,
    ERP,
    GPS,
    MAIL_CATCHER,
    METRICS_PORT_NAME,
    NAME,
    NODE_AGENTS,
    OBSERVABILITY,
    ODOO,
    REACHES_AWS,
    REACHES_BROKER_MANAGEMENT,
    SENDS_MAIL,
    SYSTEM,
)
from .monitoring_paths import BLACKBOX_EXPORTER_PODS, monitoring_paths, node_agents_paths
from .ways import (
    HTTPS,
    Path,
    Pods,
    called_by_api,
    from_load_balancer,
    internet,
    private_networks,
    scraped,
    to_aws,
    to_kubernetes_api,
    to_partners,
    to_store,
)

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


def paths(
    addresses: Addresses, *, mail: MailSettings, autoscaled: bool, monitored: bool
) -> dict[str, tuple[Path, ...]]:
    """Give the paths of every namespace, by its name.

    `mail` is the server that Odoo hands its mail to; `autoscaled` says that KEDA and the Cluster Autoscaler
    run, `monitored` that metrics and logs are kept: else nobody in `observability` talks to anybody.
    """
    controllers = (CONTROLLER_METRICS, *((AUTOSCALER_METRICS,) if autoscaled else ()))
    return {
        ERP: _erp(addresses, mail=mail),
        GPS: _gps(addresses),
        SYSTEM: _system(addresses, autoscaled=autoscaled),
        OBSERVABILITY: monitoring_paths(addresses, controllers=controllers) if monitored else (),
        # A drill reaches the copy of the database, which lies beside it, and nobody else.
        REHEARSAL: (to_store("database", addresses, ports.POSTGRES.first),),
        NODE_AGENTS: node_agents_paths(addresses) if monitored else (),
    }


def _erp(addresses: Addresses, *, mail: MailSettings) -> tuple[Path, ...]:
    return (
        from_load_balancer(addresses, ports.ODOO.first),
        scraped(METRICS_PORT_NAME),
        to_store("database", addresses, ports.POSTGRES.first),
        to_store("cache", addresses, ports.REDIS.first),
        *_among_odoo(),
        Path(
            name="probed-from-inside",
            direction="ingress",
            pods={NAME: ODOO},
            peers=(Pods(namespace=OBSERVABILITY, labels=BLACKBOX_EXPORTER_PODS),),
            tcp=(ports.ODOO.first,),
        ),
        *_mail(addresses, mail),
        to_partners(addresses),
        to_aws("aws", addresses, pods={REACHES_AWS: ALLOWED}),
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
                peers=private_networks(addresses),
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
        from_load_balancer(addresses, ports.GPS.first),
        scraped(ports.GPS.first, METRICS_PORT_NAME),
        to_store("broker", addresses, ports.AMQPS.first),
        to_store("database", addresses, ports.POSTGRES.first),
        to_store("cache", addresses, ports.REDIS.first),
        Path(
            name="broker-management",
            direction="egress",
            pods={REACHES_BROKER_MANAGEMENT: ALLOWED},
            peers=private_networks(addresses),
            tcp=(ports.MQ_MANAGEMENT.first, ports.MQ_MANAGEMENT_NATIVE.first),
        ),
        to_partners(addresses),
        to_aws("aws", addresses, pods={REACHES_AWS: ALLOWED}),
    )


def _system(addresses: Addresses, *, autoscaled: bool) -> tuple[Path, ...]:
    return (
        to_kubernetes_api(addresses),
        scraped(CONTROLLER_METRICS, *((AUTOSCALER_METRICS,) if autoscaled else ())),
        called_by_api("load-balancer-controller", addresses, LOAD_BALANCER_CONTROLLER_PODS, WEBHOOK),
        to_aws(
            "load-balancer-controller-aws",
            addresses,
            pods=LOAD_BALANCER_CONTROLLER_PODS,
            services=("ec2", "elasticloadbalancing", "sts"),
        ),
        called_by_api("external-secrets", addresses, EXTERNAL_SECRETS_WEBHOOK_PODS, EXTERNAL_SECRETS_WEBHOOK),
        to_aws(
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
        to_aws("trivy-scan-registries", addresses, pods=TRIVY_SCAN_PODS),
        Path(
            name="trivy-server-database",
            direction="egress",
            pods=TRIVY_SERVER_PODS,
            peers=(internet(addresses),),
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
        to_aws(
            "cluster-autoscaler-aws",
            addresses,
            pods=CLUSTER_AUTOSCALER_PODS,
            services=("autoscaling", "ec2", "eks", "sts"),
        ),
        Path(
            name="keda-operator-broker",
            direction="egress",
            pods=KEDA_OPERATOR_PODS,
            peers=private_networks(addresses),
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
        called_by_api("keda-metrics", addresses, KEDA_METRICS_PODS, KEDA_METRICS_API),
        called_by_api("keda-webhooks", addresses, KEDA_WEBHOOK_PODS, WEBHOOK),
    )
