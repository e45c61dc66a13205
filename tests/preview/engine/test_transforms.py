"""Transforms: the resource's own, its ancestors', the stack's, over the real callback server."""

from __future__ import annotations

import asyncio
from typing import cast

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import ResourceOptions, ResourceTransformArgs, ResourceTransformResult

from preview.engine import RenderError
from preview.graph import UNKNOWN, is_secret
from tests.preview.engine.programs import graph_of, one, run


def adding(word: str) -> pulumi.ResourceTransform:
    """Give a transform that appends a word to the tag `seen` of AWS resources."""

    def transform(args: ResourceTransformArgs) -> ResourceTransformResult | None:
        if not args.type_.startswith("aws:"):
            return None
        tags = dict(cast("dict[str, str]", args.props.get("tags") or {}))
        tags["seen"] = f"{tags.get('seen', '')}{word} "
        return ResourceTransformResult({**args.props, "tags": tags}, args.opts)

    return transform


class Part(pulumi.ComponentResource):
    """A component with a topic below it."""

    def __init__(
        self, name: str, opts: ResourceOptions | None = None, own: ResourceOptions | None = None
    ) -> None:
        super().__init__("fleet:x:Part", name, None, opts)
        aws.sns.Topic(f"{name}-topic", opts=ResourceOptions.merge(own, ResourceOptions(parent=self)))


def test_own_then_ancestors_then_stack() -> None:
    class Outer(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__(
                "fleet:x:Outer", "outer", None, ResourceOptions(transforms=[adding("grandparent")])
            )
            Part(
                "in",
                ResourceOptions(parent=self, transforms=[adding("parent")]),
                ResourceOptions(transforms=[adding("own")]),
            )

    def program() -> None:
        pulumi.runtime.register_resource_transform(adding("stack"))
        Outer()
        aws.sns.Topic("alone")

    graph = graph_of(program)
    assert one(graph, "in-topic").inputs["tags"] == {"seen": "own parent grandparent stack "}
    assert one(graph, "alone").inputs["tags"] == {"seen": "stack "}


def test_options_can_be_changed_and_the_program_sees_the_result() -> None:
    def lock(args: ResourceTransformArgs) -> ResourceTransformResult:
        args.opts.protect = True
        args.opts.ignore_changes = ["name"]
        return ResourceTransformResult({**args.props, "displayName": "changed"}, args.opts)

    def program() -> None:
        vpc = aws.ec2.Vpc("vpc")
        topic = aws.sns.Topic(
            "t", tags={"vpc": vpc.arn}, opts=ResourceOptions(transforms=[lock], depends_on=[vpc])
        )
        pulumi.export("name", topic.display_name)

    graph = graph_of(program)
    topic, vpc = one(graph, "t"), one(graph, "vpc")
    assert topic.protect
    assert topic.ignore_changes == ("name",)
    assert graph.exports["name"] == "changed"
    assert topic.dependencies == (vpc.urn,)
    assert topic.property_dependencies == {"tags": (vpc.urn,)}


def test_secrets_and_unknowns_survive() -> None:
    def program() -> None:
        pulumi.runtime.register_resource_transform(adding("stack"))
        vpc = aws.ec2.Vpc("vpc")
        aws.rds.Instance(
            "db", instance_class="db.t3.medium", password=pulumi.Output.secret("x"), db_name=vpc.id
        )

    inputs = one(graph_of(program, unknowns=True), "db").inputs
    assert is_secret(inputs["password"])
    assert inputs["dbName"] == UNKNOWN
    assert inputs["tags"] == {"seen": "stack "}


def test_a_failing_transform_names_the_resource() -> None:
    def fails(_: ResourceTransformArgs) -> None:
        raise ValueError("no such tag")

    with pytest.raises(RenderError, match=r"a transform failed on aws:sns/topic:Topic 't': no such tag"):
        run(lambda: aws.sns.Topic("t", opts=ResourceOptions(transforms=[fails])))


def test_a_failing_run_waits_for_transforms_that_have_begun() -> None:
    """The program's callback server would otherwise stop in the middle of a call, and may never end."""
    begun: asyncio.Event
    ended: list[str] = []

    async def slow(args: ResourceTransformArgs) -> ResourceTransformResult:
        begun.set()
        await asyncio.sleep(0.3)
        ended.append(args.name)
        return ResourceTransformResult(args.props, args.opts)

    async def fail() -> str:
        await begun.wait()
        raise LookupError("no such name")

    def program() -> None:
        nonlocal begun
        begun = asyncio.Event()
        aws.sns.Topic("t", opts=ResourceOptions(transforms=[slow]))
        aws.sns.Topic("u", display_name=pulumi.Output.from_input(fail()))

    with pytest.raises(RenderError, match="no such name"):
        run(program)
    assert ended == ["t"]
