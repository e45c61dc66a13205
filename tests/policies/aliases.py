"""Which type tokens are the same thing, read from the installed provider SDKs.

The SDK's classes declare their older names as `pulumi.Alias(type_=…)`. A rule that knows only one name lets
the same thing pass under another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pulumi_aws
import pulumi_kubernetes

from policies.aws.tokens import ONE_THING

_ALIAS: Final = re.compile(r'pulumi\.Alias\(type_="([^"]+)"\)')
_TOKEN: Final = re.compile(r"__init__\(\s*['\"]((?:aws|kubernetes):[^'\"]+)['\"]")


@cache
def alias_groups() -> tuple[frozenset[str], ...]:
    """Give the groups of tokens that are one thing."""
    groups: list[set[str]] = [set(group) for group in ONE_THING]
    for module in (pulumi_aws, pulumi_kubernetes):
        groups += _declared(Path(str(module.__file__)).parent)
    merged: list[set[str]] = []
    for group in groups:
        touching = [other for other in merged if other & group]
        merged = [other for other in merged if not other & group]
        merged.append(group.union(*touching))
    return tuple(frozenset(group) for group in merged)


def _declared(root: Path) -> Iterator[set[str]]:
    for path in root.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "pulumi.Alias(type_=" not in text:
            continue
        tokens = set(_TOKEN.findall(text))
        if len(tokens) == 1:
            yield tokens | set(_ALIAS.findall(text))


def aliases_of(token: str) -> frozenset[str]:
    """Give every token of the same thing, itself included."""
    return next((group for group in alias_groups() if token in group), frozenset({token}))
