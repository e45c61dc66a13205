"""Whether a property names a key that the customer manages, and where that key lies."""

from __future__ import annotations

import re
from typing import Final

from policies.aws.tokens import KEY_ALIASES, KEYS
from policies.framework import NotJudged, ResourceView

AWS_MANAGED: Final = re.compile(r"(^|:|/)alias/aws/|^aws/|^AWS_OWNED_", re.IGNORECASE)
"""Aliases of keys that AWS manages."""

KEY_ARN: Final = re.compile(
    r"^arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):(key/[\w-]+|alias/\S+)$"
)
_KEY: Final = re.compile(r"^(alias/\S+|(mrk-)?[0-9a-f]{8}[0-9a-f-]{24,28}|mrk-[0-9a-f]{32})$")


def _refused(resource: ResourceView, path: str) -> str | None:
    """Give why what is written at `path` cannot be a customer key, or None."""
    link = resource.link(path)
    if not link.given or link.value == "":
        return f"{path} is not set, so AWS uses a key of its own"
    if link.value is None:
        return None
    if AWS_MANAGED.search(link.value):
        return f"{path} is {link.value}, a key that AWS manages"
    if not KEY_ARN.match(link.value) and not _KEY.match(link.value):
        return f"{path} is {link.value!r}, which is neither a key's id, ARN nor alias"
    return None


def without_customer_key(resource: ResourceView, path: str) -> str | None:
    """Give why the property at `path` names no customer key, or None when it does.

    A known value speaks for itself. An unknown one must come from a key or alias that this stack declares,
    which is known only with the stack: the calling rule says `by_reference=True`. Raises NotJudged when it
    comes from neither.
    """
    if why := _refused(resource, path):
        return why
    link = resource.link(path)
    if link.value is None and not link.targets(*KEYS, *KEY_ALIASES):
        raise NotJudged(f"{path} is not known yet and comes from no key of this stack", resource)
    return None


def without_own_key(resource: ResourceView, path: str) -> str | None:
    """Give why the property at `path` names no key that this stack declares, or None when it does.

    For rules that see the whole stack. Raises NotJudged when the value is unknown and refers to nothing.
    """
    if why := _refused(resource, path):
        return why
    link = resource.link(path)
    if link.targets(*KEYS, *KEY_ALIASES):
        return None
    said = f"is {link.value}" if link.value else "comes from elsewhere"
    return f"{path} {said}, a key that this stack does not declare"


def region_of_key(resource: ResourceView, path: str) -> str | None:
    """Give the region of the key at `path`, from its ARN or from the key itself; None when nobody says."""
    link = resource.link(path)
    if link.value is not None:
        arn = KEY_ARN.match(link.value)
        return arn["region"] if arn else None
    regions = {key.text("region") for key in link.targets(*KEYS)}
    return regions.pop() or None if len(regions) == 1 else None
