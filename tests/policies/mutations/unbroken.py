"""Rules that no mutation is about though a type that they look at is declared, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

UNBROKEN: Final[Mapping[str, str]] = {}
"""Rule → why. Rules that wait for what they demand (policies/levels/awaited.yaml) need not stand here."""
