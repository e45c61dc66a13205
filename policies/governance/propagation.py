"""Tags reach what others make on our behalf: machines, their disks and network interfaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.tags import REQUIRED, stack_of
from policies.aws.tokens import LAUNCH_TEMPLATES, MACHINE_GROUPS, NODE_GROUPS
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    joined_rule,
    resource_rule,
)

_MADE: Final = ("instance", "volume")


@joined_rule(
    "tag-asg-propagate",
    subjects=(*NODE_GROUPS, *MACHINE_GROUPS),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_153",), ("OPS-01",)),
    remedy=(
        "Node group: use a launch template with tag_specifications for instance and volume."
        " Auto Scaling group: repeat the tag set with propagate_at_launch=True."
    ),
)
def asg_propagate(group: ResourceView, _graph: Graph) -> Findings:
    """Nodes and their disks carry the tag set: EKS gives a node group's own tags to neither."""
    yield from _node_group(group) if group.type in NODE_GROUPS else _machine_group(group)


def _node_group(group: ResourceView) -> Iterator[str]:
    path = "launchTemplate.id" if group.has("launchTemplate.id") else "launchTemplate.name"
    link = group.link(path)
    if not link.given:
        yield "it has no launch template, so nothing tags its machines"
        return
    templates = link.targets(*LAUNCH_TEMPLATES)
    if not templates:
        yield f"its launch template is {link.value or 'one'}, which this stack does not declare"
    for template in templates:
        tagged = {entry.text("resourceType") for entry in template.blocks("tagSpecifications")}
        yield from (
            f"the launch template {template.name} does not tag each {made}"
            for made in _MADE
            if made not in tagged
        )


def _machine_group(group: ResourceView) -> Iterator[str]:
    handed_on = {entry.text("key") for entry in group.blocks("tags") if entry.flag("propagateAtLaunch")}
    missing = [key for key in REQUIRED if key not in handed_on]
    if missing:
        yield f"its machines get no tag {', '.join(missing)}"


@resource_rule(
    "tag-launch-template",
    subjects=LAUNCH_TEMPLATES,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_153",), ("OPS-01",)),
    remedy="Repeat the tag set in each of tag_specifications: the provider's default tags do not reach them.",
)
def launch_template(template: ResourceView) -> Findings:
    """What a launch template makes carries the whole tag set, with the right environment."""
    for entry in template.blocks("tagSpecifications"):
        made = entry.text("resourceType")
        tags = entry.block("tags")
        missing = [key for key in REQUIRED if not tags.text(key)]
        if missing:
            yield f"each {made} gets no tag {', '.join(missing)}"
        environment = tags.text("Environment")
        if environment and environment not in {template.environment, stack_of(template)}:
            yield f"each {made} gets the tag Environment {environment} in {template.environment}"
