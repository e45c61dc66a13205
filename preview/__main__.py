"""Command line of the offline preview: `python -m preview --help`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from rich.console import Console

from infra.settings import SettingsError
from preview.capacity_page import capacity_of, print_capacity
from preview.changes import Override, OverrideError, changes_between, load_known_types
from preview.changes.page import print_changes
from preview.cost import PriceTableError, UsageError
from preview.dashboards.pages import FOLDER, NoDashboardsError, pictures_of, write_pictures
from preview.engine import RenderError
from preview.engine.stack_file import StackFileError
from preview.judgement import ReadError, read_resources
from preview.stack_preview import StackPreview, preview_graph, preview_stack
from preview.stacks import STACKS, render_stack
from preview.terminal import WIDTH, print_judgement, print_preview, print_summary

BLOCKED: Final = 1
"""Exit status when a policy blocks."""
MISTAKEN: Final = 2
"""Exit status when something asked for cannot be read, rendered or written."""

ALL: Final = "all"
ENVIRONMENTS: Final = ("prod", "staging", "testing", "dr", "dev")

DESCRIPTION: Final = """\
Run the program of this repository without credentials, engine or network, and look at the result:
every resource, every policy finding, the monthly cost."""

EPILOG: Final = """\
exit status: 0 nothing blocks, 1 a mandatory policy finding (or one that could not be judged) blocks,
pods fit no nodes, or a change would lose data, 2 something asked for cannot be read or rendered; then one
line on standard error says what and where."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; give the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except (
        RenderError,
        StackFileError,
        OverrideError,
        SettingsError,
        ReadError,
        PriceTableError,
        UsageError,
        NoDashboardsError,
    ) as error:
        for line in str(error).splitlines():
            print(line, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or 'output'}: {error.strerror}", file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted, nothing was changed", file=sys.stderr)
    return MISTAKEN


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m preview",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    show = commands.add_parser("show", help="print resources, policy findings and cost of a stack")
    show.add_argument("stack", nargs="?", default="staging", help=f"a stack, or {ALL} (default: staging)")
    show.add_argument("--json", metavar="FILE", help="write the same as JSON; - for standard output")
    _add_unknowns(show)
    _add_settings(show)
    show.set_defaults(command=_show)

    render = commands.add_parser("render", help="write the resource list of a stack as JSON")
    render.add_argument("stack", help=f"a stack, or {ALL} (then FILE is a folder)")
    render.add_argument("--json", metavar="FILE", required=True, help="where to; - for standard output")
    _add_unknowns(render)
    _add_settings(render)
    render.set_defaults(command=_render)

    diff = commands.add_parser(
        "diff", help="print what other settings would create, change, replace and delete in a stack"
    )
    diff.add_argument("stack", help="a stack whose file is as it is deployed")
    diff.add_argument("--json", metavar="FILE", help="write the changes as JSON; - for standard output")
    _add_settings(diff)
    diff.set_defaults(command=_diff)

    check = commands.add_parser(
        "check",
        help="run the policies over a resource list, a `pulumi stack export` or a `pulumi preview --json`",
    )
    check.add_argument("file", type=Path, metavar="FILE")
    check.add_argument("--stack", required=True, choices=ENVIRONMENTS, help="whose policy levels hold")
    check.add_argument("--json", metavar="FILE", help="write the findings as JSON; - for standard output")
    check.set_defaults(command=_check)

    capacity = commands.add_parser(
        "capacity",
        help="print how pods, requests and limits follow from the load, and whether they fit",
    )
    capacity.add_argument("stack", help=f"a stack, or {ALL}")
    capacity.set_defaults(command=_capacity)

    dashboards = commands.add_parser("dashboards", help="draw the dashboards of a stack: one SVG each")
    dashboards.add_argument("stack", help=f"a stack, or {ALL}")
    dashboards.add_argument(
        "--out", metavar="DIR", type=Path, default=Path(FOLDER), help=f"where to (default: {FOLDER})"
    )
    dashboards.set_defaults(command=_dashboards)
    return parser


def _add_unknowns(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--unknowns",
        action="store_true",
        help="as the first preview of a new stack: what a provider computes is unknown",
    )


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        dest="settings",
        metavar="PATH=VALUE",
        action="append",
        default=[],
        help="a setting instead of the stack file's, such as recovery.active=true; may be repeated",
    )


def _show(options: argparse.Namespace) -> int:
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    progress = Console(stderr=True)
    quiet = options.json == "-"
    previews: list[StackPreview] = []
    for stack in _stacks(options.stack):
        begin = time.perf_counter()
        with progress.status(f"{stack}: running the program, policies and prices …"):
            preview = preview_stack(
                stack, today=_today(), unknowns=options.unknowns, overrides=_overrides(options)
            )
        previews.append(preview)
        if not quiet:
            print_preview(preview, console, seconds=time.perf_counter() - begin)
    if len(previews) > 1 and not quiet:
        print_summary(previews, console)
    if options.json:
        documents = [preview.to_json() for preview in previews]
        _write(documents if options.stack == ALL else documents[0], options.json)
    return 0 if all(preview.passed for preview in previews) else BLOCKED


def _render(options: argparse.Namespace) -> int:
    for stack in _stacks(options.stack):
        rendering = render_stack(stack, unknowns=options.unknowns, overrides=_overrides(options))
        document = rendering.graph.to_json()
        target = options.json
        if options.stack == ALL and target != "-":
            target = str(Path(target) / f"{stack}.json")
        _write(document, target)
        if target != "-":
            print(f"{target}: {len(document['resources'])} resources of {stack}")
    return 0


def _diff(options: argparse.Namespace) -> int:
    overrides = _overrides(options)
    changes = changes_between(
        render_stack(options.stack).graph,
        render_stack(options.stack, overrides=overrides).graph,
        known=load_known_types(),
    )
    if options.json != "-":
        console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
        print_changes(changes, overrides, console)
    if options.json:
        _write(changes.to_json(), options.json)
    return BLOCKED if changes.losing_data else 0


def _overrides(options: argparse.Namespace) -> tuple[Override, ...]:
    return tuple(Override.parse(text) for text in options.settings)


def _check(options: argparse.Namespace) -> int:
    graph = read_resources(options.file)
    preview = preview_graph(graph, environment=options.stack, today=_today())
    if options.json != "-":
        console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
        print_judgement(preview, console)
    if options.json:
        _write(preview.judgement.to_json(), options.json)
    return 0 if preview.passed else BLOCKED


def _capacity(options: argparse.Namespace) -> int:
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    reports = [capacity_of(stack) for stack in _stacks(options.stack)]
    for report in reports:
        print_capacity(report, console)
    return BLOCKED if any(report.problems for report in reports) else 0


def _dashboards(options: argparse.Namespace) -> int:
    for stack in _stacks(options.stack):
        try:
            pictures = pictures_of(stack)
        except NoDashboardsError as nothing:
            if options.stack != ALL:
                raise
            print(nothing)
            continue
        for path in write_pictures(pictures, options.out / stack):
            print(path)
    return 0


def _stacks(asked: str) -> Sequence[str]:
    return STACKS if asked == ALL else (asked,)


def _today() -> date:
    return datetime.now(UTC).date()


def _write(document: object, target: str) -> None:
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    if target == "-":
        sys.stdout.write(text)
        return
    path = Path(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A killed run must not leave half a file where a whole one was.
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


if __name__ == "__main__":
    sys.exit(main())
