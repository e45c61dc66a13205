"""Rows of the rules about nodes and who gets into the cluster."""

from __future__ import annotations

from typing import Final

from tests.policies.builders import ACCOUNT_ID, DROP, Ref, thing
from tests.policies.identity.fixtures import (
    ATTACHMENT,
    ROLE_POLICY,
    allow,
    by_service,
    text,
    trust,
)
from tests.policies.table import Break, Row

_CLUSTER: Final = "aws:eks/cluster:Cluster"
_ADDON: Final = "aws:eks/addon:Addon"
_NODES: Final = "aws:eks/nodeGroup:NodeGroup"
_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
_MANAGED: Final = "arn:aws:iam::aws:policy"
_NODE_ROLE: Final = trust(by_service("ec2.amazonaws.com"), name="node")
_METADATA: Final = {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1}

ROWS: Final = (
    Row(
        "iam-node-role-minimal",
        (
            _NODE_ROLE,
            thing(
                ATTACHMENT,
                "worker",
                role=Ref("node", "name"),
                policyArn=f"{_MANAGED}/AmazonEKSWorkerNodePolicy",
            ),
            thing(_NODES, "general", nodeRoleArn=Ref("node", "arn")),
            thing(_ADDON, "cni", addonName="vpc-cni", serviceAccountRoleArn="arn:aws:iam::1:role/cni"),
        ),
        (
            Break(
                {"worker.policyArn": f"{_MANAGED}/AmazonS3ReadOnlyAccess"},
                {"general": "its role node has AmazonS3ReadOnlyAccess"},
                aspect="attachment",
            ),
            Break(
                {"worker.policyArn": f"{_MANAGED}/AmazonEKS_CNI_Policy"},
                {"general": "its role node has AmazonEKS_CNI_Policy"},
                aspect="attachment",
            ),
            Break(
                {"node.managedPolicyArns": [f"{_MANAGED}/AmazonS3ReadOnlyAccess"]},
                {"general": "its role node has AmazonS3ReadOnlyAccess"},
                aspect="attachment",
            ),
        ),
        unknown="general.nodeRoleArn",
        also_holds=({"worker.policyArn": f"{_MANAGED}/AmazonEKS_CNI_Policy", "cni": DROP},),
    ),
    Row(
        "iam-node-role-minimal",
        (_NODE_ROLE, thing(_NODES, "general", nodeRoleArn=Ref("node", "arn"))),
        (
            Break(
                {},
                {"general": "its role node has the inline policy extra"},
                plus=(
                    thing(ROLE_POLICY, "extra", role=Ref("node", "name"), policy=text(allow("s3:Get*", "*"))),
                ),
                aspect="inline",
            ),
            Break(
                {"node.inlinePolicies": [{"name": "x", "policy": text(allow("s3:Get*", "*"))}]},
                {"general": "its role node has an inline policy"},
                aspect="inline",
            ),
        ),
        unknown="general.nodeRoleArn",
    ),
    Row(
        "iam-imdsv2",
        (thing(_TEMPLATE, "nodes", metadataOptions=_METADATA),),
        (
            Break(
                {"nodes.metadataOptions.httpTokens": "optional"},
                {"nodes": "httpTokens is optional, not required"},
            ),
            Break({"nodes.metadataOptions": DROP}, {"nodes": "httpTokens is not set, not required"}),
        ),
        unknown="nodes.metadataOptions.httpTokens",
        also_holds=({"nodes.metadataOptions": {"httpEndpoint": "disabled"}},),
    ),
    Row(
        "iam-imdsv2",
        (thing("aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults", "defaults", **_METADATA),),
        (
            Break(
                {"defaults.httpTokens": "no-preference"},
                {"defaults": "httpTokens is no-preference, not required"},
            ),
        ),
        unknown="defaults.httpTokens",
    ),
    Row(
        "iam-imds-hop-limit",
        (thing(_TEMPLATE, "nodes", metadataOptions=_METADATA),),
        (
            Break(
                {"nodes.metadataOptions.httpPutResponseHopLimit": 2},
                {"nodes": "httpPutResponseHopLimit is 2: pods reach the node's credentials"},
            ),
            Break(
                {"nodes.metadataOptions.httpPutResponseHopLimit": DROP},
                {"nodes": "httpPutResponseHopLimit is not set"},
            ),
        ),
        unknown="nodes.metadataOptions.httpPutResponseHopLimit",
    ),
    Row(
        "iam-eks-access-api",
        (thing(_CLUSTER, "cluster", accessConfig={"authenticationMode": "API"}),),
        (
            Break(
                {"cluster.accessConfig.authenticationMode": "API_AND_CONFIG_MAP"},
                {"cluster": "authenticationMode is API_AND_CONFIG_MAP, not API"},
            ),
            Break({"cluster.accessConfig": DROP}, {"cluster": "authenticationMode is not set, not API"}),
        ),
        unknown="cluster.accessConfig.authenticationMode",
    ),
    Row(
        "iam-eks-creator",
        (thing(_CLUSTER, "cluster", accessConfig={"bootstrapClusterCreatorAdminPermissions": False}),),
        (
            Break(
                {"cluster.accessConfig.bootstrapClusterCreatorAdminPermissions": True},
                {"cluster": "bootstrapClusterCreatorAdminPermissions is not false"},
            ),
            Break(
                {"cluster.accessConfig": DROP},
                {"cluster": "bootstrapClusterCreatorAdminPermissions is not false"},
            ),
        ),
        unknown="cluster.accessConfig.bootstrapClusterCreatorAdminPermissions",
    ),
    Row(
        "iam-eks-admins",
        (
            thing(
                "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
                "admin",
                principalArn=f"arn:aws:iam::{ACCOUNT_ID}:role/fleet-erp-deploy-prod",
                policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
                accessScope={"type": "cluster"},
            ),
            thing("aws:eks/accessEntry:AccessEntry", "entry", kubernetesGroups=["viewers"]),
        ),
        (
            Break(
                {"admin.principalArn": f"arn:aws:iam::{ACCOUNT_ID}:role/fleet-erp-operator-prod"},
                {"admin": "fleet-erp-operator-prod has AmazonEKSClusterAdminPolicy for the whole cluster"},
            ),
            Break(
                {"entry.kubernetesGroups.0": "system:masters"}, {"entry": "it is in the group system:masters"}
            ),
        ),
        unknown="admin.principalArn",
        also_holds=(
            {
                "admin.principalArn": f"arn:aws:iam::{ACCOUNT_ID}:role/fleet-erp-operator-prod",
                "admin.policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy",
            },
            {
                "admin.principalArn": f"arn:aws:iam::{ACCOUNT_ID}:role/fleet-erp-operator-prod",
                "admin.accessScope": {"type": "namespace", "namespaces": ["erp"]},
            },
        ),
    ),
    Row(
        "iam-eks-secrets-scoped",
        (
            thing(
                "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
                "edit",
                principalArn=f"arn:aws:iam::{ACCOUNT_ID}:role/fleet-erp-operator-prod",
                policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy",
                accessScope={"type": "namespace", "namespaces": ["erp"]},
            ),
        ),
        (
            Break(
                {"edit.accessScope": {"type": "cluster"}},
                {"edit": "fleet-erp-operator-prod has AmazonEKSEditPolicy for the whole cluster"},
            ),
            Break(
                {"edit.accessScope.namespaces": ["*"]},
                {"edit": "fleet-erp-operator-prod has AmazonEKSEditPolicy for the whole cluster"},
            ),
            Break(
                {
                    "edit.policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminViewPolicy",
                    "edit.accessScope": {"type": "cluster"},
                },
                {"edit": "fleet-erp-operator-prod has AmazonEKSAdminViewPolicy for the whole cluster"},
            ),
        ),
        unknown="edit.policyArn",
        also_holds=(
            {
                "edit.policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
                "edit.accessScope": {"type": "cluster"},
            },
        ),
    ),
)
