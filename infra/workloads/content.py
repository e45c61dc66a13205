"""Names that change with what they name: for objects that cannot be changed, only made anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence


def content_hash(*parts: str | Mapping[str, str] | Sequence[str]) -> str:
    """Give eight characters that change with any of the parts: ends of names of what cannot be changed."""
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]
