"""Databases and their replicas."""

from __future__ import annotations

from typing import Final

from policies.aws.tokens import DATABASES
from policies.framework import Graph, ResourceView

_BEGINNINGS: Final = ("engine", "username", "snapshotIdentifier", "restoreToPointInTime", "s3Import")
"""What a database that begins its life says, and a replica takes over from its source."""


def is_replica(database: ResourceView) -> bool:
    """Whether the instance copies another one."""
    return database.has("replicateSourceDb")


def copies_neighbour(database: ResourceView) -> bool:
    """Whether the instance copies another one of this stack. A rule of one resource says `by_reference`."""
    return is_replica(database) and bool(database.link("replicateSourceDb").targets(*DATABASES))


def is_promoted(database: ResourceView) -> bool:
    """Whether the instance was a replica and was promoted in place.

    It took engine, user and data over from its source, so nothing declares them: AWS refuses a new instance
    without them.
    """
    return (
        database.type in DATABASES
        and not is_replica(database)
        and not any(database.has(name) for name in _BEGINNINGS)
    )


def follows_elsewhere(graph: Graph) -> bool:
    """Whether every database of the stack copies another one, and one of them a database of another stack.

    Then the stack is a region at rest: nothing in it can write, so nothing in it serves.
    """
    databases = list(graph.of(*DATABASES))
    return (
        bool(databases)
        and all(is_replica(database) for database in databases)
        and not all(copies_neighbour(database) for database in databases)
    )
