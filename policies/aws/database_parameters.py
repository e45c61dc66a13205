"""The parameters that a database runs with, through the parameter group that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from policies.aws.tokens import (
    DATABASE_CLUSTER_PARAMETER_GROUPS,
    DATABASE_CLUSTERS,
    DATABASE_PARAMETER_GROUPS,
)
from policies.framework import ResourceView


class Wanted(NamedTuple):
    """One parameter: its name, which values are good, and what a good one is called in a finding."""

    name: str
    good: Callable[[str], bool]
    called: str


def wrong_parameters(database: ResourceView, *wanted: Wanted) -> Iterator[str]:
    """Say which of the wanted parameters the group of the database does not set, or sets otherwise.

    Raises NeedsStack while only one resource is judged.
    """
    cluster = database.type in DATABASE_CLUSTERS
    path = "dbClusterParameterGroupName" if cluster else "parameterGroupName"
    names = ", ".join(parameter.name for parameter in wanted)
    link = database.link(path)
    if not link.given:
        yield f"{path} is not set, so AWS's default parameter group decides about {names}"
        return
    groups = link.targets(*(DATABASE_CLUSTER_PARAMETER_GROUPS if cluster else DATABASE_PARAMETER_GROUPS))
    if not groups:
        yield f"{path} names {link.value or 'a group'}, which this stack does not declare"
    for group in groups:
        values = {entry.text("name"): entry for entry in group.blocks("parameters")}
        for name, good, called in wanted:
            if name not in values:
                yield f"the parameter group {group.name} does not set {name}"
            elif not good(value := values[name].text("value")):
                yield f"the parameter group {group.name} sets {name} to {value}, not to {called}"
