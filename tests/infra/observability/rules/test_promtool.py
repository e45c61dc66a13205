"""promtool checks the rules of every watched environment, and each alert on both sides of its threshold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
import yaml

from infra.observability.rules import RuleContext, as_prometheus, rule_groups

from .cases import Case
from .promtool import (
    WATCHED,
    alerts_of,
    cases_of,
    context_of,
    firing_checks,
    needs_promtool,
    promtool,
    saying_checks,
    write_checks,
)

CONTEXTS: Final = {
    **{stack: context_of(stack) for stack in WATCHED},
    "prod with restore tests": context_of("prod", restore_tests=True),
}
every_environment = pytest.mark.parametrize("context", CONTEXTS.values(), ids=CONTEXTS)
ALWAYS: Final = "Watchdog"


@needs_promtool
@every_environment
def test_promtool_accepts_the_rules_as_rendered(context: RuleContext, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    groups = rule_groups(context)
    file.write_text(yaml.safe_dump(as_prometheus(groups)))
    answer = promtool("check", "rules", "--lint=all", "--lint-fatal", file)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert f"{sum(len(group.rules) for group in groups)} rules found" in answer.stdout


@every_environment
def test_every_alert_has_a_case_that_fires_and_one_that_does_not(context: RuleContext) -> None:
    cases = cases_of(context)
    assert {*cases, ALWAYS} == set(alerts_of(rule_groups(context)))
    for name, case in cases.items():
        assert case.quiet, f"{name} has no case in which it is quiet"
        assert case.quiet_minutes or case.fires not in case.quiet, name


@needs_promtool
@every_environment
def test_every_alert_fires_above_its_threshold_and_not_below(context: RuleContext, tmp_path: Path) -> None:
    cases = cases_of(context)
    cases[ALWAYS] = Case(fires={}, quiet=(), minutes=1)
    if context.restore_tests:
        cases = {name: case for name, case in cases.items() if name.startswith("RestoreTest")}
    groups = rule_groups(context)
    files = write_checks(firing_checks(cases, groups), groups, tmp_path)
    answer = promtool("test", "rules", *files)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert answer.stdout.count("SUCCESS") == len(files)


@needs_promtool
def test_every_annotation_can_be_read(tmp_path: Path) -> None:
    """A template that refers to what the alert does not have is found here, not at night.

    promtool is asked to compare what each alert says with nothing, and prints what it says.
    """
    said, wanted = "", set[str]()
    for stack in ("prod", "dr"):
        folder = tmp_path / stack
        folder.mkdir()
        context = context_of(stack)
        cases = {name: case for name, case in cases_of(context).items() if name not in wanted}
        wanted |= set(cases)
        groups = rule_groups(context)
        files = write_checks(saying_checks(cases, groups), groups, folder)
        answer = promtool("test", "rules", *files)
        said += answer.stdout + answer.stderr
    assert set(re.findall(r'alertname="(\w+)"', said)) >= wanted
    assert re.findall(r"error expanding template|<no value>|%!", said) == []
    assert re.findall(r'(?:summary|description)="[^"]*(?:\{\{|\}\}|  )[^"]*"', said) == []
