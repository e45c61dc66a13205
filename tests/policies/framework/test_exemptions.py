"""Exemptions: narrow, used, in time, for rules that can be exempted; everything else is a line of its own."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.framework.exemptions import Exemption, ExemptionsError, read_exemptions
from policies.framework.pack import POLICIES, all_rules, load_pack
from preview.judgement.findings import Judgement
from preview.judgement.in_process import judge_with
from tests.policies.builders import Ref, graph_of, thing
from tests.policies.table import TODAY

PACK = load_pack(POLICIES / "encryption")
BUCKET = "aws:s3/bucket:Bucket"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
AES = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]


def written(**changes: Any) -> dict[str, Any]:
    """Give an exemption as the file holds it."""
    return {
        "rule": "enc-s3-kms",
        "aspect": "sse-s3",
        "resource": f"{BUCKET}::access-logs*",
        "stacks": ["prod"],
        "owner": "platform-team@example.com",
        "reason": "The load balancer writes to nothing else.",
        "expires": "2027-05-31",
        **changes,
    }


def judged(
    *entries: dict[str, Any], buckets: tuple[str, ...] = ("access-logs",), today: date = TODAY
) -> Judgement:
    """Judge a stack with buckets on SSE-S3 under exemptions."""
    things = [
        entry
        for name in buckets
        for entry in (
            thing(BUCKET, name, bucket=f"fleet-{name}"),
            thing(ENCRYPTION, f"{name}-encryption", bucket=Ref(name, "bucket"), rules=AES),
        )
    ]
    return judge_with(
        (PACK,),
        graph_of(*things),
        environment="prod",
        today=today,
        entries=tuple(Exemption.model_validate(entry) for entry in entries),
    )


def test_an_exempted_finding_is_shown_and_does_not_count() -> None:
    judgement = judged(written())
    (finding,) = judgement.findings
    assert judgement.passed
    assert (finding.status, finding.blocks, finding.aspect) == ("exempted", False, "sse-s3")
    assert finding.exemption is not None
    assert finding.exemption.owner == "platform-team@example.com"
    assert judgement.warnings == ()


def test_without_exemption_it_blocks() -> None:
    assert not judged().passed


def test_another_aspect_is_not_covered() -> None:
    judgement = judged(written(aspect="bucket-key"))
    assert [finding.status for finding in judgement.findings] == ["violation"]
    assert "unused in stack prod" in judgement.exemption_problems[0]


def test_on_its_last_day_it_holds_and_the_day_after_it_fails() -> None:
    last = date(2027, 5, 31)
    assert judged(written(), today=last).passed
    over = judged(written(), today=last + timedelta(days=1))
    assert not over.passed
    assert [finding.status for finding in over.findings] == ["violation"]
    assert over.exemption_problems == (
        f"exemption enc-s3-kms [sse-s3] for {BUCKET}::access-logs*: expired on 2027-05-31,"
        " ask platform-team@example.com",
    )


@pytest.mark.parametrize(("days", "warned"), [(30, True), (31, False), (0, True)])
def test_thirty_days_before_the_end_it_warns(days: int, warned: bool) -> None:  # noqa: FBT001  (parametrized)
    judgement = judged(written(), today=date(2027, 5, 31) - timedelta(days=days))
    assert bool(judgement.warnings) == warned
    assert judgement.passed


def test_unused_fails() -> None:
    judgement = judged(written(), buckets=())
    assert not judgement.passed
    assert judgement.exemption_problems == (
        f"exemption enc-s3-kms [sse-s3] for {BUCKET}::access-logs*: unused in stack prod:"
        " take it out of the file or its stacks",
    )


def test_an_exemption_of_another_stack_says_nothing() -> None:
    assert judged(written(stacks=["staging"]), buckets=()).exemption_problems == ()


def test_matching_more_than_it_says_fails() -> None:
    judgement = judged(written(), buckets=("access-logs", "access-logs-old"))
    assert not judgement.passed
    assert "over-broad in stack prod: it matches 2 resources and says 1" in judgement.exemption_problems[0]
    assert judged(written(matches=2), buckets=("access-logs", "access-logs-old")).passed


def test_an_unknown_rule_fails() -> None:
    judgement = judged(written(), written(rule="enc-s3-kns", aspect=None))
    assert "there is no rule enc-s3-kns" in judgement.exemption_problems[0]
    assert not judgement.passed


def test_a_rule_that_can_never_be_exempted_fails() -> None:
    judgement = judged(written(), written(rule="enc-rds-storage", aspect=None))
    assert "rule enc-rds-storage can never be exempted" in judgement.exemption_problems[0]
    assert not judgement.passed


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"resource": "aws:s3/*::access-logs"}, "is over-broad"),
        ({"resource": "*::access-logs"}, "is over-broad"),
        ({"resource": f"{BUCKET}::*"}, "is over-broad"),
        ({"resource": f"{BUCKET}::a*b*"}, "is over-broad"),
        ({"stacks": []}, "at least 1 item"),
        ({"stacks": ["prod", "prod-eu"]}, "is no environment"),
        ({"owner": "somebody"}, "should match pattern"),
        ({"reason": "because"}, "at least 20 characters"),
        ({"expires": "soon"}, "date"),
        ({"until": "2027-01-01"}, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_line_is_refused(tmp_path: Path, change: dict[str, Any], line: str) -> None:
    path = tmp_path / "exemptions.yaml"
    path.write_text(yaml.safe_dump({"exemptions": [written(**change)]}), encoding="utf-8")
    with pytest.raises(ExemptionsError) as error:
        read_exemptions(path)
    assert len(error.value.lines) == 1
    assert line in error.value.lines[0]
    assert error.value.lines[0].startswith("exemptions.yaml: exemptions.0.")


def test_no_file_means_no_exemptions(tmp_path: Path) -> None:
    assert read_exemptions(tmp_path / "exemptions.yaml") == ()


def test_our_own_exemptions_are_in_order() -> None:
    """Each names a rule that can be exempted; whether it is used shows when its stacks are judged."""
    rules = {rule.id: rule for rule in load_pack(POLICIES / "encryption").rules}
    entries = read_exemptions(POLICIES / "exemptions.yaml")
    assert {"enc-s3-kms", "enc-mq-at-rest"} <= {entry.rule for entry in entries}
    for entry in entries:
        if entry.rule in rules:
            assert rules[entry.rule].exemptible
    assert all_rules((load_pack(POLICIES / "encryption"),))
