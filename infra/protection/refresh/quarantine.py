"""The closed network in which a copy of production is masked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from ...identity import ANYONE, Condition, Statement, policy_document
from ...naming import PARTITION, Kind, Naming
from ...network import ports
from ...network.acls import ALL_TCP, ANSWERS, DENIALS, STEP, Entry
from ...network.flow_logs import AGGREGATION_SECONDS, FlowLogPlace
from ...network.ports import Port
from ...network.routing import ANYWHERE
from ...settings import QuarantineSettings
from .parts import PURPOSE_TAG, QUARANTINE

SERVICES: Final = ("ecr.api", "ecr.dkr", "logs", "secretsmanager")
"""What the job needs: its image, its log, its password. Nothing else of AWS can be reached."""

DATABASE: Final = "quarantine-rds"
JOB: Final = "quarantine-job"
ENDPOINTS: Final = "quarantine-endpoints"

_GROUPS: Final = {
    DATABASE: "Copy of production that is being masked",
    JOB: "Job that masks the copy of production",
    ENDPOINTS: "Interface endpoints of the quarantine",
}
_FLOWS: Final[tuple[tuple[str, str, Port], ...]] = (
    (JOB, DATABASE, ports.POSTGRES),
    (JOB, ENDPOINTS, ports.HTTPS),
)


class Quarantine(pulumi.ComponentResource):
    """A VPC without internet, NAT, peering or endpoint beyond those of the job (SEC-09, DATA-03, ISO-01).

    Its addresses are some of production's VPC, so that AWS refuses to connect the two.

    | from | to | ports |
    |---|---|---|
    | job | copy of production | 5432 |
    | job | endpoints of ECR, CloudWatch Logs, Secrets Manager | 443 |
    | job | layers of ECR images, by the S3 endpoint | 443 |

    No workload has a way in, since there is no route between this VPC and any other, and nothing has a way
    out: the endpoints take only callers of this account, and the one to S3 only gives out image layers.
    """

    vpc_id: pulumi.Output[str]
    subnet_ids: list[pulumi.Output[str]]
    subnet_group_name: str
    database_security_group_id: pulumi.Output[str]
    job_security_group_id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        settings: QuarantineSettings,
        naming: Naming,
        flow_logs: FlowLogPlace,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:protection:Quarantine", name, None, opts)
        self._naming = naming
        self._opts = pulumi.ResourceOptions(parent=self)
        label = f"{naming.prefix}-{QUARANTINE}"
        self._tags = {**naming.tags(label), PURPOSE_TAG: QUARANTINE}
        self._vpc = aws.ec2.Vpc(
            QUARANTINE,
            aws.ec2.VpcArgs(
                cidr_block=str(settings.cidr),
                enable_dns_support=True,
                enable_dns_hostnames=True,
                tags=self._tags,
            ),
            opts=self._opts,
        )
        self.vpc_id = self._vpc.id
        aws.ec2.DefaultSecurityGroup(
            "quarantine-default",
            aws.ec2.DefaultSecurityGroupArgs(vpc_id=self._vpc.id, tags=naming.tags(f"{label}-closed")),
            opts=self._opts,
        )
        table = aws.ec2.RouteTable(
            QUARANTINE, aws.ec2.RouteTableArgs(vpc_id=self._vpc.id, tags=self._tags), opts=self._opts
        )
        self.subnet_ids = [self._subnet(subnet.zone, str(subnet.cidr), table) for subnet in settings.subnets]
        self._acl(str(settings.cidr))
        self._groups(table, self._group_ids())
        self._endpoints()
        self.subnet_group_name = naming.name(Kind.SUBNET_GROUP, QUARANTINE)
        aws.rds.SubnetGroup(
            QUARANTINE,
            aws.rds.SubnetGroupArgs(
                name=self.subnet_group_name,
                description="Subnets in which a copy of production is masked",
                subnet_ids=self.subnet_ids,
                tags={**naming.tags(self.subnet_group_name), PURPOSE_TAG: QUARANTINE},
            ),
            opts=self._opts,
        )
        aws.ec2.FlowLog(
            "quarantine-flow-logs",
            aws.ec2.FlowLogArgs(
                vpc_id=self._vpc.id,
                traffic_type="ALL",
                log_destination_type="cloud-watch-logs",
                # The log of the environment's other network, with its alarms: one place to look.
                log_destination=flow_logs.log_group_arn,
                iam_role_arn=flow_logs.role_arn,
                max_aggregation_interval=AGGREGATION_SECONDS,
                tags=self._tags,
            ),
            opts=self._opts,
        )
        self.register_outputs({"vpcId": self.vpc_id, "subnetIds": self.subnet_ids})

    def _subnet(self, zone: str, cidr: str, table: aws.ec2.RouteTable) -> pulumi.Output[str]:
        label = f"{QUARANTINE}-{zone[-1]}"
        subnet = aws.ec2.Subnet(
            label,
            aws.ec2.SubnetArgs(
                vpc_id=self._vpc.id,
                availability_zone=zone,
                cidr_block=cidr,
                map_public_ip_on_launch=False,
                tags={**self._naming.tags(f"{self._naming.prefix}-{label}"), PURPOSE_TAG: QUARANTINE},
            ),
            opts=self._opts,
        )
        aws.ec2.RouteTableAssociation(
            label,
            aws.ec2.RouteTableAssociationArgs(subnet_id=subnet.id, route_table_id=table.id),
            opts=self._opts,
        )
        return subnet.id

    def _acl(self, cidr: str) -> None:
        """Refuse at the border what is neither TCP inside nor the S3 endpoint, which has public addresses."""
        acl = aws.ec2.NetworkAcl(
            QUARANTINE, aws.ec2.NetworkAclArgs(vpc_id=self._vpc.id, tags=self._tags), opts=self._opts
        )
        inside = Entry("vpc-tcp", "allow", ALL_TCP, cidr)
        rules: dict[str, Sequence[Entry]] = {
            "in": (*DENIALS, inside, Entry(ANSWERS.name, "allow", ANSWERS, ANYWHERE)),
            "out": (inside, Entry("https", "allow", ports.HTTPS, ANYWHERE)),
        }
        for direction, entries in rules.items():
            for position, entry in enumerate(entries, start=1):
                if entry.port is None:
                    raise ValueError(f"{entry.name} names no port")
                aws.ec2.NetworkAclRule(
                    f"{QUARANTINE}-{direction}-{entry.name}",
                    aws.ec2.NetworkAclRuleArgs(
                        network_acl_id=acl.id,
                        rule_number=position * STEP,
                        egress=direction == "out",
                        rule_action=entry.action,
                        cidr_block=entry.cidr,
                        protocol=entry.port.protocol,
                        from_port=entry.port.first,
                        to_port=entry.port.last,
                    ),
                    opts=self._opts,
                )
        for number, subnet_id in enumerate(self.subnet_ids):
            aws.ec2.NetworkAclAssociation(
                f"{QUARANTINE}-{number}",
                aws.ec2.NetworkAclAssociationArgs(network_acl_id=acl.id, subnet_id=subnet_id),
                opts=self._opts,
            )
        aws.ec2.DefaultNetworkAcl(
            "quarantine-default",
            aws.ec2.DefaultNetworkAclArgs(
                default_network_acl_id=self._vpc.default_network_acl_id,
                tags=self._naming.tags(f"{self._naming.prefix}-{QUARANTINE}-closed"),
            ),
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["subnetIds"]),
        )

    def _group_ids(self) -> dict[str, pulumi.Output[str]]:
        ids = {}
        for role, what in _GROUPS.items():
            name = f"sg-{role}-{self._naming.environment}"
            group = aws.ec2.SecurityGroup(
                name,
                aws.ec2.SecurityGroupArgs(
                    name=Kind.SECURITY_GROUP.check(f"{role}-{self._naming.environment}"),
                    description=f"{what} of {self._naming.environment}",
                    vpc_id=self._vpc.id,
                    tags={**self._naming.tags(name), PURPOSE_TAG: QUARANTINE},
                ),
                opts=self._opts,
            )
            ids[role] = group.id
        self._ids = ids
        self.database_security_group_id = ids[DATABASE]
        self.job_security_group_id = ids[JOB]
        return ids

    def _groups(self, table: aws.ec2.RouteTable, ids: dict[str, pulumi.Output[str]]) -> None:
        ingress: dict[str, list[pulumi.Output[str]]] = {role: [] for role in ids}
        egress: dict[str, list[pulumi.Output[str]]] = {role: [] for role in ids}
        for source, target, port in _FLOWS:
            outgoing = aws.vpc.SecurityGroupEgressRule(
                f"{source}-to-{target}-{port.name}",
                aws.vpc.SecurityGroupEgressRuleArgs(
                    security_group_id=ids[source],
                    ip_protocol=port.protocol,
                    from_port=port.first,
                    to_port=port.last,
                    referenced_security_group_id=ids[target],
                    description=f"{port.what} to sg-{target}-{self._naming.environment}",
                ),
                opts=self._opts,
            )
            incoming = aws.vpc.SecurityGroupIngressRule(
                f"{target}-from-{source}-{port.name}",
                aws.vpc.SecurityGroupIngressRuleArgs(
                    security_group_id=ids[target],
                    ip_protocol=port.protocol,
                    from_port=port.first,
                    to_port=port.last,
                    referenced_security_group_id=ids[source],
                    description=f"{port.what} from sg-{source}-{self._naming.environment}",
                ),
                opts=self._opts,
            )
            egress[source].append(outgoing.id)
            ingress[target].append(incoming.id)
        layers = aws.ec2.VpcEndpoint(
            "quarantine-s3",
            aws.ec2.VpcEndpointArgs(
                vpc_id=self._vpc.id,
                vpc_endpoint_type="Gateway",
                service_name=f"com.amazonaws.{self._naming.region}.s3",
                route_table_ids=[table.id],
                policy=policy_document(_layers(self._naming)),
                tags=self._naming.tags(f"{self._naming.prefix}-{QUARANTINE}-s3"),
            ),
            opts=self._opts,
        )
        to_layers = aws.vpc.SecurityGroupEgressRule(
            f"{JOB}-to-s3-https",
            aws.vpc.SecurityGroupEgressRuleArgs(
                security_group_id=ids[JOB],
                ip_protocol=ports.HTTPS.protocol,
                from_port=ports.HTTPS.first,
                to_port=ports.HTTPS.last,
                prefix_list_id=layers.prefix_list_id,
                description="HTTPS to image layers in Amazon S3 through the gateway endpoint",
            ),
            opts=self._opts,
        )
        egress[JOB].append(to_layers.id)
        for role, group_id in ids.items():
            aws.ec2.VpcSecurityGroupRulesExclusive(
                f"{role}-rules",
                aws.ec2.VpcSecurityGroupRulesExclusiveArgs(
                    security_group_id=group_id, ingress_rule_ids=ingress[role], egress_rule_ids=egress[role]
                ),
                opts=self._opts,
            )

    def _endpoints(self) -> None:
        """Make the endpoints in the zone of the job alone: elsewhere nothing runs."""
        for service in SERVICES:
            aws.ec2.VpcEndpoint(
                f"{QUARANTINE}-{service}",
                aws.ec2.VpcEndpointArgs(
                    vpc_id=self._vpc.id,
                    vpc_endpoint_type="Interface",
                    service_name=f"com.amazonaws.{self._naming.region}.{service}",
                    private_dns_enabled=True,
                    subnet_ids=[self.subnet_ids[0]],
                    security_group_ids=[self._ids[ENDPOINTS]],
                    policy=policy_document(_own_callers(service, self._naming)),
                    tags=self._naming.tags(f"{self._naming.prefix}-{QUARANTINE}-{service}"),
                ),
                opts=self._opts,
            )


def _own_callers(service: str, naming: Naming) -> Statement:
    """Let nobody pass but callers of this account: with keys of another account data could be carried out."""
    return Statement(
        sid="OwnCallers",
        actions=(f"{service.partition('.')[0]}:*",),
        resources=("*",),
        principals=(ANYONE,),
        conditions=(
            Condition(operator="StringEquals", key="aws:PrincipalAccount", values=(naming.account_id,)),
        ),
        endpoint=True,
    )


def _layers(naming: Naming) -> Statement:
    """Let layers of ECR images be read: no bucket, ours or foreign, can be written from here."""
    return Statement(
        sid="ImageLayers",
        actions=("s3:GetObject",),
        resources=(f"arn:{PARTITION}:s3:::prod-{naming.region}-starport-layer-bucket/*",),
        principals=(ANYONE,),
        endpoint=True,
    )
