"""A rule: data about what must hold, and one pure function that finds where it does not.

Three kinds, by what the function looks at:

| decorator | function | for |
|---|---|---|
| `resource_rule` | `(resource)` | one resource is enough; blocks a single resource in `pulumi up` |
| `joined_rule` | `(resource, graph)` | each resource with what belongs to it: settings, policies, groups |
| `stack_rule` | `(graph)` | the stack as a whole |

A function yields findings: a text for the resource at hand, or `Finding`s. Yielding nothing means it holds.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from policies.framework.environments import ENVIRONMENTS
from policies.framework.resources import ResourceView


class Level(Enum):
    """What a violation does: stop the deployment, be shown, be mended by the rule, or nothing."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"
    REMEDIATE = "remediate"
    DISABLED = "disabled"


class Severity(Enum):
    """How bad a violation is, whatever the level: the order of findings."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Kind(Enum):
    """What a rule looks at."""

    RESOURCE = "resource"
    JOINED = "joined"
    STACK = "stack"


@dataclass(frozen=True, slots=True)
class Controls:
    """Where else the same demand is written.

    `security_hub` are AWS Security Hub control ids, `checkov` ids of checkov's registry, `requirements`
    rows of docs/requirements.yaml, `dpdpa` sections of the Digital Personal Data Protection Act 2023.
    """

    security_hub: tuple[str, ...] = ()
    checkov: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    dpdpa: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at one place. The framework adds the resource's name and the remedy.

    `aspect` names this kind of finding among several of one rule, so that an exemption can accept it alone.
    """

    message: str
    resource: ResourceView | None = None
    aspect: str | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """A number, text or list that a pack's configuration may change for a rule.

    `environments` gives the default of those environments where it is another than `default`.
    """

    default: Any
    description: str
    environments: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a default for an environment that does not exist."""
        if unknown := sorted(set(self.environments) - set(ENVIRONMENTS)):
            raise ValueError(f"a setting names {', '.join(unknown)}, which is no environment")

    def value_in(self, environment: str) -> Any:  # noqa: ANN401  (any JSON value)
        """Give the default of an environment."""
        return self.environments.get(environment, self.default)


Findings = Iterable[Finding | str]
Levels = Mapping[str, Level]
Settings = Mapping[str, Any]
Check = Callable[..., Findings]
Remediation = Callable[[ResourceView], Mapping[str, Any] | None]


def everywhere(level: Level = Level.MANDATORY) -> Levels:
    """Give the same level in every environment."""
    return dict.fromkeys(ENVIRONMENTS, level)


def mandatory_in(*environments: str, otherwise: Level = Level.ADVISORY) -> Levels:
    """Give mandatory in these environments and another level in the rest."""
    return {name: Level.MANDATORY if name in environments else otherwise for name in ENVIRONMENTS}


def advisory_in(*environments: str, otherwise: Level = Level.DISABLED) -> Levels:
    """Give advisory in these environments and another level in the rest."""
    return {name: Level.ADVISORY if name in environments else otherwise for name in ENVIRONMENTS}


@dataclass(frozen=True)
class Rule:
    """One rule of a pack. `subjects` are all type tokens its subject goes by."""

    id: str
    kind: Kind
    check: Check
    subjects: tuple[str, ...]
    severity: Severity
    levels: Levels
    controls: Controls
    remedy: str
    exemptible: bool = True
    by_reference: bool = False
    """A resource rule that follows links: where it must, it is judged again with the whole stack."""
    settings: Mapping[str, Setting] = field(default_factory=dict)
    remediate: Remediation | None = None

    @property
    def description(self) -> str:
        """The docstring of the function."""
        return inspect.getdoc(self.check) or ""

    @property
    def title(self) -> str:
        """What must hold, in one sentence: the docstring's first line."""
        return self.description.split("\n", 1)[0]

    @property
    def module(self) -> str:
        """The module that declares the rule."""
        return self.check.__module__

    def settings_in(self, environment: str) -> dict[str, Any]:
        """Give the defaults of the settings in an environment, by name."""
        return {name: setting.value_in(environment) for name, setting in self.settings.items()}

    def __post_init__(self) -> None:
        """Refuse a rule that could never match or says too little."""
        problems = [
            text
            for wrong, text in (
                (not self.subjects, "it names no type token, so it would match nothing"),
                (len(set(self.subjects)) != len(self.subjects), "it names a type token twice"),
                (
                    set(self.levels) != set(ENVIRONMENTS),
                    f"its levels must name exactly {', '.join(ENVIRONMENTS)}",
                ),
                (not self.title, "its function has no docstring"),
                (not self.remedy, "it says no remedy"),
                (
                    self.by_reference and self.kind is not Kind.RESOURCE,
                    "by_reference is for resource rules only",
                ),
                (
                    self.remediate is not None and self.kind is not Kind.RESOURCE,
                    "only resource rules can mend",
                ),
            )
            if wrong
        ]
        if problems:
            raise ValueError(f"rule {self.id}: " + "; ".join(problems))


_ARGUMENTS: Final = {Kind.RESOURCE: 1, Kind.JOINED: 2, Kind.STACK: 1}


def _declare(kind: Kind) -> Callable[..., Callable[[Check], Rule]]:
    def decorator(
        rule_id: str,
        *,
        subjects: tuple[str, ...],
        severity: Severity,
        levels: Levels,
        controls: Controls,
        remedy: str,
        exemptible: bool = True,
        by_reference: bool = False,
        settings: Mapping[str, Setting] | None = None,
        remediate: Remediation | None = None,
    ) -> Callable[[Check], Rule]:
        def declare(check: Check) -> Rule:
            wanted = _ARGUMENTS[kind] + bool(settings)
            if len(inspect.signature(check).parameters) != wanted:
                raise ValueError(f"rule {rule_id}: a {kind.value} rule's function takes {wanted} arguments")
            return Rule(
                rule_id,
                kind,
                check,
                subjects,
                severity,
                levels,
                controls,
                remedy,
                exemptible,
                by_reference,
                settings or {},
                remediate,
            )

        return declare

    return decorator


resource_rule = _declare(Kind.RESOURCE)
joined_rule = _declare(Kind.JOINED)
stack_rule = _declare(Kind.STACK)
