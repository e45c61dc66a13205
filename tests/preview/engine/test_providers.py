"""Default providers, explicit ones, and the switch that forbids the former."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks
import pytest

from preview.engine import RenderError
from preview.graph import is_secret
from tests.preview.engine.programs import graph_of, one, run, urn


def test_a_resource_without_provider_gets_the_default_one() -> None:
    graph = run(lambda: aws.sns.Topic("t"), config={"aws:region": "eu-west-1", "fleet:x": "1"}).graph
    default = one(graph, "default_7_51_1")
    assert default.urn == urn("pulumi:providers:aws", "default_7_51_1")
    assert default.inputs == {"region": "eu-west-1"}
    assert default.parent is None
    assert one(graph, "t").provider == f"{default.urn}::{default.id}"
    assert one(graph, "t").outputs["region"] == "eu-west-1"


def test_a_secret_setting_of_a_default_provider_stays_secret() -> None:
    graph = run(lambda: aws.sns.Topic("t"), config={"aws:token": "x"}, secret_keys={"aws:token"}).graph
    assert is_secret(one(graph, "default_7_51_1").inputs["token"])


def test_a_component_hands_its_provider_down() -> None:
    class Part(pulumi.ComponentResource):
        def __init__(self) -> None:
            main = aws.Provider("main", region="ap-south-1")
            super().__init__("fleet:x:Part", "part", None, pulumi.ResourceOptions(providers=[main]))
            aws.sns.Topic("t", opts=pulumi.ResourceOptions(parent=self))

    graph = graph_of(Part)
    main = one(graph, "main")
    assert one(graph, "t").provider == f"{main.urn}::{main.id}"
    assert not [item for item in graph.resources if item.name.startswith("default_")]


@pytest.mark.parametrize("names", ['["aws"]', '["*"]', '["kubernetes","aws"]'])
def test_default_providers_can_be_forbidden(names: str) -> None:
    config = {"pulumi:disable-default-providers": names}
    with pytest.raises(
        RenderError, match=r"Default provider for 'aws' disabled\. 'aws:sns/topic:Topic' must use"
    ):
        run(lambda: aws.sns.Topic("t"), config=config)


def test_forbidding_others_does_no_harm() -> None:
    graph = run(lambda: aws.sns.Topic("t"), config={"pulumi:disable-default-providers": '["eks"]'}).graph
    assert one(graph, "t").provider


def test_a_remote_component_needs_a_provider_of_its_own_package() -> None:
    with pytest.raises(
        RenderError, match=r"Default provider for 'eks' disabled\. 'eks:index:Cluster' must use"
    ):
        run(
            lambda: eks.Cluster(
                "c",
                vpc_id="vpc-1",
                skip_default_node_group=True,
                authentication_mode=eks.AuthenticationMode.API,
            ),
            config={"pulumi:disable-default-providers": '["eks"]'},
        )


def test_a_wrong_switch_is_refused() -> None:
    with pytest.raises(RenderError, match="must be a list of package names"):
        run(lambda: None, config={"pulumi:disable-default-providers": "aws"})
