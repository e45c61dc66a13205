"""What the monitor keeps of a registration: identity, options, dependencies, outputs, place."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest

from preview.engine import RenderError
from tests.preview.engine.programs import graph_of, one, run, urn


class Network(pulumi.ComponentResource):
    """A component with two resources below it."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("fleet:network:Network", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.vpc = aws.ec2.Vpc(f"{name}-vpc", cidr_block="10.0.0.0/16", opts=child)
        self.subnet = aws.ec2.Subnet(f"{name}-a", vpc_id=self.vpc.id, cidr_block="10.0.1.0/24", opts=child)
        self.register_outputs({"vpcId": self.vpc.id})


def test_urn_holds_the_chain_of_parents_without_the_stack() -> None:
    class Estate(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("fleet:estate:Estate", "estate")
            Network("net", pulumi.ResourceOptions(parent=self))

    graph = graph_of(Estate)
    assert one(graph, "net-vpc").urn == urn(
        "fleet:estate:Estate$fleet:network:Network$aws:ec2/vpc:Vpc", "net-vpc"
    )
    assert one(graph, "net-vpc").parent == urn("fleet:estate:Estate$fleet:network:Network", "net")
    assert one(graph, "estate").parent == urn("pulumi:pulumi:Stack", "fleet-dev")
    assert one(graph, "fleet-dev").parent is None


def test_two_resources_of_one_urn_are_refused_with_both_places() -> None:
    def program() -> None:
        aws.ec2.Vpc("same", cidr_block="10.0.0.0/16")
        aws.ec2.Vpc("same", cidr_block="10.1.0.0/16")

    with pytest.raises(
        RenderError, match=r"Duplicate resource URN .*Vpc::same'.* \(tests/.*:\d+\); it was first"
    ):
        run(program)


def test_dependencies_are_sorted_and_a_component_stands_for_its_children() -> None:
    def program() -> None:
        network = Network("net")
        aws.s3.Bucket(
            "logs",
            tags={"vpc": network.vpc.arn, "subnet": network.subnet.arn},
            opts=pulumi.ResourceOptions(depends_on=[network]),
        )

    bucket = one(graph_of(program), "logs")
    vpc = urn("fleet:network:Network$aws:ec2/vpc:Vpc", "net-vpc")
    subnet = urn("fleet:network:Network$aws:ec2/subnet:Subnet", "net-a")
    assert bucket.dependencies == (subnet, vpc)
    assert bucket.property_dependencies == {"tags": (subnet, vpc)}


def test_options_are_kept() -> None:
    def program() -> None:
        aws.rds.Instance(
            "db",
            instance_class="db.t3.medium",
            opts=pulumi.ResourceOptions(
                protect=True,
                retain_on_delete=True,
                delete_before_replace=True,
                ignore_changes=["engine_version"],
                additional_secret_outputs=["address"],
                custom_timeouts=pulumi.CustomTimeouts(create="40m", delete="1h"),
                aliases=[pulumi.Alias(name="old-db"), urn("aws:rds/instance:Instance", "older")],
            ),
        )

    database = one(graph_of(program), "db")
    assert database.protect
    assert database.retain_on_delete
    assert database.delete_before_replace
    assert database.ignore_changes == ("engineVersion",)
    assert "address" in database.additional_secret_outputs
    assert database.custom_timeouts == {"create": "40m", "delete": "1h"}
    assert database.aliases == (
        urn("aws:rds/instance:Instance", "old-db"),
        urn("aws:rds/instance:Instance", "older"),
    )


def test_children_inherit_protection_retention_and_aliases() -> None:
    def program() -> None:
        Network(
            "net",
            pulumi.ResourceOptions(
                protect=True,
                retain_on_delete=True,
                aliases=[pulumi.Alias(name="old", parent=pulumi.ROOT_STACK_RESOURCE)],
            ),
        )

    vpc = one(graph_of(program), "net-vpc")
    assert vpc.protect
    assert vpc.retain_on_delete
    assert vpc.aliases == (urn("fleet:network:Network$aws:ec2/vpc:Vpc", "old-vpc"),)


def test_exports_and_component_outputs_come_through() -> None:
    def program() -> None:
        network = Network("net")
        pulumi.export("vpc", network.vpc.id)
        pulumi.export("token", pulumi.Output.secret("s3cret"))

    graph = graph_of(program)
    vpc_id = one(graph, "net-vpc").id
    assert graph.exports["vpc"] == vpc_id
    assert graph.exports["token"]["value"] == "s3cret"
    assert set(graph.exports["token"]) != {"value"}
    assert one(graph, "net").outputs == {"vpcId": vpc_id}
    assert one(graph, "fleet-dev").outputs == graph.exports


def test_numbers_stay_whole() -> None:
    inputs = one(
        graph_of(lambda: aws.lb.TargetGroup("web", port=8069, deregistration_delay=30)), "web"
    ).inputs
    assert repr(inputs["port"]) == "8069"


def test_a_read_resource_is_external() -> None:
    vpc = one(graph_of(lambda: aws.ec2.Vpc.get("shared", "vpc-0123456789abcdef0")), "shared")
    assert vpc.external
    assert vpc.id == "vpc-0123456789abcdef0"


def test_the_place_is_the_line_of_the_program() -> None:
    def program() -> None:
        aws.Provider("main", region="ap-south-1")
        aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")

    graph = graph_of(program)
    first = program.__code__.co_firstlineno
    here = str(Path(__file__).relative_to(Path(__file__).parents[3]))
    assert one(graph, "main").source == f"{here}:{first + 1}"
    assert one(graph, "vpc").source == f"{here}:{first + 2}"
    assert one(graph, "fleet-dev").source is None


def test_messages_of_the_program_are_kept() -> None:
    def program() -> None:
        pulumi.log.info("look at this")
        pulumi.log.debug("never mind")

    assert [(line.severity, line.message) for line in run(program).log] == [("info", "look at this")]


def test_an_output_in_a_text_leaves_a_warning() -> None:
    def program() -> None:
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        aws.ec2.Subnet("a", vpc_id=vpc.id, tags={"Name": f"{vpc.id}-a"})

    with pytest.raises(AssertionError, match="Calling __str__ on an Output"):
        run(program)
