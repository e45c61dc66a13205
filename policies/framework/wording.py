"""What a diagnostic says, and how to read it back.

Pulumi shows a diagnostic as text only, so the text carries everything: status, place, message, remedy. The
offline preview reads the same text back, so that it can never say something else than the real engine.

    RDS storage is encrypted.                                  (the rule's title, put there by the SDK)
    not judged: postgres (aws:rds/instance:Instance): kmsKeyId is not known yet
    Mend: Set storage_encrypted=True …
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Status = Literal["violation", "not judged", "exempted", "error"]

_NOT_JUDGED: Final = "not judged: "
_ERROR: Final = "error: "
_EXEMPTED: Final = re.compile(
    r"exempted until (?P<expires>\d{4}-\d\d-\d\d) by (?P<owner>\S+) \((?P<reason>.*?)\)\.: "
)
_MEND: Final = "\nMend: "
_ASPECT: Final = re.compile(r"\[(?P<aspect>[a-z0-9-]+)\] ")
STACK_PLACE: Final = "the stack"


@dataclass(frozen=True, slots=True)
class Wording:
    """The parts of a diagnostic's text."""

    status: Status
    place: str
    message: str
    remedy: str
    aspect: str | None = None
    exemption: tuple[str, str, str] | None = None
    """Expiry date, owner and reason of the exemption that holds."""


def place_of(name: str, token: str) -> str:
    """Give how a resource is named in a text."""
    return f"{name} ({token})"


def one_line(text: str) -> str:
    """Give the text in one line."""
    return " ".join(text.split())


def write(wording: Wording) -> str:
    """Give the text of a diagnostic, without the title that the SDK puts before it."""
    prefix = ""
    if wording.status == "not judged":
        prefix = _NOT_JUDGED
    elif wording.status == "error":
        prefix = _ERROR
    elif wording.exemption is not None:
        expires, owner, reason = wording.exemption
        prefix = f"exempted until {expires} by {owner} ({one_line(reason)}).: "
    aspect = f"[{wording.aspect}] " if wording.aspect else ""
    return f"{prefix}{wording.place}: {aspect}{one_line(wording.message)}{_MEND}{one_line(wording.remedy)}"


def read(text: str, place: str) -> Wording:
    """Read a text written for `place`. Raises ValueError for a text that no rule of this framework wrote."""
    body, mend, remedy = text.rpartition(_MEND)
    if not mend:
        raise ValueError(f"not a diagnostic of these packs: {text!r}")
    status: Status = "violation"
    exemption = None
    if body.startswith(_NOT_JUDGED):
        status, body = "not judged", body.removeprefix(_NOT_JUDGED)
    elif body.startswith(_ERROR):
        status, body = "error", body.removeprefix(_ERROR)
    elif exempted := _EXEMPTED.match(body):
        status, body = "exempted", body[exempted.end() :]
        exemption = (exempted["expires"], exempted["owner"], exempted["reason"])
    if not body.startswith(f"{place}: "):
        raise ValueError(f"not a diagnostic about {place}: {text!r}")
    body = body.removeprefix(f"{place}: ")
    aspect = _ASPECT.match(body)
    if aspect:
        body = body[aspect.end() :]
    return Wording(status, place, body, remedy, aspect["aspect"] if aspect else None, exemption)


def is_exempted(text: str) -> bool:
    """Whether the text says that an exemption holds."""
    return _EXEMPTED.match(text) is not None


def is_error(text: str) -> bool:
    """Whether the text says that the rule itself failed."""
    return text.startswith(_ERROR)
