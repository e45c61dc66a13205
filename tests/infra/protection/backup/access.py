"""Whether documents of IAM let somebody do something, judged as IAM judges these documents.

Only what they use: `*` and `?` in resources and actions, and the operators of `_OPERATORS`. A condition whose
key is not among the facts does not hold, but for operators that negate, which hold then.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

Facts = Mapping[str, str]

_OPERATORS: Final[dict[str, Callable[[str, list[str]], bool]]] = {
    "StringEquals": lambda value, wanted: value in wanted,
    "Bool": lambda value, wanted: value in wanted,
    "ArnEquals": lambda value, wanted: any(fnmatchcase(value, each) for each in wanted),
    "StringLike": lambda value, wanted: any(fnmatchcase(value, each) for each in wanted),
    "ArnNotEquals": lambda value, wanted: not any(fnmatchcase(value, each) for each in wanted),
    "ForAnyValue:StringEquals": lambda value, wanted: value in wanted,
}


def allows(document: str, action: str, resource: str = "*", facts: Facts | None = None) -> bool:
    """Whether an identity's document allows an action on a resource; one without resources is on `*`."""
    return _decided(document, action, resource, facts or {}) == {"Allow"}


def denies(document: str, action: str, resource: str, facts: Facts) -> bool:
    """Whether a resource's document denies everyone an action on it, under these facts."""
    return "Deny" in _decided(document, action, resource, facts)


def trusts(document: str, principal: Mapping[str, str], facts: Facts) -> bool:
    """Whether a role's trust lets a principal assume it: `{"Service": …}`, or `{"AWS": …}`."""
    return any(
        statement["Effect"] == "Allow"
        and statement["Action"] == "sts:AssumeRole"
        and any(value in listed(statement["Principal"].get(kind, [])) for kind, value in principal.items())
        and _holds(statement, facts)
        for statement in json.loads(document)["Statement"]
    )


def listed(value: str | list[str]) -> list[str]:
    """Give a value of a document as a list."""
    return [value] if isinstance(value, str) else value


def _decided(document: str, action: str, resource: str, facts: Facts) -> set[str]:
    return {
        statement["Effect"]
        for statement in json.loads(document)["Statement"]
        if any(fnmatchcase(action, each) for each in listed(statement["Action"]))
        and any(fnmatchcase(resource, each) for each in listed(statement["Resource"]))
        and _holds(statement, facts)
    }


def _holds(statement: dict[str, Any], facts: Facts) -> bool:
    return all(
        _OPERATORS[operator](facts[key], listed(wanted)) if key in facts else "Not" in operator
        for operator, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    )
