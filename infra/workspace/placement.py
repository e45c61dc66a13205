"""Where the pods of workspaces run: on nodes that take nothing else, and nowhere else."""

from __future__ import annotations

from typing import Any, Final

import pulumi

from ..cluster.node_groups import NODE_GROUP_LABEL
from ..cluster_platform.labels import NAME, ODOO

NODE_GROUP: Final = "dev"
"""The host's node group for workspaces."""
TAINT_KEY: Final = "workload"
TAINT_VALUE: Final = "dev"
"""What that group is tainted with: pods of testing do not go there."""

_TEMPLATES: Final = {
    "kubernetes:apps/v1:Deployment": ("spec", "template"),
    "kubernetes:apps/v1:StatefulSet": ("spec", "template"),
    "kubernetes:batch/v1:Job": ("spec", "template"),
    "kubernetes:batch/v1:CronJob": ("spec", "jobTemplate", "spec", "template"),
}
"""Where each kind of workload keeps the template of its pods."""
_TOGETHER: Final = {
    "podAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [
            {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {NAME: ODOO}}}
        ]
    }
}
"""Odoo's pods share a volume that one node at a time can have. The first pod finds no other, and may go
anywhere: a pod that matches its own term is let through."""


def on_workspace_nodes(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """Send the pods of a workload to the workspaces' nodes; a transform of everything in a workspace.

    As a transform it holds for every pod there is, also of components that are the same in all environments
    and know nothing of workspaces.
    """
    path = _TEMPLATES.get(args.type_)
    if path is None:
        return None
    props: dict[str, Any] = dict(args.props)
    template = props
    for step in path:
        template[step] = dict(template[step])
        template = template[step]
    spec = dict(template["spec"])
    template["spec"] = {
        **spec,
        "nodeSelector": {**(spec.get("nodeSelector") or {}), NODE_GROUP_LABEL: NODE_GROUP},
        "tolerations": [
            *(spec.get("tolerations") or []),
            {"key": TAINT_KEY, "operator": "Equal", "value": TAINT_VALUE, "effect": "NoSchedule"},
        ],
        **({"affinity": _TOGETHER} if template["metadata"]["labels"].get(NAME) == ODOO else {}),
    }
    return pulumi.ResourceTransformResult(props=props, opts=args.opts)
