"""Rows about tags: what everything says of itself, and what reaches machines and subnets."""

from __future__ import annotations

from typing import Any, Final

from tests.policies.builders import DROP, Ref, Thing, thing
from tests.policies.governance.fixtures import NODE_GROUP, PROVIDER, TAGS, ours
from tests.policies.table import Break, Row

_TOPIC: Final = "aws:sns/topic:Topic"
_OWN: Final = thing(_TOPIC, "own", tags=TAGS)
_BY_PROVIDER: Final = ours(thing(_TOPIC, "ours", tags={"Name": "alarms", "kubernetes.io/role/elb": "1"}))
_COMPUTED: Final = thing(_TOPIC, "computed", tagsAll=TAGS)
_TAGGED: Final = (PROVIDER, _OWN, _BY_PROVIDER, _COMPUTED)


def value_row(rule: str, tag: str, wrong: str, says: str, *, missing_holds: bool = True) -> Row:
    """Give the row of a rule about the value of one tag; a missing one is for tag-required to find."""
    return Row(
        rule,
        _TAGGED,
        (
            Break({f"own.tags.{tag}": wrong}, {"own": says}),
            Break({f"ours.tags.{tag}": wrong}, {"ours": says}),
            Break({f"computed.tagsAll.{tag}": wrong}, {"computed": says}),
        ),
        unknown=f"own.tags.{tag}",
        also_holds=({f"own.tags.{tag}": DROP},) if missing_holds else (),
    )


def store(token: str, name: str, classification: str) -> Thing:
    """Give a store of data with its class."""
    return thing(token, name, tags={"DataClassification": classification})


_CLASSES: Final = "restricted, confidential, internal, public"
_STORES: Final = (
    store("aws:rds/instance:Instance", "postgres", "restricted"),
    store("aws:secretsmanager/secret:Secret", "secret", "confidential"),
    store("aws:s3/bucket:Bucket", "metrics", "internal"),
)


def specification(made: str, **changes: Any) -> dict[str, Any]:
    """Give a tag specification of a launch template."""
    return {"resourceType": made, "tags": {**TAGS, **changes}}


_TEMPLATE: Final = thing(
    "aws:ec2/launchTemplate:LaunchTemplate",
    "template",
    name="fleet-erp-prod-general",
    tagSpecifications=[specification("instance"), specification("volume")],
)
_NODES: Final = thing(NODE_GROUP, "general", launchTemplate={"id": Ref("template"), "version": "1"})
_MACHINES: Final = thing(
    "aws:autoscaling/group:Group",
    "machines",
    tags=[{"key": key, "value": value, "propagateAtLaunch": True} for key, value in TAGS.items()],
)

_PRIVATE: Final = {"kubernetes.io/role/internal-elb": "1"}
_PUBLIC: Final = {"kubernetes.io/role/elb": "1"}
_NETWORK: Final = (
    thing("aws:ec2/internetGateway:InternetGateway", "igw"),
    thing("aws:ec2/subnet:Subnet", "private-a", tags=_PRIVATE),
    thing("aws:ec2/subnet:Subnet", "public-a", tags=_PUBLIC),
    thing(
        "aws:ec2/routeTable:RouteTable", "out", routes=[{"cidrBlock": "0.0.0.0/0", "gatewayId": Ref("igw")}]
    ),
    thing(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "public-a-out",
        subnetId=Ref("public-a"),
        routeTableId=Ref("out"),
    ),
)

ROWS: Final = (
    Row(
        "tag-required",
        _TAGGED,
        (
            Break({"own.tags.Owner": DROP}, {"own": "it has no tag Owner"}),
            Break({"own.tags.CostCenter": ""}, {"own": "it has no tag CostCenter"}),
            Break(
                {"own.tags": DROP},
                {"own": "it has no tag Environment, Application, Owner, CostCenter, ManagedBy"},
            ),
            Break(
                {"aws.defaultTags": '{"tags": {"Environment": "prod"}}'},
                {"ours": "it has no tag Application, Owner, CostCenter, ManagedBy"},
            ),
            Break({"ours.tags.ManagedBy": ""}, {"ours": "it has no tag ManagedBy"}),
        ),
        unknown="own.tags",
    ),
    value_row(
        "tag-environment-true",
        "Environment",
        "staging",
        "the tag Environment is staging, the environment is prod",
    ),
    value_row("tag-managed-by", "ManagedBy", "terraform", "the tag ManagedBy is terraform, not pulumi"),
    value_row(
        "tag-application", "Application", "shop", "the tag Application is shop, the project is fleet-erp"
    ),
    value_row("tag-owner", "Owner", "somebody", "the tag Owner is somebody, which is no e-mail address"),
    Row(
        "tag-classification",
        _STORES,
        (
            Break({"postgres.tags": DROP}, {"postgres": "it has no tag DataClassification of its own"}),
            Break(
                {"metrics.tags.DataClassification": "secret"},
                {"metrics": f"the tag DataClassification is secret, not one of {_CLASSES}"},
            ),
        ),
        unknown="secret.tags",
    ),
    Row(
        "tag-classification-sensitive",
        _STORES,
        (
            Break(
                {"postgres.tags.DataClassification": "internal"},
                {
                    "postgres": "the tag DataClassification is internal, and what lies there is"
                    " restricted or confidential"
                },
            ),
        ),
        unknown="secret.tags",
    ),
    Row(
        "tag-subnet-roles",
        _NETWORK,
        (
            Break(
                {"private-a.tags": {}},
                {"private-a": "it is private and lacks the tag kubernetes.io/role/internal-elb=1"},
            ),
            Break(
                {"public-a.tags": _PRIVATE},
                {
                    "public-a": (
                        "it is public and lacks the tag kubernetes.io/role/elb=1",
                        "it is public and carries the tag kubernetes.io/role/internal-elb",
                    )
                },
            ),
            Break(
                {"private-a.tags": {**_PRIVATE, **_PUBLIC}},
                {"private-a": "it is private and carries the tag kubernetes.io/role/elb"},
            ),
            Break(
                {"public-a-out": DROP},
                {
                    "public-a": (
                        "it is private and lacks the tag kubernetes.io/role/internal-elb=1",
                        "it is private and carries the tag kubernetes.io/role/elb",
                    )
                },
            ),
        ),
        unknown="private-a.tags",
    ),
    Row(
        "tag-asg-propagate",
        (_TEMPLATE, _NODES, _MACHINES),
        (
            Break(
                {"general.launchTemplate": DROP},
                {"general": "it has no launch template, so nothing tags its machines"},
            ),
            Break(
                {"general.launchTemplate.id": "lt-0other"},
                {"general": "its launch template is lt-0other, which this stack does not declare"},
            ),
            Break(
                {"template.tagSpecifications.1": specification("network-interface")},
                {"general": "the launch template template does not tag each volume"},
            ),
            Break(
                {"machines.tags.2.propagateAtLaunch": False}, {"machines": "its machines get no tag Owner"}
            ),
            Break(
                {"machines.tags": DROP},
                {
                    "machines": "its machines get no tag Environment, Application, Owner, CostCenter,"
                    " ManagedBy"
                },
            ),
        ),
        unknown="general.launchTemplate.id",
        also_holds=({"general.launchTemplate": {"name": "fleet-erp-prod-general"}},),
    ),
    Row(
        "tag-launch-template",
        (_TEMPLATE,),
        (
            Break(
                {"template.tagSpecifications.0.tags.Owner": DROP},
                {"template": "each instance gets no tag Owner"},
            ),
            Break(
                {"template.tagSpecifications.1.tags.Environment": "staging"},
                {"template": "each volume gets the tag Environment staging in prod"},
            ),
        ),
        unknown="template.tagSpecifications",
    ),
)
