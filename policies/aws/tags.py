"""The tags that a resource ends up with: its own over those that its provider gives to everything."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from policies.framework import Block, ResourceView
from policies.framework.values import Unknown

REQUIRED: Final = ("Environment", "Application", "Owner", "CostCenter", "ManagedBy")
"""What every resource that can be tagged must say."""

TAGGABLE_FILE: Final = Path(__file__).with_name("taggable.txt")

TAGGABLE: Final = tuple(TAGGABLE_FILE.read_text(encoding="utf-8").split())
"""The types whose class in the provider's SDK has an input `tags`, with the names they also go by.

A test compares the file with the installed SDK. Auto Scaling groups are not in it: their tags are a list,
and the provider's default tags do not reach them.
"""


class Tags:
    """Tags of one resource. Reading one raises NotJudged while it, or what may override it, is unknown."""

    def __init__(self, resource: ResourceView) -> None:
        self.own = (resource.block("tags"), resource.block("tagsAll"))
        self._provider = resource.provider_block

    def own_value(self, key: str) -> str | None:
        """Give the value of a tag that the resource itself carries, or None."""
        return _first(self.own, key)

    def value(self, key: str) -> str | None:
        """Give the value of a tag, the provider's default where the resource has none; None without both."""
        own = self.own_value(key)
        return own if own is not None else _first((self._defaults(),), key)

    def _defaults(self) -> Block:
        """Give the provider's default tags: an object, as JSON text when a provider's property is written."""
        path = "defaultTags"
        document: Any = self._provider.document(path) if self._provider.has(path) else {}
        tags = document.get("tags") if isinstance(document, dict) else None
        return Block(tags or {}, self._provider.owner, f"{self._provider.at}.{path}.tags")

    def plain_own(self) -> dict[str, str] | None:
        """Give the resource's own tags as they are; None when one of them is unknown or secret."""
        tree = self.own[0].properties()
        if not isinstance(tree, dict) or not all(isinstance(value, str) for value in tree.values()):
            return None
        return dict(tree)


def _first(layers: tuple[Block, ...], key: str) -> str | None:
    """Give the value of `key` in the first layer that has it. A key may hold dots, so paths do not serve."""
    for layer in layers:
        tree = layer.properties()
        if isinstance(tree, Unknown):
            raise layer.not_judged("")
        if isinstance(tree, dict) and tree.get(key) is not None:
            return Block(tree[key], layer.owner, f"{layer.at}.{key}").text("")
    return None


def stack_of(resource: ResourceView) -> str:
    """Give the stack's name: `prod`, `dev-alice`."""
    return resource.urn.split("::", 1)[0].removeprefix("urn:pulumi:")


def project_of(resource: ResourceView) -> str:
    """Give the project's name: `fleet-erp`."""
    return resource.urn.split("::", 2)[1]
