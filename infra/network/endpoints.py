"""Private ways to AWS services: a gateway endpoint to S3 and interface endpoints to others."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from ..identity import ANYONE, Condition, Statement, policy_document
from ..naming import PARTITION, Naming
from .subnets import Subnet


def create_s3_endpoint(
    *,
    vpc: aws.ec2.Vpc,
    route_table_ids: Sequence[pulumi.Input[str]],
    naming: Naming,
    parent: pulumi.Resource,
) -> aws.ec2.VpcEndpoint:
    """Create the S3 gateway endpoint, which costs nothing and carries image layers past the NAT gateways."""
    return aws.ec2.VpcEndpoint(
        "s3",
        aws.ec2.VpcEndpointArgs(
            vpc_id=vpc.id,
            vpc_endpoint_type="Gateway",
            service_name=_service_name("s3", naming),
            route_table_ids=list(route_table_ids),
            policy=policy_document(*s3_statements(naming)),
            tags=naming.tags(f"{naming.prefix}-s3"),
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def create_interface_endpoints(
    services: Sequence[str],
    *,
    vpc: aws.ec2.Vpc,
    subnets: Sequence[Subnet],
    security_group_id: pulumi.Input[str],
    naming: Naming,
    parent: pulumi.Resource,
) -> None:
    """Create an interface endpoint per service in every private zone, under the service's public name."""
    for service in services:
        aws.ec2.VpcEndpoint(
            service,
            aws.ec2.VpcEndpointArgs(
                vpc_id=vpc.id,
                vpc_endpoint_type="Interface",
                service_name=_service_name(service, naming),
                private_dns_enabled=True,
                subnet_ids=[subnet.id for subnet in subnets],
                security_group_ids=[security_group_id],
                tags=naming.tags(f"{naming.prefix}-{service}"),
            ),
            opts=pulumi.ResourceOptions(parent=parent),
        )


def s3_statements(naming: Naming) -> tuple[Statement, ...]:
    """What may pass the S3 endpoint: this account's callers to this account's buckets, and AWS's own images.

    Stolen credentials of another account cannot carry data out this way, nor can ours to a foreign bucket.
    A gateway endpoint takes no principal but everyone, so conditions say who (Amazon VPC, "Endpoint
    policies for gateway endpoints").
    """
    ours = Condition(operator="StringEquals", key="aws:PrincipalAccount", values=(naming.account_id,))
    our_buckets = Condition(operator="StringEquals", key="aws:ResourceAccount", values=(naming.account_id,))
    return (
        Statement(
            sid="OwnBuckets",
            actions=(
                "s3:AbortMultipartUpload",
                "s3:Delete*",
                "s3:Get*",
                "s3:List*",
                "s3:Put*",
                "s3:RestoreObject",
            ),
            resources=("*",),
            principals=(ANYONE,),
            conditions=(ours, our_buckets),
            endpoint=True,
        ),
        Statement(
            sid="NewBuckets",
            # A bucket that does not exist yet belongs to nobody.
            actions=("s3:CreateBucket", "s3:ListAllMyBuckets"),
            resources=("*",),
            principals=(ANYONE,),
            conditions=(ours,),
            endpoint=True,
        ),
        Statement(
            sid="PublicImages",
            # Layers of ECR images, of registry.k8s.io images and packages of Amazon Linux lie in buckets
            # of others, and are fetched without credentials of ours.
            actions=("s3:GetObject",),
            resources=tuple(
                f"arn:{PARTITION}:s3:::{bucket}/*"
                for bucket in (
                    f"prod-{naming.region}-starport-layer-bucket",
                    f"prod-registry-k8s-io-{naming.region}",
                    f"al2023-repos-{naming.region}-de612dc2",
                )
            ),
            principals=(ANYONE,),
            endpoint=True,
        ),
    )


def _service_name(service: str, naming: Naming) -> str:
    return f"com.amazonaws.{naming.region}.{service}"
