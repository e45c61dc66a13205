"""A rule in a run: errors fail, secrets stay out of messages, the SDK alone says the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from policies.framework import (
    Controls,
    Findings,
    Graph,
    Level,
    ResourceView,
    Severity,
    advisory_in,
    everywhere,
    joined_rule,
    resource_rule,
    stack_rule,
)
from policies.framework.exemptions import Exemptions, read_exemptions
from policies.framework.pack import POLICIES, Pack, load_pack
from policies.framework.rules import Rule
from policies.framework.run import Run, policies_of
from preview.graph import UNKNOWN, ResourceGraph
from preview.judgement.in_process import diagnostics_of, judge_with
from preview.judgement.process import judge_pack
from preview.judgement.requests import Requests
from tests.policies.builders import Ref, SecretText, graph_of, thing
from tests.policies.encryption.table import ROWS
from tests.policies.table import TODAY, broken

QUEUE = "aws:sqs/queue:Queue"
KEY = "aws:kms/key:Key"
COMMON: dict[str, Any] = {
    "subjects": (QUEUE,),
    "severity": Severity.HIGH,
    "controls": Controls(requirements=("POL-01",)),
    "remedy": "Mend it.",
}


class OwnPack(Pack):
    """A pack of rules that a test wrote."""

    own: tuple[Rule, ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:  # type: ignore[override]
        """The test's rules."""
        return self.own


def pack_of(*rules: Rule) -> Pack:
    """Give a pack of these rules."""
    pack = OwnPack("policies.encryption", ("test-",), ())
    object.__setattr__(pack, "own", rules)
    return pack


def judged(graph: ResourceGraph, *rules: Rule, environment: str = "prod"):  # noqa: ANN201  (a judgement)
    return judge_with((pack_of(*rules),), graph, environment=environment, today=TODAY)


def fixed(level: Level = Level.MANDATORY) -> dict[str, Any]:
    """Give the metadata of a test's rule."""
    return {**COMMON, "levels": everywhere(level)}


@pytest.mark.parametrize("level", [Level.MANDATORY, Level.ADVISORY])
def test_a_rule_that_raises_is_an_error_that_fails(level: Level) -> None:
    @resource_rule("test-raises", **fixed(level))
    def raises(_queue: ResourceView) -> Findings:
        """It holds."""
        yield "found before"
        raise KeyError("kmsKey")

    @resource_rule("test-quiet", **fixed())
    def quiet(_queue: ResourceView) -> Findings:
        """It holds."""
        return ()

    judgement = judged(graph_of(thing(QUEUE, "jobs")), raises, quiet)
    assert not judgement.passed
    assert [(finding.rule, finding.status, finding.message) for finding in judgement.findings] == [
        ("test-raises", "error", "the rule raised KeyError: 'kmsKey'"),
        ("test-raises", "violation", "found before"),
    ]


def test_a_rule_that_needs_the_stack_must_say_so() -> None:
    def follows(queue: ResourceView) -> Findings:
        """It holds."""
        if not queue.link("kmsMasterKeyId").targets(KEY):
            yield "no key"

    things = (thing(KEY, "data"), thing(QUEUE, "jobs", kmsMasterKeyId=Ref("data", "arn")))
    silent = resource_rule("test-follows", **fixed())(follows)
    (finding,) = judged(graph_of(*things), silent).findings
    assert (finding.status, finding.blocks) == ("error", True)
    assert "by_reference=True" in finding.message
    saying = resource_rule("test-follows", **fixed(), by_reference=True)(follows)
    for known in (True, False):
        assert judged(graph_of(*things, known=known), saying).findings == ()


def test_what_was_found_before_the_stack_was_needed_is_reported_once() -> None:
    @resource_rule("test-both", **fixed(), by_reference=True)
    def both(queue: ResourceView) -> Findings:
        """It holds."""
        yield "surely wrong"
        if not queue.link("kmsMasterKeyId").targets(KEY):
            yield "no key"

    graph = graph_of(thing(QUEUE, "jobs", kmsMasterKeyId="alias/x"))
    assert sorted(finding.message for finding in judged(graph, both).findings) == ["no key", "surely wrong"]
    request = Requests(graph).of_resource(graph.resources[0])
    run = Run("prod", "prod", Exemptions((), "prod", "prod", TODAY))
    first = _PolicyAnalyzerServicer("p", "1", policies_of(pack_of(both), run), EnforcementLevel.MANDATORY)
    assert ["surely wrong" in d.message for d in first.Analyze(request, None).diagnostics] == [True]


def test_not_judged_blocks_where_it_is_mandatory_only() -> None:
    def reads(queue: ResourceView) -> Findings:
        """It holds."""
        if not queue.flag("fifoQueue"):
            yield "not FIFO"

    graph = graph_of(thing(QUEUE, "jobs", fifoQueue=UNKNOWN))
    for level, passes in ((Level.MANDATORY, False), (Level.ADVISORY, True)):
        judgement = judged(graph, resource_rule("test-reads", **fixed(level))(reads))
        (finding,) = judgement.findings
        assert (finding.status, finding.message) == ("not judged", "fifoQueue is not known yet")
        assert judgement.passed is passes


def test_a_secret_never_shows() -> None:
    @resource_rule("test-shows", **fixed())
    def shows(queue: ResourceView) -> Findings:
        """It holds."""
        yield f"the password is {queue.text('password')} and the port {queue.text('port')}"

    graph = graph_of(thing(QUEUE, "jobs", password=SecretText("hunter2hunter2"), port=5671))
    (finding,) = judged(graph, shows).findings
    assert finding.message == "the password is [secret] and the port 5671"


def test_joined_and_stack_rules_see_everything() -> None:
    @joined_rule("test-joined", **fixed())
    def joined(queue: ResourceView, graph: Graph) -> Findings:
        """It holds."""
        yield f"{len(graph.resources)} resources beside {queue.name} in {graph.environment}"

    @stack_rule("test-stack", **fixed())
    def stack(graph: Graph) -> Findings:
        """It holds."""
        yield f"{len(graph.of(QUEUE))} queues"

    judgement = judged(graph_of(thing(QUEUE, "jobs"), thing(KEY, "data")), joined, stack)
    assert {(f.resource_name, f.message) for f in judgement.findings} == {
        ("jobs", "2 resources beside jobs in prod"),
        ("the stack", "1 queues"),
    }


def test_a_rule_that_is_off_says_nothing() -> None:
    @resource_rule("test-off", **COMMON, levels=advisory_in("staging"))
    def off(_queue: ResourceView) -> Findings:
        """It holds."""
        yield "wrong"

    graph = graph_of(thing(QUEUE, "jobs"))
    assert judged(graph, off).findings == ()
    assert len(judged(graph, off, environment="staging").findings) == 1


def test_a_rule_at_level_remediate_mends_before_anything_is_judged() -> None:
    def tagged(queue: ResourceView) -> dict[str, Any] | None:
        return None if queue.has("tags") else {"tags": {"Environment": queue.environment}}

    @resource_rule("test-mends", **fixed(Level.REMEDIATE), remediate=tagged)
    def mends(queue: ResourceView) -> Findings:
        """It holds."""
        if not queue.has("tags"):
            yield "no tags"

    @resource_rule("test-sees", **fixed())
    def sees(queue: ResourceView) -> Findings:
        """It holds."""
        yield f"{queue.text('tags.Environment')} {queue.text('password')}"

    graph = graph_of(thing(QUEUE, "jobs", password=SecretText("hunter2hunter2")))
    judgement = judged(graph, mends, sees)
    assert [(finding.rule, finding.message) for finding in judgement.findings] == [
        ("test-sees", "prod [secret]")
    ]
    assert judgement.remediations == (f"test-mends: {graph.resources[0].urn}",)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"subjects": ()}, "names no type token"),
        ({"subjects": (QUEUE, QUEUE)}, "a type token twice"),
        ({"levels": {"prod": Level.MANDATORY}}, "levels must name exactly"),
        ({"remedy": ""}, "says no remedy"),
    ],
)
def test_a_rule_that_says_too_little_is_refused(change: dict[str, Any], line: str) -> None:
    def check(_queue: ResourceView) -> Findings:
        """It holds."""
        return ()

    with pytest.raises(ValueError, match=line):
        resource_rule("test-wrong", **{**fixed(), **change})(check)


def test_a_function_of_the_wrong_shape_is_refused() -> None:
    def check(_queue: ResourceView) -> Findings:
        """It holds."""
        return ()

    with pytest.raises(ValueError, match="takes 2 arguments"):
        joined_rule("test-wrong", **fixed())(check)


def broken_graphs() -> list[ResourceGraph]:
    """Give stacks with findings of every kind: violations, not judged, exempted."""
    graphs = []
    for row in ROWS:
        if row.rule == "enc-ssm-parameter":
            continue
        for way in row.breaks[:2]:
            graphs += [graph_of(*broken(row, way), known=known) for known in (True, False)]
    return graphs


def test_the_sdk_alone_gives_the_same_diagnostics() -> None:
    """Our servicer hands resources only to the rules about them and converts once: nothing may change by it.

    Except where a rule asks whether a value is secret: the SDK takes the marks off before a rule sees them.
    """
    pack = load_pack(POLICIES / "encryption")
    entries = read_exemptions(POLICIES / "exemptions.yaml")
    seen = 0
    for graph in broken_graphs():
        run = Run("prod", "prod", Exemptions(entries, "prod", "prod", TODAY))
        plain = _PolicyAnalyzerServicer(
            pack.name, "0.0.1", policies_of(pack, run), EnforcementLevel.MANDATORY
        )
        requests = Requests(graph)
        alone = [
            diagnostic
            for resource in graph.resources
            for diagnostic in diagnostics_of(
                plain.Analyze(requests.of_resource(resource), None), urn=resource.urn
            )
        ]
        alone += diagnostics_of(plain.AnalyzeStack(requests.of_stack(), None))
        ours = judge_pack(graph, POLICIES / "encryption", environment="prod", today=TODAY)
        key: Callable[[Any], tuple[str, ...]] = lambda item: (item.policy, item.urn, item.message)  # noqa: E731
        assert sorted(map(key, alone)) == sorted(map(key, ours))
        seen += len(ours)
    assert seen > 100


def test_the_wire_keeps_levels_and_severities() -> None:
    graph = graph_of(thing("aws:rds/instance:Instance", "postgres"))
    (storage,) = [
        diagnostic
        for diagnostic in judge_pack(graph, POLICIES / "encryption", environment="dev", today=TODAY)
        if diagnostic.policy == "enc-rds-storage"
    ]
    assert storage.level is Level.MANDATORY
    assert storage.title == "RDS storage is encrypted."
    assert analyzer_pb2.MANDATORY == 1
