"""Load balancers and their listeners."""

from __future__ import annotations

from typing import Final

from policies.aws.tls import MODERN_POLICIES
from policies.aws.tokens import CLASSIC_LOAD_BALANCERS, LISTENERS, LOAD_BALANCERS
from policies.framework import (
    Block,
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    joined_rule,
    resource_rule,
)

_TLS_PROTOCOLS: Final = frozenset({"HTTPS", "TLS"})


@joined_rule(
    "tls-alb-https",
    subjects=(*LOAD_BALANCERS, *CLASSIC_LOAD_BALANCERS),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls(
        ("ELB.1", "ELB.18"), ("CKV_AWS_2", "CKV2_AWS_20"), ("SEC-05", "NET-05", "POL-02"), ("8(5)",)
    ),
    remedy="Declare a listener with protocol HTTPS on 443; give an HTTP listener only a redirect to HTTPS.",
    exemptible=False,
)
def alb_https(balancer: ResourceView, graph: Graph) -> Findings:
    """Load balancers serve HTTPS, and plain HTTP only to redirect."""
    if balancer.type in CLASSIC_LOAD_BALANCERS:
        yield "a classic load balancer has no modern TLS policy: use an application load balancer"
        return
    if balancer.text("loadBalancerType", "application") != "application":
        return
    listeners = graph.attached(balancer, "loadBalancerArn", *LISTENERS)
    for listener in listeners:
        protocol = listener.text("protocol")
        if protocol not in _TLS_PROTOCOLS and not _only_redirects(listener):
            yield listener.finding(
                f"the listener serves {protocol or 'without a protocol'} on port"
                f" {listener.text('port', 'unset')} instead of redirecting to HTTPS"
            )
    if not any(listener.text("protocol") in _TLS_PROTOCOLS for listener in listeners):
        yield "no HTTPS listener belongs to the load balancer"


def _only_redirects(listener: ResourceView) -> bool:
    actions = listener.blocks("defaultActions")
    return bool(actions) and all(_redirects(action) for action in actions)


def _redirects(action: Block) -> bool:
    return action.text("type") == "redirect" and action.text("redirect.protocol", "#{protocol}") == "HTTPS"


@resource_rule(
    "tls-alb-policy",
    subjects=LISTENERS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("ELB.17",), ("CKV_AWS_103", "CKV2_AWS_74"), ("SEC-05", "POL-02"), ("8(5)",)),
    remedy="Set ssl_policy='ELBSecurityPolicy-TLS13-1-2-Res-2021-06' or another of policies/aws/tls.py.",
    exemptible=False,
)
def alb_policy(listener: ResourceView) -> Findings:
    """Listeners speak TLS 1.2 and 1.3 only."""
    if listener.text("protocol") not in _TLS_PROTOCOLS and not listener.has("certificateArn"):
        return
    policy = listener.text("sslPolicy")
    if not policy:
        yield "sslPolicy is not set: the default is ELBSecurityPolicy-2016-08, which speaks TLS 1.0"
    elif policy not in MODERN_POLICIES:
        yield f"sslPolicy is {policy}, which is not on the list of policies for TLS 1.2 and 1.3 only"


@resource_rule(
    "tls-alb-invalid-headers",
    subjects=LOAD_BALANCERS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls(("ELB.4",), ("CKV_AWS_131",), ("SEC-08", "POL-02")),
    remedy="Set drop_invalid_header_fields=True.",
)
def alb_invalid_headers(balancer: ResourceView) -> Findings:
    """Load balancers drop invalid headers, which smuggle requests past them."""
    if balancer.text("loadBalancerType", "application") == "application" and not balancer.flag(
        "dropInvalidHeaderFields"
    ):
        yield "dropInvalidHeaderFields is not true"
