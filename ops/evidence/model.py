"""The evidence as data: what is written as JSON, and what the page is made of."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Literal

from ..records import Kind, Result
from .controls import Model


class Row(Model):
    """A requirement row, and the tests that prove it."""

    id: str
    must: str
    applies: bool
    """Whether the row is about this stack."""
    tests: tuple[str, ...]


class Policy(Model):
    """A rule of the packs that serves a control, and what it looked at in this stack."""

    id: str
    title: str
    level: str
    """The level in force here."""
    waits_for: str | None
    """What the estate does not declare yet, for a rule that shall be mandatory then."""
    sections: tuple[str, ...]
    resources: tuple[str, ...]
    """`<type>::<name>` of each resource that the rule is about."""
    open: int
    """Findings that nobody accepted."""
    exempted: int


class Exempted(Model):
    """A finding that is accepted, by whom, why, and for how long."""

    rule: str
    resource: str
    message: str
    owner: str
    reason: str
    expires: date
    days_left: int


class Done(Model):
    """The last record of a kind and environment, and how long it is good for."""

    kind: Kind
    environment: str
    required: bool
    result: Result | None
    """None where there is no record."""
    finished_at: str | None
    by: str | None
    age_days: int | None
    every_days: int | None
    figures: dict[str, bool | int | float | str]


class KeptLog(Model):
    """A log in which access to restricted data shows, and how long it is kept; None: for ever."""

    resource: str
    shows: str
    kept_days: int | None


class Reader(Model):
    """Who may read a store at most: denials and conditions narrow it further."""

    who: str
    by: str
    """What grants it."""
    taken_by: tuple[str, ...]
    """Who can become it."""
    actions: tuple[str, ...]


class Store(Model):
    """A store of restricted data, and who may read it through AWS."""

    resource: str
    readers: tuple[Reader, ...]


class ClusterAccess(Model):
    """A principal with access to the cluster, and whether it can read Secrets there."""

    principal: str
    policy: str
    scope: str
    reads_secrets: bool


class Gap(Model):
    """One thing that is missing."""

    control: str
    kind: Literal["test", "row", "rule", "resource", "finding", "waiting", "record", "log"]
    subject: str
    message: str


class Answer(Model):
    """One control with everything that answers it."""

    id: str
    title: str
    provision: str
    asks: str
    reading: str | None
    in_force: date
    organisation: str | None
    requirements: tuple[Row, ...]
    policies: tuple[Policy, ...]
    exemptions: tuple[Exempted, ...]
    records: tuple[Done, ...]
    logs: tuple[KeptLog, ...]
    gaps: tuple[Gap, ...]


class Evidence(Model):
    """The audit evidence of one stack on one day. The same inputs always give the same evidence."""

    schema_version: Literal[1] = 1
    stack: str
    environment: str
    date: date
    resources: int
    digest: str
    """SHA-256 of the resource list, to compare with what was deployed."""
    policies_passed: bool
    controls: tuple[Answer, ...]
    stores: tuple[Store, ...]
    cluster: tuple[ClusterAccess, ...]

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """All gaps, in the order of the controls."""
        return tuple(gap for answer in self.controls for gap in answer.gaps)

    def to_text(self) -> str:
        """Give the evidence as the text of its JSON file."""
        return json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"


def schema() -> str:
    """Give the JSON schema of the evidence as the text of its file."""
    return json.dumps(Evidence.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(schema(), encoding="utf-8")
