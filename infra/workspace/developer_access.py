"""What developers may do in a workspace: look, restart, reach its ports. They cannot widen it."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import rbac

from ..cluster.access import DEVELOPERS_GROUP

ROLE: Final = "developer"


def developer_access(*, namespace: pulumi.Input[str], opts: pulumi.ResourceOptions) -> None:
    """Let developers work in the workspace.

    Quota, limits, network policies, roles and secrets are out of their reach, and so is a shell in a pod: a
    change of what runs goes through the stack. Made and destroyed are workspaces by the pipeline, which a
    developer starts.
    """
    role = rbac.v1.Role(
        "developer",
        rbac.v1.RoleInitArgs(
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=ROLE, namespace=namespace),
            rules=[
                _rule(
                    "",
                    ("configmaps", "endpoints", "events", "persistentvolumeclaims", "pods", "pods/log"),
                    "get",
                    "list",
                    "watch",
                ),
                _rule("", ("limitranges", "resourcequotas", "services"), "get", "list", "watch"),
                _rule("apps", ("deployments", "statefulsets", "replicasets"), "get", "list", "watch"),
                _rule("batch", ("jobs",), "get", "list", "watch"),
                _rule("networking.k8s.io", ("networkpolicies",), "get", "list", "watch"),
                # A deleted pod comes back: that is how one restarts it.
                _rule("", ("pods",), "delete"),
                _rule("", ("pods/portforward",), "create"),
                _rule("apps", ("deployments/scale", "statefulsets/scale"), "get", "update", "patch"),
            ],
        ),
        opts=opts,
    )
    rbac.v1.RoleBinding(
        "developer",
        rbac.v1.RoleBindingInitArgs(
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=ROLE, namespace=namespace),
            role_ref=rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=ROLE),
            subjects=[
                rbac.v1.SubjectArgs(
                    api_group="rbac.authorization.k8s.io", kind="Group", name=DEVELOPERS_GROUP
                )
            ],
        ),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[role])),
    )


def _rule(group: str, resources: tuple[str, ...], *verbs: str) -> rbac.v1.PolicyRuleArgs:
    return rbac.v1.PolicyRuleArgs(api_groups=[group], resources=list(resources), verbs=list(verbs))
