"""The one listener: HTTPS on 443, and the rules of the routes table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
from pulumi_aws import lb

from ..naming import Naming
from .load_balancer import Service
from .routes import NOT_FOUND, UNAVAILABLE, Answer, Route

HTTPS_PORT: Final = 443
TLS_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
"""TLS 1.3 and 1.2 with forward secrecy and AEAD ciphers only (SEC-05). Without a choice AWS takes the
policy of 2016, which speaks TLS 1.0."""
STRICT_TRANSPORT: Final = "max-age=31536000"
"""A browser that was here once never asks over plain HTTP again: there is no redirect to save it."""


def declare_listener(
    *,
    naming: Naming,
    load_balancer_arn: pulumi.Input[str],
    certificate_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> lb.Listener:
    """Declare the HTTPS listener; what no rule knows is answered with 404 by the balancer itself."""
    return lb.Listener(
        "listener",
        lb.ListenerArgs(
            load_balancer_arn=load_balancer_arn,
            port=HTTPS_PORT,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=certificate_arn,
            default_actions=[
                lb.ListenerDefaultActionArgs(
                    type="fixed-response",
                    fixed_response=lb.ListenerDefaultActionFixedResponseArgs(
                        content_type="text/plain", message_body="Not found", status_code=str(NOT_FOUND)
                    ),
                )
            ],
            routing_http_response_server_enabled=False,
            routing_http_response_strict_transport_security_header_value=STRICT_TRANSPORT,
            routing_http_response_x_content_type_options_header_value="nosniff",
            tags=naming.tags(f"{naming.prefix}-https"),
        ),
        opts=opts,
    )


def declare_rules(
    routes: Sequence[Route],
    *,
    naming: Naming,
    listener_arn: pulumi.Input[str],
    target_groups: Mapping[Service, lb.TargetGroup],
    opts: pulumi.ResourceOptions,
) -> None:
    """Declare a listener rule per route."""
    for route in routes:
        lb.ListenerRule(
            f"rule-{route.name}",
            lb.ListenerRuleArgs(
                listener_arn=listener_arn,
                priority=route.priority,
                conditions=_conditions(route),
                actions=[_action(route.answer, target_groups)],
                tags=naming.tags(f"{naming.prefix}-{route.name}"),
            ),
            opts=opts,
        )


def _conditions(route: Route) -> list[lb.ListenerRuleConditionArgs]:
    conditions: list[lb.ListenerRuleConditionArgs] = []
    if route.hosts:
        hosts = lb.ListenerRuleConditionHostHeaderArgs(values=list(route.hosts))
        conditions.append(lb.ListenerRuleConditionArgs(host_header=hosts))
    if route.paths:
        paths = lb.ListenerRuleConditionPathPatternArgs(values=list(route.paths))
        conditions.append(lb.ListenerRuleConditionArgs(path_pattern=paths))
    return conditions


def _action(answer: Answer, target_groups: Mapping[Service, lb.TargetGroup]) -> lb.ListenerRuleActionArgs:
    if answer == "not-found":
        return _fixed(NOT_FOUND, "Not found")
    if answer == "unavailable":
        return _fixed(UNAVAILABLE, "This region is on standby")
    return lb.ListenerRuleActionArgs(type="forward", target_group_arn=target_groups[answer].arn)


def _fixed(status: int, text: str) -> lb.ListenerRuleActionArgs:
    return lb.ListenerRuleActionArgs(
        type="fixed-response",
        fixed_response=lb.ListenerRuleActionFixedResponseArgs(
            content_type="text/plain", message_body=text, status_code=str(status)
        ),
    )
