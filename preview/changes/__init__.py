"""What a change of settings would do to a stack, resource by resource, before anybody does it."""

from .compare import Change, Changes, changes_between
from .overrides import Override, OverrideError, with_overrides
from .replacement import KnownTypes, load_known_types

__all__ = [
    "Change",
    "Changes",
    "KnownTypes",
    "Override",
    "OverrideError",
    "changes_between",
    "load_known_types",
    "with_overrides",
]
