"""The machinery of the packs: rules as data, values that cannot mislead, and the way into the engine."""

from policies.framework.graph import Graph
from policies.framework.pack import Pack
from policies.framework.resources import Link, ResourceView
from policies.framework.rules import (
    Controls,
    Finding,
    Findings,
    Level,
    Rule,
    Setting,
    Settings,
    Severity,
    advisory_in,
    everywhere,
    joined_rule,
    mandatory_in,
    resource_rule,
    stack_rule,
)
from policies.framework.values import UNKNOWN, Block, NotJudged

__all__ = [
    "UNKNOWN",
    "Block",
    "Controls",
    "Finding",
    "Findings",
    "Graph",
    "Level",
    "Link",
    "NotJudged",
    "Pack",
    "ResourceView",
    "Rule",
    "Setting",
    "Settings",
    "Severity",
    "advisory_in",
    "everywhere",
    "joined_rule",
    "mandatory_in",
    "resource_rule",
    "stack_rule",
]
