"""The real analyzer process, as the engine starts it: proof that judging in process is the same."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import grpc
from pulumi.runtime.proto import analyzer_pb2_grpc

from policies.framework.exemptions import Exemptions, read_exemptions
from policies.framework.pack import POLICIES, load_pack
from policies.framework.run import Run
from policies.framework.servicer import PackServicer
from preview.graph import ResourceGraph
from preview.judgement.in_process import Diagnostic, configuration, diagnostics_of
from preview.judgement.requests import Requests

_ENGINE_ADDRESS: Final = "127.0.0.1:1"
"""The engine's address: the packs never call back, so nothing listens there."""

_SECONDS: Final = 60
_MAXIMUM_MESSAGE: Final = 400 * 1024 * 1024


def judge_process(
    graph: ResourceGraph, pack: Path, *, environment: str, packs: Path = POLICIES
) -> list[Diagnostic]:
    """Give what the pack's own analyzer process answers about a stack, on today's date.

    Raises RuntimeError when the process does not start, with what it said.
    """
    with _serving(pack, graph) as channel:
        analyzer = analyzer_pb2_grpc.AnalyzerStub(channel)
        return _asked(analyzer, graph, pack, environment=environment, packs=packs)


def judge_pack(
    graph: ResourceGraph, pack: Path, *, environment: str, today: date, packs: Path = POLICIES
) -> list[Diagnostic]:
    """Give what one pack answers about a stack, asked in this process."""
    exemptions = Exemptions(
        read_exemptions(packs / "exemptions.yaml"), stack=graph.stack, environment=environment, today=today
    )
    servicer = PackServicer(load_pack(pack), Run(environment, graph.stack, exemptions))
    return _asked(_Local(servicer), graph, pack, environment=environment, packs=packs)


class _Local:
    """A servicer that is called as a gRPC stub is."""

    def __init__(self, servicer: PackServicer) -> None:
        self.Configure = lambda request: servicer.Configure(request, None)
        self.Analyze = lambda request: servicer.Analyze(request, None)
        self.AnalyzeStack = lambda request: servicer.AnalyzeStack(request, None)


def _asked(
    analyzer: analyzer_pb2_grpc.AnalyzerStub | _Local,
    graph: ResourceGraph,
    pack: Path,
    *,
    environment: str,
    packs: Path,
) -> list[Diagnostic]:
    request, _ = configuration(load_pack(pack), environment, packs)
    analyzer.Configure(request)
    requests = Requests(graph)
    diagnostics: list[Diagnostic] = []
    for resource in graph.resources:
        if not resource.external:
            diagnostics += diagnostics_of(analyzer.Analyze(requests.of_resource(resource)), urn=resource.urn)
    return diagnostics + diagnostics_of(analyzer.AnalyzeStack(requests.of_stack()))


@contextlib.contextmanager
def _serving(pack: Path, graph: ResourceGraph) -> Iterator[grpc.Channel]:
    environment = {
        **os.environ,
        "PULUMI_PROJECT": graph.project,
        "PULUMI_STACK": graph.stack,
        "PULUMI_ORGANIZATION": "organization",
        "PULUMI_DRY_RUN": "true",
        "PULUMI_CONFIG": "{}",
    }
    process = subprocess.Popen(  # noqa: S603  (our own interpreter and our own folder)
        [sys.executable, "-u", "-m", "pulumi.policy", _ENGINE_ADDRESS, "."],
        cwd=pack,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        if process.stdout is None or process.stderr is None:  # pragma: no cover  (both are pipes)
            raise RuntimeError("the analyzer process has no output")
        port = process.stdout.readline().strip()
        if not port.isdigit():
            process.wait(_SECONDS)
            raise RuntimeError(f"pack {pack.name} did not start: {process.stderr.read().strip()}")
        options = [
            ("grpc.max_receive_message_length", _MAXIMUM_MESSAGE),
            ("grpc.max_send_message_length", _MAXIMUM_MESSAGE),
        ]
        with grpc.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
            yield channel
    finally:
        process.kill()
        process.communicate()
