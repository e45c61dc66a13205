"""`python -m delivery preview|up <stack>`: the real engine with every policy pack of this repository."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from preview.engine.stack_file import StackFileError

from .engine_call import ROOT, MissingProgramError, engine_call, require_programs

MISTAKEN: Final = 2
"""Exit status when the engine could not be started; otherwise it is the engine's own."""

DESCRIPTION: Final = """\
Call `pulumi preview` or `pulumi up` for a stack with every policy pack, the levels of its environment and its
own state backend. A mandatory finding, or a mandatory rule that could not be judged, fails the call."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the engine; give its exit status."""
    parser = argparse.ArgumentParser(prog="python -m delivery", description=DESCRIPTION)
    parser.add_argument("verb", choices=("preview", "up"))
    parser.add_argument("stack")
    parser.add_argument("extra", nargs="*", help="further arguments of the CLI, after --")
    options = parser.parse_args(arguments)
    try:
        require_programs(os.environ.get("PATH"))
        call = engine_call(options.verb, options.stack, extra=options.extra, variables=os.environ)
    except (MissingProgramError, StackFileError, ValueError) as error:
        for line in str(error).splitlines():
            print(line, file=sys.stderr)
        return MISTAKEN
    variables = {**os.environ, **call.variables}
    # The program and its arguments are fixed above; nothing passes through a shell.
    return subprocess.run(call.arguments, cwd=ROOT, env=variables, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
