"""Amazon Inspector: images, functions and machines are scanned for known weaknesses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.tokens import INSPECTORS
from policies.framework import (
    Controls,
    Findings,
    Graph,
    Level,
    ResourceView,
    Severity,
    mandatory_in,
    resource_rule,
    stack_rule,
)

_LEVELS: Final = mandatory_in("prod", "dr")
_REQUIREMENTS: Final = ("SEC-11",)
_REMEDY: Final = "Declare inspector2.Enabler(account_ids=[…], resource_types=['ECR', 'EC2', 'LAMBDA'])."


@stack_rule(
    "log-inspector",
    subjects=INSPECTORS,
    severity=Severity.MEDIUM,
    levels={**_LEVELS, "dev": Level.DISABLED},
    controls=Controls(("Inspector.2",), (), _REQUIREMENTS, ("8(5)",)),
    remedy=_REMEDY,
)
def inspector(graph: Graph) -> Findings:
    """Inspector scans the images in the registry."""
    enablers = graph.of(*INSPECTORS)
    if not enablers:
        yield "the stack declares no inspector2.Enabler"
    elif not any("ECR" in enabler.texts("resourceTypes") for enabler in enablers):
        yield enablers[0].finding("resourceTypes lacks ECR")


@resource_rule(
    "log-inspector-lambda",
    subjects=INSPECTORS,
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls(("Inspector.4",), (), _REQUIREMENTS),
    remedy=_REMEDY,
)
def inspector_lambda(enabler: ResourceView) -> Findings:
    """Inspector scans functions."""
    yield from _missing(enabler, "LAMBDA")


@resource_rule(
    "log-inspector-ec2",
    subjects=INSPECTORS,
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls(("Inspector.1",), (), _REQUIREMENTS),
    remedy=_REMEDY,
)
def inspector_ec2(enabler: ResourceView) -> Findings:
    """Inspector scans the nodes."""
    yield from _missing(enabler, "EC2")


def _missing(enabler: ResourceView, kind: str) -> Iterator[str]:
    if kind not in enabler.texts("resourceTypes"):
        yield f"resourceTypes lacks {kind}"
