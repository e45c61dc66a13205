"""IAM documents as typed statements: parsed once, whatever spelling the writer chose.

IAM takes a single text or a list, one statement or many, compares actions and condition keys without regard
to case, and lets `*` and `?` stand in any part of an action. All of that is settled here, so that a rule asks
what a statement does and not how it is written. Reference: IAM user guide, "Grammar of the IAM JSON policy
language".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from policies.aws.document_places import PLACES, Place, Use
from policies.framework import NotJudged, ResourceView

ELEMENTS: Final = frozenset(
    [
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ]
)
"""The elements of a statement."""

_CACHED: Final = 8192


@dataclass(frozen=True, slots=True)
class Principal:
    """One principal: `AWS`, `Service`, `Federated` or `CanonicalUser`, and who it is. Everyone is `*`."""

    type: str
    name: str

    @property
    def everyone(self) -> bool:
        """Whether it is the whole world."""
        return self.type in {"*", "AWS"} and self.name == "*"

    @property
    def account(self) -> str | None:
        """The account that a principal of type `AWS` belongs to; None when nobody can tell."""
        if self.type != "AWS":
            return None
        if self.name.isdigit():
            return self.name
        parts = self.name.split(":")
        return parts[4] if len(parts) > 5 and parts[4] else None  # noqa: PLR2004  (arn:partition:iam::account:…)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: operator and key in lower case, values as they are.

    `qualifier` is `forallvalues` or `foranyvalue` where the operator has one, `if_exists` whether the
    condition holds when the key is missing.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    qualifier: str = ""
    if_exists: bool = False

    @property
    def exact(self) -> bool:
        """Whether it compares without wildcards and fails when the key is missing."""
        return (
            self.operator in {"stringequals", "arnequals", "arnlike"}
            and not self.if_exists
            and self.qualifier != "forallvalues"
            and (self.operator == "stringequals" or not any(set("*?") & set(value) for value in self.values))
        )

    @property
    def narrows(self) -> bool:
        """Whether it admits only what matches one of its values, and something must match.

        A value of stars alone admits everything; `ForAllValues` and `IfExists` hold when the key is missing.
        """
        return (
            self.operator.startswith(("stringequals", "stringlike", "arnequals", "arnlike", "ipaddress"))
            and not self.if_exists
            and self.qualifier != "forallvalues"
            and bool(self.values)
            and not any(value.strip("*:") in {"", "arn:aws"} for value in self.values)
        )


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. Actions in lower case; an absent element is an empty tuple."""

    sid: str
    effect: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    principals: tuple[Principal, ...]
    not_principals: tuple[Principal, ...]
    conditions: tuple[Condition, ...]
    mistakes: tuple[str, ...] = ()

    @property
    def allows(self) -> bool:
        """Whether it grants something."""
        return self.effect == "Allow"

    @property
    def denies(self) -> bool:
        """Whether it forbids something."""
        return self.effect == "Deny"

    @property
    def admits_everyone(self) -> bool:
        """Whether its principals are the whole world; `NotPrincipal` means everyone else."""
        return bool(self.not_principals) or any(principal.everyone for principal in self.principals)

    @property
    def any_resource(self) -> bool:
        """Whether it names no resource: only stars, or everything but some."""
        return bool(self.not_resources) or any(names_nothing(resource) for resource in self.resources)

    def condition(self, *keys: str) -> tuple[Condition, ...]:
        """Give the conditions on one of these keys; a key that ends in `/` stands for all that begin so."""
        wanted = [key.lower() for key in keys]
        return tuple(
            condition
            for condition in self.conditions
            if any(
                condition.key.startswith(key) if key.endswith(("/", ":")) else condition.key == key
                for key in wanted
            )
        )

    def narrowed_by(self, *keys: str) -> bool:
        """Whether a condition on one of these keys narrows it."""
        return any(condition.narrows for condition in self.condition(*keys))

    @property
    def label(self) -> str:
        """How the statement is named in a message."""
        return f"statement {self.sid}"


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document: where it lies and what it says."""

    place: Place
    at: str
    statements: tuple[Statement, ...]
    version: str | None

    @property
    def allowing(self) -> tuple[Statement, ...]:
        """The statements that grant."""
        return tuple(statement for statement in self.statements if statement.allows)


def names_nothing(resource: str) -> bool:
    """Whether a resource is a star, or an ARN in which everything after the service is left open."""
    if not resource.strip("*"):
        return True
    parts = resource.split(":", 5)
    return len(parts) == 6 and not parts[5].strip("*/")  # noqa: PLR2004  (the six parts of an ARN)


def documents(resource: ResourceView, *uses: Use) -> Iterator[Document]:
    """Give the documents of a resource, of these uses or of all. Raises NotJudged for one that is unknown."""
    for place in PLACES.get(resource.type, ()):
        if uses and place.use not in uses:
            continue
        for path in _paths(resource, place.path):
            if resource.has(path):
                yield _read(resource, path, place)


def _paths(resource: ResourceView, path: str) -> Iterator[str]:
    before, many, after = path.partition("[].")
    if not many:
        yield path
        return
    for block in resource.blocks(before):
        yield f"{block.at}.{after}"


def _read(resource: ResourceView, path: str, place: Place) -> Document:
    value = resource.get(path)
    try:
        text = value if isinstance(value, str) else json.dumps(value)
        version, statements = parse(text)
    except ValueError:
        raise NotJudged(f"{path} is not a JSON document with statements", resource) from None
    return Document(place, path, statements, version)


@lru_cache(maxsize=_CACHED)
def parse(text: str) -> tuple[str | None, tuple[Statement, ...]]:
    """Give version and statements of a document. Raises ValueError when it is none."""
    document = json.loads(text)
    if not isinstance(document, Mapping):
        raise ValueError("a document is an object")
    elements = {str(key).lower(): value for key, value in document.items()}
    statements = elements.get("statement")
    if statements is None:
        raise ValueError("a document has statements")
    listed = statements if isinstance(statements, list) else [statements]
    if not all(isinstance(entry, Mapping) for entry in listed):
        raise ValueError("a statement is an object")
    version = elements.get("version")
    return (
        None if version is None else str(version),
        tuple(_statement(entry, at) for at, entry in enumerate(listed)),
    )


def _statement(entry: Mapping[str, Any], at: int) -> Statement:
    elements = {str(key).lower(): value for key, value in entry.items()}
    return Statement(
        sid=str(elements.get("sid") or f"number {at + 1}"),
        effect=str(elements.get("effect", "")).capitalize(),
        actions=tuple(text.lower() for text in _texts(elements.get("action"))),
        not_actions=tuple(text.lower() for text in _texts(elements.get("notaction"))),
        resources=_texts(elements.get("resource")),
        not_resources=_texts(elements.get("notresource")),
        principals=_principals(elements.get("principal")),
        not_principals=_principals(elements.get("notprincipal")),
        conditions=_conditions(elements.get("condition")),
        mistakes=tuple(_mistakes(entry)),
    )


def _mistakes(entry: Mapping[str, Any]) -> Iterator[str]:
    unknown = sorted(set(map(str, entry)) - ELEMENTS)
    if unknown:
        yield f"{', '.join(unknown)} is no element of a statement"
    if entry.get("Effect") not in {"Allow", "Deny"}:
        yield "Effect is neither Allow nor Deny"
    elements = {str(key).lower() for key in entry}
    if len(elements & {"action", "notaction"}) != 1:
        yield "it needs one of Action and NotAction"
    for pair in (("resource", "notresource"), ("principal", "notprincipal")):
        if elements.issuperset(pair):
            yield f"it has both {pair[0]} and {pair[1]}"


def _texts(value: Any) -> tuple[str, ...]:  # noqa: ANN401  (a JSON value)
    if value is None:
        return ()
    return tuple(_text(entry) for entry in (value if isinstance(value, list) else [value]))


def _text(value: Any) -> str:  # noqa: ANN401  (a JSON value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _principals(value: Any) -> tuple[Principal, ...]:  # noqa: ANN401  (a JSON value)
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        return tuple(Principal("*", text) for text in _texts(value))
    return tuple(Principal(str(kind), name) for kind, names in value.items() for name in _texts(names))


def _conditions(value: Any) -> tuple[Condition, ...]:  # noqa: ANN401  (a JSON value)
    if not isinstance(value, Mapping):
        return ()
    conditions = []
    for written, keys in value.items():
        qualifier, colon, operator = str(written).lower().rpartition(":")
        if_exists = operator.endswith("ifexists")
        for key, values in keys.items() if isinstance(keys, Mapping) else ():
            conditions.append(
                Condition(
                    operator=operator.removesuffix("ifexists"),
                    key=str(key).lower(),
                    values=_texts(values),
                    qualifier=qualifier if colon else "",
                    if_exists=if_exists,
                )
            )
    return tuple(conditions)


def permission_statement(permission: ResourceView) -> Statement:
    """Give a `lambda.Permission` as the statement that Lambda makes of it. Raises NotJudged when unknown."""
    principal = permission.text("principal")
    kind = "Service" if principal.endswith(".amazonaws.com") else "AWS"
    conditions = [
        Condition("stringequals" if key == "aws:sourceaccount" else "arnlike", key, ("known later",))
        if permission.is_unknown(path)
        else Condition(
            "stringequals" if key == "aws:sourceaccount" else "arnlike", key, (permission.text(path),)
        )
        for path, key in (
            ("sourceAccount", "aws:sourceaccount"),
            ("sourceArn", "aws:sourcearn"),
            ("principalOrgId", "aws:principalorgid"),
        )
        if permission.has(path)
    ]
    return Statement(
        sid=permission.name,
        effect="Allow",
        actions=(permission.text("action").lower(),),
        not_actions=(),
        resources=("this function",),
        not_resources=(),
        principals=(Principal("*" if principal == "*" else kind, principal),),
        not_principals=(),
        conditions=tuple(conditions),
    )
