"""The one call of the offline engine: a program and a stack's configuration in, its resource list out."""

from __future__ import annotations

import contextlib
import contextvars
import gc
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pulumi.runtime.config import set_all_config
from pulumi.runtime.settings import SETTINGS, reset_options

from preview.engine.invokes import InvokeAnswers
from preview.engine.log import EngineLog, LogLine
from preview.engine.monitor import Monitor
from preview.engine.program import Program, run_program
from preview.engine.sources import Sources
from preview.graph import ResourceGraph

_CHECKOUT: Final = Path(__file__).resolve().parents[2]
_ONE_AT_A_TIME: Final = threading.Lock()
"""A run changes the environment, the import path and the working directory of the whole process."""


@dataclass(frozen=True)
class Rendering:
    """What a run gave: the resource list, and what program and SDK logged on the way."""

    graph: ResourceGraph
    log: tuple[LogLine, ...]


def render(
    program: Program,
    *,
    project: str,
    stack: str,
    config: Mapping[str, str],
    secret_keys: Collection[str] = (),
    invokes: InvokeAnswers,
    unknowns: bool = False,
    organization: str = "organization",
) -> Rendering:
    """Run a Pulumi program without engine, credentials or network.

    `program` is a folder with a `__main__.py` or, for tests of components, a function that registers
    resources. `config` holds what the engine would hand over, keys with their namespace. With `unknowns`
    the program runs as in the first preview of a new stack: what a provider computes is unknown.

    The same arguments give the same graph, whatever ran before in this process. Raises RenderError with
    one line when the program fails or asks for what an offline run cannot give; a SystemExit of the
    program passes through.
    """
    context = contextvars.copy_context()
    with _ONE_AT_A_TIME, paused_garbage_collection():
        return context.run(
            lambda: _render(
                program,
                project=project,
                stack=stack,
                config=config,
                secret_keys=secret_keys,
                invokes=invokes,
                unknowns=unknowns,
                organization=organization,
            )
        )


def _render(
    program: Program,
    *,
    project: str,
    stack: str,
    config: Mapping[str, str],
    secret_keys: Collection[str],
    invokes: InvokeAnswers,
    unknowns: bool,
    organization: str,
) -> Rendering:
    root = _checkout_of(program)
    sources = Sources(root)
    monitor = Monitor(
        project=project,
        stack=stack,
        config=config,
        secret_keys=secret_keys,
        invokes=invokes,
        sources=sources,
        unknowns=unknowns,
    )
    log = EngineLog()
    reset_options(
        project=project,
        stack=stack,
        root_directory=str(root),
        parallel=1,
        preview=unknowns,
        organization=organization,
    )
    SETTINGS.monitor = monitor  # pyright: ignore[reportAttributeAccessIssue]  (duck-typed stub)
    SETTINGS.engine = log  # pyright: ignore[reportAttributeAccessIssue]
    set_all_config(dict(config), list(secret_keys))
    try:
        run_program(program, sources, disconnect=monitor.transforms.close)
    finally:
        monitor.transforms.close()
    resources = sorted(monitor.registry.resources.values(), key=lambda resource: resource.urn)
    graph = ResourceGraph(
        project=project, stack=stack, resources=tuple(resources), exports=monitor.exports, unknowns=unknowns
    )
    return Rendering(graph=graph, log=tuple(log.lines))


def _checkout_of(program: Program) -> Path:
    """Give the folder with the program's Pulumi.yaml, or this checkout."""
    if isinstance(program, Path):
        for folder in (program.resolve(), *program.resolve().parents):
            if (folder / "Pulumi.yaml").is_file():
                return folder
    return _CHECKOUT


@contextlib.contextmanager
def paused_garbage_collection() -> Iterator[None]:
    """Keep the collector out of a run.

    The SDK leaves tens of thousands of short-lived tasks for each resource, which full collections would
    walk again and again: a run takes up to five times as long with it.
    """
    was_enabled = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
        gc.unfreeze()
