"""Which resources AWS Backup takes, by ARN, pattern or tag."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from policies.aws.tokens import BACKUP_PLANS, BACKUP_SELECTIONS
from policies.framework import Block, Graph, NotJudged, ResourceView
from policies.framework.resources import identities

_TAG_CONDITION = "aws:ResourceTag/"


def plans_of(store: ResourceView, graph: Graph) -> list[ResourceView]:
    """Give the plans of this stack that back the store up.

    Where a selection names resources and tags, both must fit: AWS's own text is not clear, and a store must
    not count as saved by guess. Raises NotJudged when a pattern cannot be compared yet.
    """
    plans: dict[str, ResourceView] = {}
    for selection in graph.of(*BACKUP_SELECTIONS):
        if _selects(selection, store):
            for plan in selection.link("planId").targets(*BACKUP_PLANS):
                plans[plan.urn] = plan
    return list(plans.values())


def _selects(selection: ResourceView, store: ResourceView) -> bool:
    if _names(selection, "notResources", store):
        return False
    tags = selection.blocks("selectionTags")
    named = selection.has("resources")
    if not named and not tags:
        return False
    return (
        (not named or _names(selection, "resources", store))
        and (not tags or any(tag_of(store, tag.text("key")) == tag.text("value") for tag in tags))
        and all(_meets(condition, store) for condition in selection.blocks("conditions"))
    )


def _names(selection: ResourceView, path: str, store: ResourceView) -> bool:
    for link in selection.links(path):
        if link.value is not None and "*" in link.value:
            if link.value == "*" or _fits(link.value, store):
                return True
        elif store in link.targets(store.type):
            return True
    return False


def _fits(pattern: str, store: ResourceView) -> bool:
    arns = [identity for identity in identities(store) if identity.startswith("arn:")]
    if not arns:
        raise NotJudged(f"its ARN is not known yet and a backup selection takes {pattern}", store)
    return any(fnmatchcase(arn, pattern) for arn in arns)


def _meets(condition: Block, store: ResourceView) -> bool:
    return all(_condition_holds(store, kind, entry) for kind, entry in _conditions(condition))


def _conditions(condition: Block) -> Iterator[tuple[str, Block]]:
    for kind in ("stringEquals", "stringNotEquals", "stringLikes", "stringNotLikes"):
        for entry in condition.blocks(kind):
            yield kind, entry


def _condition_holds(store: ResourceView, kind: str, entry: Block) -> bool:
    found = tag_of(store, entry.text("key").removeprefix(_TAG_CONDITION)) or ""
    wanted = entry.text("value")
    fits = fnmatchcase(found, wanted) if kind.endswith("Likes") else found == wanted
    return not fits if "Not" in kind else fits


def tag_of(resource: ResourceView, key: str) -> str | None:
    """Give a tag of the resource, its own or its provider's default; None without one."""
    own = resource.get("tags") or {}
    if key in own:
        return str(own[key])
    defaults = resource.provider_block.document("defaultTags") or {}
    tags = defaults.get("tags") if isinstance(defaults, dict) else None
    return str(tags[key]) if isinstance(tags, dict) and key in tags else None
