"""Whether a property names a key that the customer manages."""

from __future__ import annotations

import re
from typing import Final

from policies.aws.tokens import KEY_ALIASES, KEYS
from policies.framework import NotJudged, ResourceView

_AWS_MANAGED: Final = re.compile(
    r"(^|:|/)alias/aws/|^aws/|^(AWS_OWNED_(KMS_)?KEY|AWS_OWNED_CMK)$", re.IGNORECASE
)
_KEY: Final = re.compile(
    r"^(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key/[\w-]+|alias/\S+)|alias/\S+|(mrk-)?[0-9a-f-]{32,36})$"
)


def without_customer_key(resource: ResourceView, path: str) -> str | None:
    """Give why the property at `path` names no customer key, or None when it does.

    A known value speaks for itself. An unknown one must come from a key or alias that this stack declares,
    which is known only with the stack: the calling rule says `by_reference=True`. Raises NotJudged when it
    comes from neither.
    """
    link = resource.link(path)
    if not link.given or link.value == "":
        return f"{path} is not set, so AWS uses a key of its own"
    if link.value is not None:
        if _AWS_MANAGED.search(link.value):
            return f"{path} is {link.value}, a key that AWS manages"
        if not _KEY.match(link.value):
            return f"{path} is {link.value!r}, which is neither a key's id, ARN nor alias"
        return None
    if link.targets(*KEYS, *KEY_ALIASES):
        return None
    raise NotJudged(f"{path} is not known yet and comes from no key of this stack", resource)
