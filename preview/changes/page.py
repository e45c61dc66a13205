"""The list of changes that a person reads in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from preview.changes.compare import ORDER, Action, Change, Changes
from preview.changes.overrides import Override

_SIGNS: Final[dict[Action, tuple[str, str]]] = {
    "replace": ("± replace", "bold magenta"),
    "delete": ("- delete ", "red"),
    "update": ("~ update ", "yellow"),
    "create": ("+ create ", "green"),
}
_ENDING: Final = frozenset({"replace", "delete"})
PATHS_SHOWN: Final = 12


def print_changes(changes: Changes, overrides: Sequence[Override], console: Console) -> None:
    """Print every change with the properties it is about, and what it means for data."""
    settings = ", ".join(str(override) for override in overrides) or "nothing set"
    console.print(Text.assemble("\n", (changes.stack, "bold"), f" with {settings}"))
    for change in changes.all:
        console.print(_change(change), soft_wrap=False)
        if change.paths:
            shown = ", ".join(_marked(path, change) for path in change.paths[:PATHS_SHOWN])
            more = len(change.paths) - PATHS_SHOWN
            rest = f" and {more} more" if more > 0 else ""
            console.print(Padding(Text(shown + rest, style="dim"), (0, 0, 0, 12)))
    counts = ", ".join(f"{len(changes.of(action))} {action}" for action in ORDER)
    console.print(Text(f"\n{counts}"))
    if changes.losing_data:
        console.print(
            Text(f"{len(changes.losing_data)} of them would lose data: see the first lines", style="bold red")
        )
    else:
        console.print(Text("nothing that holds data is replaced or deleted\n", style="bold green"))


def _change(change: Change) -> Text:
    sign, style = _SIGNS[change.action]
    marks = "".join(
        (
            "  HOLDS DATA" if change.loses_data else "",
            "  (protected: refused)" if change.resource.protect and change.action in _ENDING else "",
            "  (kept in AWS)" if change.resource.retain_on_delete and change.action in _ENDING else "",
        )
    )
    return Text.assemble(
        "  ",
        (sign, style),
        " ",
        (change.resource.name, "bold"),
        (f" ({change.resource.type})", "dim"),
        (marks, "bold red" if change.loses_data else "dim"),
    )


def _marked(path: str, change: Change) -> str:
    return f"{path}!" if path in change.replacing else path
