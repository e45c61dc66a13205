"""Documents in every spelling, read into statements; where they lie; how fast they are judged."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pulumi_aws
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.aws.actions import Access, access, acts_on, allowed_among, allowed_by, expand, takes_resources
from policies.aws.document_places import OTHER_LANGUAGES, PLACES, Use
from policies.aws.documents import Condition, Principal, Statement, parse
from policies.aws.principals import ONLY_IN_KEY_POLICIES, WITHOUT_SOURCE, service_name
from tests.policies.builders import graph_of
from tests.policies.identity.fixtures import allow, permissions
from tests.policies.identity.table_documents import ROWS
from tests.policies.table import judged, pack_of


def statement(**elements: object) -> Statement:
    """Give a statement as parsed."""
    ((only,)) = parse(json.dumps({"Version": "2012-10-17", "Statement": elements}))[1]
    return only


def test_one_and_many_are_the_same() -> None:
    one = statement(Effect="Allow", Action="s3:GetObject", Resource="a", Principal={"AWS": "b"})
    many = statement(Effect="Allow", Action=["S3:getobject"], Resource=["a"], Principal={"AWS": ["b"]})
    assert one == many
    assert one.actions == ("s3:getobject",)
    assert one.principals == (Principal("AWS", "b"),)


def test_element_names_are_read_in_any_case_and_their_spelling_is_a_mistake() -> None:
    read = statement(effect="allow", ACTION="s3:GetObject")
    assert read.allows
    assert read.actions == ("s3:getobject",)
    assert read.mistakes == (
        "ACTION, effect is no element of a statement",
        "Effect is neither Allow nor Deny",
    )


@pytest.mark.parametrize(
    ("written", "everyone"),
    [
        ("*", True),
        (["*"], True),
        ({"AWS": "*"}, True),
        ({"AWS": ["arn:aws:iam::111122223333:root", "*"]}, True),
        ({"Service": "*"}, False),
        ({"AWS": "111122223333"}, False),
    ],
)
def test_everyone(written: object, *, everyone: bool) -> None:
    assert statement(Effect="Allow", Action="s3:*", Principal=written).admits_everyone is everyone


def test_everyone_else_is_everyone() -> None:
    assert statement(Effect="Allow", Action="s3:*", NotPrincipal={"AWS": "1"}).admits_everyone


def test_accounts_of_principals() -> None:
    assert Principal("AWS", "111122223333").account == "111122223333"
    assert Principal("AWS", "arn:aws:iam::111122223333:role/x").account == "111122223333"
    assert Principal("AWS", "AROAEXAMPLE").account is None
    assert Principal("Service", "ec2.amazonaws.com").account is None


@pytest.mark.parametrize(
    ("condition", "narrows"),
    [
        ({"StringEquals": {"aws:SourceAccount": "1"}}, True),
        ({"stringequals": {"AWS:SourceAccount": ["1", "2"]}}, True),
        ({"ForAnyValue:StringLike": {"aws:SourceAccount": "1*"}}, True),
        ({"StringLike": {"aws:SourceAccount": "*"}}, False),
        ({"StringLike": {"aws:SourceAccount": ["1", "*"]}}, False),
        ({"ArnLike": {"aws:SourceAccount": "arn:aws:*:*:*"}}, False),
        ({"StringEqualsIfExists": {"aws:SourceAccount": "1"}}, False),
        ({"ForAllValues:StringEquals": {"aws:SourceAccount": "1"}}, False),
        ({"StringNotEquals": {"aws:SourceAccount": "1"}}, False),
        ({"Null": {"aws:SourceAccount": "false"}}, False),
        ({"StringEquals": {"aws:SourceAccount": []}}, False),
        ({}, False),
    ],
)
def test_what_narrows(condition: object, *, narrows: bool) -> None:
    read = statement(Effect="Allow", Action="s3:*", Condition=condition)
    assert read.narrowed_by("aws:SourceAccount") is narrows


@pytest.mark.parametrize("wrong", ["[]", "{}", '{"Statement": "x"}', "no JSON", '{"Statement": [1]}'])
def test_what_is_no_document(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(wrong)


def test_numbers_and_switches_in_conditions_are_texts() -> None:
    read = statement(Effect="Deny", Action="*", Condition={"Bool": {"aws:SecureTransport": False}})
    assert read.conditions == (Condition("bool", "aws:securetransport", ("false",)),)


def test_patterns_stand_for_actions() -> None:
    assert expand("iam:Pass*") == {"iam:passrole"}
    assert expand("IAM:passrol?") == {"iam:passrole"}
    assert expand("s3:GetObject") == {"s3:getobject"}
    assert expand("s3:GetObjet") == frozenset()
    assert {"s3:getobject", "dynamodb:getitem"} <= expand("*:Get*")
    assert len(expand("*")) > 10_000


def test_not_action_is_everything_else() -> None:
    allowed = allowed_by(statement(Effect="Allow", NotAction=["iam:*", "s3:Get*"]))
    assert "s3:putobject" in allowed
    assert not {"iam:passrole", "s3:getobject"} & allowed
    assert allowed_among(statement(Effect="Allow", NotAction="iam:*"), ("iam:passrole", "kms:decrypt")) == {
        "kms:decrypt"
    }


@given(
    st.lists(
        st.sampled_from(["*", "iam:*", "iam:Pass*", "s3:Get?bject", "*:Decrypt", "kms:Decrypt"]), min_size=1
    )
)
def test_asking_for_some_actions_agrees_with_listing_all(patterns: list[str]) -> None:
    wanted = frozenset({"iam:passrole", "iam:getrole", "s3:getobject", "kms:decrypt"})
    for element in ("Action", "NotAction"):
        read = statement(Effect="Allow", **{element: patterns})
        assert allowed_among(read, wanted) == allowed_by(read) & wanted


def test_levels_and_resources_come_from_the_reference() -> None:
    assert access("s3:getobject") == {Access.READ}
    assert access("s3:putbucketpolicy") == {Access.PERMISSIONS, Access.WRITE}
    assert access("s3:getobjet") == frozenset()
    assert takes_resources("s3:getobject")
    assert not takes_resources("ecr:getauthorizationtoken")
    assert acts_on(["s3:getobject"], "arn:aws:s3:::bucket/key")
    assert not acts_on(["s3:getobject"], "arn:aws:s3:::bucket")
    assert acts_on(["s3:getobject"], "arn:aws:s3:::bucket*")
    assert not acts_on(["s3:getobject"], "arn:aws:sqs:*:*:queue")


def test_regions_of_services_do_not_matter() -> None:
    assert service_name("logs.ap-south-1.amazonaws.com") == "logs.amazonaws.com"
    assert service_name("events.rds.amazonaws.com") == "events.rds.amazonaws.com"


def test_services_without_a_source_have_reasons() -> None:
    assert WITHOUT_SOURCE[Use.RESOURCE].keys() >= ONLY_IN_KEY_POLICIES
    for services in WITHOUT_SOURCE.values():
        assert all(name == service_name(name) and len(reason) > 40 for name, reason in services.items())


# Where documents lie

_TOKEN = re.compile(r"super\(\w+, __self__\)\.__init__\(\s*'(aws:[^']+)'")
_ARGUMENTS = re.compile(r"class \w+Args:\n.*?(?=\n@pulumi\.input_type|\nclass )", re.DOTALL)
_PROPERTY = re.compile(
    r'@pulumi\.getter(?:\(name="(\w+)"\))?\n    def (\w+)\(self\) -> (.*?):\n(?:        """(.*?)""")?',
    re.DOTALL,
)
_NAMED = re.compile(
    r"(?:^|[a-z])polic(?:y|ies)(?:document)?$|^(?:resource|session|inline)Policy$", re.IGNORECASE
)
_SAYS = re.compile(
    r"policy document|JSON policy|policy in JSON|JSON document|IAM.{0,5} policy|resource.based policy"
    r"|resource policy|JSON.formatted|policy JSON|text of the policy|access polic|key policy",
    re.IGNORECASE,
)


NOT_DOCUMENTS = {
    ("aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate", "lifecyclePolicy"),
    ("aws:sqs/queue:Queue", "redrivePolicy"),
    ("aws:sqs/queue:Queue", "redriveAllowPolicy"),
}
"""Properties beside a real document that are settings in JSON: they grant nothing."""


def document_properties() -> dict[str, set[str]]:
    """Give the text properties of the provider that sound like documents, by type token."""
    found: dict[str, set[str]] = {}
    for path in Path(str(pulumi_aws.__file__)).parent.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        tokens, arguments = _TOKEN.findall(source), _ARGUMENTS.search(source)
        if not tokens or not arguments:
            continue
        for named, attribute, kind, doc in _PROPERTY.findall(arguments[0]):
            name = named or attribute
            if "_builtins.str" in kind and _NAMED.search(name) and _SAYS.search(" ".join(doc.split())):
                found.setdefault(tokens[0], set()).add(name)
    return found


def test_every_document_of_the_provider_is_judged_or_left_out_with_a_reason() -> None:
    found = document_properties()
    assert len(found) > 60
    judged_paths = {token: {place.path for place in places} for token, places in PLACES.items()}
    missing = {
        (token, name)
        for token, names in found.items()
        for name in names
        if token not in OTHER_LANGUAGES and name not in judged_paths.get(token, set())
    }
    assert missing == NOT_DOCUMENTS


def test_every_place_exists_in_the_provider() -> None:
    sources = {
        token: path.read_text(encoding="utf-8")
        for path in Path(str(pulumi_aws.__file__)).parent.rglob("*.py")
        for token in _TOKEN.findall(path.read_text(encoding="utf-8"))
    }
    for token, places in PLACES.items():
        assert token in sources, token
        for place in places:
            name = place.path.split("[")[0].split(".")[0]
            snake = re.sub(r"([A-Z])", lambda match: "_" + match[1].lower(), name)
            assert f"def {snake}(self)" in sources[token], (token, place.path)


def test_no_token_is_both_judged_and_left_out() -> None:
    assert not PLACES.keys() & OTHER_LANGUAGES.keys()


# Speed


def seconds_for(count: int) -> float:
    """Give the time that the pack takes for so many different documents."""
    things = [
        permissions(
            allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::bucket-{at}/*"),
            allow(
                ["sqs:Send*", "kms:Decrypt"], [f"arn:aws:sqs:ap-south-1:111122223333:queue-{at}"], Sid="Other"
            ),
            name=f"policy-{at}",
        )
        for at in range(count)
    ]
    graph = graph_of(*things)
    pack = pack_of(ROWS[0])
    started = time.perf_counter()
    judgement = judged(pack, graph)
    assert judgement.judged == count
    return time.perf_counter() - started


def test_a_thousand_documents_are_judged_in_seconds_and_linearly() -> None:
    seconds_for(10)  # reads the services' lists
    few, many = seconds_for(100), seconds_for(1000)
    assert many < 6.0
    assert many < 20 * few


def test_a_document_is_parsed_once() -> None:
    parse.cache_clear()
    one = permissions(allow("s3:GetObject", "arn:aws:s3:::bucket/*"))
    judged(pack_of(ROWS[0]), graph_of(one))
    assert parse.cache_info().misses == 1
    assert parse.cache_info().hits > 5


def test_a_document_that_is_none_is_not_judged() -> None:
    broken = permissions(allow("s3:GetObject", "*"))
    graph = graph_of(type(broken)(broken.token, broken.name, {**broken.inputs, "policy": "no JSON"}))
    findings = [f for f in judged(pack_of(ROWS[0]), graph).findings if f.rule == "iam-no-admin"]
    assert [(f.status, f.message) for f in findings] == [
        ("not judged", "policy is not a JSON document with statements")
    ]
