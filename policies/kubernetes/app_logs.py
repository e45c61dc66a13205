"""Logs of our applications: how much they say, what is sampled, how long it is kept (7.5 of the strategy)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.framework import (
    Controls,
    Finding,
    Findings,
    Graph,
    NotJudged,
    ResourceView,
    Setting,
    Settings,
    Severity,
    joined_rule,
    mandatory_in,
    resource_rule,
    stack_rule,
)
from policies.k8s.applications import GPS, ODOO, containers_of
from policies.k8s.charts import chart_name
from policies.k8s.configuration import environment, files, texts, words
from policies.k8s.objects import objects, objects_of
from policies.k8s.pods import Container, Pod, leaves, pods
from policies.k8s.tokens import CONFIG_MAPS, EXTERNAL_SECRETS, JOBS, RELEASES, WORKLOADS

_VARIABLE: Final = re.compile(r"(?:^|_)LOG_?LEVEL", re.IGNORECASE)
_OPTION: Final = re.compile(r"^--log[-_]level(?:=(?P<level>\S+))?$")
_LINE: Final = re.compile(r"^\s*log_level\s*=\s*(?P<level>\S+)\s*$", re.MULTILINE)
_FILE_LINE: Final = re.compile(r"^\s*logfile\s*=\s*(?!None\b|False\b)(?P<file>\S+)", re.MULTILINE)
_SHARE: Final = re.compile(r"math\.random\(\)\s*<=?\s*(?P<share>\d*\.?\d+)")
_AGE: Final = re.compile(r"min_index_age[\"']?\s*[:=]\s*[\"']?(?P<age>[^\s\"',}]+)")
_INDEX_CONFIGURATION: Final = (*CONFIG_MAPS, *JOBS)


@joined_rule(
    "log-app-level",
    subjects=(*WORKLOADS, *CONFIG_MAPS, *EXTERNAL_SECRETS),
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging"),
    controls=Controls((), (), ("OBS-11", "OBS-12")),
    remedy="Odoo: log_level in odoo.conf; GPS service: the variable LOG_LEVEL; both from the configuration.",
    settings={
        "level": Setting(
            "info",
            "Log level of Odoo and the GPS service.",
            dict.fromkeys(("staging", "testing", "dev"), "debug"),
        )
    },
)
def app_level(workload: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """Odoo and the GPS service log at INFO in production and at DEBUG in staging, and say so themselves."""
    if workload.type not in WORKLOADS:
        return
    for pod in pods(workload):
        if pod.partial or not pod.long_running:
            continue
        for container in (*containers_of(pod, ODOO), *containers_of(pod, GPS)):
            said = list(_levels(container, graph))
            if not said:
                yield container.finding("nothing sets its log level")
            for where, level in said:
                if level.lower() != settings["level"]:
                    yield container.finding(f"{where} sets the log level to {level}, not {settings['level']}")


def _levels(container: Container, graph: Graph) -> Iterator[tuple[str, str]]:
    """Give every (place, level) that the container is told.

    Files of unknown content are passed over as long as something else says the level.
    """
    found = False
    for name, value in environment(container, graph, named=_VARIABLE):
        found = True
        yield f"the variable {name}", value
    given = words(container)
    for word, following in zip(given, [*given, ""][1:], strict=True):
        if option := _OPTION.match(word):
            found = True
            yield "the command line", option["level"] or following
    unread: NotJudged | None = None
    for entry in files(container.pod, graph):
        try:
            lines = [match["level"] for _, text in texts(entry) for match in _LINE.finditer(text)]
        except NotJudged as reason:
            unread = reason
            continue
        for level in lines:
            found = True
            yield f"{entry.kind} {entry.name}", level
    if unread is not None and not found:
        raise NotJudged(unread.reason, container.pod.workload.resource)


@joined_rule(
    "log-app-stdout",
    subjects=(*WORKLOADS, *CONFIG_MAPS, *EXTERNAL_SECRETS),
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging"),
    controls=Controls((), (), ("OBS-11",)),
    remedy="Take logfile out of odoo.conf and --logfile off the command line.",
)
def app_stdout(workload: ResourceView, graph: Graph) -> Findings:
    """Odoo logs to its standard streams, where Fluent Bit reads, and to no file."""
    if workload.type not in WORKLOADS:
        return
    for pod in pods(workload):
        for container in containers_of(pod, ODOO):
            if any(word.startswith("--logfile") for word in words(container)):
                yield container.finding("the command line sends the log to a file")
        if containers_of(pod, ODOO):
            yield from _log_files(pod, graph)


def _log_files(pod: Pod, graph: Graph) -> Iterator[Finding]:
    for entry in files(pod, graph):
        for name, text in texts(entry):
            if match := _FILE_LINE.search(text):
                yield pod.finding(f"{name} in {entry.kind} {entry.name} sends the log to {match['file']}")


@stack_rule(
    "log-app-sampling",
    subjects=(*RELEASES, *CONFIG_MAPS),
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging"),
    controls=Controls((), (), ("OBS-11", "OBS-12")),
    remedy=(
        "Production: a lua filter that keeps a tenth of gps_ingested events with outcome success. Elsewhere:"
        " none. The filter throttle and the processor sampling do not do this."
    ),
    settings={"share": Setting(1.0, "Share of events that is kept.", {"prod": 0.1, "dr": 0.1})},
)
def app_sampling(graph: Graph, settings: Settings) -> Findings:
    """Production keeps a tenth of successful ingestion events and every error; staging keeps everything."""
    shippers = [release for release in graph.of(*RELEASES) if chart_name(release) == "fluent-bit"]
    scripts = list(_scripts(graph, shippers))
    for place, text in scripts:
        for match in _SHARE.finditer(text):
            if float(match["share"]) != settings["share"]:
                yield place.finding(f"it keeps {match['share']} of the events, not {settings['share']:g}")
        if settings["share"] < 1 and not ("gps_ingested" in text and "success" in text):
            yield place.finding("its sampling asks neither for gps_ingested nor for success")
    for release in shippers:
        values = [str(value) for _, value in leaves(release.block("values").properties())]
        if any(re.search(r"(?im)^\s*name:?\s+(throttle|sampling)\b", value) for value in values):
            yield release.finding("it drops events by rate, whatever they say", aspect="throttle")
        if settings["share"] < 1 and not scripts:
            yield release.finding("it has no filter that samples ingestion events", aspect="missing")


def _scripts(graph: Graph, shippers: list[ResourceView]) -> Iterator[tuple[ResourceView, str]]:
    """Give every text that draws lots: in the values of Fluent Bit, or in a ConfigMap."""
    for release in shippers:
        for _, value in leaves(release.block("values").properties()):
            if isinstance(value, str) and _SHARE.search(value):
                yield release, value
    for entry in objects_of(graph, *CONFIG_MAPS):
        for _, value in leaves(entry.block.block("data").properties()):
            if isinstance(value, str) and _SHARE.search(value):
                yield entry.resource, value


@resource_rule(
    "log-app-retention",
    subjects=_INDEX_CONFIGURATION,
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging"),
    controls=Controls((), (), ("OBS-11", "OBS-12")),
    remedy="Set min_index_age of the policy that deletes log indices to the environment's days.",
    settings={
        "days": Setting(30, "Days that logs of applications stay in OpenSearch.", {"prod": 90, "dr": 90})
    },
)
def app_retention(configuration: ResourceView, settings: Settings) -> Findings:
    """OpenSearch keeps the applications' logs for 90 days in production and 30 days in staging."""
    wanted = f"{settings['days']:g}d"
    for entry in objects(configuration):
        tree = entry.block.block("data" if entry.kind == "ConfigMap" else "spec").properties()
        for path, value in leaves(tree):
            for match in _AGE.finditer(f"{path.rpartition('.')[2]}: {value}"):
                if match["age"] != wanted:
                    yield entry.finding(f"indices go after {match['age']}, not {wanted}")
