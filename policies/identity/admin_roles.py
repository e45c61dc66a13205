"""Which roles administer, and whether a name with wildcards may mean one of them."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final

from policies.framework import Setting

ADMIN_ROLES: Final = {
    "admin_roles": Setting(
        ["fleet-erp-deploy-*", "fleet-erp-break-glass-*"],
        "Names of roles that may administer: the pipeline's and the one for emergencies",
    )
}


def administers(role_name: str, patterns: Sequence[str]) -> bool:
    """Whether a role of this name is one of those."""
    return any(fnmatchcase(role_name, pattern) for pattern in patterns)


def may_mean_one(named: str, patterns: Sequence[str]) -> bool:
    """Whether a name, in which stars stand for anything, may mean one of those roles."""
    return any(_meet(named, pattern) for pattern in patterns)


def _meet(one: str, other: str) -> bool:
    """Whether some text matches both patterns."""
    if not one or not other:
        return set(one or other) <= {"*"}
    if one[0] == "*":
        return _meet(one[1:], other) or _meet(one, other[1:])
    if other[0] == "*":
        return _meet(other, one)
    return (one[0] == other[0] or "?" in (one[0], other[0])) and _meet(one[1:], other[1:])
