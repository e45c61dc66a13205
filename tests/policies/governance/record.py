"""Write `policies/aws/taggable.txt` anew from the installed provider SDK."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pulumi_aws

from policies.aws.tags import TAGGABLE_FILE
from tests.policies.aliases import aliases_of

_TOKEN: Final = re.compile(r"__init__\(\s*['\"](aws:[^'\"]+)['\"]")


def taggable_tokens() -> list[str]:
    """Give the types with an input `tags` that the provider merges with its default tags, aliases included.

    The merge shows as the output `tagsAll`: without it `tags` is something else, a filter or a list.
    """
    return sorted({alias for token in _declared() for alias in aliases_of(token)})


def _declared() -> Iterator[str]:
    for path in Path(str(pulumi_aws.__file__)).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        tokens = set(_TOKEN.findall(text))
        if len(tokens) == 1 and '__props__.__dict__["tags"] = tags' in text and "def tags_all(self)" in text:
            yield from tokens


if __name__ == "__main__":
    TAGGABLE_FILE.write_text("\n".join(taggable_tokens()) + "\n", encoding="utf-8")
