"""Whether a key policy lets a principal do something, judged as IAM judges it for these policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from preview.graph import ResourceGraph

KEY: Final = "aws:kms/key:Key"
Statement = Mapping[str, Any]


def statements(graph: ResourceGraph, purpose: str) -> list[Statement]:
    """The statements of one key's policy."""
    (key,) = [key for key in graph.of_type(KEY) if key.name == purpose]
    return json.loads(key.inputs["policy"])["Statement"]


def may(policy: list[Statement], principal: str, action: str, **context: str) -> bool:
    """Whether the policy allows an action; `context` holds condition keys with `_` for `:`.

    The account root stands for every caller of the account whose IAM policies allow the action too.
    """
    facts = {key.replace("_", ":"): value for key, value in context.items()}
    matching = [
        statement
        for statement in policy
        if _is_about(statement, principal)
        and any(fnmatchcase(action, pattern) for pattern in _list(statement["Action"]))
        and _holds(statement.get("Condition", {}), facts)
    ]
    return bool(matching) and all(statement["Effect"] == "Allow" for statement in matching)


def via_services(policy: list[Statement]) -> set[str]:
    """The services through which callers of the account may use the key."""
    return {
        service.split(".")[0]
        for statement in policy
        for service in _list(statement.get("Condition", {}).get("StringEquals", {}).get("kms:ViaService", []))
    }


def _is_about(statement: Statement, principal: str) -> bool:
    principals = statement["Principal"]
    return principals == "*" or any(principal in _list(names) for names in principals.values())


def _holds(conditions: Mapping[str, Mapping[str, Any]], facts: Mapping[str, str]) -> bool:
    for operator, keys in conditions.items():
        for key, expected in keys.items():
            if key not in facts:
                return False
            value = facts[key]
            if operator == "ArnLike":
                held = any(fnmatchcase(value, pattern) for pattern in _list(expected))
            elif operator in {"StringEquals", "Bool"}:
                held = value in _list(expected)
            else:
                raise NotImplementedError(operator)
            if not held:
                return False
    return True


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
