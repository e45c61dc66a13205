"""The lint itself: what it must find, and what it must pass."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .iam_lint import findings

BUCKET = "arn:aws:s3:::fleet-erp-prod-example/*"
KEY = "arn:aws:kms:ap-south-1:111122223333:key/0123"


def statement(action: str | list[str], resource: str | None, **more: Any) -> str:
    body = {"Sid": "A", "Effect": "Allow", "Action": action, **more}
    if resource is not None:
        body["Resource"] = resource
    return json.dumps({"Version": "2012-10-17", "Statement": [body]})


@pytest.mark.parametrize(
    ("document", "line"),
    [
        (statement("s3:GetObjekt", BUCKET), "A: s3:GetObjekt is no action of AWS"),
        (statement("nothing:Get", BUCKET), "A: nothing:Get is no action of AWS"),
        (statement("s3:Get*", BUCKET), "A: s3:Get* is a pattern; name the actions"),
        (statement("kms:Decrypt", "*"), "A: kms:Decrypt can name its key, but allows all"),
        (statement("kms:Decrypt", BUCKET), f"A: kms:Decrypt does not act on {BUCKET}"),
        (
            statement("kms:Decrypt", KEY, Condition={"Bool": {"kms:GrantIsForAWSResources": "true"}}),
            "A: kms:Decrypt does not know the condition key kms:GrantIsForAWSResources",
        ),
        (
            statement(["iam:PassRole", "ec2:RunInstances"], "*"),
            "allows privilege escalation: iam:passrole, ec2:runinstances",
        ),
        (statement("s3:GetObject", "*"), "allows reading data of all resources: s3:GetObject"),
    ],
)
def test_mistakes_are_found(document: str, line: str) -> None:
    assert line in findings(document)


@pytest.mark.parametrize(
    "document",
    [
        statement("s3:GetObject", BUCKET),
        statement("ec2:DescribeAvailabilityZones", "*"),
        statement("kms:CreateGrant", KEY, Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        statement("sts:AssumeRole", None, Principal={"Service": "ec2.amazonaws.com"}),
    ],
)
def test_sound_documents_pass(document: str) -> None:
    assert findings(document) == []
