"""Tags that every resource carries, and that tell the truth."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from policies.aws.tags import REQUIRED, TAGGABLE, Tags, project_of, stack_of
from policies.framework import (
    Controls,
    Findings,
    ResourceView,
    Severity,
    everywhere,
    resource_rule,
)

_MAILBOX: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_TOOL: Final = "pulumi"


@resource_rule(
    "tag-required",
    subjects=TAGGABLE,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("OPS-01", "DATA-07")),
    remedy="Give the resource the explicit provider, whose default tags hold them all.",
)
def required(resource: ResourceView) -> Findings:
    """Everything that can be tagged says Environment, Application, Owner, CostCenter and ManagedBy."""
    tags = Tags(resource)
    missing = [key for key in REQUIRED if not tags.value(key)]
    if missing:
        yield f"it has no tag {', '.join(missing)}"


def _with(resource: ResourceView, key: str, value: str) -> Mapping[str, Any] | None:
    """Give the resource's own tags with one of them set; None when there is nothing to mend, or no way."""
    tags = Tags(resource)
    own = tags.plain_own()
    if own is None or tags.value(key) == value:
        return None
    return {"tags": {**own, key: value}}


def _environment(resource: ResourceView) -> Mapping[str, Any] | None:
    return _with(resource, "Environment", resource.environment) if _wrong_environment(resource) else None


def _wrong_environment(resource: ResourceView) -> str | None:
    value = Tags(resource).value("Environment")
    return value if value not in {None, resource.environment, stack_of(resource)} else None


@resource_rule(
    "tag-environment-true",
    subjects=TAGGABLE,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("ISO-01", "ISO-02", "OPS-01")),
    remedy="Leave the tag to the provider's default tags, which take it from the stack's settings.",
    remediate=_environment,
)
def environment_true(resource: ResourceView) -> Findings:
    """The tag Environment names the stack's own environment."""
    if (wrong := _wrong_environment(resource)) is not None:
        yield f"the tag Environment is {wrong}, the environment is {resource.environment}"


def _managed(resource: ResourceView) -> Mapping[str, Any] | None:
    return _with(resource, "ManagedBy", _TOOL) if Tags(resource).value("ManagedBy") else None


@resource_rule(
    "tag-managed-by",
    subjects=TAGGABLE,
    severity=Severity.LOW,
    levels=everywhere(),
    controls=Controls((), (), ("PROV-01", "OPS-01")),
    remedy="Leave the tag to the provider's default tags.",
    remediate=_managed,
)
def managed_by(resource: ResourceView) -> Findings:
    """The tag ManagedBy says pulumi, so that nobody changes the resource by hand."""
    value = Tags(resource).value("ManagedBy")
    if value and value != _TOOL:
        yield f"the tag ManagedBy is {value}, not {_TOOL}"


def _application(resource: ResourceView) -> Mapping[str, Any] | None:
    if not Tags(resource).value("Application"):
        return None
    return _with(resource, "Application", project_of(resource))


@resource_rule(
    "tag-application",
    subjects=TAGGABLE,
    severity=Severity.LOW,
    levels=everywhere(),
    controls=Controls((), (), ("OPS-01",)),
    remedy="Leave the tag to the provider's default tags.",
    remediate=_application,
)
def application(resource: ResourceView) -> Findings:
    """The tag Application names the project, by which costs are split."""
    value = Tags(resource).value("Application")
    if value and value != project_of(resource):
        yield f"the tag Application is {value}, the project is {project_of(resource)}"


@resource_rule(
    "tag-owner",
    subjects=TAGGABLE,
    severity=Severity.LOW,
    levels=everywhere(),
    controls=Controls((), (), ("OPS-01",)),
    remedy="Set owner in the stack's settings to the address of a team.",
)
def owner(resource: ResourceView) -> Findings:
    """The tag Owner is an address that somebody reads."""
    value = Tags(resource).value("Owner")
    if value and not _MAILBOX.fullmatch(value):
        yield f"the tag Owner is {value}, which is no e-mail address"
