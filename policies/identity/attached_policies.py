"""Managed policies that are attached by ARN."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.aws.roles import ATTACHMENTS, MANAGED_POLICIES
from policies.framework import (
    Controls,
    Findings,
    NotJudged,
    ResourceView,
    Severity,
    everywhere,
    resource_rule,
)

_AWS_MANAGED: Final = re.compile(r"^arn:aws[a-z-]*:iam::aws:policy/(?:[\w+=,.@/-]*/)?(?P<name>[\w+=,.@-]+)$")

ADMINISTRATION: Final = frozenset(
    {
        "AdministratorAccess",
        "IAMFullAccess",
        "PowerUserAccess",
        "SystemAdministrator",
        "AdministratorAccess-Amplify",
    }
)
"""Policies of AWS with which a principal can become anything, by themselves or by a role they may pass."""


def _attached(resource: ResourceView) -> Iterator[str]:
    """Give the names of AWS's own policies that are attached.

    An unknown ARN is let through when it comes from a policy of this stack, which is judged itself.
    """
    for path in ATTACHMENTS[resource.type]:
        for link in resource.links(path):
            if link.value is None and link.given and not link.targets(*MANAGED_POLICIES):
                raise NotJudged(f"{path} is not known yet and comes from no policy of this stack", resource)
            if link.value is not None and (matched := _AWS_MANAGED.match(link.value)):
                yield matched["name"]


@resource_rule(
    "iam-no-admin-attached",
    subjects=tuple(ATTACHMENTS),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls(("IAM.1",), ("CKV_AWS_274", "CKV2_AWS_56"), ("SEC-03",), ("8(5)",)),
    remedy="Attach a policy of this program that names what is needed.",
    exemptible=False,
    by_reference=True,
)
def no_admin_attached(resource: ResourceView) -> Findings:
    """No policy of AWS that administers the account is attached to anybody."""
    for name in _attached(resource):
        if name in ADMINISTRATION:
            yield f"{name} is attached"


@resource_rule(
    "iam-no-full-access-attached",
    subjects=tuple(ATTACHMENTS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("IAM.21",), ("CKV_AWS_63",), ("SEC-03",)),
    remedy="Attach a policy of this program that names what is needed.",
    by_reference=True,
)
def no_full_access_attached(resource: ResourceView) -> Findings:
    """No policy of AWS that grants a whole service is attached to anybody."""
    for name in _attached(resource):
        if re.search(r"Full_?Access", name, re.IGNORECASE) and name not in ADMINISTRATION:
            yield f"{name} is attached, which grants a whole service"
