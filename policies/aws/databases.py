"""Databases and their replicas."""

from __future__ import annotations

from policies.aws.tokens import DATABASES
from policies.framework import ResourceView


def is_replica(database: ResourceView) -> bool:
    """Whether the instance copies another one."""
    return database.has("replicateSourceDb")


def copies_neighbour(database: ResourceView) -> bool:
    """Whether the instance copies another one of this stack. A rule of one resource says `by_reference`."""
    return is_replica(database) and bool(database.link("replicateSourceDb").targets(*DATABASES))
