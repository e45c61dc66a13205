"""Pod specs, wherever they are written, and values of charts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policies.framework import UNKNOWN, Block, ResourceView
from policies.framework.values import Secret
from policies.k8s.tokens import CRON_JOBS, POD_TEMPLATES, PODS


def pod_spec(workload: ResourceView) -> Block:
    """Give the pod spec of a workload; an empty block when it has none."""
    if workload.type in PODS:
        return workload.block("spec")
    if workload.type in CRON_JOBS:
        return workload.block("spec.jobTemplate.spec.template.spec")
    if workload.type in POD_TEMPLATES:
        return workload.block("template.spec")
    return workload.block("spec.template.spec")


def containers(spec: Block) -> list[Block]:
    """Give all containers of a pod spec: also those that run before, and those added later."""
    return [
        container
        for kind in ("containers", "initContainers", "ephemeralContainers")
        for container in spec.blocks(kind)
    ]


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401  (any JSON value)
    """Give every (path, value) at the ends of a tree: the values of a chart. Unknown ends are left out."""
    if isinstance(tree, Secret):
        yield from leaves(tree.value, path)
    elif isinstance(tree, Mapping):
        for name, value in tree.items():
            yield from leaves(value, f"{path}.{name}" if path else str(name))
    elif isinstance(tree, list):
        for at, value in enumerate(tree):
            yield from leaves(value, f"{path}.{at}")
    elif tree is not UNKNOWN:
        yield path, tree
