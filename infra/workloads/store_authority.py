"""Whom clients of database, broker and cache trust."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreAuthority:
    """An authority of our own, which signed the certificates of all stores of a workspace.

    Where none is given the stores are AWS's: the database shows a certificate of Amazon RDS, whose roots come
    with the pods, broker and cache one that every system knows.
    """

    secret: str
    """Kubernetes Secret of the namespace."""
    file: str
    """The member with the authority's certificate, as PEM."""
