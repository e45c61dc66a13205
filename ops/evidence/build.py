"""From what is declared, judged, tested and recorded to the evidence: no clock, no file, no network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from math import inf
from typing import Final, Protocol

from policies.framework.rules import Level, Rule
from preview.graph import ResourceGraph
from preview.judgement import Finding, Judgement

from ..records import Record
from .access import cluster_access, stores
from .controls import Control, RecordDemand
from .logs import kept_logs, name_of
from .model import Answer, Done, Evidence, Exempted, Gap, KeptLog, Policy, Row

EVERYWHERE: Final = "all"


class RequirementRow(Protocol):
    """A row of docs/requirements.yaml."""

    @property
    def id(self) -> str:
        """Its key."""
        ...

    @property
    def stacks(self) -> tuple[str, ...]:
        """Where it must hold."""
        ...

    @property
    def must(self) -> str:
        """What must hold."""
        ...


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Everything that the evidence is made from."""

    today: date
    graph: ResourceGraph
    judgement: Judgement
    awaited: Mapping[str, str]
    rows: Sequence[RequirementRow]
    tests: Mapping[str, tuple[str, ...]]
    """Tests by the row that they prove."""
    records: Sequence[Record]
    controls: Sequence[Control]


def build(sources: Sources) -> Evidence:
    """Make the evidence of a stack."""
    graph = sources.graph
    listed = json.dumps([resource.to_json() for resource in graph.resources], sort_keys=True)
    return Evidence(
        stack=graph.stack,
        environment=sources.judgement.environment,
        date=sources.today,
        resources=sum(resource.custom for resource in graph.resources),
        digest=hashlib.sha256(listed.encode()).hexdigest(),
        policies_passed=sources.judgement.passed,
        controls=tuple(_answer(control, sources) for control in sources.controls),
        stores=tuple(stores(graph)),
        cluster=tuple(cluster_access(graph)),
    )


def _answer(control: Control, sources: Sources) -> Answer:
    rows = tuple(_rows(control, sources))
    rules = [rule for rule in sources.judgement.rules.values() if _serves(rule, control)]
    findings = {rule.id: _findings(rule, sources.judgement) for rule in rules}
    policies = tuple(
        _policy(rule, findings[rule.id], sources) for rule in sorted(rules, key=lambda rule: rule.id)
    )
    records = tuple(done for demand in control.records for done in _done(demand, sources))
    logs = tuple(kept_logs(sources.graph)) if control.log_days is not None else ()
    found = [finding for each in findings.values() for finding in each]
    return Answer(
        id=control.id,
        title=control.title,
        provision=control.provision,
        asks=control.asks,
        reading=control.reading,
        in_force=control.in_force,
        organisation=control.organisation,
        requirements=rows,
        policies=policies,
        exemptions=tuple(_exempted(found, sources.today)),
        records=records,
        logs=logs,
        gaps=(
            *_gaps_of_rows(control, rows, {row.id for row in sources.rows}),
            *_gaps_of_policies(control, policies, found),
            *_gaps_of_records(control, records, sources),
            *_gaps_of_logs(control, logs),
        ),
    )


def _rows(control: Control, sources: Sources) -> Iterator[Row]:
    wanted = set(control.requirements)
    here = {EVERYWHERE, sources.judgement.environment}
    for row in sources.rows:
        if row.id in wanted:
            yield Row(
                id=row.id,
                must=row.must,
                applies=bool(here & set(row.stacks)),
                tests=tuple(sorted(set(sources.tests.get(row.id, ())))),
            )


def _serves(rule: Rule, control: Control) -> bool:
    return bool(
        set(rule.controls.requirements) & set(control.requirements)
        or set(rule.controls.dpdpa) & set(control.sections)
    )


def _findings(rule: Rule, judgement: Judgement) -> list[Finding]:
    return [finding for finding in judgement.findings if finding.rule == rule.id]


def _policy(rule: Rule, findings: Iterable[Finding], sources: Sources) -> Policy:
    level = sources.judgement.levels.get(rule.id, rule.levels[sources.judgement.environment])
    intended = rule.levels[sources.judgement.environment]
    statuses = [finding.status for finding in findings]
    return Policy(
        id=rule.id,
        title=rule.title,
        level=level.value,
        waits_for=sources.awaited.get(rule.id) if intended is Level.MANDATORY else None,
        sections=rule.controls.dpdpa,
        resources=tuple(name_of(resource) for resource in sources.graph.of_type(*rule.subjects)),
        open=len([status for status in statuses if status != "exempted"]),
        exempted=statuses.count("exempted"),
    )


def _exempted(findings: Iterable[Finding], today: date) -> Iterator[Exempted]:
    for finding in findings:
        if finding.status == "exempted" and finding.exemption is not None:
            yield Exempted(
                rule=finding.rule,
                resource=f"{finding.resource_type}::{finding.resource_name}",
                message=finding.message,
                owner=finding.exemption.owner,
                reason=finding.exemption.reason,
                expires=finding.exemption.expires,
                days_left=(finding.exemption.expires - today).days,
            )


def _done(demand: RecordDemand, sources: Sources) -> Iterator[Done]:
    for environment in demand.stacks.get(sources.judgement.environment, ()):
        records = [
            record
            for record in sources.records
            if record.kind == demand.kind
            and record.environment == environment
            and _day(record) <= sources.today
        ]
        last = max(records, key=lambda record: (record.finished_at, record.file_name), default=None)
        yield Done(
            kind=demand.kind,
            environment=environment,
            required=demand.required,
            result=last.result if last else None,
            finished_at=last.finished_at.astimezone(UTC).isoformat() if last else None,
            by=last.by if last else None,
            age_days=(sources.today - _day(last)).days if last else None,
            every_days=demand.every_days,
            figures=dict(sorted(last.figures.items())) if last else {},
        )


def _day(record: Record) -> date:
    return record.finished_at.astimezone(UTC).date()


def _gaps_of_rows(control: Control, rows: Iterable[Row], known: set[str]) -> Iterator[Gap]:
    for row_id in control.requirements:
        if row_id not in known:
            yield Gap(
                control=control.id,
                kind="row",
                subject=row_id,
                message=f"{row_id} is no row of docs/requirements.yaml",
            )
    for row in rows:
        if row.applies and not row.tests:
            yield Gap(
                control=control.id,
                kind="test",
                subject=row.id,
                message=f"no test proves {row.id}: {row.must}",
            )


def _gaps_of_policies(
    control: Control, policies: Sequence[Policy], findings: Iterable[Finding]
) -> Iterator[Gap]:
    if control.requirements or control.sections:
        if not policies:
            yield Gap(
                control=control.id, kind="rule", subject=control.id, message="no policy serves this control"
            )
        elif not any(policy.resources for policy in policies):
            yield Gap(
                control=control.id,
                kind="resource",
                subject=control.id,
                message="its policies are about nothing that this stack declares",
            )
    for policy in policies:
        if policy.waits_for is not None:
            yield Gap(
                control=control.id,
                kind="waiting",
                subject=policy.id,
                message=f"{policy.id} waits for what is not declared yet: {policy.waits_for}",
            )
    for finding in findings:
        if finding.blocks:
            yield Gap(
                control=control.id,
                kind="finding",
                subject=finding.rule,
                message=f"{finding.rule} at {finding.resource_name}: {finding.message}",
            )


def _gaps_of_records(control: Control, records: Iterable[Done], sources: Sources) -> Iterator[Gap]:
    for done in records:
        if done.result is None and not done.required:
            continue
        if done.result is None:
            message = f"no record of a {done.kind} of {done.environment}"
        elif done.result != "passed":
            message = f"the last {done.kind} of {done.environment} ended {done.result}, {done.finished_at}"
        elif done.every_days is not None and (done.age_days or 0) > done.every_days:
            message = (
                f"the last {done.kind} of {done.environment} is {done.age_days} days old;"
                f" it is good for {done.every_days}"
            )
        else:
            continue
        yield Gap(control=control.id, kind="record", subject=done.kind, message=message)
    for demand in control.records:
        yield from _without_steps(control, demand, sources)


def _without_steps(control: Control, demand: RecordDemand, sources: Sources) -> Iterator[Gap]:
    """A copy that was made and not masked is no success, whatever its record says."""
    for record in sources.records:
        if (
            record.kind != demand.kind
            or record.result != "passed"
            or record.environment not in demand.stacks.get(sources.judgement.environment, ())
            or _day(record) > sources.today
        ):
            continue
        passed = iter([step.name for step in record.steps if step.result == "passed"])
        missing = [step for step in demand.steps if step not in passed]
        if missing:
            yield Gap(
                control=control.id,
                kind="record",
                subject=demand.kind,
                message=f"the {record.kind} of {record.environment} that ended"
                f" {record.finished_at.astimezone(UTC).isoformat()} lacks step {missing[0]!r} in its place",
            )


def _kept(log: KeptLog) -> float:
    return inf if log.kept_days is None else log.kept_days


def _gaps_of_logs(control: Control, logs: Sequence[KeptLog]) -> Iterator[Gap]:
    if control.log_days is None:
        return
    if not logs:
        yield Gap(
            control=control.id, kind="log", subject=control.id, message="no log of access was found at all"
        )
    for shows in sorted({log.shows for log in logs}):
        log = max((log for log in logs if log.shows == shows), key=_kept)
        if _kept(log) < control.log_days:
            yield Gap(
                control=control.id,
                kind="log",
                subject=log.resource,
                message=f"{log.shows}: {log.resource} keeps {log.kept_days} days of {control.log_days}",
            )
