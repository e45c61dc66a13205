"""Breakages of the cluster: its API, its nodes, their template, who administers it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Final

from preview.graph import Resource
from tests.policies.mutations.editing import MISSING, value_at, with_input, without, without_input
from tests.policies.mutations.mutation import Estate, Flaw, Mutation, broken, flawed, label, mutation

_CLUSTER: Final = ("aws:eks/cluster:Cluster",)
_NODES: Final = ("aws:eks/nodeGroup:NodeGroup",)
_TEMPLATES: Final = ("aws:ec2/launchTemplate:LaunchTemplate",)
_ENTRIES: Final = ("aws:eks/accessEntry:AccessEntry",)
_ASSOCIATIONS: Final = ("aws:eks/accessPolicyAssociation:AccessPolicyAssociation",)
_DISK: Final = "blockDeviceMappings.0.ebs"
_ADMIN: Final = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
_EDIT: Final = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"
_SCRIPT: Final = base64.b64encode(b"#!/bin/bash\nexport DB_PASSWORD='Sommer-2026-in-Mumbai'\n").decode()
"""A start script that exports a password."""


def _is_general(group: Resource) -> bool:
    return value_at(group.inputs, "labels.node-group") == "general"


def _is_further(group: Resource) -> bool:
    return not _is_general(group)


_CLUSTER_FLAWS: Final = (
    Flaw(_CLUSTER, "encryptionConfig", MISSING, ("enc-eks-secrets",)),
    Flaw(_CLUSTER, "encryptionConfig.resources", [], ("enc-eks-secrets",)),
    Flaw(_CLUSTER, "encryptionConfig.provider.keyArn", "alias/aws/eks", ("enc-eks-secrets",)),
    Flaw(_CLUSTER, "accessConfig.authenticationMode", "API_AND_CONFIG_MAP", ("iam-eks-access-api",)),
    Flaw(_CLUSTER, "accessConfig.authenticationMode", MISSING, ("iam-eks-access-api",)),
    Flaw(_CLUSTER, "accessConfig.bootstrapClusterCreatorAdminPermissions", True, ("iam-eks-creator",)),
    Flaw(_CLUSTER, "accessConfig.bootstrapClusterCreatorAdminPermissions", MISSING, ("iam-eks-creator",)),
    Flaw(_CLUSTER, "accessConfig", MISSING, ("iam-eks-access-api", "iam-eks-creator")),
    Flaw(_CLUSTER, "vpcConfig.endpointPublicAccess", True, ("net-eks-endpoint",)),
    Flaw(_CLUSTER, "vpcConfig.endpointPublicAccess", MISSING, ("net-eks-endpoint",)),
    Flaw(_CLUSTER, "vpcConfig.endpointPrivateAccess", False, ("net-eks-endpoint",)),
    Flaw(_CLUSTER, "version", MISSING, ("avl-eks-version", "avl-eks-nodes-version")),
    Flaw(_CLUSTER, "version", "1.30", ("avl-eks-version", "avl-eks-nodes-version")),
    Flaw(_CLUSTER, "upgradePolicy.supportType", "EXTENDED", ("avl-eks-support",)),
    Flaw(_CLUSTER, "upgradePolicy", MISSING, ("avl-eks-support",)),
    Flaw(_CLUSTER, "deletionProtection", False, ("avl-eks-deletion-protection",)),
    Flaw(_CLUSTER, "deletionProtection", MISSING, ("avl-eks-deletion-protection",)),
    Flaw(_CLUSTER, "zonalShiftConfig.enabled", False, ("avl-eks-zonal-shift",)),
    Flaw(_CLUSTER, "enabledClusterLogTypes", [], ("log-eks-control-plane",)),
    Flaw(_CLUSTER, "enabledClusterLogTypes", MISSING, ("log-eks-control-plane",)),
)

_NODE_FLAWS: Final = (
    Flaw(
        _NODES,
        "instanceTypes",
        ["m5.4xlarge"],
        ("avl-eks-nodes", "cst-instance-allow-list", "cst-nonprod-cheap"),
        _is_general,
    ),
    Flaw(_NODES, "capacityType", "SPOT", ("avl-eks-nodes",), _is_general),
    Flaw(_NODES, "scalingConfig.minSize", 0, ("avl-eks-nodes",), _is_general),
    Flaw(_NODES, "labels.node-group", "another", ("avl-eks-nodes",)),
    Flaw(_NODES, "labels", MISSING, ("avl-eks-nodes",)),
    Flaw(
        _NODES,
        "taints",
        [{"key": "gone", "effect": "NO_SCHEDULE"}],
        ("avl-eks-nodes",),
        _is_general,
    ),
    Flaw(_NODES, "taints", MISSING, ("avl-eks-nodes",), _is_further),
    Flaw(_NODES, "version", "1.34", ("avl-eks-nodes-version",)),
    Flaw(_NODES, "version", MISSING, ("avl-eks-nodes-version",)),
    Flaw(_NODES, "remoteAccess", {"ec2SshKey": "key"}, ("net-eks-no-ssh",)),
    Flaw(_NODES, "launchTemplate", MISSING, ("tag-asg-propagate",)),
)

_TEMPLATE_FLAWS: Final = (
    Flaw(_TEMPLATES, f"{_DISK}.encrypted", "false", ("enc-launch-template-ebs",)),
    Flaw(_TEMPLATES, f"{_DISK}.encrypted", MISSING, ("enc-launch-template-ebs",)),
    Flaw(_TEMPLATES, f"{_DISK}.kmsKeyId", MISSING, ("enc-launch-template-ebs",)),
    Flaw(_TEMPLATES, f"{_DISK}.kmsKeyId", "alias/aws/ebs", ("enc-launch-template-ebs",)),
    Flaw(_TEMPLATES, f"{_DISK}.volumeType", "gp2", ("cst-storage-class",)),
    Flaw(_TEMPLATES, f"{_DISK}.iops", 6000, ("cst-storage-speed",)),
    Flaw(_TEMPLATES, "blockDeviceMappings", MISSING, ("enc-launch-template-ebs",)),
    Flaw(_TEMPLATES, "metadataOptions.httpTokens", "optional", ("iam-imdsv2",)),
    Flaw(_TEMPLATES, "metadataOptions.httpTokens", MISSING, ("iam-imdsv2",)),
    Flaw(_TEMPLATES, "metadataOptions.httpPutResponseHopLimit", 2, ("iam-imds-hop-limit",)),
    Flaw(_TEMPLATES, "metadataOptions.httpPutResponseHopLimit", MISSING, ("iam-imds-hop-limit",)),
    Flaw(_TEMPLATES, "metadataOptions", MISSING, ("iam-imdsv2", "iam-imds-hop-limit")),
    Flaw(
        _TEMPLATES,
        "networkInterfaces",
        [{"deviceIndex": 0, "associatePublicIpAddress": "true"}],
        ("net-lt-no-public-ip",),
    ),
    Flaw(_TEMPLATES, "keyName", "operators", ("net-eks-no-ssh",)),
    Flaw(_TEMPLATES, "instanceType", "m5.8xlarge", ("cst-instance-allow-list",)),
    Flaw(_TEMPLATES, "userData", _SCRIPT, ("iam-no-plaintext-secret",)),
    Flaw(_TEMPLATES, "tagSpecifications", MISSING, ("tag-asg-propagate",)),
    Flaw(_TEMPLATES, "tagSpecifications.0.tags.CostCenter", MISSING, ("tag-launch-template",)),
    Flaw(_TEMPLATES, "tagSpecifications.1.tags.Environment", "nowhere", ("tag-launch-template",)),
)

_ACCESS_FLAWS: Final = (Flaw(_ENTRIES, "kubernetesGroups", ["system:masters"], ("iam-eks-admins",)),)


def cluster(estate: Estate) -> Iterator[Mutation]:
    """Break the control plane, the nodes and who gets in."""
    yield from flawed(estate, (*_CLUSTER_FLAWS, *_NODE_FLAWS, *_TEMPLATE_FLAWS, *_ACCESS_FLAWS))
    for control_plane in estate.of(*_CLUSTER):
        yield from _control_plane(control_plane, estate)
    for group in estate.of(*_NODES):
        yield from _node_group(group)
    for template in estate.of(*_TEMPLATES):
        yield broken(template, f"{_DISK}.kmsKeyId", estate.foreign_key, "enc-key-per-environment")
    for association in estate.of(*_ASSOCIATIONS):
        name = str(association.inputs["principalArn"]).rpartition("/")[2]
        if not name.startswith(("fleet-erp-deploy", "fleet-erp-break-glass")):
            yield mutation(
                f"{label(association)}: administers the cluster",
                with_input(association.urn, "policyArn", _ADMIN),
                with_input(association.urn, "accessScope", {"type": "cluster"}),
                caught_by=("iam-eks-admins",),
            )
            yield mutation(
                f"{label(association)}: reads the Secrets of every namespace",
                with_input(association.urn, "policyArn", _EDIT),
                with_input(association.urn, "accessScope", {"type": "cluster"}),
                caught_by=("iam-eks-secrets-scoped",),
            )
        else:
            yield broken(
                association,
                "principalArn",
                f"arn:aws:iam::{estate.account_id}:role/developers",
                "iam-eks-admins",
            )


def _control_plane(control_plane: Resource, estate: Estate) -> Iterator[Mutation]:
    yield broken(
        control_plane, "encryptionConfig.provider.keyArn", estate.foreign_key, "enc-key-per-environment"
    )
    yield mutation(
        f"{label(control_plane)}: the API is public for everybody",
        with_input(control_plane.urn, "vpcConfig.endpointPublicAccess", True),
        with_input(control_plane.urn, "vpcConfig.publicAccessCidrs", ["0.0.0.0/0"]),
        caught_by=("net-eks-endpoint",),
    )
    for log in control_plane.inputs["enabledClusterLogTypes"]:
        rest = [name for name in control_plane.inputs["enabledClusterLogTypes"] if name != log]
        yield mutation(
            f"{label(control_plane)} without the log {log}",
            with_input(control_plane.urn, "enabledClusterLogTypes", rest),
            caught_by=("log-eks-control-plane",),
        )
    yield broken(control_plane, "name", "somewhere-else", "log-group-declared")


def _node_group(group: Resource) -> Iterator[Mutation]:
    yield broken(group, "subnetIds", group.inputs["subnetIds"][:1], "avl-eks-nodes-zones")
    largest = group.inputs["scalingConfig"]["maxSize"]
    if _is_general(group):
        yield broken(group, "scalingConfig.maxSize", largest + 20, "avl-eks-nodes")
        yield mutation(f"without {label(group)}", without(group.urn), caught_by=("avl-eks-nodes",))
        yield mutation(
            f"{label(group)}: no size of its own",
            without_input(group.urn, "scalingConfig"),
            caught_by=("avl-eks-nodes",),
        )
