"""Judge a resource list with the real packs, in this process, through the SDK's own analyzer code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2

from policies.framework.exemptions import Exemption, Exemptions, ExemptionsError, read_exemptions
from policies.framework.levels import levels_file, read_levels
from policies.framework.pack import POLICIES, Pack, all_rules, load_packs
from policies.framework.rules import Level, Rule
from policies.framework.run import Run
from policies.framework.servicer import PackServicer
from policies.framework.wording import STACK_PLACE, place_of, read
from preview.graph import ResourceGraph
from preview.judgement.findings import Finding, Judgement
from preview.judgement.requests import Requests

_LEVELS: Final = {
    analyzer_pb2.ADVISORY: Level.ADVISORY,
    analyzer_pb2.MANDATORY: Level.MANDATORY,
    analyzer_pb2.REMEDIATE: Level.REMEDIATE,
    analyzer_pb2.DISABLED: Level.DISABLED,
}
_WIRE_LEVELS: Final = {level: number for number, level in _LEVELS.items()}


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What an analyzer answered, as the engine would print it."""

    pack: str
    policy: str
    level: Level
    urn: str
    message: str
    title: str


def diagnostics_of(response: analyzer_pb2.AnalyzeResponse, *, urn: str = "") -> list[Diagnostic]:
    """Give the diagnostics of an answer; those without a URN are about `urn`, as in the engine."""
    return [
        Diagnostic(
            pack=item.policyPackName,
            policy=item.policyName,
            level=_LEVELS[item.enforcementLevel],
            urn=item.urn or urn,
            message=item.message,
            title=item.description,
        )
        for item in response.diagnostics
    ]


def configuration(
    pack: Pack, environment: str, packs: Path
) -> tuple[analyzer_pb2.ConfigureAnalyzerRequest, dict[str, Level]]:
    """Give the Configure message as the engine reconciles it, and the level of each rule.

    In the engine's order: the policy's own level and defaults, then `all` of the configuration file, then
    its entry.
    """
    given = read_levels(levels_file(packs, environment))
    everything = given.get("all", (None, {}))[0]
    levels: dict[str, Level] = {}
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    for rule in pack.rules:
        level, settings = given.get(rule.id, (None, {}))
        levels[rule.id] = level or everything or rule.levels[environment]
        entry = request.policyConfig[rule.id]
        entry.enforcementLevel = _WIRE_LEVELS[levels[rule.id]]
        defaults = rule.settings_in(environment)
        entry.properties.update({**defaults, **settings})
    return request, levels


def judge(graph: ResourceGraph, *, environment: str, today: date, packs: Path = POLICIES) -> Judgement:
    """Judge a stack as the engine would in a preview, with every pack below `packs`.

    Raises ValueError when a pack or a configuration file is wrong as a file.
    """
    loaded = load_packs(packs)
    problems: list[str] = []
    try:
        entries = read_exemptions(packs / "exemptions.yaml")
    except ExemptionsError as error:
        entries, problems = (), list(error.lines)
    judgement = judge_with(loaded, graph, environment=environment, today=today, entries=entries, packs=packs)
    return replace(judgement, exemption_problems=(*problems, *judgement.exemption_problems))


def judge_with(
    loaded: tuple[Pack, ...],
    graph: ResourceGraph,
    *,
    environment: str,
    today: date,
    entries: tuple[Exemption, ...] = (),
    packs: Path = POLICIES,
) -> Judgement:
    """Judge a stack with these packs and exemptions; levels come from the configuration below `packs`."""
    rules = all_rules(loaded)
    exemptions = Exemptions(entries, stack=graph.stack, environment=environment, today=today)
    problems = exemptions.mistakes(rules)
    run = Run(environment, graph.stack, exemptions)
    servicers = [PackServicer(pack, run) for pack in loaded]
    levels: dict[str, Level] = {}
    for servicer in servicers:
        request, of_pack = configuration(servicer.pack, environment, packs)
        servicer.Configure(request, None)
        levels |= of_pack
    diagnostics, remediations = _diagnostics(graph, servicers)
    problems += exemptions.misuses((resource.urn for resource in graph.resources), rules)
    return Judgement(
        stack=graph.stack,
        environment=environment,
        findings=findings_of(diagnostics, graph, rules, levels, entries),
        exemption_problems=tuple(problems),
        warnings=tuple(exemptions.warnings()),
        rules=rules,
        levels=levels,
        judged=len(graph.resources),
        remediations=tuple(remediations),
    )


def _diagnostics(graph: ResourceGraph, servicers: list[PackServicer]) -> tuple[list[Diagnostic], list[str]]:
    """Send everything the engine would send, in its order."""
    diagnostics: list[Diagnostic] = []
    remediations: list[str] = []
    resources = []
    requests = Requests(graph)
    for resource in graph.resources:
        if resource.external:
            resources.append(resource)
            continue
        request = requests.of_resource(resource)
        for servicer in servicers:
            for remediation in servicer.Remediate(request, None).remediations:
                if remediation.HasField("properties"):
                    remediations.append(f"{remediation.policyName}: {resource.urn}")
                    mended = json_format.MessageToDict(remediation.properties)
                    resource = replace(resource, inputs=mended, outputs={**resource.outputs, **mended})  # noqa: PLW2901
                    request = requests.of_resource(resource)
        resources.append(resource)
        for servicer in servicers:
            diagnostics += diagnostics_of(servicer.Analyze(request, None), urn=resource.urn)
    stack_request = Requests(replace(graph, resources=tuple(resources))).of_stack()
    for servicer in servicers:
        diagnostics += diagnostics_of(servicer.AnalyzeStack(stack_request, None))
    return diagnostics, remediations


def findings_of(
    diagnostics: Iterable[Diagnostic],
    graph: ResourceGraph,
    rules: Mapping[str, Rule],
    levels: Mapping[str, Level],
    entries: tuple[Exemption, ...],
) -> tuple[Finding, ...]:
    """Give the diagnostics as findings, worst first."""
    findings = []
    for diagnostic in diagnostics:
        rule = rules[diagnostic.policy]
        resource = graph.by_urn.get(diagnostic.urn)
        place = place_of(resource.name, resource.type) if resource else STACK_PLACE
        wording = read(diagnostic.message.removeprefix(f"{diagnostic.title}\n"), place)
        exemption = None
        if wording.status == "exempted":
            exemption = next(
                entry
                for entry in entries
                if entry.rule == rule.id
                and entry.aspect == wording.aspect
                and wording.exemption is not None
                and (entry.expires.isoformat(), entry.owner) == wording.exemption[:2]
                and entry.covers_urn(diagnostic.urn)
            )
        findings.append(
            Finding(
                rule=rule.id,
                pack=diagnostic.pack,
                level=levels[rule.id],
                severity=rule.severity,
                urn=resource.urn if resource else None,
                resource_name=resource.name if resource else STACK_PLACE,
                resource_type=resource.type if resource else "",
                message=wording.message,
                remedy=wording.remedy,
                status=wording.status,
                aspect=wording.aspect,
                exemption=exemption,
            )
        )
    return tuple(sorted(findings, key=lambda finding: finding.order))
