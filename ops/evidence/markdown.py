"""The evidence as a page to read and to sign. Whatever a name holds, it stays text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from .model import Answer, Evidence, Policy

TESTS_SHOWN: Final = 5
_SPECIAL: Final = re.compile(r"([\\`*_\[\]|~$]|^[#+\-=])")
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}
_LINKS: Final = re.compile(r"(?i)(?:www\.|:(?=//)|(?<=mailto):|(?<=xmpp):)")
"""What GFM makes links of without being asked: addresses of the web and of mail."""


def text(value: object) -> str:
    """Give a value as plain text for any place of a page: no markup, no link, no line break in it."""
    flat = " ".join(
        "".join(
            c if c.isprintable() or c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in str(value)
        ).split()
    )
    escaped = _SPECIAL.sub(r"\\\1", flat)
    entities = "".join(_ENTITIES.get(character, character) for character in escaped)
    # GFM makes links of bare addresses, too.
    return _LINKS.sub(lambda match: match.group()[:-1] + f"&#{ord(match.group()[-1])};", entities)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Give a table, or nothing where it has no rows."""
    lines = [f"| {' | '.join(text(cell) for cell in row)} |" for row in rows]
    if lines:
        yield f"| {' | '.join(heads)} |"
        yield f"|{'---|' * len(heads)}"
        yield from lines
        yield ""


def page(evidence: Evidence) -> str:
    """Give the whole page."""
    return "\n".join(_lines(evidence)).rstrip("\n") + "\n"


def _lines(evidence: Evidence) -> Iterator[str]:
    yield f"# Data protection evidence of {text(evidence.stack)}"
    yield ""
    yield f"Digital Personal Data Protection Act 2023, as of {evidence.date.isoformat()}."
    yield "Made from the program, its policies, its tests and the records of what was done."
    yield "What the law asks is said in our words; what is marked as a reading needs a lawyer's agreement."
    yield ""
    yield f"- {evidence.resources} resources declared; SHA-256 of their list: `{evidence.digest}`"
    yield f"- policies: {'passed' if evidence.policies_passed else 'NOT passed'}"
    yield f"- gaps: {len(evidence.gaps)}"
    yield ""
    yield "## Gaps"
    yield ""
    if not evidence.gaps:
        yield "None."
        yield ""
    yield from table(
        ("control", "what is missing", "message"),
        ((gap.control, f"{gap.kind} {gap.subject}", gap.message) for gap in evidence.gaps),
    )
    yield "## Controls"
    yield ""
    yield from table(
        ("control", "provision", "rows", "policies", "records", "gaps"),
        (
            (
                answer.title,
                answer.provision,
                ", ".join(row.id for row in answer.requirements),
                len(answer.policies),
                ", ".join(
                    f"{done.kind} {done.result or 'missing'}"
                    for done in answer.records
                    if done.result or done.required
                ),
                len(answer.gaps),
            )
            for answer in evidence.controls
        ),
    )
    for answer in evidence.controls:
        yield from _answer(answer)
    yield from _access(evidence)
    yield "## Signed"
    yield ""
    yield "| for | name | date |"
    yield "|---|---|---|"
    yield "| engineering | | |"
    yield "| data protection | | |"


def _answer(answer: Answer) -> Iterator[str]:
    yield f"### {text(answer.title)}"
    yield ""
    yield f"{text(answer.provision)}, in force from {answer.in_force.isoformat()}. {text(answer.asks)}"
    yield ""
    if answer.reading:
        yield f"*A legal reading:* {text(answer.reading)}"
        yield ""
    if answer.organisation:
        yield f"*Not provable from code:* {text(answer.organisation)}"
        yield ""
    yield from table(
        ("row", "must", "here", "proven by"),
        (
            (row.id, row.must, "yes" if row.applies else "no", _some(row.tests) or "NO TEST")
            for row in answer.requirements
        ),
    )
    yield from table(
        ("policy", "must hold", "level", "sections", "judged", "open", "accepted"),
        (
            (
                policy.id,
                policy.title,
                f"{policy.level}, waits" if policy.waits_for else policy.level,
                ", ".join(policy.sections),
                len(policy.resources),
                policy.open,
                policy.exempted,
            )
            for policy in answer.policies
        ),
    )
    yield from _resources(answer.policies)
    yield from table(
        ("accepted", "where", "by", "until", "days left", "why"),
        (
            (each.rule, each.resource, each.owner, each.expires, each.days_left, each.reason)
            for each in answer.exemptions
        ),
    )
    yield from table(
        ("record", "environment", "result", "ended", "by", "days old", "good for", "figures"),
        (
            (
                done.kind,
                done.environment,
                done.result or ("MISSING" if done.required else "none"),
                done.finished_at or "",
                done.by or "",
                "" if done.age_days is None else done.age_days,
                f"{done.every_days} days" if done.every_days else "",
                ", ".join(f"{key} {value}" for key, value in done.figures.items()),
            )
            for done in answer.records
        ),
    )
    yield from table(
        ("log", "shows", "kept"),
        (
            (log.resource, log.shows, "for ever" if log.kept_days is None else f"{log.kept_days} days")
            for log in answer.logs
        ),
    )


def _some(tests: Sequence[str]) -> str:
    more = len(tests) - TESTS_SHOWN
    return ", ".join(tests[:TESTS_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _resources(policies: Iterable[Policy]) -> Iterator[str]:
    """Name what the policies of a control looked at, once; the JSON has it policy by policy."""
    counted = Counter(
        name.partition("::")[0] for name in {name for policy in policies for name in policy.resources}
    )
    if counted:
        yield (
            "Judged: " + ", ".join(f"{number} {text(kind)}" for kind, number in sorted(counted.items())) + "."
        )
        yield ""


def _access(evidence: Evidence) -> Iterator[str]:
    yield "## Who may read restricted data"
    yield ""
    yield "Through AWS, at most: denials, boundaries and conditions narrow it further."
    yield "A store without a reader is opened by a password only, and passwords are secrets of this list."
    yield ""
    yield from table(
        ("store", "who", "taken by", "actions", "granted by"),
        (
            (store.resource, reader.who, ", ".join(reader.taken_by), ", ".join(reader.actions), reader.by)
            for store in evidence.stores
            for reader in store.readers
        ),
    )
    alone = [store.resource for store in evidence.stores if not store.readers]
    if alone:
        yield f"No reader: {', '.join(map(text, alone))}."
        yield ""
    yield "Through the cluster:"
    yield ""
    yield from table(
        ("principal", "by", "where", "reads Secrets"),
        (
            (each.principal, each.policy, each.scope, "yes" if each.reads_secrets else "no")
            for each in evidence.cluster
        ),
    )
