"""The named security groups and every rule between them (NET-03, NET-04, NET-05, SEC-07).

| from | to | ports |
|---|---|---|
| allowed networks | alb | 443 |
| alb | eks-nodes | Odoo, GPS |
| eks-nodes | eks-nodes | DNS, unprivileged ports |
| eks-nodes | rds, mq, cache, search, efs, endpoints | each its own |
| eks-nodes | endpoints | 587, 2587, where Amazon SES is one of them |
| eks-nodes | internet, or partners and S3 | 443 |

Rules inside the VPC name groups, never addresses, and come in pairs: what one group may send, the other
may receive. Data stores and endpoints send nothing. Security groups are stateful, so answers need no rule;
they do not filter the VPC's DNS resolver, time service or instance metadata, so those need none either.
Nodes also carry the group that EKS makes for the cluster, whose members may all talk to one another; the
rules from node to node here keep pods talking when that group is narrowed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import Final, NamedTuple

import pulumi
import pulumi_aws as aws

from ..naming import Naming, SecurityGroupRole
from ..settings.network import MAIL_ENDPOINT
from . import ports
from .ports import Port

PURPOSES: Final[dict[SecurityGroupRole, str]] = {
    "alb": "Internet-facing load balancer",
    "eks-nodes": "EKS worker nodes and their pods",
    "rds": "PostgreSQL database",
    "mq": "RabbitMQ broker",
    "cache": "Redis cache",
    "search": "OpenSearch domain",
    "efs": "Shared file storage",
    "endpoints": "Interface endpoints of AWS services",
}


class Flow(NamedTuple):
    """One permitted conversation: who begins it, with whom, where."""

    source: SecurityGroupRole
    target: SecurityGroupRole
    port: Port


FLOWS: Final = (
    *(Flow("alb", "eks-nodes", port) for port in ports.TARGETS),
    Flow("eks-nodes", "eks-nodes", ports.DNS),
    Flow("eks-nodes", "eks-nodes", ports.DNS_UDP),
    Flow("eks-nodes", "eks-nodes", ports.PODS),
    Flow("eks-nodes", "rds", ports.POSTGRES),
    Flow("eks-nodes", "mq", ports.AMQPS),
    Flow("eks-nodes", "mq", ports.MQ_MANAGEMENT),
    Flow("eks-nodes", "mq", ports.MQ_MANAGEMENT_NATIVE),
    Flow("eks-nodes", "mq", ports.MQ_METRICS),
    Flow("eks-nodes", "cache", ports.REDIS),
    Flow("eks-nodes", "search", ports.SEARCH),
    Flow("eks-nodes", "efs", ports.NFS),
    Flow("eks-nodes", "endpoints", ports.HTTPS),
)

MAIL_FLOWS: Final = tuple(
    Flow("eks-nodes", "endpoints", port) for port in (ports.SMTP, ports.SMTP_ALTERNATIVE)
)
"""Both ports on which SES begins in clear and answers STARTTLS (SES developer guide, "Connecting to an Amazon
SES SMTP endpoint"); which one Odoo uses is a setting, and which pods may is for network policies."""


class SecurityGroups:
    """The groups by role, as ids.

    Attributes `alb` … `endpoints` are the ids of the groups; `ids` holds them by role. The rules of
    `eks-nodes` towards the control plane belong to the cluster, which knows the other side: it finds the
    ids of the rules made here in `node_ingress_rule_ids` and `node_egress_rule_ids`.
    """

    alb: pulumi.Output[str]
    eks_nodes: pulumi.Output[str]
    rds: pulumi.Output[str]
    mq: pulumi.Output[str]
    cache: pulumi.Output[str]
    search: pulumi.Output[str]
    efs: pulumi.Output[str]
    endpoints: pulumi.Output[str]

    def __init__(
        self,
        *,
        vpc: aws.ec2.Vpc,
        allowed_cidrs: Sequence[IPv4Network],
        interface_endpoints: Sequence[str],
        naming: Naming,
        parent: pulumi.Resource,
    ) -> None:
        self._naming = naming
        self._opts = pulumi.ResourceOptions(parent=parent)
        self._ingress: dict[SecurityGroupRole, list[pulumi.Output[str]]] = defaultdict(list)
        self._egress: dict[SecurityGroupRole, list[pulumi.Output[str]]] = defaultdict(list)
        aws.ec2.DefaultSecurityGroup(
            "default-security-group",
            # Without rules: what forgets to name a group can talk to nobody.
            aws.ec2.DefaultSecurityGroupArgs(vpc_id=vpc.id, tags=naming.tags(f"{naming.prefix}-closed")),
            opts=self._opts,
        )
        self.ids: dict[SecurityGroupRole, pulumi.Output[str]] = {
            role: self._group(role, purpose, vpc) for role, purpose in PURPOSES.items()
        }
        for role, group_id in self.ids.items():
            setattr(self, role.replace("-", "_"), group_id)
        for cidr in allowed_cidrs:
            self._ingress_rule(
                "alb",
                f"alb-from-{_label(cidr)}-https",
                ports.HTTPS,
                f"HTTPS from {_whom(cidr)}",
                cidr_ipv4=str(cidr),
            )
        for flow in (*FLOWS, *(MAIL_FLOWS if MAIL_ENDPOINT in interface_endpoints else ())):
            self._connect(flow)

    def open_internet(
        self, *, partner_cidrs: Sequence[IPv4Network], s3_prefix_list_id: pulumi.Input[str]
    ) -> None:
        """Let nodes call out over HTTPS (NET-06): anywhere, or partners and S3 when partners are named."""
        destinations = partner_cidrs or (IPv4Network("0.0.0.0/0"),)
        for cidr in destinations:
            self._egress_rule(
                "eks-nodes",
                f"eks-nodes-to-{_label(cidr)}-https",
                ports.HTTPS,
                f"HTTPS to {_whom(cidr)}",
                cidr_ipv4=str(cidr),
            )
        if partner_cidrs:
            self._egress_rule(
                "eks-nodes",
                "eks-nodes-to-s3-https",
                ports.HTTPS,
                "HTTPS to Amazon S3 through the gateway endpoint",
                prefix_list_id=s3_prefix_list_id,
            )

    def close_lists(self) -> None:
        """Make the rule lists of all groups but the nodes' exclusive, so that rules added by hand vanish.

        The list of the nodes is completed, and so closed, by the cluster.
        """
        for role, group_id in self.ids.items():
            if role == "eks-nodes":
                continue
            aws.ec2.VpcSecurityGroupRulesExclusive(
                f"{role}-rules",
                aws.ec2.VpcSecurityGroupRulesExclusiveArgs(
                    security_group_id=group_id,
                    ingress_rule_ids=self._ingress[role],
                    egress_rule_ids=self._egress[role],
                ),
                opts=self._opts,
            )

    @property
    def node_ingress_rule_ids(self) -> list[pulumi.Output[str]]:
        """Ids of the ingress rules of `eks-nodes` made here."""
        return list(self._ingress["eks-nodes"])

    @property
    def node_egress_rule_ids(self) -> list[pulumi.Output[str]]:
        """Ids of the egress rules of `eks-nodes` made here."""
        return list(self._egress["eks-nodes"])

    def _group(self, role: SecurityGroupRole, purpose: str, vpc: aws.ec2.Vpc) -> pulumi.Output[str]:
        name = self._naming.security_group(role)
        group = aws.ec2.SecurityGroup(
            name,
            aws.ec2.SecurityGroupArgs(
                name=self._naming.security_group_ec2_name(role),
                description=f"{purpose} of {self._naming.environment}",
                vpc_id=vpc.id,
                tags=self._naming.tags(name),
            ),
            opts=self._opts,
        )
        return group.id

    def _connect(self, flow: Flow) -> None:
        source, target, port = flow
        self._egress_rule(
            source,
            f"{source}-to-{target}-{port.name}",
            port,
            f"{port.what} to {self._naming.security_group(target)}",
            referenced_security_group_id=self.ids[target],
        )
        self._ingress_rule(
            target,
            f"{target}-from-{source}-{port.name}",
            port,
            f"{port.what} from {self._naming.security_group(source)}",
            referenced_security_group_id=self.ids[source],
        )

    def _ingress_rule(
        self,
        role: SecurityGroupRole,
        name: str,
        port: Port,
        description: str,
        *,
        cidr_ipv4: str | None = None,
        referenced_security_group_id: pulumi.Input[str] | None = None,
    ) -> None:
        rule = aws.vpc.SecurityGroupIngressRule(
            name,
            aws.vpc.SecurityGroupIngressRuleArgs(
                security_group_id=self.ids[role],
                ip_protocol=port.protocol,
                from_port=port.first,
                to_port=port.last,
                cidr_ipv4=cidr_ipv4,
                referenced_security_group_id=referenced_security_group_id,
                description=description,
            ),
            opts=self._opts,
        )
        self._ingress[role].append(rule.id)

    def _egress_rule(
        self,
        role: SecurityGroupRole,
        name: str,
        port: Port,
        description: str,
        *,
        cidr_ipv4: str | None = None,
        prefix_list_id: pulumi.Input[str] | None = None,
        referenced_security_group_id: pulumi.Input[str] | None = None,
    ) -> None:
        rule = aws.vpc.SecurityGroupEgressRule(
            name,
            aws.vpc.SecurityGroupEgressRuleArgs(
                security_group_id=self.ids[role],
                ip_protocol=port.protocol,
                from_port=port.first,
                to_port=port.last,
                cidr_ipv4=cidr_ipv4,
                prefix_list_id=prefix_list_id,
                referenced_security_group_id=referenced_security_group_id,
                description=description,
            ),
            opts=self._opts,
        )
        self._egress[role].append(rule.id)


def _label(cidr: IPv4Network) -> str:
    """What a logical name calls a network; a slash would read as a path in it."""
    return "internet" if cidr.prefixlen == 0 else str(cidr).replace("/", "-")


def _whom(cidr: IPv4Network) -> str:
    return "anywhere" if cidr.prefixlen == 0 else str(cidr)
