"""Physical identities of the network: VPC, subnets, gateways, security groups, endpoints."""

from __future__ import annotations

from typing import Final

from preview.engine.physical import Template


def _ec2(prefix: str, kind: str) -> dict[str, Template]:
    """Give id and ARN of an EC2 resource: `<prefix>-<17 hex digits>`."""
    return {
        "id": f"{prefix}-{{@hex17}}",
        "arn": f"arn:{{@partition}}:ec2:{{@region}}:{{@account}}:{kind}/{{id}}",
        "ownerId": "{@account}",
    }


NETWORK: Final[dict[str, dict[str, Template]]] = {
    "aws:ec2/vpc:Vpc": {
        **_ec2("vpc", "vpc"),
        "mainRouteTableId": "rtb-{@hex17-main}",
        "defaultRouteTableId": "rtb-{@hex17-main}",
        "defaultSecurityGroupId": "sg-{@hex17-default}",
        "defaultNetworkAclId": "acl-{@hex17-default}",
        "dhcpOptionsId": "dopt-{@hex17-default}",
    },
    "aws:ec2/subnet:Subnet": _ec2("subnet", "subnet"),
}
