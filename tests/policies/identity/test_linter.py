"""The linter of identity policies against a corpus of documents and against cloudsplaining."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cloudsplaining.scan.policy_document import PolicyDocument

from policies.aws.escalation import FILE, HARMLESS_CREDENTIALS, dangers
from tests.policies.builders import graph_of
from tests.policies.identity.fixtures import allow, permissions
from tests.policies.identity.record import published
from tests.policies.identity.table_documents import ROWS
from tests.policies.table import judged, pack_of

WITHOUT_ACTION = {"Sid": "Given", "Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}

CORPUS: dict[str, tuple[list[dict[str, Any]], set[str]]] = {
    "reads one bucket": ([allow("s3:GetObject", "arn:aws:s3:::bucket/*")], set()),
    "lists what has no resources": ([allow(["ec2:DescribeInstances", "s3:ListAllMyBuckets"], "*")], set()),
    "everything": ([allow("*", "*")], {"iam-no-admin"}),
    "everything, spelled": ([allow("*:*", "*")], {"iam-no-admin"}),
    "everything but": ([WITHOUT_ACTION], {"iam-no-admin"}),
    "a service": ([allow("sqs:*", "arn:aws:sqs:ap-south-1:111122223333:q")], {"iam-no-wildcard-action"}),
    "a service everywhere": (
        [allow("s3:*", "*")],
        {
            "iam-no-wildcard-action",
            "iam-no-wildcard-resource",
            "iam-no-data-exfiltration",
            "iam-no-resource-exposure",
        },
    ),
    "writes everywhere": ([allow("dynamodb:PutItem", "*")], {"iam-no-wildcard-resource"}),
    "writes to all but one": (
        [{**allow("dynamodb:PutItem"), "NotResource": "arn:aws:dynamodb:*:*:table/x"}],
        {"iam-no-wildcard-resource"},
    ),
    "tags everywhere": ([allow("s3:PutObjectTagging", "*")], {"iam-no-wildcard-resource"}),
    "passes any role to anything": ([allow("iam:PassRole", "*")], {"iam-passrole-scoped"}),
    "passes a role by pattern": ([allow("iam:Pa*", "*")], {"iam-passrole-scoped"}),
    "escalates by a policy version": (
        [allow("iam:CreatePolicyVersion", "arn:aws:iam::111122223333:policy/x")],
        {"iam-no-escalation"},
    ),
    "escalates by a function": (
        [allow(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], "*")],
        {"iam-no-escalation", "iam-passrole-scoped", "iam-no-wildcard-resource"},
    ),
    "half of an escalation": (
        [allow(["lambda:CreateFunction", "lambda:InvokeFunction"], "*")],
        {"iam-no-wildcard-resource"},
    ),
    "escalates, but is denied": (
        [allow("iam:CreatePolicyVersion", "*"), {**allow("iam:*", "*", Sid="Not"), "Effect": "Deny"}],
        {"iam-no-resource-exposure"},
    ),
    "reads every secret": ([allow("secretsmanager:GetSecretValue", "*")], {"iam-no-data-exfiltration"}),
    "reads every parameter": ([allow("ssm:GetParam*", "*")], {"iam-no-data-exfiltration"}),
    "becomes every role": (
        [allow("sts:AssumeRole", "*")],
        {"iam-no-credentials-exposure", "iam-no-wildcard-resource"},
    ),
    "opens every bucket": ([allow("s3:PutBucketPolicy", "*")], {"iam-no-resource-exposure"}),
    "decrypts everything": (
        [allow("kms:Decrypt", "*")],
        {"iam-kms-decrypt-scoped", "iam-no-wildcard-resource"},
    ),
    "decrypts with a key": (
        [
            allow(
                "kms:Decrypt", "arn:aws:kms:ap-south-1:111122223333:key/11111111-2222-3333-4444-555555555555"
            )
        ],
        set(),
    ),
    "a word that is no action": ([allow("s3:ReadObject", "*")], {"iam-document-valid"}),
}


def found_in(statements: list[dict[str, Any]]) -> set[str]:
    """Give the rules that say something about a role policy of these statements."""
    judgement = judged(pack_of(ROWS[0]), graph_of(permissions(*statements)))
    assert all(finding.status == "violation" for finding in judgement.findings)
    return {finding.rule for finding in judgement.findings}


@pytest.mark.parametrize("name", CORPUS)
def test_corpus(name: str) -> None:
    statements, rules = CORPUS[name]
    assert found_in(statements) == rules


@pytest.mark.parametrize("name", CORPUS)
def test_what_cloudsplaining_finds_is_found(name: str) -> None:
    statements, _ = CORPUS[name]
    judgement = PolicyDocument({"Version": "2012-10-17", "Statement": statements})
    theirs = {
        "iam-no-escalation": judgement.allows_privilege_escalation,
        "iam-no-data-exfiltration": judgement.allows_data_exfiltration_actions,
        # Passing roles has a rule of its own here.
        "iam-no-resource-exposure": {*judgement.permissions_management_without_constraints}
        - {"iam:PassRole"},
        "iam-no-credentials-exposure": judgement.credentials_exposure,
    }
    ours = found_in(statements)
    if "iam-no-admin" in ours:
        return  # said once, not once for each thing that everything includes
    assert {rule for rule, found in theirs.items() if found} <= ours


def test_every_published_escalation_is_found() -> None:
    for name, actions in dangers().methods.items():
        assert "iam-no-escalation" in found_in([allow(sorted(actions), "*")]), name


def test_the_recorded_lists_are_those_of_the_installed_package() -> None:
    assert json.loads(FILE.read_text(encoding="utf-8")) == published()


def test_harmless_credentials_are_on_the_list_and_have_reasons() -> None:
    assert HARMLESS_CREDENTIALS.keys() <= dangers().credentials
    assert all(len(reason) > 20 for reason in HARMLESS_CREDENTIALS.values())
