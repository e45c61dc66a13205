"""Things that have no place in the estate: users and keys, ways to other networks, stores of another kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.policies.mutations.editing import adding, with_new
from tests.policies.mutations.mutation import Estate, Mutation, mutation

_TEXT: Final = "Sommer-2026-in-Mumbai"

_STRANGERS: Final[Mapping[str, tuple[str, dict[str, Any], tuple[str, ...]]]] = {
    "an IAM user": ("aws:iam/user:User", {"name": "ci"}, ("iam-no-users",)),
    "an access key": ("aws:iam/accessKey:AccessKey", {"user": "ci"}, ("iam-no-users",)),
    "an IAM group": ("aws:iam/group:Group", {"name": "people"}, ("iam-no-users",)),
    "an SSH key": ("aws:ec2/keyPair:KeyPair", {"publicKey": "ssh-ed25519 AAAA"}, ("iam-no-users",)),
    "a VPC peering": (
        "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
        {"vpcId": "vpc-1", "peerVpcId": "vpc-2"},
        ("net-env-isolation",),
    ),
    "a transit gateway attachment": (
        "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
        {"vpcId": "vpc-1", "transitGatewayId": "tgw-1", "subnetIds": ["subnet-1"]},
        ("net-env-isolation",),
    ),
    "a resource share": ("aws:ram/resourceShare:ResourceShare", {"name": "all"}, ("net-env-isolation",)),
    "a public image repository": (
        "aws:ecrpublic/repository:Repository",
        {"repositoryName": "odoo"},
        ("dat-ecr-private",),
    ),
    "a server certificate of IAM": (
        "aws:iam/serverCertificate:ServerCertificate",
        {"name": "old", "certificateBody": "-----BEGIN CERTIFICATE-----"},
        ("tls-acm-managed",),
    ),
    "a classic load balancer": (
        "aws:elb/loadBalancer:LoadBalancer",
        {"availabilityZones": ["ap-south-1a", "ap-south-1b"], "listeners": []},
        ("tls-alb-https", "log-alb"),
    ),
    "a shared snapshot of a volume": (
        "aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission",
        {"snapshotId": "snap-1", "accountId": "999988887777"},
        ("dat-ebs-snapshots",),
    ),
    "a shared image of a machine": (
        "aws:ec2/amiLaunchPermission:AmiLaunchPermission",
        {"imageId": "ami-1", "accountId": "999988887777"},
        ("dat-machine-images",),
    ),
    "a public snapshot of a database": (
        "aws:rds/snapshot:Snapshot",
        {"dbInstanceIdentifier": "fleet", "dbSnapshotIdentifier": "copy", "sharedAccounts": ["all"]},
        ("dat-rds-snapshots",),
    ),
    "a password among the parameters": (
        "aws:ssm/parameter:Parameter",
        {"name": "/fleet/database-password", "type": "String", "value": _TEXT},
        ("enc-ssm-parameter", "iam-no-plaintext-secret"),
    ),
    "a queue with AWS's key": (
        "aws:sqs/queue:Queue",
        {"name": "jobs"},
        ("enc-sqs-cmk", "tls-queue-topic-policy"),
    ),
    "an open access point": (
        "aws:s3/accessPoint:AccessPoint",
        {"name": "open", "publicAccessBlockConfiguration": {"blockPublicAcls": False}},
        ("dat-s3-access-point",),
    ),
    "a function's URL for everyone": (
        "aws:lambda/functionUrl:FunctionUrl",
        {"functionName": "one", "authorizationType": "NONE"},
        ("iam-function-policy",),
    ),
    "a function that everyone may call": (
        "aws:lambda/permission:Permission",
        {"function": "one", "principal": "*", "action": "lambda:InvokeFunction"},
        ("iam-function-policy",),
    ),
    "serverless nodes": (
        "aws:eks/fargateProfile:FargateProfile",
        {"clusterName": "one", "podExecutionRoleArn": "arn:aws:iam::1:role/one"},
        ("avl-eks-nodes",),
    ),
    "machines outside the node groups": (
        "aws:autoscaling/group:Group",
        {"minSize": 1, "maxSize": 1, "tags": []},
        ("avl-eks-nodes", "tag-asg-propagate"),
    ),
}


def strangers(estate: Estate) -> Iterator[Mutation]:
    """Add things that the estate must not hold."""
    for what, (token, inputs, rules) in _STRANGERS.items():
        stranger = with_new(estate.graph, token, "stranger", inputs, like=estate.of("aws:ec2/vpc:Vpc")[0])
        yield mutation(what, adding(stranger), caught_by=rules)
    yield _lone_cache(estate)
    yield _continuous_backup(estate)
    yield _plain_volume(estate)
    yield _master_of_everything(estate)


def _continuous_backup(estate: Estate) -> Mutation:
    database = estate.of("aws:rds/instance:Instance")[0]
    rule = {
        "ruleName": "daily",
        "enableContinuousBackup": True,
        "lifecycle": {"deleteAfter": 35},
        "copyActions": [{"destinationVaultArn": "arn:aws:backup:ap-southeast-1:1:backup-vault:copies"}],
    }
    plan = with_new(
        estate.graph, "aws:backup/plan:Plan", "stranger", {"name": "daily", "rules": [rule]}, like=database
    )
    selection = with_new(
        estate.graph,
        "aws:backup/selection:Selection",
        "stranger",
        {"name": "database", "resources": [database.outputs["arn"]]},
        like=database,
        references={"planId": plan},
    )
    return mutation(
        "a continuous backup of the database",
        adding(plan, selection),
        caught_by=("dat-backup-plan-continuous",),
    )


def _lone_cache(estate: Estate) -> Mutation:
    group = estate.of("aws:elasticache/replicationGroup:ReplicationGroup")[0]
    cache = with_new(
        estate.graph,
        "aws:elasticache/cluster:Cluster",
        "stranger",
        {"clusterId": "old", "engine": "redis", "nodeType": group.inputs["nodeType"]},
        like=group,
    )
    alone = () if estate.sleeps else ("avl-cache-failover",)
    return mutation(
        "a cache outside a group",
        adding(cache),
        caught_by=(
            "avl-cache-version",
            "enc-cache-at-rest",
            "tls-cache-transit",
            "net-cache-subnet-group",
            "net-data-private-subnets",
            "net-sg-data-from-nodes",
            "avl-cache-backup",
            "log-cache",
            "log-cache-engine",
            *alone,
        ),
    )


def _plain_volume(estate: Estate) -> Mutation:
    volume = with_new(
        estate.graph,
        "aws:ebs/volume:Volume",
        "stranger",
        {"availabilityZone": f"{estate.region}a", "size": 10, "type": "gp2"},
        like=estate.of("aws:ec2/vpc:Vpc")[0],
    )
    return mutation(
        "a volume in clear",
        adding(volume),
        caught_by=("enc-ebs-volume", "cst-storage-class", "cst-orphans", "avl-protect-stateful"),
    )


def _master_of_everything(estate: Estate) -> Mutation:
    statement = {"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = with_new(
        estate.graph,
        "aws:iam/policy:Policy",
        "stranger",
        {"name": "all", "policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})},
        like=estate.of("aws:ec2/vpc:Vpc")[0],
    )
    return mutation(
        "a policy for everything",
        adding(policy),
        caught_by=("iam-no-admin", "dat-nonprod-restore-rights"),
    )
