"""What a judgement says: findings, worst first, and whether the stack may pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from policies.framework.exemptions import Exemption
from policies.framework.rules import Level, Rule, Severity
from policies.framework.wording import Status

_STATUSES: Final[tuple[Status, ...]] = ("error", "violation", "not judged", "exempted")
_SEVERITIES: Final = tuple(Severity)
_LEVELS: Final = (Level.MANDATORY, Level.REMEDIATE, Level.ADVISORY, Level.DISABLED)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or that could not be judged, at one place of the stack."""

    rule: str
    pack: str
    level: Level
    """The level the rule has in this stack; an exempted finding keeps it, and does not count."""
    severity: Severity
    urn: str | None
    """None when the finding is about the stack as a whole."""
    resource_name: str
    resource_type: str
    message: str
    remedy: str
    status: Status
    aspect: str | None = None
    exemption: Exemption | None = None

    @property
    def blocks(self) -> bool:
        """Whether this finding alone keeps the stack from passing."""
        if self.status == "exempted":
            return False
        return self.status == "error" or self.level in {Level.MANDATORY, Level.REMEDIATE}

    @property
    def order(self) -> tuple[Any, ...]:
        """Sort key: what blocks first, then by severity; stable to the last letter."""
        return (
            not self.blocks,
            self.status == "exempted",
            _LEVELS.index(self.level),
            _SEVERITIES.index(self.severity),
            _STATUSES.index(self.status),
            self.rule,
            self.urn or "",
            self.message,
        )

    def to_json(self) -> dict[str, Any]:
        """Give the finding as a plain object."""
        exemption = self.exemption
        return {
            "rule": self.rule,
            "pack": self.pack,
            "level": self.level.value,
            "severity": self.severity.value,
            "status": self.status,
            "urn": self.urn,
            "name": self.resource_name,
            "type": self.resource_type,
            "message": self.message,
            "remedy": self.remedy,
            "aspect": self.aspect,
            "exemption": None
            if exemption is None
            else {
                "owner": exemption.owner,
                "reason": exemption.reason,
                "expires": exemption.expires.isoformat(),
            },
        }


@dataclass(frozen=True)
class Judgement:
    """Everything the packs say about one stack."""

    stack: str
    environment: str
    findings: tuple[Finding, ...]
    """Worst first."""
    exemption_problems: tuple[str, ...]
    warnings: tuple[str, ...]
    rules: Mapping[str, Rule]
    """Every rule of every pack, by id."""
    levels: Mapping[str, Level]
    """The level each rule has in this stack, by rule id."""
    judged: int
    """How many resources were shown to the packs."""
    remediations: tuple[str, ...] = field(default=())
    """`<rule>: <urn>` for each resource that a rule mended before it was judged."""

    @property
    def passed(self) -> bool:
        """Whether the stack may be deployed: nothing blocks and every exemption is in order."""
        return not self.exemption_problems and not any(finding.blocks for finding in self.findings)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many findings of each status, and `blocking` for those that keep the stack from passing."""
        counted = Counter(finding.status for finding in self.findings)
        return {
            "blocking": sum(finding.blocks for finding in self.findings),
            **{status: counted[status] for status in _STATUSES},
            "advisory": sum(
                finding.level is Level.ADVISORY and finding.status == "violation" for finding in self.findings
            ),
        }

    def to_json(self) -> dict[str, Any]:
        """Give the judgement as a plain object."""
        return {
            "stack": self.stack,
            "environment": self.environment,
            "passed": self.passed,
            "judged": self.judged,
            "rules": len(self.rules),
            "counts": dict(self.counts),
            "exemptionProblems": list(self.exemption_problems),
            "warnings": list(self.warnings),
            "remediations": list(self.remediations),
            "findings": [finding.to_json() for finding in self.findings],
        }
