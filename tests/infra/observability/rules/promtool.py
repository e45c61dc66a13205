"""The real promtool, over rules exactly as they are rendered and over the cases of the table."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import pytest
import yaml

from infra.observability.rules import Alert, RuleContext, RuleGroup, as_prometheus
from infra.workloads.capacity import Capacity
from tests.infra.observability.dashboards.promql import metrics
from tests.infra.settings.stack_files import estate_settings

from .cases import Case, Series
from .platform_cases import platform_cases
from .promql import closure
from .service_cases import service_cases
from .store_cases import store_cases

WATCHED: Final = ("staging", "prod", "dr")
PROMTOOL: Final = shutil.which("promtool")
SECONDS: Final = 60
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not installed (apt-get install prometheus): rules were not run"
)


@cache
def context_of(stack: str, *, restore_tests: bool = False) -> RuleContext:
    """The context of a real stack file; restore tests only where asked for: their absence fires always."""
    return replace(declared_context(stack), restore_tests=restore_tests)


def declared_context(stack: str) -> RuleContext:
    """The context of a real stack file, as the program makes it."""
    settings = estate_settings(stack)
    return RuleContext.of(settings, Capacity.of_estate(settings))


def cases_of(context: RuleContext) -> dict[str, Case]:
    """Every case of the table that an environment needs."""
    return {**service_cases(context), **store_cases(context), **platform_cases(context)}


def alerts_of(groups: Sequence[RuleGroup]) -> dict[str, Alert]:
    """The alerts of all groups by name."""
    return {alert.name: alert for group in groups for alert in group.alerts}


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run promtool to its end."""
    assert PROMTOOL is not None
    return subprocess.run(  # noqa: S603  (found on the path, run on files of this test)
        [PROMTOOL, *map(str, arguments)], capture_output=True, text=True, timeout=SECONDS, check=False
    )


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing to ask of promtool."""

    alert: str
    what: str
    series: Series
    question: dict[str, Any]
    """A `promql_expr_test` or `alert_rule_test`, under its key."""
    minutes: int
    step: str
    sample_step: str
    metrics: frozenset[str]
    """Everything that the alert reads or the check provides, recorded series included."""


def firing_checks(cases: Mapping[str, Case], groups: Sequence[RuleGroup]) -> list[Check]:
    """Ask for each alert whether it fires, and whether it is quiet."""
    alerts = alerts_of(groups)
    checks = []
    for name, case in cases.items():
        wanted = {
            "alertname": name,
            "severity": alerts[name].severity,
            "owner": alerts[name].owner,
            **case.labels,
        }
        labels = ", ".join(f'{label}="{value}"' for label, value in wanted.items())
        fires = {
            "expr": f'count by ({", ".join(wanted)}) (ALERTS{{alertname="{name}", alertstate="firing"}})',
            "exp_samples": [{"labels": f"{{{labels}}}", "value": case.alerts}],
        }
        waits = {"expr": f'ALERTS{{alertname="{name}"}}', "exp_samples": []}
        reads = _read(alerts[name], groups)
        checks += [
            _check(name, "fires", case, case.fires, {"promql_expr_test": fires}, reads=reads),
            *(
                _check(name, "is quiet", case, series, {"promql_expr_test": waits}, reads=reads)
                for series in case.quiet
            ),
        ]
    return checks


def saying_checks(cases: Mapping[str, Case], groups: Sequence[RuleGroup]) -> list[Check]:
    """Expect nothing of alerts that fire: promtool then prints what they say."""
    alerts = alerts_of(groups)
    return [
        _check(
            name,
            "says",
            case,
            case.fires,
            {"alert_rule_test": {"alertname": name, "exp_alerts": []}},
            reads=_read(alerts[name], groups),
        )
        for name, case in cases.items()
    ]


def _read(alert: Alert, groups: Sequence[RuleGroup]) -> frozenset[str]:
    recorded = {made.record: made.expression for group in groups for made in group.recordings}
    return closure(metrics(alert.expression), recorded)


def _check(
    alert: str,
    what: Literal["fires", "is quiet", "says"],
    case: Case,
    series: Series,
    question: dict[str, dict[str, Any]],
    *,
    reads: frozenset[str],
) -> Check:
    minutes = (what == "is quiet" and case.quiet_minutes) or case.minutes
    return Check(
        alert=alert,
        what=what,
        series=series,
        question={kind: [{**content, "eval_time": f"{minutes}m"}] for kind, content in question.items()},
        minutes=minutes,
        step=case.step,
        sample_step=case.sample_step or case.step,
        metrics=reads | {selector.partition("{")[0] for selector in series},
    )


def write_checks(checks: Sequence[Check], groups: Sequence[RuleGroup], folder: Path) -> list[Path]:
    """Write promtool's test files, one for each group of alerts and step; give them.

    Each reads its group and those that record what it compares, as they are rendered. What reads nothing in
    common is asked together: promtool starts a database for each test.
    """
    for group in groups:
        _rules(folder, group.name).write_text(yaml.safe_dump(as_prometheus([group]), sort_keys=False))
    written = []
    for group in groups:
        names = {alert.name for alert in group.alerts}
        mine = [check for check in checks if check.alert in names]
        read = [*_recorded_for(group, groups), group.name]
        for step in sorted({check.step for check in mine}):
            content = {
                "rule_files": [_rules(folder, name).name for name in read],
                # A recorded series is seen in the step in which it is recorded.
                "group_eval_order": read,
                "evaluation_interval": step,
                "tests": [
                    _together(some) for some in _packed([check for check in mine if check.step == step])
                ],
            }
            path = folder / f"{group.name}-{step}.test.yaml"
            path.write_text(yaml.safe_dump(content, sort_keys=False))
            written.append(path)
    return written


def _rules(folder: Path, group: str) -> Path:
    return folder / f"{group}.rules.yaml"


def _recorded_for(group: RuleGroup, groups: Sequence[RuleGroup]) -> list[str]:
    """Name the groups whose recorded series the alerts of a group compare."""
    compared = {name for alert in group.alerts for name in metrics(alert.expression)}
    return [
        other.name
        for other in groups
        if other is not group and any(made.record in compared for made in other.recordings)
    ]


def _packed(checks: Sequence[Check]) -> list[list[Check]]:
    packs: list[list[Check]] = []
    for check in sorted(checks, key=lambda each: (each.sample_step, each.minutes)):
        for pack in packs:
            same = pack[0].sample_step == check.sample_step
            if same and all(other.metrics.isdisjoint(check.metrics) for other in pack):
                pack.append(check)
                break
        else:
            packs.append([check])
    return packs


def _together(checks: Sequence[Check]) -> dict[str, Any]:
    together: dict[str, Any] = {
        "name": ", ".join(f"{check.alert} {check.what}" for check in checks),
        "interval": checks[0].sample_step,
        "input_series": [
            {"series": name, "values": values} for check in checks for name, values in check.series.items()
        ],
    }
    for check in checks:
        for kind, questions in check.question.items():
            together.setdefault(kind, []).extend(questions)
    return together
