"""What the real stacks declare are these rules, and these rules ask for nothing that nobody serves."""

from __future__ import annotations

import re

import pytest

from infra.observability.metrics.catalogue import catalogue
from infra.observability.metrics.prometheus_values import USED_PERCENT
from infra.observability.rules import as_prometheus, rule_groups
from infra.observability.rules.cluster import VOLUME_WARNING
from infra.observability.rules.model import OWNERS
from infra.observability.rules.recordings import GAUGES
from infra.workloads.jobs.broker_plan import DEAD_LETTERS, POSITIONS
from preview.graph import Resource, plain
from tests.conftest import EstateRenderer
from tests.infra.observability.dashboards.promql import metrics
from tests.schemas.validation import problems

from .promtool import WATCHED, alerts_of, context_of, declared_context

KIND = "kubernetes:monitoring.coreos.com/v1:PrometheusRule"
WHAT_EVERY_SCRAPE_ADDS = {"namespace", "service", "pod", "job", "instance", "container", "endpoint"}
SELECTOR = re.compile(r"([a-zA-Z_][\w]*)\{([^}]*)\}")


def declared(estate: EstateRenderer, stack: str) -> list[Resource]:
    return list(estate(stack).of_type(KIND))


@pytest.mark.parametrize("stack", WATCHED)
def test_a_stack_declares_the_rules_that_were_tested(estate: EstateRenderer, stack: str) -> None:
    groups = {
        group["name"]: group
        for resource in declared(estate, stack)
        for group in plain(resource.inputs)["spec"]["groups"]
    }
    context = declared_context(stack)
    assert context in {context_of(stack), context_of(stack, restore_tests=True)}
    wanted = as_prometheus(rule_groups(context))["groups"]
    assert groups == {group["name"]: group for group in wanted}


@pytest.mark.parametrize("stack", WATCHED)
def test_the_operator_accepts_every_object(estate: EstateRenderer, stack: str) -> None:
    assert [line for resource in declared(estate, stack) for line in problems(resource, version="1.35")] == []


def test_testing_has_no_rules(estate: EstateRenderer) -> None:
    assert declared(estate, "testing") == []


@pytest.mark.parametrize("stack", WATCHED)
def test_every_metric_is_served_or_recorded(stack: str) -> None:
    groups = rule_groups(context_of(stack))
    recorded = {made.record for group in groups for made in group.recordings}
    known = recorded | catalogue().series_names(stack=stack)
    unknown = {
        f"{rule.plain.get('alert', rule.plain.get('record'))}: {name}"
        for group in groups
        for rule in group.rules
        for name in metrics(rule.expression) - known
    }
    assert unknown == set()


@pytest.mark.parametrize("stack", WATCHED)
def test_every_label_that_selects_is_one_that_the_metric_has(stack: str) -> None:
    labels = {
        name: {*metric.labels, *WHAT_EVERY_SCRAPE_ADDS}
        for _, metric in catalogue().metrics(stack=stack)
        for name in metric.series_names
    }
    strange = {
        f"{name}{{{label}}}"
        for group in rule_groups(context_of(stack))
        for rule in group.rules
        for name, matchers in SELECTOR.findall(rule.expression)
        if name in labels
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", re.sub(r'"[^"]*"', '""', matchers))
        if label not in labels[name]
    }
    assert strange == set()


@pytest.mark.parametrize("stack", WATCHED)
def test_alerts_and_groups_have_one_name_each(stack: str) -> None:
    groups = rule_groups(context_of(stack))
    names = [alert.name for group in groups for alert in group.alerts]
    assert len(names) == len(set(names))
    assert len({group.name for group in groups}) == len(groups)
    records = [made.record for group in groups for made in group.recordings]
    assert len(records) == len(set(records))
    assert all(":" in record for record in records)


@pytest.mark.parametrize("stack", WATCHED)
def test_every_alert_says_how_bad_it_is_whose_it_is_and_what_was_measured(stack: str) -> None:
    for name, alert in alerts_of(rule_groups(context_of(stack))).items():
        assert alert.severity in ({"none"} if name == "Watchdog" else {"critical", "warning"}), name
        assert alert.owner in OWNERS, name
        assert alert.summary, name
        assert not alert.summary.endswith("."), name
        assert alert.description.endswith("."), name


@pytest.mark.parametrize("stack", WATCHED)
def test_what_is_recorded_is_kept_for_a_year_as_average_and_maximum(stack: str) -> None:
    context = context_of(stack)
    by_group = {group.name: group for group in rule_groups(context)}
    kept = by_group["fleet-erp-aggregates"]
    assert kept.interval == "5m"
    records = {made.record for made in kept.recordings}
    for name in GAUGES if context.serving else ("mq:queue_messages", "database:connections:ratio"):
        assert {f"{name}:avg_5m", f"{name}:max_5m"} <= records
    assert any(record.endswith(":sum_5m") for record in records) == context.serving


def test_queues_are_those_that_the_broker_has() -> None:
    context = context_of("prod")
    assert (context.queue, context.dead_letter_queue) == (POSITIONS, DEAD_LETTERS)
    assert context.queue_depth == 1000


def test_limits_follow_the_stack_file() -> None:
    prod, dr, staging = (context_of(stack) for stack in ("prod", "dr", "staging"))
    assert (prod.most_nodes, dr.most_nodes) == (8, 3)
    assert (prod.pods_autoscaled, staging.pods_autoscaled) == (True, False)
    assert (prod.nodes_autoscaled, staging.nodes_autoscaled) == (True, False)
    assert (prod.report_replica, staging.report_replica) == ("fleet-erp-prod-postgres-report", None)
    assert (prod.standby, dr.standby) == (False, True)
    assert prod.storage_gib == 500


def test_a_volume_too_small_for_the_retention_is_told_of_before_samples_go() -> None:
    """Prometheus throws its oldest samples away at a share of its volume, whatever the retention in days."""
    assert VOLUME_WARNING * 100 < USED_PERCENT
