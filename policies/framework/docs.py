"""`docs/policies.md`, written from the rules' metadata: `python -m policies.framework.docs`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import yaml

from policies.framework.environments import ENVIRONMENTS
from policies.framework.levels import read_awaited
from policies.framework.pack import POLICIES, REPOSITORY, Pack, load_packs
from policies.framework.rules import Controls, Kind, Level, Rule

PAGE: Final = REPOSITORY / "docs" / "policies.md"

_LETTERS: Final = {Level.MANDATORY: "M", Level.ADVISORY: "a", Level.REMEDIATE: "R", Level.DISABLED: "-"}
_KINDS: Final = {Kind.RESOURCE: "resource", Kind.JOINED: "joined", Kind.STACK: "stack"}
_FRAMEWORKS: Final[Mapping[str, Callable[[Controls], tuple[str, ...]]]] = {
    "AWS Security Hub": lambda controls: controls.security_hub,
    "checkov": lambda controls: controls.checkov,
    "Requirements (docs/requirements.yaml)": lambda controls: controls.requirements,
    "Digital Personal Data Protection Act 2023": lambda controls: tuple(
        f"section {section}" for section in controls.dpdpa
    ),
}

_INTRODUCTION: Final = """\
# Policies

<!-- Written by `python -m policies.framework.docs` from the rules themselves. Do not edit. -->

A policy pack judges what the program declares, before anything is deployed: in `make preview`, in the
pipeline, and in `pulumi up`. {count} rules in {packs} packs.

- **Levels** per environment, in the order {environments}: `M` mandatory (stops), `a` advisory (is shown),
  `R` remediated (the rule mends it), `-` off. What counts in a run is `policies/levels/<environment>.json`,
  given to the engine with `--policy-pack-config`; `python -m policies.framework.levels` writes it anew.
- **Fail closed.** A rule that needs a value nobody knows yet says *not judged*; for a mandatory rule that is
  a failure, in the preview and in the engine. Rules follow references first, which are known in a first
  preview even when ids are not. A rule that raises is an error and fails at any level.
- **Exemptions** are lines of `policies/exemptions.yaml`. Rules marked ‡ can never be exempted.
- **Waiting.** A rule marked ◦ demands something that the estate does not declare yet. The levels shown are
  the ones it is meant to have; until its line in `policies/levels/awaited.yaml` is taken out it is advisory.
- **Kinds**: `resource` judges one resource and stops it in `pulumi up`; `joined` judges a resource with what
  belongs to it, `stack` the whole stack. The last two run at the end of a preview.
"""

_ADDING: Final = """\
## Add a rule

1. Pick the pack and the file of the subject, `policies/<pack>/<subject>.py`; a new file is one name more in
   `subjects` of the pack's `__init__.py`.
2. Take the subject's type tokens from `policies/aws/tokens.py` or `policies/k8s/tokens.py`: all of them.
3. Write the function under `@resource_rule`, `@joined_rule` or `@stack_rule`; name it after the id
   (`enc-rds-storage` → `rds_storage`), and let the first line of its docstring say what must hold.
4. Yield what is wrong, nothing else: the framework adds resource and remedy. Read values with `has`, `flag`,
   `text`, `number`, `blocks`; follow references with `link(path).targets(…)` and `graph.attached(…)`.
5. Add a row to the table of the pack in `tests/policies/<pack>/cases.py`: compliant, violating, unknown.
6. `python -m policies.framework.levels && python -m policies.framework.docs`, then `make test`.
"""


def page(packs: Iterable[Pack]) -> str:
    """Give the whole page."""
    packs = tuple(packs)
    rules = [rule for pack in packs for rule in pack.rules]
    awaited = read_awaited(POLICIES)
    parts = [
        _INTRODUCTION.format(count=len(rules), packs=len(packs), environments=", ".join(ENVIRONMENTS)),
        *(_pack(pack, awaited) for pack in packs),
        _waiting(awaited),
        _settings(rules),
        *(_coverage(name, select, rules) for name, select in _FRAMEWORKS.items()),
        _not_copied(POLICIES / "not_copied.yaml"),
        _checkov(POLICIES / "checkov.yaml"),
        _ADDING,
    ]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    yield from ("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)


def _pack(pack: Pack, awaited: Mapping[str, str]) -> str:
    rows = [
        (
            f"`{rule.id}`{'' if rule.exemptible else ' ‡'}{' ◦' if rule.id in awaited else ''}",
            rule.title,
            _levels(rule),
            rule.severity.value,
            _KINDS[rule.kind],
            ", ".join((*rule.controls.security_hub, *rule.controls.checkov)) or "none",
            ", ".join(rule.controls.requirements) or "none",
            rule.remedy,
        )
        for rule in sorted(pack.rules, key=lambda rule: rule.id)
    ]
    head = (
        "rule",
        "must hold",
        "levels",
        "severity",
        "kind",
        "Security Hub, checkov",
        "requirements",
        "mend",
    )
    return "\n".join(
        [f"## {pack.name.capitalize()}", "", str(pack.project["description"]), "", *_table(head, rows), ""]
    )


def _levels(rule: Rule) -> str:
    return " ".join(_LETTERS[rule.levels[environment]] for environment in ENVIRONMENTS)


def _waiting(awaited: Mapping[str, str]) -> str:
    rows = [(f"`{rule}`", what) for rule, what in sorted(awaited.items())]
    return "\n".join(["## Rules that wait", "", *_table(("rule", "until this is declared"), rows), ""])


def _settings(rules: list[Rule]) -> str:
    rows = [
        (
            f"`{rule.id}`",
            f"`{name}`: {setting.description}",
            *(_value(setting.value_in(environment)) for environment in ENVIRONMENTS),
        )
        for rule in sorted(rules, key=lambda rule: rule.id)
        for name, setting in rule.settings.items()
    ]
    return "\n".join(
        [
            "## Settings",
            "",
            "Values that a levels file may change without an edit of the rule.",
            "",
            *_table(("rule", "setting", *ENVIRONMENTS), rows),
            "",
        ]
    )


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)


def _coverage(name: str, select: Callable[[Controls], tuple[str, ...]], rules: list[Rule]) -> str:
    covered: dict[str, list[str]] = {}
    for rule in rules:
        for control in select(rule.controls):
            covered.setdefault(control, []).append(f"`{rule.id}`")
    rows = [(control, ", ".join(sorted(ids))) for control, ids in sorted(covered.items(), key=_natural)]
    return "\n".join([f"## Coverage: {name}", "", *_table((f"{len(rows)} controls", "rules"), rows), ""])


def _natural(entry: tuple[str, list[str]]) -> tuple[str, int, str]:
    """Sort `RDS.2` before `RDS.13` and `CKV_AWS_5` before `CKV_AWS_16`."""
    name = entry[0]
    digits = len(name) - len(name.rstrip("0123456789"))
    return (name[:-digits], int(name[-digits:]), name) if digits else (name, 0, name)


def _not_copied(path: Path) -> str:
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    rows = [(str(entry["rule"]), str(entry["why"])) for entry in entries]
    return "\n".join(
        ["## Known rules that must not be copied literally", "", *_table(("rule", "why not here"), rows), ""]
    )


def _checkov(path: Path) -> str:
    rows = [
        (str(entry["check"]), ", ".join(f"`{name}`" for name in entry["workloads"]), str(entry["why"]))
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]
    return "\n".join(
        [
            "## checkov on the Kubernetes objects",
            "",
            "`make checkov` gives every object of every stack to checkov; all of its checks hold but these.",
            "",
            *_table(("check", "workloads", "why not"), rows),
            "",
        ]
    )


def main() -> None:
    """Write the page."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(load_packs()), encoding="utf-8")


if __name__ == "__main__":
    main()
