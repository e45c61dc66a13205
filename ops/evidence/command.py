"""`python -m ops evidence <stack>`: run from a checkout, which has program, policies and tests."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ..errors import NotProvenError, OperatorError
from ..records import PREFIX, Record, read_from

if TYPE_CHECKING:
    from .model import Evidence

ROOT: Final = Path(__file__).resolve().parents[2]
NAME: Final = "dpdpa"


def evidence(
    stack: Annotated[str, typer.Argument(help="prod or staging; testing, dr and dev work, too.")],
    out: Annotated[Path, typer.Option(help="Folder for <stack>-dpdpa.md and .json.")] = Path("out/evidence"),
    on: Annotated[
        str | None, typer.Option("--date", help="The day it is made for, as 2026-12-31; else today (UTC).")
    ] = None,
    records: Annotated[
        str, typer.Option(help="Where the records lie: a folder, or s3://<bucket>[/<prefix>].")
    ] = PREFIX,
    *,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with status 1 when anything is missing.")
    ] = False,
) -> None:
    """Write the DPDPA 2023 evidence of a stack, from program, policies, tests and records."""
    today = day(on)
    found = read_from(records)
    print(f"Rendering and judging {stack} ...", file=sys.stderr)
    made = gather(stack, today, found)

    from .markdown import page  # noqa: PLC0415  (the image has no program to make evidence of)

    out.mkdir(parents=True, exist_ok=True)
    for suffix, content in (("md", page(made)), ("json", made.to_text())):
        place = out / f"{stack}-{NAME}.{suffix}"
        place.write_text(content, encoding="utf-8")
        print(place)
    for gap in made.gaps:
        print(f"{gap.control}: {gap.message}", file=sys.stderr)
    if strict and made.gaps:
        raise NotProvenError(f"{stack}: {len(made.gaps)} gaps")


def day(on: str | None) -> date:
    """Read `--date`; today where there is none. Raises OperatorError for what is no day."""
    if on is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(on)
    except ValueError:
        raise OperatorError(f"--date: {on!r} is no day; write it as 2026-12-31") from None


def gather(stack: str, today: date, records: list[Record]) -> Evidence:
    """Render, judge and trace, then build. Raises OperatorError where this is no checkout or no stack."""
    try:
        # The image has none of these; importing the command line must not ask for them.
        from policies.framework.levels import read_awaited  # noqa: PLC0415
        from policies.framework.pack import POLICIES  # noqa: PLC0415
        from preview.judgement import environment_of, judge  # noqa: PLC0415
        from preview.stacks import render_stack  # noqa: PLC0415
        from tests.requirements.trace import marks, rows  # noqa: PLC0415

        from .build import Sources, build  # noqa: PLC0415
    except ImportError as error:
        raise OperatorError(
            f"evidence is made in a checkout with all dependencies (make test sets them up): {error}"
        ) from None
    from .controls import read_controls  # noqa: PLC0415

    try:
        environment = environment_of(stack)
    except ValueError as error:
        raise OperatorError(str(error)) from None
    if not (ROOT / f"Pulumi.{stack}.yaml").is_file():
        raise OperatorError(f"there is no Pulumi.{stack}.yaml")
    graph = render_stack(stack).graph
    tests: dict[str, tuple[str, ...]] = {}
    for mark in marks():
        tests[mark.row_id] = (*tests.get(mark.row_id, ()), mark.test)
    return build(
        Sources(
            today=today,
            graph=graph,
            judgement=judge(graph, environment=environment, today=today),
            awaited=read_awaited(POLICIES),
            rows=rows(),
            tests=tests,
            records=records,
            controls=read_controls(),
        )
    )
