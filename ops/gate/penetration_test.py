"""The penetration test before launch and each year after (SEC-12), as its record says it.

What a record's `details` hold is `PenetrationTest`; docs/runbooks/penetration-test.md shows a whole one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..records import Record

GOOD_FOR: Final = timedelta(days=365)
BLOCKING: Final = ("critical", "high")

Text = Annotated[str, Field(min_length=1)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Weakness(_Model):
    """One finding of the testers. Fixed means that they tried again, and when."""

    id: Text
    title: Text
    severity: Literal["critical", "high", "medium", "low", "informational"]
    status: Literal["open", "accepted", "fixed"]
    retested_on: date | None = None

    @model_validator(mode="after")
    def _fixed_is_proven(self) -> Weakness:
        if self.status == "fixed" and self.retested_on is None:
            raise ValueError("is fixed, but retested_on does not say when the testers tried again")
        return self


class PenetrationTest(_Model):
    """The details of a record of kind `penetration-test`."""

    scope: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Host names that were tested."""
    report: Text
    """Where the report lies."""
    report_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    findings: tuple[Weakness, ...]


def objections(records: Iterable[Record], *, hosts: Sequence[str], now: datetime) -> list[str]:
    """Say why the last penetration test among `records` does not suffice; nothing where it does.

    The last one decides: a later test that failed is not made good by an earlier one that passed.
    """
    tests = [record for record in records if record.kind == "penetration-test"]
    if not tests:
        return ["there is no record of one"]
    last = max(tests, key=lambda record: (record.finished_at, record.file_name))
    ended = last.finished_at.isoformat()
    found = []
    if last.result != "passed":
        found.append(f"the last one, of {ended}, ended {last.result}")
    if last.finished_at > now:
        found.append(f"the last one says that it ended {ended}, which is still to come")
    elif now - last.finished_at > GOOD_FOR:
        found.append(f"the last one, of {ended}, is older than {GOOD_FOR.days} days")
    return [*found, *_about_details(last, hosts)]


def _about_details(record: Record, hosts: Sequence[str]) -> list[str]:
    try:
        test = PenetrationTest.model_validate_json(json.dumps(record.details))
    except ValidationError as error:
        return [
            f"its record: details.{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
            for problem in error.errors(include_url=False)
        ]
    tested = {_host(name) for name in test.scope}
    found = [f"{host} was not tested" for host in hosts if _host(host) not in tested]
    return found + [
        f"finding {weakness.id} is {weakness.severity} and {weakness.status}"
        for weakness in test.findings
        if weakness.severity in BLOCKING and weakness.status != "fixed"
    ]


def _host(name: str) -> str:
    return name.strip().rstrip(".").lower()
