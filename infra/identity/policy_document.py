"""IAM, key, bucket, queue and trust documents from small typed statements, rendered in one place.

Reference: IAM JSON policy element reference. Statements take plain texts wherever a name is known
beforehand, so that a preview shows, and policies judge, the whole document.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pulumi

POLICY_VERSION: Final = "2012-10-17"

PrincipalType = Literal["AWS", "Service", "Federated"]
Texts = Sequence[pulumi.Input[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who a statement is about: accounts and roles, AWS services, or an identity provider."""

    type: PrincipalType
    identifiers: Texts

    @classmethod
    def service(cls, *names: str) -> Principal:
        """AWS services, such as `eks.amazonaws.com`."""
        return cls(type="Service", identifiers=names)

    @classmethod
    def aws(cls, *arns: pulumi.Input[str]) -> Principal:
        """Accounts, roles or users by ARN."""
        return cls(type="AWS", identifiers=arns)

    @classmethod
    def federated(cls, provider_arn: pulumi.Input[str]) -> Principal:
        """An OIDC identity provider."""
        return cls(type="Federated", identifiers=(provider_arn,))


ANYONE: Final = Principal(type="AWS", identifiers=("*",))
"""Everyone, for Deny statements only: `Statement` refuses it in an Allow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition: operator, key and the values it compares with."""

    operator: str
    key: pulumi.Input[str]
    values: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement.

    Raises ValueError for an Allow to everyone, an Allow of every action, and two conditions with the same
    operator and key, of which a JSON object could hold only the last.
    """

    sid: str
    actions: Sequence[str]
    effect: Literal["Allow", "Deny"] = "Allow"
    resources: Texts = ()
    principals: Sequence[Principal] = ()
    conditions: Sequence[Condition] = field(default=())
    endpoint: bool = False
    """Part of a VPC endpoint policy, which grants nothing by itself but narrows what may pass: there
    `ANYONE` is whoever calls from inside the VPC, and may be allowed."""

    def __post_init__(self) -> None:
        if not self.sid.isalnum():
            raise ValueError(f"statement id {self.sid!r} may hold letters and digits only")
        if self.effect == "Allow" and not self.endpoint and any(_is_anyone(who) for who in self.principals):
            raise ValueError(f"statement {self.sid} allows everyone; name the principals")
        if self.effect == "Allow" and not {"*", "*:*"}.isdisjoint(self.actions):
            raise ValueError(f"statement {self.sid} allows every action; name the actions")
        if repeated := _repeated_condition(self.conditions):
            raise ValueError(f"statement {self.sid} has two conditions {repeated}; give one all values")

    def render(self) -> dict[str, Any]:
        """Give the statement as the object of the JSON document, keys in the order of the reference."""
        rendered: dict[str, Any] = {"Sid": self.sid, "Effect": self.effect}
        if self.principals:
            principals: dict[str, list[pulumi.Input[str]]] = {}
            for principal in self.principals:
                principals.setdefault(principal.type, []).extend(principal.identifiers)
            rendered["Principal"] = (
                "*"
                if tuple(self.principals) == (ANYONE,)
                else {kind: _one_or_list(names) for kind, names in principals.items()}
            )
        rendered["Action"] = _one_or_list(list(self.actions))
        if self.resources:
            rendered["Resource"] = _one_or_list(list(self.resources))
        if self.conditions:
            operators: dict[str, list[Condition]] = {}
            for condition in self.conditions:
                operators.setdefault(condition.operator, []).append(condition)
            rendered["Condition"] = {
                operator: _condition_keys(conditions) for operator, conditions in operators.items()
            }
        return rendered


def policy_document(*statements: Statement) -> pulumi.Input[str]:
    """Render statements as a JSON document.

    A plain text when every part is one, so that it is known in a preview; an Output otherwise.
    Raises ValueError when two statements share an id.
    """
    ids = [statement.sid for statement in statements]
    if len(set(ids)) != len(ids):
        raise ValueError(f"statement ids repeat: {', '.join(ids)}")
    document: Mapping[str, Any] = {
        "Version": POLICY_VERSION,
        "Statement": [statement.render() for statement in statements],
    }
    if _is_plain(document):
        return json.dumps(document)
    return pulumi.Output.json_dumps(document)


def assume_role_by_service(service: str, *, account_id: str) -> pulumi.Input[str]:
    """Trust an AWS service, on behalf of this account only (confused-deputy guard)."""
    return policy_document(
        Statement(
            sid="AssumeByService",
            actions=("sts:AssumeRole",),
            principals=(Principal.service(service),),
            conditions=(Condition(operator="StringEquals", key="aws:SourceAccount", values=(account_id,)),),
        )
    )


def _is_anyone(principal: Principal) -> bool:
    return principal.type == "AWS" and any(name == "*" for name in _plain_texts(principal.identifiers))


def _repeated_condition(conditions: Sequence[Condition]) -> str | None:
    """Name an operator and key that occur twice; keys that are known only later cannot be compared."""
    seen: set[tuple[str, str]] = set()
    for condition in conditions:
        if isinstance(condition.key, str):
            pair = (condition.operator, condition.key)
            if pair in seen:
                return " ".join(pair)
            seen.add(pair)
    return None


def _plain_texts(texts: Texts) -> list[str]:
    return [text for text in texts if isinstance(text, str)]


def _condition_keys(conditions: Sequence[Condition]) -> Any:  # noqa: ANN401  (an object, or an Output of one)
    pairs = [(condition.key, _one_or_list(list(condition.values))) for condition in conditions]
    if all(isinstance(key, str) for key, _ in pairs):
        return dict(pairs)
    # A key with an Output in it (the issuer of an OIDC provider) is known only later, and so is the object.
    return pulumi.Output.all(*(pulumi.Output.all(key, values) for key, values in pairs)).apply(_object_of)


def _object_of(pairs: Sequence[Sequence[Any]]) -> dict[str, Any]:
    return {key: values for key, values in pairs}  # noqa: C416  (each pair is a list, dict() is for tuples)


def _one_or_list(values: list[Any]) -> Any:  # noqa: ANN401  (IAM takes a single text or a list)
    return values[0] if len(values) == 1 else values


def _is_plain(value: Any) -> bool:  # noqa: ANN401  (a JSON value, or one with Outputs in it)
    if isinstance(value, Mapping):
        return all(_is_plain(inner) for inner in value.values())
    if isinstance(value, (list, tuple)):
        return all(_is_plain(inner) for inner in value)
    return value is None or isinstance(value, (str, int, float, bool))
