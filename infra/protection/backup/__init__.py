"""Backups that nobody can take away, copies of them far off, and proof that they can be restored."""

from .component import Backups

__all__ = ["Backups"]
