"""What a person can do wrong: said in clear lines, with an exit status of its own."""

from __future__ import annotations

from typing import Final

MISTAKEN: Final = 2
"""Exit status when nothing could be done: a wrong option, a missing file, an unreachable server."""

NOT_PROVEN: Final = 1
"""Exit status when the work was done and its check failed, as when a verification finds something."""


class OperatorError(Exception):
    """What the operator has to mend, a line each: printed to stderr without a traceback, status 2."""


class NotProvenError(Exception):
    """A check that failed, its findings printed before: the last line on stderr, status 1."""
