"""The packs' judgement of one broken stack after another, without judging anew what did not change.

A rule about one resource says the same as long as the resource is the same. A rule about the stack is watched
once on the unbroken stack: it says the same as long as nothing changes of the types that it looked at. The
rules run in the packs' own code (`policies_of`), so that only the repetition is left out: a test compares the
outcome with a full judgement.
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
from policies.framework.rules import Level, Rule
from policies.framework.run import Run, policies_of
from policies.framework.wire import read_struct
from policies.framework.wording import STACK_PLACE, Status, place_of, read
from preview.cost.free import why_free
from preview.graph import Resource, ResourceGraph
from preview.judgement.in_process import configuration
from preview.judgement.requests import Requests
from tests.policies.mutations.watched import EVERYTHING, WatchedGraph

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


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known about one resource: its view, what was said about it alone, what waits for the stack."""

    resource: Resource
    view: ResourceView
    said: tuple[Said, ...]
    postponed: Mapping[str, Any]


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
        self._run = Run(
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
        self._watched: list[tuple[StackValidationPolicy, frozenset[str], list[Said]]] = []
        self.base = self._watch(graph)

    def _watch(self, graph: ResourceGraph) -> frozenset[Said]:
        """Judge the unbroken stack and remember what each rule said, and which types it looked at."""
        self._known = {known.resource.urn: known for known in self._look_at(graph, graph.resources)}
        run = self._run
        self._enter(self._known.values())
        for policy in self._of_stack:
            watched = WatchedGraph(run.views.values(), environment=run.environment, stack=run.stack)
            run.graph = watched
            said = self._asked_about_stack(policy)
            reads = watched.reads | set(self.rules[policy.name].subjects)
            self._watched.append((policy, frozenset(reads), said))
        return self._together(self._known.values(), (said for _, _, said in self._watched))

    def judge(self, graph: ResourceGraph, *, unasked: frozenset[str] = frozenset()) -> frozenset[Said]:
        """Give everything that the rules say about a graph made from the stack.

        The stack rules in `unasked` say what they say about the unbroken stack.
        """
        changed = [resource for resource in graph.resources if not self._remembers(resource)]
        gone = self._known.keys() - graph.by_urn.keys()
        types = frozenset(
            {resource.type for resource in changed} | {self._known[urn].resource.type for urn in gone}
        )
        anew = any(token.startswith(_PROVIDERS) for token in types)
        looked_at = {
            known.resource.urn: known for known in self._look_at(graph, graph.resources if anew else changed)
        }
        known = [looked_at.get(resource.urn) or self._known[resource.urn] for resource in graph.resources]
        self._enter(known)
        sums = {} if anew else self._summed(types, {resource.urn for resource in changed}, gone)
        run = self._run
        run.graph = Graph(run.views.values(), environment=run.environment, stack=run.stack)
        return self._together(
            known,
            (
                sums[policy.name]
                if policy.name in sums
                else self._asked_about_stack(policy)
                if policy.name not in unasked and (anew or self._concerns(policy, reads, types))
                else said
                for policy, reads, said in self._watched
            ),
        )

    def _summed(self, types: frozenset[str], changed: set[str], gone: Set[str]) -> dict[str, list[Said]]:
        """Give what the rules of `SUMS` say, asked about what changed alone. The run must be entered."""
        run = self._run
        found: dict[str, list[Said]] = {}
        for policy, _, said in self._watched:
            if policy.name not in SUMS or SUMS[policy.name] & types:
                continue
            beside = SUMS[policy.name]
            run.graph = Graph(
                [view for view in run.views.values() if view.urn in changed or view.type in beside],
                environment=run.environment,
                stack=run.stack,
            )
            others = [entry for entry in said if entry.urn not in changed and entry.urn not in gone]
            found[policy.name] = others + self._asked_about_stack(policy)
        return found

    @staticmethod
    def _concerns(policy: StackValidationPolicy, reads: frozenset[str], types: frozenset[str]) -> bool:
        """Whether what changed may change what the rule says."""
        if policy.name in COSTS:
            return any(token in _PRICED_BY or not why_free(token) for token in types)
        return EVERYTHING in reads or bool(reads & types)

    @staticmethod
    def _together(known: Iterable[_Known], of_stack: Iterable[list[Said]]) -> frozenset[Said]:
        found = {said for entry in known for said in entry.said}
        return frozenset(found.union(*of_stack))

    def _enter(self, known: Iterable[_Known]) -> None:
        """Put all resources into the run, with what waits for the stack."""
        run = self._run
        run.views, run.postponed = {}, defaultdict(dict)
        for entry in known:
            run.views[entry.view.urn] = entry.view
            for rule, postponed in entry.postponed.items():
                run.postponed[rule][entry.view.urn] = postponed

    def _remembers(self, resource: Resource) -> bool:
        known = self._known.get(resource.urn)
        return known is not None and known.resource is resource

    def _look_at(self, graph: ResourceGraph, resources: Iterable[Resource]) -> Iterator[_Known]:
        """Judge resources by the rules about a single one."""
        run = self._run
        run.views, run.graph = {}, None
        requests = Requests(graph)
        mended = [(resource, self._mended(resource, requests)) for resource in resources]
        messages = _messages(graph, [declared for _, declared in mended])
        for resource, declared in mended:
            run.postponed = {}
            said: list[Said] = []
            if not declared.external:
                run.see(requests.of_resource(declared))
                for policy in self._of_type.get(declared.type, ()):
                    said += self._asked(policy, declared)
            # Outputs and dependencies come with the stack; its graph is not looked at.
            run.see_stack(analyzer_pb2.AnalyzeStackRequest(resources=[messages[resource.urn]]))
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

    def _asked_about_stack(self, policy: StackValidationPolicy) -> list[Said]:
        found: list[Said] = []
        arguments = StackValidationArgs([], dict(self._settings[policy.name]))
        policy.validate(arguments, self._noting(policy.name, found))
        return found

    def _noting(self, rule: str, found: list[Said]) -> _Report:
        def report(text: str, urn: str | None = None) -> None:
            view = self._run.views[urn] if urn else None
            wording = read(text, place_of(view.name, view.type) if view else STACK_PLACE)
            found.append(Said(rule, urn or "", wording.status, wording.aspect, wording.message))

        return report


def _messages(graph: ResourceGraph, resources: list[Resource]) -> dict[str, analyzer_pb2.AnalyzerResource]:
    """Give the messages about resources of a stack, as the engine sends them at its end."""
    urns = {resource.urn for resource in resources}
    providers = [
        other for other in graph.resources if other.type.startswith(_PROVIDERS) and other.urn not in urns
    ]
    request = Requests(replace(graph, resources=(*resources, *providers))).of_stack()
    return {message.urn: message for message in request.resources}
