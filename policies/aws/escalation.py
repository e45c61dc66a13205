"""Sets of actions that give a principal more than it was given, or give data and credentials away.

The sets are those of cloudsplaining (Salesforce, BSD-3-Clause), which collects the published ones: Rhino
Security Labs and pathfinding.cloud. They are kept in `escalation.json` because the package brings boto3 with
it; a test compares the file with the installed package, and `python -m tests.policies.identity.record`
writes it anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from policies.aws.actions import allowed_by, takes_resources
from policies.aws.documents import Statement

FILE: Final = Path(__file__).with_name("escalation.json")

PASS_ROLE: Final = "iam:passrole"

HARMLESS_CREDENTIALS: Final[Mapping[str, str]] = {
    "ecr:getauthorizationtoken": "names no resource; the token opens only what other statements name",
    "ecr-public:getauthorizationtoken": "names no resource; the token opens public images",
    "sts:getsessiontoken": "gives the caller its own permissions",
}
"""Actions that return credentials and cannot be limited to resources, and why they are let through."""


@dataclass(frozen=True, slots=True)
class Dangers:
    """The lists of the file. `methods` is name → actions that together escalate."""

    methods: Mapping[str, frozenset[str]]
    exfiltration: frozenset[str]
    credentials: frozenset[str]


@cache
def dangers() -> Dangers:
    """Read the file once."""
    document = json.loads(FILE.read_text(encoding="utf-8"))
    return Dangers(
        methods={name: frozenset(actions) for name, actions in document["escalation"].items()},
        exfiltration=frozenset(document["exfiltration"]),
        credentials=frozenset(document["credentials"]),
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """What statements together allow: at all, and without naming a resource."""

    anything: frozenset[str]
    unrestricted: frozenset[str]

    def of_method(self, actions: frozenset[str]) -> bool:
        """Whether the actions are allowed so that they escalate.

        Changing identities escalates whichever identity it is, so `iam:` actions count also on named
        resources; others count where no resource is named. An action that takes no resource counts always.
        """
        return all(
            action in self.anything
            if action.startswith("iam:") and action != PASS_ROLE
            else action in self.unrestricted or (action in self.anything and not takes_resources(action))
            for action in actions
        )


def reach(statements: Iterable[Statement]) -> Reach:
    """Give what the statements allow, less what they deny without condition on everything.

    An allowance with `iam:PermissionsBoundary` is left out: what it makes cannot exceed the boundary.
    """
    anything: set[str] = set()
    unrestricted: set[str] = set()
    denied: set[str] = set()
    for statement in statements:
        if statement.denies and not statement.conditions and "*" in statement.resources:
            denied |= allowed_by(statement)
        elif statement.allows and not statement.narrowed_by("iam:PermissionsBoundary"):
            actions = allowed_by(statement)
            anything |= actions
            if open_ended(statement):
                unrestricted |= actions
    return Reach(frozenset(anything - denied), frozenset(unrestricted - denied))


TAG_KEYS: Final = (
    "aws:ResourceTag/",
    "aws:RequestTag/",
    "ec2:ResourceTag/",
    "elasticloadbalancing:ResourceTag/",
    "autoscaling:ResourceTag/",
    "rds:db-tag/",
    "secretsmanager:ResourceTag/",
    "kms:ResourceAliases",
    "kms:RequestAlias",
    "iam:AWSServiceName",
    "cloudwatch:namespace",
)
"""Conditions that single out resources as an ARN would: by tag, alias, or the one service they are for."""


def by_condition(statement: Statement) -> bool:
    """Whether a condition singles out the resources that the ARN leaves open.

    `Null` with `false` says that the tag must be there: the form that controllers use for what they made.
    """
    return statement.narrowed_by(*TAG_KEYS) or any(
        condition.operator == "null" and condition.values == ("false",)
        for condition in statement.condition(*TAG_KEYS)
    )


def grants_all(statement: Statement) -> bool:
    """Whether the statement grants everything, or everything but some actions."""
    return bool(statement.not_actions) or any(not action.strip("*:") for action in statement.actions)


def open_ended(statement: Statement) -> bool:
    """Whether the statement names its resources neither by ARN nor by condition."""
    return statement.any_resource and not by_condition(statement)


def unrestricted_actions(statement: Statement) -> frozenset[str]:
    """Give the actions that the statement grants on everything though they could be limited to resources."""
    if not statement.allows or not open_ended(statement):
        return frozenset()
    return frozenset(action for action in allowed_by(statement) if takes_resources(action))
