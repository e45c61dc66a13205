"""The page that a person reads in the terminal; fits 100 columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from preview.judgement import Finding
from preview.stack_preview import StackPreview

WIDTH: Final = 100
LARGEST_TYPES: Final = 4
BIGGEST_LINES: Final = 8
UNPRICED_SHOWN: Final = 6
ADVISORIES_SHOWN: Final = 10

_STYLES: Final = {"error": "bold red", "violation": "red", "not judged": "magenta", "exempted": "dim"}


def print_preview(preview: StackPreview, console: Console, *, seconds: float) -> None:
    """Print what exists, what the policies say and what it costs."""
    console.print(_headline(preview, seconds))
    if preview.layers:
        console.print(_layers(preview))
    for line in preview.warnings:
        console.print(Text(f"warning from the program: {line}", style="yellow"))
    console.print(_policies(preview))
    console.print(_cost(preview))
    console.print(_verdict(preview))


def print_summary(previews: Sequence[StackPreview], console: Console) -> None:
    """Print one line for each stack, after several of them."""
    table = _table("All stacks", ("stack", "left"), ("resources", "right"), ("blocking", "right"))
    for column in ("advisory", "exempted", "USD a month", "saved by schedule", "unpriced"):
        table.add_column(column, justify="right")
    for preview in previews:
        counts, estimate = preview.judgement.counts, preview.estimate
        table.add_row(
            preview.stack,
            str(preview.resource_count),
            Text(str(counts["blocking"]), style="bold red" if counts["blocking"] else "green"),
            str(counts["advisory"]),
            str(counts["exempted"]),
            _money(estimate.total),
            _money(estimate.saving),
            str(len(estimate.unpriced)),
        )
    console.print(table)


def print_judgement(preview: StackPreview, console: Console) -> None:
    """Print what the policies say alone, for a resource list read from a file."""
    console.print(_policies(preview))
    console.print(_verdict(preview))


def _headline(preview: StackPreview, seconds: float) -> Text:
    mode = ", as the first preview of a new stack sees it" if preview.graph.unknowns else ""
    return Text.assemble(
        "\n",
        (preview.stack, "bold"),
        f": {preview.resource_count} resources in {preview.component_count} components{mode}",
        (f"  ({seconds:.1f} s)", "dim"),
    )


def _layers(preview: StackPreview) -> RenderableType:
    table = _table("What exists", ("layer", "left"), ("resources", "right"), ("mostly", "left"))
    for layer, resources in preview.layers.items():
        kinds = Counter(resource.type.rsplit(":", 1)[-1] for resource in resources).most_common()
        shown = ", ".join(f"{count} {kind}" for kind, count in kinds[:LARGEST_TYPES])
        more = len(kinds) - LARGEST_TYPES
        table.add_row(layer, str(len(resources)), shown + (f" and {more} more types" if more > 0 else ""))
    return table


def _policies(preview: StackPreview) -> RenderableType:
    judgement = preview.judgement
    counts = judgement.counts
    parts: list[RenderableType] = [
        Text.assemble(
            "\n",
            ("Policies", "bold"),
            f": {len(judgement.rules)} rules over {judgement.judged} resources: ",
            (f"{counts['blocking']} blocking", "bold red" if counts["blocking"] else "green"),
            f", {counts['advisory']} advisory, {counts['not judged']} not judged, ",
            f"{counts['exempted']} exempted",
        )
    ]
    blocking = [finding for finding in judgement.findings if finding.blocks]
    others = [
        finding for finding in judgement.findings if not finding.blocks and finding.status != "exempted"
    ]
    exempted = [finding for finding in judgement.findings if finding.status == "exempted"]
    parts.extend(_finding(finding) for finding in blocking)
    parts.extend(_finding(finding) for finding in others[:ADVISORIES_SHOWN])
    if len(others) > ADVISORIES_SHOWN:
        parts.append(Text(f"  … and {len(others) - ADVISORIES_SHOWN} more, see --json", style="dim"))
    parts.extend(_finding(finding) for finding in exempted)
    parts.extend(
        Text(f"  exemptions: {problem}", style="bold red") for problem in judgement.exemption_problems
    )
    parts.extend(Text(f"  exemptions: {warning}", style="yellow") for warning in judgement.warnings)
    return Group(*parts)


def _finding(finding: Finding) -> RenderableType:
    place = finding.resource_name or "whole stack"
    kind = f" ({finding.resource_type})" if finding.resource_type else ""
    headline = Text.assemble(
        (
            f"{finding.status if finding.status != 'violation' else finding.level.value:<11}",
            _STYLES[finding.status],
        ),
        (finding.rule, "bold"),
        f"  {place}",
        (kind, "dim"),
    )
    lines: list[RenderableType] = [
        Padding(headline, (0, 0, 0, 2)),
        Padding(Text(finding.message), (0, 0, 0, 13)),
    ]
    if exemption := finding.exemption:
        until = f"exempted until {exemption.expires} by {exemption.owner}: {exemption.reason}"
        lines.append(Padding(Text(until, style="dim"), (0, 0, 0, 13)))
    else:
        lines.append(Padding(Text(f"→ {finding.remedy}", style="cyan"), (0, 0, 0, 13)))
    return Group(*lines)


def _cost(preview: StackPreview) -> RenderableType:
    estimate = preview.estimate
    total = (f"USD {_money(estimate.total)} a month", "bold")
    parts: list[RenderableType] = [Text.assemble("\n", ("Cost", "bold"), ": ", total, " before tax")]
    if estimate.saving:
        share = estimate.saving / estimate.total_always_on
        parts.append(
            Text(
                f"  Always on it would be USD {_money(estimate.total_always_on)}; "
                f"the schedule saves USD {_money(estimate.saving)} ({share:.0%})."
            )
        )
    if estimate.by_layer:
        layers = ", ".join(f"{layer} {_money(usd)}" for layer, usd in estimate.by_layer.items())
        parts.append(Text(f"  By layer: {layers}."))
    if estimate.lines:
        parts.append(_biggest_lines(preview))
    if estimate.unpriced:
        parts.append(_unpriced(preview))
    parts.append(Text(f"  {estimate.free_count} resources cost nothing by themselves.", style="dim"))
    return Group(*parts)


def _biggest_lines(preview: StackPreview) -> Table:
    table = _table(
        None, ("biggest lines", "left"), ("what", "left"), ("USD a month", "right"), ("price of", "left")
    )
    for line in preview.estimate.biggest(BIGGEST_LINES):
        marks = " derived" * line.derived + " assumed" * line.assumed
        table.add_row(line.name, line.what, _money(line.usd_per_month), line.source_date + marks)
    return table


def _unpriced(preview: StackPreview) -> RenderableType:
    estimate = preview.estimate
    upper = f"; at most USD {_money(estimate.unpriced_upper)} of it known" if estimate.unpriced_upper else ""
    parts: list[RenderableType] = [
        Text(f"  Unpriced, in no total{upper}: {len(estimate.unpriced)} items", style="yellow")
    ]
    for why, count in list(estimate.unpriced_reasons())[:UNPRICED_SHOWN]:
        parts.append(Padding(Text(f"{count} times {why}", style="yellow"), (0, 0, 0, 4)))
    rest = len(list(estimate.unpriced_reasons())) - UNPRICED_SHOWN
    if rest > 0:
        parts.append(Padding(Text(f"… and {rest} more reasons, see --json", style="dim"), (0, 0, 0, 4)))
    return Group(*parts)


def _verdict(preview: StackPreview) -> Text:
    if preview.passed:
        return Text.assemble(
            "\n", (f"{preview.stack} may be deployed", "bold green"), ": no policy blocks it.\n"
        )
    blocking = preview.judgement.counts["blocking"] + len(preview.judgement.exemption_problems)
    return Text.assemble(
        "\n", (f"{preview.stack} is blocked", "bold red"), f" by {blocking} findings above.\n"
    )


def _table(title: str | None, *columns: tuple[str, str]) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    for header, justify in columns:
        table.add_column(header, justify="right" if justify == "right" else "left", header_style="dim")
    return table


def _money(usd: Decimal) -> str:
    return f"{usd:,.2f}"
