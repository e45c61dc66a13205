"""Physical identities of computing: EKS, load balancing, functions, registries, scaling."""

from __future__ import annotations

from typing import Final

from preview.engine.physical import AUTONAME, Template

_AUTHORITY: Final = (
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tClQwWkdURWxPUlE9PQotLS0tLUVORCBDRVJUSUZJQ0FURS0tLS0tCg=="
)
"""A PEM block that says OFFLINE, in base64."""

COMPUTE: Final[dict[str, dict[str, Template]]] = {
    "aws:eks/cluster:Cluster": {
        "name": AUTONAME,
        "id": "{name}",
        "arn": "arn:{@partition}:eks:{@region}:{@account}:cluster/{name}",
        "endpoint": "https://{@heximal32}.gr7.{@region}.eks.{@dns}",
        "identities": [{"oidcs": [{"issuer": "https://oidc.eks.{@region}.{@dns}/id/{@heximal32}"}]}],
        "certificateAuthority": {"data": _AUTHORITY},
        "vpcConfig": {"clusterSecurityGroupId": "sg-{@hex17}"},
        "platformVersion": "eks.1",
        "status": "ACTIVE",
    },
    "aws:eks/addon:Addon": {
        "id": "{clusterName}:{addonName}",
        "arn": "arn:{@partition}:eks:{@region}:{@account}:addon/{clusterName}/{addonName}/{@uuid}",
    },
    "aws:eks/accessEntry:AccessEntry": {
        "id": "{clusterName}:{principalArn}",
        "accessEntryArn": "arn:{@partition}:eks:{@region}:{@account}:access-entry/{clusterName}/{@uuid}",
    },
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": {
        "id": "{clusterName}#{principalArn}#{policyArn}",
    },
    "aws:eks/nodeGroup:NodeGroup": {
        "nodeGroupName": AUTONAME,
        "id": "{clusterName}:{nodeGroupName}",
        "arn": "arn:{@partition}:eks:{@region}:{@account}:nodegroup/{clusterName}/{nodeGroupName}/{@uuid}",
        "resources": [{"autoscalingGroups": [{"name": "eks-{nodeGroupName}-{@uuid}"}]}],
        "status": "ACTIVE",
    },
}
