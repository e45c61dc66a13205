"""What is there is shown, and whatever is taken away becomes a gap, exactly one and named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import jsonschema
import pytest

from ops.evidence.build import Sources, build
from ops.evidence.controls import read_controls
from ops.evidence.markdown import page
from ops.evidence.model import Evidence, schema
from policies.framework.rules import Level
from preview.graph import ResourceGraph
from tests.ops.evidence.conftest import NOON, RECORDS, TODAY, record

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = ROOT / "schema" / "evidence.schema.json"
Real = Callable[[str], Sources]

pytestmark = pytest.mark.requirement("SEC-14")


def gaps(sources: Sources) -> set[tuple[str, str, str]]:
    return {(gap.control, gap.kind, gap.subject) for gap in build(sources).gaps}


def without(sources: Sources, *names: str) -> Sources:
    kept = tuple(each for each in sources.graph.resources if each.name not in names)
    return replace(sources, graph=ResourceGraph(sources.graph.project, sources.graph.stack, kept))


def test_nothing_is_missing_where_everything_is_there(whole: Sources) -> None:
    made = build(whole)
    assert made.gaps == ()
    assert made.policies_passed
    assert [answer.id for answer in made.controls] == [control.id for control in read_controls()]
    for answer, control in zip(made.controls, whole.controls, strict=True):
        assert {row.id for row in answer.requirements} == set(control.requirements)
        assert all(row.tests for row in answer.requirements if row.applies)


def test_every_link_of_the_chain_is_followed(whole: Sources) -> None:
    """From the law to the row, the policy, the resource, the test and the record."""
    answers = {answer.id: answer for answer in build(whole).controls}
    encryption = answers["encryption"]
    (row,) = [row for row in encryption.requirements if row.id == "SEC-06"]
    assert row.tests == tuple(sorted(set(whole.tests["SEC-06"])))
    (policy,) = [policy for policy in encryption.policies if policy.id == "enc-rds-storage"]
    assert policy.level == "mandatory"
    assert set(policy.resources) == {
        "aws:rds/instance:Instance::postgres",
        "aws:rds/instance:Instance::postgres-report",
    }
    accepted = {(each.rule, each.resource): each for each in encryption.exemptions}
    broker = accepted["enc-mq-at-rest", "aws:mq/broker:Broker::rabbitmq"]
    assert broker.days_left == (date(2027, 5, 31) - TODAY).days
    assert [policy.id for policy in answers["cross-border"].policies if "16" in policy.sections] == [
        "dat-region"
    ]
    (masked,) = [done for done in answers["masking"].records if done.kind == "masking" and done.result]
    assert (masked.environment, masked.result, masked.age_days) == ("staging", "passed", 5)
    assert masked.figures == {"rows": 200_000}


def test_a_row_without_a_test_is_a_gap(whole: Sources) -> None:
    tests = {row_id: tests for row_id, tests in whole.tests.items() if row_id != "DATA-05"}
    assert gaps(replace(whole, tests=tests)) == {("erasure", "test", "DATA-05")}


def test_a_row_of_another_stack_is_no_gap(real: Real, whole: Sources) -> None:
    """Seven years of invoices are asked of production alone."""
    tests = {row_id: tests for row_id, tests in whole.tests.items() if row_id != "DATA-05"}
    staging = replace(real("staging"), tests=tests, awaited={}, controls=whole.controls)
    assert ("erasure", "test", "DATA-05") not in gaps(staging)


def test_a_row_that_does_not_exist_is_a_gap(whole: Sources) -> None:
    assert gaps(replace(whole, rows=[row for row in whole.rows if row.id != "DATA-06"])) == {
        ("erasure", "row", "DATA-06")
    }


def test_a_control_that_no_policy_serves_is_a_gap(whole: Sources) -> None:
    rules = {
        rule.id: rule
        for rule in whole.judgement.rules.values()
        if not {"SEC-10", "OBS-13"} & set(rule.controls.requirements) and "8(6)" not in rule.controls.dpdpa
    }
    found = gaps(replace(whole, judgement=replace(whole.judgement, rules=rules)))
    assert found == {("breach", "rule", "breach")}


def test_policies_about_nothing_are_a_gap(whole: Sources) -> None:
    empty = replace(whole, graph=ResourceGraph(whole.graph.project, whole.graph.stack, ()))
    assert {(control, kind) for control, kind, _ in gaps(empty)} >= {
        (control.id, "resource") for control in whole.controls if control.requirements
    }


def test_a_policy_that_still_waits_is_a_gap(whole: Sources) -> None:
    assert gaps(replace(whole, awaited={"dat-attachments-retention": "the bucket"})) == {
        ("erasure", "waiting", "dat-attachments-retention")
    }


def test_a_finding_that_nobody_accepted_is_a_gap(whole: Sources) -> None:
    findings = whole.judgement.findings
    accepted = next(each for each in findings if each.rule == "enc-mq-at-rest" and each.status == "exempted")
    opened = replace(accepted, status="violation", exemption=None, level=Level.MANDATORY)
    judgement = replace(
        whole.judgement, findings=tuple(opened if each is accepted else each for each in findings)
    )
    made = build(replace(whole, judgement=judgement))
    assert {(gap.kind, gap.subject) for gap in made.gaps} == {("finding", "enc-mq-at-rest")}
    assert not made.policies_passed


@pytest.mark.parametrize(
    ("kind", "environment", "control"),
    [
        ("restore-test", "prod", "continuity"),
        ("drill", "dr", "continuity"),
        ("penetration-test", "prod", "effectiveness"),
        ("refresh", "prod", "masking"),
    ],
)
def test_a_record_is_missing_failed_or_old(whole: Sources, kind: str, environment: str, control: str) -> None:
    gap = {(control, "record", kind)}
    others = [each for each in RECORDS if each.kind != kind]
    assert gaps(replace(whole, records=others)) == gap
    elsewhere = record(kind, "testing")
    assert gaps(replace(whole, records=[*others, elsewhere])) == gap
    failed = record(kind, environment, ended=NOON + timedelta(hours=1), result="failed")
    assert gaps(replace(whole, records=[*RECORDS, failed])) == gap
    tomorrow = record(kind, environment, ended=NOON + timedelta(days=30))
    assert gaps(replace(whole, records=[*others, tomorrow])) == gap


@pytest.mark.parametrize(
    ("kind", "environment", "days"),
    [("restore-test", "prod", 92), ("drill", "dr", 365), ("penetration-test", "prod", 365)],
)
def test_a_record_is_good_for_so_many_days(whole: Sources, kind: str, environment: str, days: int) -> None:
    others = [each for each in RECORDS if each.kind != kind]
    at_noon = NOON.replace(day=TODAY.day)
    for age, overdue in ((days, False), (days + 1, True)):
        old = record(kind, environment, ended=at_noon - timedelta(days=age))
        found = {subject for _, _, subject in gaps(replace(whole, records=[*others, old]))}
        assert found == ({kind} if overdue else set())


@pytest.mark.parametrize(
    "steps",
    [
        [],
        ["Neutralise and mask"],
        ["Verify", "Neutralise and mask"],
        ["Snapshot production", "It is shared"],
    ],
)
def test_a_copy_that_was_not_masked_and_searched_is_a_gap(whole: Sources, steps: list[str]) -> None:
    """Even when a later copy was, and in that order: a search before the masking proves nothing."""
    named = [{"name": name, "result": "passed"} for name in steps]
    earlier = record("refresh", "prod", ended=NOON - timedelta(days=9), steps=named)
    assert gaps(replace(whole, records=[*RECORDS, earlier])) == {("masking", "record", "refresh")}


def test_the_steps_asked_for_are_states_of_the_refresh(whole: Sources) -> None:
    (demand,) = [
        demand for control in whole.controls for demand in control.records if demand.kind == "refresh"
    ]
    (machine,) = [
        each for each in whole.graph.of_type("aws:sfn/stateMachine:StateMachine") if each.name == "refresh"
    ]
    states = json.loads(machine.inputs["definition"])["States"]
    assert demand.steps
    assert set(demand.steps) <= states.keys()


def test_masking_by_hand_is_shown_and_need_not_be(whole: Sources) -> None:
    others = [each for each in RECORDS if each.kind != "masking"]
    assert gaps(replace(whole, records=others)) == set()
    failed = record("masking", "staging", result="failed")
    assert gaps(replace(whole, records=[*others, failed])) == {("masking", "record", "masking")}


def test_logs_of_access_are_measured_by_the_year(real: Real, whole: Sources) -> None:
    """The strategy keeps 90 days, the Rules ask for a year: the evidence says which log falls short."""
    prod = real("prod")
    asked = replace(whole, controls=prod.controls)
    (answer,) = [answer for answer in build(asked).controls if answer.id == "log-retention"]
    kept = {(log.shows, log.resource): log.kept_days for log in answer.logs}
    statements = ("statements of postgres", "aws:cloudwatch/logGroup:LogGroup::postgres-postgresql-log")
    assert kept[statements] == 90
    assert kept["requests to the application", "aws:s3/bucket:Bucket::access-logs"] == 90
    short = {gap.message.partition(":")[0] for gap in answer.gaps}
    assert "statements of postgres" in short
    for shows in {log.shows for log in answer.logs}:
        longest = max(log.kept_days or 10**6 for log in answer.logs if log.shows == shows)
        assert (shows in short) == (longest < 365), shows


def test_no_log_at_all_is_a_gap(whole: Sources) -> None:
    logs = [
        each.name
        for each in whole.graph.resources
        if each.type in {"aws:cloudwatch/logGroup:LogGroup", "aws:s3/bucket:Bucket"}
        or (each.type == "kubernetes:core/v1:ConfigMap" and "plan.json" in (each.inputs.get("data") or {}))
    ]
    assert ("log-retention", "log", "log-retention") in gaps(without(whole, *logs))


def test_who_reads_what_is_read_from_the_documents(whole: Sources) -> None:
    made = build(whole)
    readers = {store.resource: store.readers for store in made.stores}
    secret = "aws:secretsmanager/secret:Secret::database-odoo-secret"
    (reader,) = readers[secret]
    assert reader.taken_by == ("service account erp/secret-reader",)
    assert reader.actions == ("secretsmanager:getsecretvalue",)
    assert readers["aws:mq/broker:Broker::rabbitmq"] == ()
    assert readers.keys() >= {"aws:s3/bucket:Bucket::attachments", "aws:efs/fileSystem:FileSystem::filestore"}
    (gone,) = [s.readers for s in build(without(whole, "erp-secrets")).stores if s.resource == secret]
    assert gone == ()
    cluster = {(each.principal.rpartition("/")[2], each.policy): each for each in made.cluster}
    assert cluster["fleet-erp-read-only-prod", "AmazonEKSViewPolicy"].reads_secrets is False
    operator = cluster["fleet-erp-operator-prod", "AmazonEKSEditPolicy"]
    assert (operator.scope, operator.reads_secrets) == ("namespaces erp, gps, observability", True)


def test_a_wider_grant_shows_at_once(whole: Sources) -> None:
    role = next(
        each for each in whole.graph.resources if each.name == "fluent-bit" and "rolePolicy:" in each.type
    )
    wide = json.dumps({"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}})
    changed = tuple(
        replace(each, inputs={**each.inputs, "policy": wide}) if each is role else each
        for each in whole.graph.resources
    )
    made = build(replace(whole, graph=replace(whole.graph, resources=changed)))
    (bucket,) = [store for store in made.stores if store.resource == "aws:s3/bucket:Bucket::attachments"]
    assert "aws:iam/rolePolicy:RolePolicy::fluent-bit" in {reader.by for reader in bucket.readers}


@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_the_same_sources_give_the_same_evidence(real: Real, stack: str) -> None:
    sources = real(stack)
    shuffled = replace(
        sources,
        records=tuple(reversed(sources.records)),
        tests={row_id: tuple(reversed(tests)) for row_id, tests in reversed(list(sources.tests.items()))},
    )
    made, again = build(sources), build(shuffled)
    assert made.to_text() == again.to_text()
    assert page(made) == page(again)
    assert made.environment == stack
    assert Evidence.model_validate_json(made.to_text()) == made


@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_the_evidence_holds_to_its_schema(real: Real, stack: str) -> None:
    assert SCHEMA.read_text() == schema(), "run `make schema`"
    jsonschema.validate(json.loads(build(real(stack)).to_text()), json.loads(SCHEMA.read_text()))
