"""Policy documents: what is refused, and how statements are rendered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from infra.identity import (
    ANYONE,
    Condition,
    Principal,
    Statement,
    assume_role_by_service,
    policy_document,
)
from preview.graph import UNKNOWN
from tests.conftest import ComponentRenderer

READ = Statement(sid="Read", actions=("s3:GetObject",), resources=("arn:aws:s3:::a/*",))
ISSUER_KEY = "oidc.example.com/id/A:sub"


@pytest.mark.parametrize(
    "principals",
    [
        (ANYONE,),
        [ANYONE],
        (Principal.aws("*"),),
        (Principal.aws("arn:aws:iam::111122223333:root", "*"),),
        (Principal.service("eks.amazonaws.com"), Principal.aws("*")),
    ],
)
def test_an_allow_to_everyone_is_refused(principals: Any) -> None:
    with pytest.raises(ValueError, match="statement Open allows everyone; name the principals"):
        Statement(sid="Open", actions=("s3:GetObject",), principals=principals)


def test_a_deny_may_name_everyone() -> None:
    for principals in ((ANYONE,), [ANYONE]):
        statement = Statement(
            sid="DenyPlainText", effect="Deny", actions=("s3:*",), resources=("*",), principals=principals
        )
        assert statement.render()["Principal"] == "*"


def test_an_endpoint_policy_may_admit_everyone_since_it_only_narrows() -> None:
    statement = Statement(sid="Pass", actions=("s3:GetObject",), principals=(ANYONE,), endpoint=True)
    assert statement.render()["Principal"] == "*"


@pytest.mark.parametrize("actions", [("*",), ("*:*",), ("s3:GetObject", "*")])
def test_an_allow_of_every_action_is_refused(actions: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="statement All allows every action; name the actions"):
        Statement(sid="All", actions=actions, resources=("*",))


def test_a_deny_of_every_action_is_a_fence() -> None:
    assert Statement(sid="Fence", effect="Deny", actions=("*",), resources=("*",)).render()["Action"] == "*"


@pytest.mark.parametrize("sid", ["", "with space", "hy-phen", "under_score"])
def test_a_statement_id_is_letters_and_digits(sid: str) -> None:
    with pytest.raises(ValueError, match="may hold letters and digits only"):
        Statement(sid=sid, actions=("s3:GetObject",))


def test_two_statements_cannot_share_an_id() -> None:
    with pytest.raises(ValueError, match="statement ids repeat: Read, Read"):
        policy_document(READ, READ)


def test_two_conditions_with_one_key_are_refused_because_the_first_would_be_lost() -> None:
    with pytest.raises(
        ValueError, match="two conditions StringEquals aws:SourceAccount; give one all values"
    ):
        Statement(
            sid="Read",
            actions=("s3:GetObject",),
            conditions=(
                Condition(operator="StringEquals", key="aws:SourceAccount", values=("111122223333",)),
                Condition(operator="StringEquals", key="aws:SourceAccount", values=("222233334444",)),
            ),
        )


def test_one_operator_may_hold_several_keys_and_one_key_several_operators() -> None:
    statement = Statement(
        sid="Read",
        actions=("s3:GetObject",),
        conditions=(
            Condition(operator="StringEquals", key="aws:SourceAccount", values=("111122223333",)),
            Condition(operator="StringEquals", key="aws:PrincipalTag/team", values=("a", "b")),
            Condition(operator="StringLike", key="aws:SourceAccount", values=("1*",)),
        ),
    )
    assert statement.render()["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333", "aws:PrincipalTag/team": ["a", "b"]},
        "StringLike": {"aws:SourceAccount": "1*"},
    }


def test_elements_come_in_the_order_of_the_reference() -> None:
    statement = Statement(
        sid="Read",
        actions=("s3:GetObject", "s3:ListBucket"),
        resources=("arn:aws:s3:::a", "arn:aws:s3:::a/*"),
        principals=(
            Principal.aws("arn:aws:iam::111122223333:role/a"),
            Principal.service("a.amazonaws.com", "b.amazonaws.com"),
            Principal.aws("arn:aws:iam::111122223333:role/b"),
        ),
        conditions=(Condition(operator="Bool", key="aws:SecureTransport", values=("true",)),),
    )
    assert policy_document(statement) == json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Read",
                    "Effect": "Allow",
                    "Principal": {
                        "AWS": ["arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/b"],
                        "Service": ["a.amazonaws.com", "b.amazonaws.com"],
                    },
                    "Action": ["s3:GetObject", "s3:ListBucket"],
                    "Resource": ["arn:aws:s3:::a", "arn:aws:s3:::a/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "true"}},
                }
            ],
        }
    )


def test_statements_keep_their_order_and_single_values_stand_alone() -> None:
    text = policy_document(READ, Statement(sid="List", actions=("s3:ListBucket",), resources=("arn:b",)))
    assert isinstance(text, str)
    statements = json.loads(text)["Statement"]
    assert [statement["Sid"] for statement in statements] == ["Read", "List"]
    assert statements[0] == {
        "Sid": "Read",
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::a/*",
    }


def test_a_service_is_trusted_on_behalf_of_this_account_only() -> None:
    text = assume_role_by_service("scheduler.amazonaws.com", account_id="111122223333")
    assert isinstance(text, str)
    assert json.loads(text)["Statement"] == [
        {
            "Sid": "AssumeByService",
            "Effect": "Allow",
            "Principal": {"Service": "scheduler.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
        }
    ]


def rendered(
    component: ComponentRenderer,
    make: Callable[[aws.sns.Topic], pulumi.Input[str]],
    *,
    unknowns: bool = False,
) -> str:
    """What a document that names a topic looks like on the wire."""

    def program() -> None:
        topic = aws.sns.Topic("topic")
        pulumi.export("document", make(topic))

    return component(program, unknowns=unknowns).exports["document"]


def publish(topic: aws.sns.Topic) -> pulumi.Input[str]:
    return policy_document(Statement(sid="Publish", actions=("sns:Publish",), resources=(topic.arn,)))


def test_a_document_with_an_output_is_one(component: ComponentRenderer) -> None:
    (statement,) = json.loads(rendered(component, publish))["Statement"]
    assert statement["Resource"].startswith("arn:aws:sns:")
    assert rendered(component, publish, unknowns=True) == UNKNOWN


def federated(topic: aws.sns.Topic) -> pulumi.Input[str]:
    issuer = topic.arn.apply(lambda _: "oidc.example.com/id/A")
    return policy_document(
        Statement(
            sid="Assume",
            actions=("sts:AssumeRoleWithWebIdentity",),
            principals=(Principal.federated(topic.arn),),
            conditions=(
                Condition(operator="StringEquals", key=issuer.apply(lambda it: f"{it}:sub"), values=("a",)),
                Condition(
                    operator="StringEquals", key=issuer.apply(lambda it: f"{it}:aud"), values=("b", "c")
                ),
            ),
        )
    )


def test_condition_keys_may_be_known_later(component: ComponentRenderer) -> None:
    (statement,) = json.loads(rendered(component, federated))["Statement"]
    assert statement["Condition"] == {
        "StringEquals": {ISSUER_KEY: "a", "oidc.example.com/id/A:aud": ["b", "c"]}
    }
    assert rendered(component, federated, unknowns=True) == UNKNOWN
