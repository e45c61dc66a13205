"""One run over one stack: the state that the policies of all packs share, and how a rule becomes a policy.

The SDK's own servicer runs the policies, so levels, configuration and messages are its own. What it does
not do is done here: fail closed where the SDK only advises, keep a throwing rule from passing, show
exempted findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy import Severity as SdkSeverity

from policies.framework.exemptions import Exemptions
from policies.framework.graph import Graph
from policies.framework.pack import Pack
from policies.framework.resources import ResourceView
from policies.framework.rules import Finding, Kind, Rule
from policies.framework.values import NeedsStack, NotJudged, secret_texts
from policies.framework.wire import read_plain, read_struct
from policies.framework.wording import STACK_PLACE, Status, Wording, place_of, write

Source = TypeVar("Source")

_SHORTEST_SECRET = 4
"""Shorter texts are not cut out of messages: `1` inside a secret would blank out every number."""


@dataclass(frozen=True, slots=True)
class _Postponed:
    """A resource to be judged again with the stack, and what was reported about it already."""

    resource: ResourceView
    reported: frozenset[Finding]


@dataclass
class Run:
    """One stack on one day: what was seen of it so far."""

    environment: str
    stack: str
    exemptions: Exemptions
    views: dict[str, ResourceView] = field(default_factory=dict)
    postponed: dict[str, dict[str, _Postponed]] = field(default_factory=dict)
    """Rule id → URN: what a resource rule could not judge without the stack."""
    graph: Graph | None = None
    _requests: dict[str, Any] = field(default_factory=dict)
    _stack_request: Any = None
    _secrets: set[str] = field(default_factory=set)
    _unsearched: list[Mapping[str, Any]] = field(default_factory=list)

    def see(self, request: analyzer_pb2.AnalyzeRequest) -> ResourceView:
        """Give the view of a resource that the engine sends, the same one for every pack."""
        if self._requests.get(request.urn) is not request:
            self._requests[request.urn] = request
            self.views[request.urn] = self._view(
                request,
                load_inputs=self._loading(read_struct, request.properties),
                parent=request.options.parent,
            )
        return self.views[request.urn]

    def _view(
        self,
        message: analyzer_pb2.AnalyzeRequest | analyzer_pb2.AnalyzerResource,
        *,
        load_inputs: Callable[[], Mapping[str, Any]] | None,
        parent: str,
    ) -> ResourceView:
        provided = message.HasField("provider")
        return ResourceView(
            urn=message.urn,
            type=message.type,
            name=message.name,
            environment=self.environment,
            load_inputs=load_inputs,
            parent=parent or None,
            protect=message.options.protect,
            delete_before_replace=message.options.deleteBeforeReplace,
            provider=message.provider.urn if provided else None,
            provider_properties=self._loading(read_struct, message.provider.properties) if provided else None,
        )

    def see_stack(self, request: analyzer_pb2.AnalyzeStackRequest) -> Graph:
        """Index the whole stack that the engine sends, once for every pack.

        Inputs stay those the engine showed for each resource: outputs also hold what the provider computes,
        and a property that nobody declared must not look like one that somebody did.
        """
        if self._stack_request is not request or self.graph is None:
            self._stack_request = request
            resources = []
            for message in request.resources:
                view = self.views.get(message.urn)
                if view is None:
                    view = self.views[message.urn] = self._view(
                        message, load_inputs=None, parent=message.parent
                    )
                view.set_outputs(self._loading(read_struct, message.properties))
                view.dependencies = tuple(message.dependencies)
                view.property_dependencies = {
                    key: tuple(found.urns) for key, found in message.propertyDependencies.items()
                }
                resources.append(view)
            self.graph = Graph(resources, environment=self.environment, stack=self.stack)
        return self.graph

    def view_of(self, args: ResourceValidationArgs) -> ResourceView:
        """Give the view for a policy's arguments; made from them where no request was seen."""
        view = self.views.get(args.urn)
        if view is None or view.type != args.resource_type:
            view = self.views[args.urn] = ResourceView(
                urn=args.urn,
                type=args.resource_type,
                name=args.name,
                environment=self.environment,
                load_inputs=self._loading(read_plain, args.props),
                parent=args.opts.parent,
                protect=args.opts.protect,
                delete_before_replace=bool(args.opts.delete_before_replace),
                provider=args.provider.urn if args.provider else None,
                provider_properties=self._loading(read_plain, args.provider.props) if args.provider else None,
            )
        return view

    def graph_of(self, args: StackValidationArgs) -> Graph:
        """Give the graph for a policy's arguments; made from them where no request was seen."""
        if self.graph is None or (args.resources and self._stack_request is None):
            self.graph = Graph(
                [self._from_sdk(resource) for resource in args.resources],
                environment=self.environment,
                stack=self.stack,
            )
        return self.graph

    def subjects_of(self, rule: Rule, graph: Graph) -> list[ResourceView]:
        """Give the resources that a joined rule is asked about."""
        return graph.of(*rule.subjects)

    def without_secrets(self, message: str) -> str:
        """Cut out of a message every secret that any rule has read so far."""
        while self._unsearched:
            texts = secret_texts(self._unsearched.pop())
            self._secrets.update(text for text in texts if len(text) >= _SHORTEST_SECRET)
        for text in sorted(self._secrets, key=len, reverse=True):
            message = message.replace(text, "[secret]")
        return message

    def _loading(
        self, read: Callable[[Source], Mapping[str, Any]], source: Source
    ) -> Callable[[], Mapping[str, Any]]:
        """Give how to read properties; what was read is searched for secrets before the next message."""

        def load() -> Mapping[str, Any]:
            tree = read(source)
            self._unsearched.append(tree)
            return tree

        return load

    def _from_sdk(self, resource: PolicyResource) -> ResourceView:
        view = self.views.get(resource.urn)
        if view is None:
            view = self.views[resource.urn] = ResourceView(
                urn=resource.urn,
                type=resource.resource_type,
                name=resource.name,
                environment=self.environment,
                parent=resource.parent.urn if resource.parent else None,
                protect=resource.opts.protect,
                delete_before_replace=bool(resource.opts.delete_before_replace),
                provider=resource.provider.urn if resource.provider else None,
                provider_properties=self._loading(read_plain, resource.provider.props)
                if resource.provider
                else None,
            )
        view.set_outputs(self._loading(read_plain, resource.props))
        view.dependencies = tuple(dependency.urn for dependency in resource.dependencies)
        view.property_dependencies = {
            key: tuple(found.urn for found in urns) for key, urns in resource.property_dependencies.items()
        }
        return view


@dataclass(frozen=True, slots=True)
class _Judge:
    """One rule in one run: runs the function, catches what it may raise, and writes what it found."""

    rule: Rule
    run: Run

    def policies(self) -> Iterator[Policy]:
        """Give the rule as policies of the SDK: two of one name where it may need the stack."""
        if self.rule.kind is Kind.RESOURCE:
            remediate = self._remediate if self.rule.remediate else None
            yield ResourceValidationPolicy(validate=self._one, remediate=remediate, **self._metadata())
            if self.rule.by_reference:
                yield StackValidationPolicy(validate=self._postponed, **self._metadata())
        else:
            yield StackValidationPolicy(validate=self._stack, **self._metadata())

    def _metadata(self) -> dict[str, Any]:
        rule = self.rule
        schema = None
        if rule.settings:
            schema = PolicyConfigSchema(
                {
                    name: {"type": _json_type(value), "default": value}
                    for name, value in rule.settings_in(self.run.environment).items()
                }
            )
        return {
            "name": rule.id,
            "description": rule.title,
            "enforcement_level": EnforcementLevel(rule.levels[self.run.environment].value),
            "severity": SdkSeverity(rule.severity.value),
            "config_schema": schema,
            "remediation_steps": rule.remedy,
            "tags": [*rule.controls.security_hub, *rule.controls.checkov, *rule.controls.requirements],
        }

    def _one(self, args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type not in self.rule.subjects:
            return
        resource = self.run.view_of(args)
        self._report(report, resource, self.rule.check(resource, *self._settings(args)), postpone=True)

    def _postponed(self, args: StackValidationArgs, report: ReportViolation) -> None:
        graph = self.run.graph_of(args)
        for urn, postponed in sorted(self.run.postponed.get(self.rule.id, {}).items()):
            if urn in graph.by_urn:
                findings = self.rule.check(postponed.resource, *self._settings(args))
                self._report(report, postponed.resource, findings, reported=postponed.reported)

    def _stack(self, args: StackValidationArgs, report: ReportViolation) -> None:
        graph = self.run.graph_of(args)
        settings = self._settings(args)
        if self.rule.kind is Kind.STACK:
            self._report(report, None, self.rule.check(graph, *settings))
            return
        for resource in self.run.subjects_of(self.rule, graph):
            self._report(report, resource, self.rule.check(resource, graph, *settings))

    def _remediate(self, args: ResourceValidationArgs) -> Any:  # noqa: ANN401  (the SDK's callback)
        if args.resource_type not in self.rule.subjects or self.rule.remediate is None:
            return None
        resource = self.run.view_of(args)
        changes = self.rule.remediate(resource)
        return (
            {**{key: args.props["__target"][key] for key in args.props["__target"]}, **changes}
            if changes
            else None
        )

    def _settings(self, args: ResourceValidationArgs | StackValidationArgs) -> tuple[Mapping[str, Any], ...]:
        if not self.rule.settings:
            return ()
        defaults = self.rule.settings_in(self.run.environment)
        return ({**defaults, **{key: read_plain(value) for key, value in args.get_config().items()}},)

    def _report(
        self,
        report: ReportViolation,
        resource: ResourceView | None,
        findings: Iterable[Finding | str],
        *,
        postpone: bool = False,
        reported: frozenset[Finding] = frozenset(),
    ) -> None:
        """Run the rule's generator to its end and report what it yields and what goes wrong."""
        found: list[tuple[Status, Finding]] = []
        try:
            for finding in findings or ():
                found.append(("violation", finding if isinstance(finding, Finding) else Finding(finding)))
        except NeedsStack as needed:
            if postpone and self.rule.by_reference and resource is not None:
                # What it found so far stands: in `pulumi up` it stops the resource before it is made.
                sure = frozenset(finding for _, finding in found)
                self.run.postponed.setdefault(self.rule.id, {})[resource.urn] = _Postponed(resource, sure)
            else:
                what = f"it follows {needed} to other resources, which needs by_reference=True"
                found.append(("error", Finding(f"the rule is wrong: {what}")))
        except NotJudged as unknown:
            found.append(("not judged", Finding(unknown.reason, resource or unknown.resource)))
        except Exception as error:
            found.append(("error", Finding(f"the rule raised {type(error).__name__}: {error}")))
        for status, finding in found:
            if finding in reported:
                continue
            at = finding.resource or resource
            report(self._text(status, finding, at), at.urn if at else None)

    def _text(self, status: Status, finding: Finding, at: ResourceView | None) -> str:
        exemption = None
        if status in {"violation", "not judged"} and at is not None:
            exemption = self.run.exemptions.covering(self.rule, at.urn, finding.aspect)
        return write(
            Wording(
                status if exemption is None else "exempted",
                place_of(at.name, at.type) if at else STACK_PLACE,
                self.run.without_secrets(finding.message),
                self.rule.remedy,
                finding.aspect,
                (exemption.expires.isoformat(), exemption.owner, exemption.reason) if exemption else None,
            )
        )


def _json_type(value: Any) -> str:  # noqa: ANN401  (any JSON value)
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "array" if isinstance(value, list | tuple) else "string"


def policies_of(pack: Pack, run: Run) -> list[Policy]:
    """Give the pack's rules as policies of the SDK for one run."""
    return [policy for rule in pack.rules for policy in _Judge(rule, run).policies()]
