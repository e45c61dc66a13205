"""The packs' judgement of one broken stack after another, without judging anew what did not change.

A rule about one resource says the same as long as the resource is the same. A rule about the stack is watched
once on the unbroken stack, a joined rule for each resource that it is about: it says the same as long as
nothing changes that it looked at. The rules run in the packs' own code (`policies_of`), so that only the
repetition is left out: a test compares the outcome with a full judgement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, NamedTuple

from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import (
    PolicyCustomTimeouts,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from policies.framework.exemptions import Exemptions, read_exemptions
from policies.framework.graph import Graph
from policies.framework.pack import POLICIES, all_rules, load_packs
from policies.framework.resources import ResourceView
from policies.framework.rules import Kind, Level, Rule
from policies.framework.run import Run, policies_of
from policies.framework.wire import read_struct
from policies.framework.wording import STACK_PLACE, Status, place_of, read
from preview.cost.free import why_free
from preview.graph import Resource, ResourceGraph
from preview.judgement.in_process import configuration
from preview.judgement.requests import Requests
from tests.policies.mutations.watched import BESIDE, EVERYTHING, Note, WatchedGraph, differences, noting

SUMS: Final[Mapping[str, frozenset[str]]] = {
    "dat-region": frozenset(),
    "enc-key-per-environment": frozenset(
        {"aws:kms/key:Key", "aws:kms/alias:Alias", "pulumi:pulumi:StackReference"}
    ),
    "iam-no-plaintext-secret-elsewhere": frozenset(),
}
"""Stack rules that go through all resources and say of each what they would say of it alone, with the
resources of these types beside it: asked only about what changed."""

COSTS: Final = frozenset(
    {"cst-budget", "cst-budget-estimate", "cst-estimate", "cst-estimate-complete", "cst-estimate-limit"}
)
"""Stack rules about the estimate, which is made of what costs something and of `_PRICED_BY`."""

_PRICED_BY: Final = frozenset(
    {"aws:ec2/launchTemplate:LaunchTemplate", "aws:rds/parameterGroup:ParameterGroup"}
)
"""Free types that pricers look at."""

_PROVIDERS: Final = "pulumi:providers:"
_NO_OPTIONS: Final = PolicyResourceOptions(
    protect=False,
    ignore_changes=[],
    delete_before_replace=None,
    aliases=[],
    custom_timeouts=PolicyCustomTimeouts(0, 0, 0),
    additional_secret_outputs=[],
    parent="",
)
"""The framework reads options from the request it saw; the SDK's arguments only need to exist."""

_Report = Callable[[str, str | None], None]


class Said(NamedTuple):
    """One thing that a rule said about a stack."""

    rule: str
    urn: str
    status: Status
    aspect: str | None
    message: str


class _Question(NamedTuple):
    """What a rule may be asked: about a resource (all rules about one, for the empty `rule`) or the stack."""

    rule: str
    urn: str | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known about one resource: its view, what was said about it alone, what waits for the stack."""

    resource: Resource
    view: ResourceView
    said: tuple[Said, ...]
    postponed: Mapping[str, Any]


class _PartialRun(Run):
    """A run in which joined rules may be asked about some resources alone."""

    about: frozenset[str] | None = None
    """URNs of these resources; None for all."""

    def subjects_of(self, rule: Rule, graph: Graph) -> list[ResourceView]:
        """Give the resources that a joined rule is asked about."""
        subjects = super().subjects_of(rule, graph)
        return subjects if self.about is None else [view for view in subjects if view.urn in self.about]


class StackJudge:
    """Judges one stack and what was made of it. `base` is what the rules say about the stack itself."""

    def __init__(self, graph: ResourceGraph, *, environment: str, today: date) -> None:
        packs = load_packs()
        self.rules: dict[str, Rule] = all_rules(packs)
        self.levels: dict[str, Level] = {}
        self._settings: dict[str, Mapping[str, Any]] = {}
        for pack in packs:
            request, levels = configuration(pack, environment, POLICIES)
            self.levels |= levels
            for name, entry in request.policyConfig.items():
                self._settings[name] = read_struct(entry.properties)
        entries = read_exemptions(POLICIES / "exemptions.yaml")
        self._run = _PartialRun(
            environment,
            graph.stack,
            Exemptions(entries, stack=graph.stack, environment=environment, today=today),
        )
        self._of_type: dict[str, list[ResourceValidationPolicy]] = defaultdict(list)
        self._of_stack: list[StackValidationPolicy] = []
        for pack in packs:
            for policy in policies_of(pack, self._run):
                if self.levels[policy.name] is Level.DISABLED:
                    continue
                if isinstance(policy, StackValidationPolicy):
                    self._of_stack.append(policy)
                elif isinstance(policy, ResourceValidationPolicy):
                    for token in self.rules[policy.name].subjects:
                        self._of_type[token].append(policy)
        self._known: dict[str, _Known] = {}
        self._views: dict[str, ResourceView] = {}
        self._postponed: dict[str, dict[str, Any]] = {}
        self._said: dict[_Question, list[Said]] = {}
        """What was said to each question about the unbroken stack that was answered with anything."""
        self._asking: dict[Note, set[_Question]] = defaultdict(set)
        """Which questions depend on what."""
        self._may_wait: dict[str, set[_Question]] = defaultdict(set)
        """Type → questions of rules about one resource, which may have to wait for the stack."""
        self._policies = {policy.name: policy for policy in self._of_stack}
        self.base = self._watch(graph)

    def _watch(self, graph: ResourceGraph) -> frozenset[Said]:
        """Judge the unbroken stack and remember what each rule said, and what it looked at."""
        self._known = {known.resource.urn: known for known in self._look_at(graph, graph.resources)}
        run = self._run
        self._enter(self._known, ())
        self._views, self._postponed = run.views, run.postponed
        for policy in self._of_stack:
            with noting(run.views.values()) as notes:
                run.graph = WatchedGraph(
                    run.views.values(), notes, environment=run.environment, stack=run.stack
                )
                for question in self._questions(policy, run.graph):
                    with notes.anew() as noted:
                        said = self._asked_about_stack(question)
                    self._remember(question, said, noted)
        for known in self._known.values():
            if known.said:
                self._said[_Question("", known.resource.urn)] = list(known.said)
        return frozenset().union(*self._said.values())

    def _questions(self, policy: StackValidationPolicy, graph: Graph) -> Iterator[_Question]:
        """Give what to ask a rule: about each of its subjects, or about the stack."""
        rule = self.rules[policy.name]
        if rule.kind is Kind.JOINED:
            yield from (_Question(rule.id, view.urn) for view in graph.of(*rule.subjects))
        else:
            yield _Question(rule.id, None)

    def _remember(self, question: _Question, said: list[Said], noted: Set[Note]) -> None:
        if said:
            self._said[question] = said
        if question.rule in COSTS:
            return
        for note in noted:
            self._asking[note].add(question)
        rule = self.rules[question.rule]
        if rule.kind is Kind.RESOURCE:
            for token in rule.subjects:
                self._may_wait[token].add(question)

    def judge(self, graph: ResourceGraph, *, unasked: frozenset[str] = frozenset()) -> frozenset[Said]:
        """Give everything that the rules say about a graph made from the stack.

        The stack rules in `unasked` say what they say about the unbroken stack.
        """
        changed = {resource.urn: resource for resource in graph.resources if not self._remembers(resource)}
        gone = self._known.keys() - graph.by_urn.keys()
        types = {resource.type for resource in changed.values()}
        types |= {self._known[urn].resource.type for urn in gone}
        if any(token.startswith(_PROVIDERS) for token in types):
            # What is said of every resource may be another thing.
            changed = dict(graph.by_urn)
        looked_at = {known.resource.urn: known for known in self._look_at(graph, changed.values())}
        self._enter(looked_at, gone)
        said = {
            question: answer
            for question, answer in self._said.items()
            if question.urn not in gone and (question.rule or question.urn not in changed)
        }
        said |= {_Question("", urn): list(known.said) for urn, known in looked_at.items()}
        questions = self._concerned(changed, gone, types) - {_Question(rule, None) for rule in unasked}
        run = self._run
        summed = {question for question in questions if question.rule in SUMS}
        summed = {question for question in summed if not SUMS[question.rule] & types}
        for question in summed:
            said[question] = self._summed(question, said.get(question, []), changed.keys(), gone)
        run.graph = Graph(run.views.values(), environment=run.environment, stack=run.stack)
        for question in questions - summed:
            said[question] = self._asked_about_stack(question)
        return frozenset().union(*said.values())

    def _concerned(self, changed: Mapping[str, Resource], gone: Set[str], types: Set[str]) -> set[_Question]:
        """Give the questions whose answer may be another one now."""
        notes: set[Note] = set()
        found: set[_Question] = set()
        for urn, resource in changed.items():
            if urn in self._known:
                notes |= differences(self._known[urn].resource, resource)
            else:
                notes |= {EVERYTHING, resource.type}
                found |= {
                    _Question(rule, urn)
                    for rule in self._policies
                    if self.rules[rule].kind is Kind.JOINED and resource.type in self.rules[rule].subjects
                }
        for urn in gone:
            notes |= {EVERYTHING, self._known[urn].resource.type}
        if any(token.startswith(_PROVIDERS) for token in types):
            notes |= {(urn, BESIDE) for urn in self._known}
        for note in notes:
            found |= self._asking.get(note, set())
        for token in types:
            found |= self._may_wait.get(token, set())
        if any(token in _PRICED_BY or not why_free(token) for token in types):
            found |= {_Question(rule, None) for rule in COSTS & self._policies.keys()}
        return {question for question in found if question.urn not in gone}

    def _summed(self, question: _Question, said: list[Said], changed: Set[str], gone: Set[str]) -> list[Said]:
        """Give what a rule of `SUMS` says, asked about what changed alone. The run must be entered."""
        run = self._run
        beside = SUMS[question.rule]
        run.graph = Graph(
            [view for view in run.views.values() if view.urn in changed or view.type in beside],
            environment=run.environment,
            stack=run.stack,
        )
        others = [entry for entry in said if entry.urn not in changed and entry.urn not in gone]
        return others + self._asked_about_stack(question)

    def _enter(self, looked_at: Mapping[str, _Known], gone: Iterable[str]) -> None:
        """Put all resources into the run, with what waits for the stack."""
        run = self._run
        run.views = self._views | {urn: known.view for urn, known in looked_at.items()}
        run.postponed = {rule: dict(entries) for rule, entries in self._postponed.items()}
        for urn in gone:
            del run.views[urn]
        for urn in (*gone, *looked_at):
            for entries in run.postponed.values():
                entries.pop(urn, None)
        for urn, known in looked_at.items():
            for rule, postponed in known.postponed.items():
                run.postponed.setdefault(rule, {})[urn] = postponed

    def _remembers(self, resource: Resource) -> bool:
        known = self._known.get(resource.urn)
        return known is not None and known.resource is resource

    def _look_at(self, graph: ResourceGraph, resources: Iterable[Resource]) -> Iterator[_Known]:
        """Judge resources by the rules about a single one."""
        run = self._run
        run.views, run.graph = {}, None
        requests = Requests(graph)
        mended = [(resource, self._mended(resource, requests)) for resource in resources]
        for resource, declared in mended:
            run.postponed = {}
            said: list[Said] = []
            if not declared.external:
                run.see(requests.of_resource(declared))
                for policy in self._of_type.get(declared.type, ()):
                    said += self._asked(policy, declared)
            # Outputs and dependencies come with the stack; its graph is not looked at.
            run.see_stack(analyzer_pb2.AnalyzeStackRequest(resources=[requests.in_stack(declared)]))
            postponed = {rule: entries[resource.urn] for rule, entries in run.postponed.items()}
            yield _Known(resource, run.views[resource.urn], tuple(said), postponed)

    def _mended(self, resource: Resource, requests: Requests) -> Resource:
        """Give the resource as rules of the level `remediate` leave it."""
        for rule in self.rules.values():
            if (
                rule.remediate is not None
                and self.levels[rule.id] is Level.REMEDIATE
                and resource.type in rule.subjects
                and (changes := rule.remediate(self._run.see(requests.of_resource(resource))))
            ):
                resource = replace(
                    resource,
                    inputs={**resource.inputs, **changes},
                    outputs={**resource.outputs, **changes},
                )
        return resource

    def _asked(self, policy: ResourceValidationPolicy, resource: Resource) -> list[Said]:
        found: list[Said] = []
        arguments = ResourceValidationArgs(
            resource.type,
            {},
            resource.urn,
            resource.name,
            _NO_OPTIONS,
            None,
            dict(self._settings[policy.name]),
        )
        policy.validate(arguments, self._noting(policy.name, found))
        return found

    def _asked_about_stack(self, question: _Question) -> list[Said]:
        found: list[Said] = []
        policy = self._policies[question.rule]
        self._run.about = None if question.urn is None else frozenset({question.urn})
        arguments = StackValidationArgs([], dict(self._settings[question.rule]))
        policy.validate(arguments, self._noting(question.rule, found))
        return found

    def _noting(self, rule: str, found: list[Said]) -> _Report:
        def report(text: str, urn: str | None = None) -> None:
            view = self._run.views[urn] if urn else None
            wording = read(text, place_of(view.name, view.type) if view else STACK_PLACE)
            found.append(Said(rule, urn or "", wording.status, wording.aspect, wording.message))

        return report
