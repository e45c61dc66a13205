"""`python -m ops <group> <command>`: the command line of operators and of the jobs of image `ops`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from .archive.app import app as archive
from .errors import MISTAKEN, NOT_PROVEN, NotProvenError, OperatorError
from .evidence.command import evidence
from .gate.command import app as gate
from .masking.command import app as masking
from .migration.app import app as migration
from .recovery.command import app as recovery
from .refresh.command import app as refresh

app = typer.Typer(
    name="ops",
    help=__doc__,
    no_args_is_help=True,
    add_completion=False,
    # A local variable may hold a person's data: never in a traceback.
    pretty_exceptions_enable=False,
)


@app.callback()
def _groups() -> None:
    """Progress goes to stderr, the result to stdout. Status 1: a check failed; 2: a mistake to mend."""


app.add_typer(archive, name="archive")
app.add_typer(masking, name="masking")
app.add_typer(migration, name="migration")
app.add_typer(recovery, name="recovery")
app.add_typer(refresh, name="refresh")
app.command(name="evidence")(evidence)
app.add_typer(gate, name="gate")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; give its exit status."""
    try:
        app(arguments, prog_name="python -m ops")
    except OperatorError as error:
        print(error, file=sys.stderr)
        return MISTAKEN
    except NotProvenError as error:
        print(error, file=sys.stderr)
        return NOT_PROVEN
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else MISTAKEN
    return 0


if __name__ == "__main__":
    sys.exit(main())
