"""TLS policies of load balancers."""

from __future__ import annotations

from typing import Final

MODERN_POLICIES: Final = frozenset(
    f"ELBSecurityPolicy-TLS13-1-{name}"
    for name in (
        "2-2021-06",
        "2-Res-2021-06",
        "3-2021-06",
        "2-FIPS-2023-04",
        "2-Res-FIPS-2023-04",
        "3-FIPS-2023-04",
        "2-PQ-2025-09",
        "2-Res-PQ-2025-09",
        "3-PQ-2025-09",
        "2-FIPS-PQ-2025-09",
        "2-Res-FIPS-PQ-2025-09",
        "3-FIPS-PQ-2025-09",
    )
)
"""Policies that speak TLS 1.2 and 1.3 only, with forward secrecy and without CBC-SHA1.

A list, not a prefix: `…-TLS13-1-0-2021-06` and `…-TLS13-1-1-2021-06` begin alike and allow TLS 1.0 and 1.1,
the `Ext` forms bring old ciphers back.
"""
