"""Private ways to AWS services."""

from __future__ import annotations

from policies.aws.tokens import ENDPOINTS, VPCS
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Setting,
    Settings,
    Severity,
    joined_rule,
    mandatory_in,
)


@joined_rule(
    "net-vpc-endpoints",
    subjects=(*VPCS, *ENDPOINTS),
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod"),
    controls=Controls(("EC2.10", "EC2.55", "EC2.56"), (), ("NET-06", "POL-03")),
    remedy="Declare ec2.VpcEndpoint for each service: type Gateway for s3, Interface for the others.",
    settings={
        "services": Setting(
            ["s3", "ecr.api", "ecr.dkr", "sts", "secretsmanager", "logs", "ec2"],
            "Services that must be reachable without the internet.",
        )
    },
)
def vpc_endpoints(resource: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """The services that nodes live on are reachable without the internet."""
    if resource.type in ENDPOINTS:
        if resource.text("vpcEndpointType", "Gateway") == "Interface" and not resource.flag(
            "privateDnsEnabled"
        ):
            yield "privateDnsEnabled is not true, so the service's name still leads to the internet"
        return
    declared = [
        endpoint.text("serviceName").split(".", 3)[-1]
        for endpoint in graph.attached(resource, "vpcId", *ENDPOINTS)
    ]
    for service in settings["services"]:
        if service not in declared:
            # One by one, so that an exemption for one service is none for the next.
            yield resource.finding(
                f"no endpoint for {service} is declared in this VPC", aspect=service.replace(".", "-")
            )
