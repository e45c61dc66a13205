"""Exemptions: what is allowed to break a rule, who says so, why, and until when.

An exemption is a line of `policies/exemptions.yaml`. It covers one rule, one aspect of its findings, and as
many resources as it says. Whatever is wrong with one (expired, unused, unknown rule, wider than it says,
for a rule that can never be exempted) is a failure with one line of its own, not a finding less.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from policies.framework.environments import ENVIRONMENTS, environment_of
from policies.framework.rules import Rule

WARNING_DAYS: Final = 30
"""So long before its end an exemption is announced."""

_LITERAL_NAME_CHARACTERS: Final = 4
"""A name pattern with fewer fixed characters says nothing."""


def _known_stack(stack: str) -> str:
    if environment_of(stack) != stack:
        raise ValueError(f"{stack!r} is no environment: {', '.join(ENVIRONMENTS)}")
    return stack


def _narrow_pattern(pattern: str) -> str:
    """Refuse a pattern that does not say the type and enough of the name."""
    token, separator, name = pattern.rpartition("::")
    token = token.rsplit("::", 1)[-1].rsplit("$", 1)[-1]
    if not separator or re.search(r"[*?\[]", token) or token.count(":") != 2:  # noqa: PLR2004  (pkg:module:Type)
        raise ValueError(
            f"{pattern!r} is over-broad: write <type token>::<name>, the token as aws:s3/bucket:Bucket"
        )
    wild = re.search(r"[*?\[]", name) is not None
    if not name or (wild and len(re.sub(r"\[.*?\]|[*?]", "", name)) < _LITERAL_NAME_CHARACTERS):
        raise ValueError(
            f"{pattern!r} is over-broad: the name must have {_LITERAL_NAME_CHARACTERS} fixed characters"
        )
    return pattern


class Exemption(BaseModel):
    """One exemption, as written in the file.

    `resource` is `<type token>::<logical name>`, the end of a URN; the name may hold `*`. `matches` is how
    many resources of a stack it may cover: one that comes to match more is over-broad.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    aspect: str | None = None
    resource: Annotated[str, AfterValidator(_narrow_pattern)]
    stacks: Annotated[tuple[Annotated[str, AfterValidator(_known_stack)], ...], Field(min_length=1)]
    owner: Annotated[str, Field(pattern=r"^\S+@\S+$")]
    reason: Annotated[str, Field(min_length=20)]
    expires: date
    matches: Annotated[int, Field(ge=1)] = 1

    def covers_urn(self, urn: str) -> bool:
        """Whether the pattern matches the resource."""
        head, _, name = urn.rpartition("::")
        token = head.rsplit("::", 1)[-1]
        pattern_token, _, pattern_name = self.resource.rpartition("::")
        return (token == pattern_token or token.endswith("$" + pattern_token)) and fnmatchcase(
            name, pattern_name
        )

    @property
    def label(self) -> str:
        """How the exemption is named in a line of text."""
        return f"exemption {self.rule}{f' [{self.aspect}]' if self.aspect else ''} for {self.resource}"


class ExemptionsError(ValueError):
    """The exemptions file is wrong as a file; `lines` says each mistake."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    exemptions: list[Exemption] = []


def read_exemptions(path: Path) -> tuple[Exemption, ...]:
    """Read the file; no file means no exemptions. Raises ExemptionsError with one line for each mistake."""
    if not path.exists():
        return ()
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise ExemptionsError([f"{path.name}: {' '.join(str(error).split())}"]) from error
    try:
        return tuple(_File.model_validate(document).exemptions)
    except ValidationError as error:
        raise ExemptionsError(
            [
                f"{path.name}: {'.'.join(str(part) for part in entry['loc'])}: {entry['msg']}"
                for entry in error.errors(include_url=False)
            ]
        ) from error


@dataclass
class Exemptions:
    """The exemptions of one stack on one day, and what they turned out to cover."""

    entries: tuple[Exemption, ...]
    stack: str
    environment: str
    today: date
    used: set[int] = field(default_factory=set)

    @cached_property
    def _by_rule(self) -> Mapping[str, list[tuple[int, Exemption]]]:
        by_rule: dict[str, list[tuple[int, Exemption]]] = {}
        for at, entry in enumerate(self.entries):
            if self.applies(entry):
                by_rule.setdefault(entry.rule, []).append((at, entry))
        return by_rule

    def applies(self, entry: Exemption) -> bool:
        """Whether the exemption is about this stack."""
        return self.environment in entry.stacks

    def covering(self, rule: Rule, urn: str, aspect: str | None) -> Exemption | None:
        """Give the exemption in force for a finding of `rule` at `urn`, if any. Remembers its use."""
        for at, entry in self._by_rule.get(rule.id, ()):
            if entry.aspect != aspect or not entry.covers_urn(urn):
                continue
            self.used.add(at)
            if rule.exemptible and entry.expires >= self.today:
                return entry
        return None

    def mistakes(self, rules: Mapping[str, Rule]) -> list[str]:
        """Give what is wrong whatever the stack holds: unknown or strict rule, an end that is past."""
        lines = []
        for entry in self.entries:
            rule = rules.get(entry.rule)
            if rule is None:
                lines.append(f"{entry.label}: there is no rule {entry.rule}")
            elif not rule.exemptible:
                lines.append(f"{entry.label}: rule {entry.rule} can never be exempted")
            if entry.expires < self.today:
                lines.append(f"{entry.label}: expired on {entry.expires}, ask {entry.owner}")
        return lines

    def misuses(self, urns: Iterable[str], rules: Mapping[str, Rule]) -> list[str]:
        """Give what is wrong about this stack: an exemption that covers nothing, or more than it says."""
        urns = tuple(urns)
        lines = []
        for at, entry in enumerate(self.entries):
            if not self.applies(entry) or entry.rule not in rules:
                continue
            matched = sum(entry.covers_urn(urn) for urn in urns)
            if matched > entry.matches:
                lines.append(
                    f"{entry.label}: over-broad in stack {self.stack}:"
                    f" it matches {matched} resources and says {entry.matches}"
                )
            if at not in self.used:
                lines.append(
                    f"{entry.label}: unused in stack {self.stack}: take it out of the file or its stacks"
                )
        return lines

    def warnings(self) -> list[str]:
        """Give a line for each exemption of this stack that ends within 30 days."""
        return [
            f"{entry.label}: ends in {(entry.expires - self.today).days} days, on {entry.expires};"
            f" ask {entry.owner}"
            for entry in self.entries
            if self.applies(entry)
            and self.today <= entry.expires <= self.today + timedelta(days=WARNING_DAYS)
        ]
