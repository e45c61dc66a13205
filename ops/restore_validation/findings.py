"""What is asked of a restored database and what it answered, as the two functions exchange it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Recorded(_Message):
    """What an earlier test found in one set of rows that nobody may change any more."""

    rows: int = Field(ge=0)
    checksum: str


class Question(_Message):
    """A restored database and what is known of it from elsewhere."""

    host: str
    port: int = 5432
    odoo_database: Name
    gps_database: Name
    taken_at: AwareDatetime
    """When the backup was taken, by AWS Backup's own clock."""
    max_age_minutes: int | None = Field(default=None, ge=1)
    """How old the newest position may be at that moment: RPO. None where nobody drives."""
    counts: dict[str, int] = Field(default_factory=dict)
    """Rows by table as the last good test counted them."""
    sets: dict[str, Recorded] = Field(default_factory=dict)
    """Sets that are closed, as the last good test summed them up."""


class Finding(_Message):
    """One check: what it is called, whether it passed, and in a sentence what was found."""

    name: str
    passed: bool
    detail: str


class Answer(_Message):
    """What was found in the restored database. It holds figures, never anybody's data."""

    findings: tuple[Finding, ...]
    counts: dict[str, int] = Field(default_factory=dict)
    sets: dict[str, Recorded] = Field(default_factory=dict)
    newest_position_at: datetime | None = None

    @property
    def passed(self) -> bool:
        """Whether every check passed; a database that nothing was asked of has not."""
        return bool(self.findings) and all(finding.passed for finding in self.findings)

    @property
    def summary(self) -> str:
        """What failed, or that nothing did, in one line."""
        if not self.findings:
            return "nothing was asked"
        failed = [f"{finding.name}: {finding.detail}" for finding in self.findings if not finding.passed]
        return "; ".join(failed) if failed else f"{len(self.findings)} checks passed"
