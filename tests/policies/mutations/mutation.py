"""One breakage of a real stack, and exactly which rules catch it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from preview.graph import Resource, ResourceGraph, plain
from tests.policies.mutations.editing import MISSING, Change, Path, value_at, with_input, without_input

_LONGEST_VALUE: Final = 60


@dataclass(frozen=True)
class Mutation:
    """A change for the worse. `caught_by` is the exact set of rules that newly find something.

    Where a mutation is `mandatory`, a rule that stops the deployment is among them; where it is not, nobody
    demands more than advice.
    """

    name: str
    change: Change
    caught_by: frozenset[str]
    mandatory: bool = True


@dataclass(frozen=True)
class Estate:
    """The unbroken resource list of one stack, as generators of mutations look at it."""

    graph: ResourceGraph
    environment: str

    def of(self, *tokens: str) -> list[Resource]:
        """Give the declared resources of these types, in URN order."""
        return [resource for resource in self.graph.of_type(*tokens) if not resource.external]

    def named(self, name: str, *tokens: str) -> Resource:
        """Give the one resource of these types with this name. Raises LookupError when there is none."""
        for resource in self.of(*tokens):
            if resource.name == name:
                return resource
        raise LookupError(f"{self.environment} has no {name} among {', '.join(tokens)}")

    def depended_on(self, resource: Resource, path: str, *tokens: str) -> list[Resource]:
        """Give the resources of these types that a property of `resource` comes from."""
        urns = resource.property_dependencies.get(path, ())
        found = (self.graph.by_urn[urn] for urn in urns if urn in self.graph.by_urn)
        return [source for source in found if source.type in tokens]

    @cached_property
    def provider(self) -> Resource:
        """The provider of the stack's region."""
        return self.named("aws", "pulumi:providers:aws")

    @property
    def region(self) -> str:
        """The stack's region."""
        return str(self.provider.inputs["region"])

    @property
    def account_id(self) -> str:
        """The stack's account."""
        return str(json.loads(self.provider.inputs["allowedAccountIds"])[0])

    @property
    def other(self) -> str:
        """The name of another environment."""
        return "staging" if self.environment == "prod" else "prod"

    @property
    def sleeps(self) -> bool:
        """Whether the environment is stopped at night and at weekends."""
        return self.environment in {"staging", "testing"}

    @property
    def foreign_key(self) -> str:
        """The ARN of a key in the same account and region that another environment declares."""
        return f"arn:aws:kms:{self.region}:{self.account_id}:key/0f0f0f0f-1111-4222-8333-444455556666"


Generator = Callable[[Estate], Iterator[Mutation]]
Where = Callable[[Resource], bool]


def anywhere(_resource: Resource) -> bool:
    """Whether a flaw is one on this resource: on every resource."""
    return True


@dataclass(frozen=True)
class Flaw:
    """One property set wrong, on each resource of these types where it is otherwise today.

    The value MISSING takes the property away.
    """

    tokens: tuple[str, ...]
    path: str
    value: Any
    caught_by: tuple[str, ...]
    where: Where = anywhere
    mandatory: bool = True


def flawed(estate: Estate, flaws: Iterable[Flaw]) -> Iterator[Mutation]:
    """Give a mutation for each resource that each flaw can be brought into."""
    for flaw in flaws:
        for resource in estate.of(*flaw.tokens):
            if flaw.where(resource) and plain(value_at(resource.inputs, flaw.path)) != flaw.value:
                yield broken(resource, flaw.path, flaw.value, *flaw.caught_by, mandatory=flaw.mandatory)


def broken(
    resource: Resource,
    path: Path,
    value: Any,
    *caught_by: str,
    mandatory: bool = True,
    also: tuple[Change, ...] = (),
) -> Mutation:
    """Give the mutation that sets one property of a resource, or takes it away with MISSING."""
    where = path if isinstance(path, str) else ".".join(map(str, path))
    if value is MISSING:
        return mutation(
            f"{label(resource)} without {where}",
            without_input(resource.urn, path),
            *also,
            caught_by=caught_by,
            mandatory=mandatory,
        )
    return mutation(
        f"{label(resource)}: {where} = {_shown(value)}",
        with_input(resource.urn, path, value),
        *also,
        caught_by=caught_by,
        mandatory=mandatory,
    )


def mutation(name: str, *changes: Change, caught_by: Iterable[str], mandatory: bool = True) -> Mutation:
    """Give a mutation of one or several changes."""

    def change(graph: ResourceGraph) -> ResourceGraph:
        for step in changes:
            graph = step(graph)
        return graph

    return Mutation(name, change, frozenset(caught_by), mandatory)


def label(resource: Resource) -> str:
    """How a resource is named in the name of a mutation: type and logical name."""
    return f"{resource.type.rsplit(':', 1)[-1]} {resource.name}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
