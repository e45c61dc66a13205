"""No judged thing can pass under another name."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pulumi_aws
import pulumi_kubernetes
import pytest

from policies.framework.pack import load_pack, pack_directories
from tests.policies.aliases import alias_groups, aliases_of

_TOKEN = re.compile(r"['\"]((?:aws|kubernetes):[^'\"\s]+:[A-Z]\w*)['\"]")
RULES = [rule for directory in pack_directories() for rule in load_pack(directory).rules]


@cache
def sdk_tokens() -> frozenset[str]:
    """Give every type token that the installed SDKs declare, as a class or as an alias."""
    tokens: set[str] = {token for group in alias_groups() for token in group}
    for module in (pulumi_aws, pulumi_kubernetes):
        for path in Path(str(module.__file__)).parent.rglob("*.py"):
            tokens.update(_TOKEN.findall(path.read_text(encoding="utf-8")))
    return frozenset(tokens)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_alias_of_a_subject_is_judged(rule) -> None:  # noqa: ANN001  (parametrized)
    missing = {alias for token in rule.subjects for alias in aliases_of(token)} - set(rule.subjects)
    assert missing == set()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_subject_exists(rule) -> None:  # noqa: ANN001  (parametrized)
    """A misspelt token would match nothing. Custom resources of Kubernetes are in no SDK."""
    unknown = {token for token in rule.subjects if token.startswith("aws:") and token not in sdk_tokens()}
    assert unknown == set()
    kinds = {token.rsplit(":", 1)[-1] for token in sdk_tokens() if token.startswith("kubernetes:")}
    groups = {token.split(":")[1] for token in sdk_tokens() if token.startswith("kubernetes:")}
    for token in rule.subjects:
        package, group, kind = token.split(":", 2)
        if package == "kubernetes" and group in groups:
            assert kind.removesuffix("Patch").removesuffix("List") in kinds, token
