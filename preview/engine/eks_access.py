"""The access entries of a cluster component and the access policies bound to them."""

from __future__ import annotations

from preview.engine.eks_arguments import Arguments, Input
from preview.engine.eks_children import Children
from preview.graph import Resource


def register_access_entries(
    children: Children, arguments: Arguments, cluster: Resource, cluster_name: Input
) -> list[Resource]:
    """Register an access entry for each key of `accessEntries`, and one association for each policy."""
    entries = []
    for key, entry in sorted(arguments.value("accessEntries", {}).items()):
        place = ("accessEntries", key)
        principal = arguments.nested(*place, "principalArn")
        registered = children.register(
            "aws:eks/accessEntry:AccessEntry",
            key,
            {
                "clusterName": cluster_name,
                "principalArn": principal,
                "kubernetesGroups": arguments.nested(*place, "kubernetesGroups"),
                "type": arguments.nested(*place, "type"),
                "tags": arguments.nested(*place, "tags"),
                "userName": arguments.nested(*place, "username"),
            },
        )
        entries.append(registered)
        for policy_key in sorted(entry.get("accessPolicies") or ()):
            policy = (*place, "accessPolicies", policy_key)
            goal = children.goal(
                "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
                f"{key}-{policy_key}",
                {
                    "clusterName": cluster_name,
                    "principalArn": principal,
                    "policyArn": arguments.nested(*policy, "policyArn"),
                    "accessScope": arguments.nested(*policy, "accessScope"),
                },
                parent=registered,
            )
            goal.dependencies |= {registered.urn, cluster.urn}
            children.enter(goal)
    return entries
