"""What a resource policy says about transport: whether it turns away who comes without modern TLS."""

from __future__ import annotations

from typing import Final

from policies.aws.document_places import Use
from policies.aws.documents import Statement, documents
from policies.framework import ResourceView

PLAIN: Final = ("bool", "aws:securetransport", "false")
"""Requests without TLS."""
OLD_TLS: Final = ("numericlessthan", "s3:tlsversion", "1.2")
"""Requests with TLS 1.0 or 1.1."""


def turns_away(holders: list[ResourceView], what: tuple[str, str, str], *actions: str) -> bool:
    """Whether one of the resources' policies denies one of these actions to everyone of this kind.

    Raises NotJudged when a policy is unknown.
    """
    operator, key, value = what
    return any(
        _denies_everyone(statement, actions)
        # One more condition would let through whoever does not meet it.
        and [(c.operator, c.key) for c in statement.conditions] == [(operator, key)]
        and value in statement.conditions[0].values
        for holder in holders
        for document in documents(holder, Use.RESOURCE)
        for statement in document.statements
    )


def _denies_everyone(statement: Statement, actions: tuple[str, ...]) -> bool:
    wanted = {"*", *(action.lower() for action in actions)}
    return statement.denies and statement.admits_everyone and bool(wanted & set(statement.actions))
