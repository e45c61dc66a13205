"""Message brokers: which of their ports anything may reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.security_groups import GROUPS, role_of, security_rules
from policies.aws.tokens import BROKERS, EGRESS_RULES, GROUP_RULES, INGRESS_RULES, SECURITY_GROUPS
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    stack_rule,
)

TLS_PORTS: Final = frozenset({443, 5671, 15671, 16001})
"""AMQPS, the management API on both its ports, metrics. 5672 and 15672 are the same without TLS."""


@stack_rule(
    "tls-mq-amqps-only",
    subjects=(*BROKERS, *SECURITY_GROUPS, *INGRESS_RULES, *EGRESS_RULES, *GROUP_RULES),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-05", "SEC-07", "POL-02"), ("8(5)",)),
    remedy="Open only tcp 5671, 443, 15671 and 16001, each as a rule of its own.",
    exemptible=False,
)
def mq_amqps_only(graph: Graph) -> Findings:
    """Security groups open only the TLS ports of the broker."""
    rules = graph.fact(security_rules)
    for group in _broker_groups(graph):
        for opening in rules.of(group):
            if opening.direction == "ingress" and not (
                opening.protocol == "tcp" and opening.first == opening.last and opening.first in TLS_PORTS
            ):
                yield opening.declared.finding(
                    f"{opening.where}{opening.ports} is open to the broker, which is more than its TLS ports"
                )


def _broker_groups(graph: Graph) -> Iterator[ResourceView]:
    """Give the groups that a broker uses, and those that say by their name that they are a broker's."""
    named = {group.urn: group for group in graph.of(*SECURITY_GROUPS) if role_of(group) == "mq"}
    for broker in graph.of(*BROKERS):
        for link in broker.links("securityGroups"):
            named |= {group.urn: group for group in link.targets(*GROUPS)}
    yield from (named[urn] for urn in sorted(named))
