"""URNs as the engine builds them, aliases included."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pulumi.runtime.proto import alias_pb2

STACK_TYPE: Final = "pulumi:pulumi:Stack"


def type_chain(urn: str) -> str:
    """Give the types of a URN, outermost first, joined by `$`."""
    return urn.split("::")[2]


def resource_type(urn: str) -> str:
    """Give the type token of the resource that a URN names."""
    return type_chain(urn).rsplit("$", 1)[-1]


def resource_name(urn: str) -> str:
    """Give the logical name in a URN, which may itself hold `::`."""
    return urn.split("::", 3)[3]


def make_urn(*, stack: str, project: str, parent: str | None, token: str, name: str) -> str:
    """Build a URN: the whole chain of parents' types, without the root stack."""
    chain = token
    if parent and (parents := type_chain(parent)) != STACK_TYPE:
        chain = f"{parents}${token}"
    return f"urn:pulumi:{stack}::{project}::{chain}::{name}"


def alias_urns(
    aliases: Iterable[alias_pb2.Alias],
    *,
    stack: str,
    project: str,
    parent: str | None,
    parent_aliases: Iterable[str],
    token: str,
    name: str,
) -> tuple[str, ...]:
    """Give every URN under which a resource may be found in an older state.

    These are its own aliases, and for each alias of its parent the URN that it had below that one. A child
    named after its parent follows the parent's name (`<parent>-subnet`).
    """
    own_urn = make_urn(stack=stack, project=project, parent=parent, token=token, name=name)
    own = [
        alias.urn
        if alias.WhichOneof("alias") == "urn"
        else _from_spec(alias.spec, stack=stack, project=project, parent=parent, current=own_urn)
        for alias in aliases
    ]
    found = dict.fromkeys(own)
    for parent_alias in parent_aliases:
        for urn in (own_urn, *own):
            inherited = _below(parent_alias, resource_type(urn), resource_name(urn), parent or "")
            found.setdefault(inherited)
    found.pop(own_urn, None)
    return tuple(found)


def _from_spec(
    spec: alias_pb2.Alias.Spec, *, stack: str, project: str, parent: str | None, current: str
) -> str:
    # An empty parent URN means "the parent it has now": that is how the SDK sends an unset one.
    return make_urn(
        stack=spec.stack or stack,
        project=spec.project or project,
        parent=None if spec.noParent else spec.parentUrn or parent,
        token=spec.type or resource_type(current),
        name=spec.name or resource_name(current),
    )


def _below(parent_alias: str, token: str, name: str, parent: str) -> str:
    parent_name = resource_name(parent) if parent else ""
    if parent_name and name.startswith(parent_name):
        name = resource_name(parent_alias) + name[len(parent_name) :]
    stack_part, project, _ = parent_alias.split("::", 2)
    return make_urn(
        stack=stack_part.removeprefix("urn:pulumi:"),
        project=project,
        parent=parent_alias,
        token=token,
        name=name,
    )
