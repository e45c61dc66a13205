"""Runs a program in this process the way the language host does, and leaves no trace of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import runpy
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from pulumi.runtime.settings import SETTINGS, _get_rpc_manager
from pulumi.runtime.stack import run_in_stack

from preview.engine.errors import RenderError, one_line
from preview.engine.pace import quick_sdk
from preview.engine.sources import Sources

Program = Path | Callable[[], None]

_HIDDEN_ENVIRONMENT: Final = ("PULUMI_", "AWS_", "KUBECONFIG")
"""Variables from which the SDKs fill in what a program leaves out: a render must not depend on them."""

_ENGINE_FOLDER: Final = str(Path(__file__).resolve().parent)
_INSTALLED: Final = (str(Path(os.__file__).resolve().parent), str(Path(asyncio.__file__).resolve().parent))


def run_program(program: Program, sources: Sources, *, disconnect: Callable[[], None]) -> None:
    """Run a program to its end on the monitor of this context.

    `disconnect` is called when the program is done and before its callback server closes. Raises RenderError
    when the program fails, and SystemExit unchanged.
    """
    entry = _entry(program)
    with hidden_environment(), quick_sdk(), _restored_imports(program):
        try:
            _run_on_own_loop(entry, disconnect)
        except RenderError:
            raise
        except Exception as error:
            raise RenderError(describe(error, sources)) from error


def _entry(program: Program) -> Callable[[], None]:
    if not isinstance(program, Path):
        return program
    folder = program.resolve()
    if not (folder / "__main__.py").is_file():
        raise RenderError(f"{program} is no program: it holds no __main__.py")

    def run() -> None:
        runpy.run_path(str(folder), run_name="__main__")

    return run


def _run_on_own_loop(entry: Callable[[], None], disconnect: Callable[[], None]) -> None:
    loop = asyncio.new_event_loop()
    executor = ThreadPoolExecutor(max_workers=8, thread_name_prefix="render")
    loop.set_default_executor(executor)
    # After a failure the SDK leaves futures behind that nobody awaits; the failure itself is raised.
    loop.set_exception_handler(lambda _loop, _context: None)
    asyncio.set_event_loop(loop)

    async def program() -> None:
        try:
            entry()
            await _settled()
        finally:
            # The last calls back to the program are answered by this loop.
            await loop.run_in_executor(None, disconnect)

    async def main() -> None:
        await run_in_stack(program)

    try:
        loop.run_until_complete(main())
    finally:
        try:
            _cancel_leftovers(loop)
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            executor.shutdown(wait=True, cancel_futures=True)
            asyncio.set_event_loop(None)
            loop.close()


def _open_outputs() -> set[Any]:
    return getattr(SETTINGS, "outputs")  # noqa: B009  (a context property, which type checkers take for a function)


async def _settled() -> None:
    """Wait until all registrations and outputs that the program started are done, or one has failed.

    The SDK waits for them too, but walks all that are still open each time one is done, which takes
    quadratic time.
    """
    while True:
        tasks: set[asyncio.Future[Any]] = {*_open_outputs(), *_get_rpc_manager().rpcs}  # pyright: ignore
        open_tasks = {task for task in tasks if not task.done()}
        failed = any(not task.cancelled() and task.exception() for task in tasks - open_tasks)
        if failed or not open_tasks:
            return
        await asyncio.wait(open_tasks, return_when=asyncio.FIRST_EXCEPTION)


def _cancel_leftovers(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))


@contextlib.contextmanager
def hidden_environment() -> Iterator[None]:
    """Hide the variables of a person's shell that would change what the SDKs send."""
    hidden = {key: value for key, value in os.environ.items() if key.startswith(_HIDDEN_ENVIRONMENT)}
    for key in hidden:
        del os.environ[key]
    try:
        yield
    finally:
        os.environ.update(hidden)


@contextlib.contextmanager
def _restored_imports(program: Program) -> Iterator[None]:
    """Undo what a run did to the import system and the working directory.

    The engine starts a program in its own folder. Modules that a run found through that folder are
    dropped; packages found through another path entry stay, they are the same for every stack.
    """
    path, modules, directory = list(sys.path), set(sys.modules), Path.cwd()
    folder = program.resolve() if isinstance(program, Path) else None
    if folder is not None:
        os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(directory)
        sys.path[:] = path
        new = set(sys.modules) - modules if folder is not None else set()
        for name in [name for name in new if _home(sys.modules.get(name.partition(".")[0])) == folder]:
            del sys.modules[name]


def _home(module: Any) -> Path | None:  # noqa: ANN401
    """Give the folder through which a top-level module was found."""
    paths = list(getattr(module, "__path__", None) or ())
    place = paths[0] if paths else getattr(module, "__file__", None)
    return Path(place).resolve().parent if place else None


def describe(error: BaseException, sources: Sources) -> str:
    """Say in one line what the program raised, and where."""
    place = _last_program_line(error.__traceback__, sources)
    return f"{type(error).__name__}: {one_line(error) or 'no message'}{f' ({place})' if place else ''}"


def _last_program_line(traceback: TracebackType | None, sources: Sources) -> str | None:
    found = None
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if not file.startswith(("<", _ENGINE_FOLDER, *_INSTALLED)) and "site-packages" not in file:
            found = f"{sources.show(Path(file))}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return found
