"""The load balancer and its target groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from pulumi_aws import lb

from ..naming import Kind, Naming
from ..network import ports
from ..settings.edge import EdgeSettings

Service = Literal["odoo", "gps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A service behind the balancer: where its pods listen and how they say that they are well."""

    service: Service
    port: ports.Port
    health_path: str
    algorithm: str


TARGETS: Final = (
    # Odoo requests last from milliseconds to minutes: counting open ones spreads them better than turns do.
    # The pod's proxy takes the websocket on the same port, so one group is enough (NET-04).
    Target(
        service="odoo", port=ports.ODOO, health_path="/web/health", algorithm="least_outstanding_requests"
    ),
    Target(service="gps", port=ports.GPS, health_path="/health", algorithm="round_robin"),
)
DEREGISTRATION_DELAY_SECONDS: Final = 30


def declare_load_balancer(
    *,
    settings: EdgeSettings,
    naming: Naming,
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
    security_group_id: pulumi.Input[str],
    log_bucket: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> lb.LoadBalancer:
    """Declare the balancer that faces the internet: strict about headers, logged, guarded from deletion.

    There is no listener on port 80, so nothing redirects either (NET-05).
    """
    return lb.LoadBalancer(
        "load-balancer",
        lb.LoadBalancerArgs(
            name=naming.name(Kind.LOAD_BALANCER),
            load_balancer_type="application",
            internal=False,
            ip_address_type="ipv4",
            subnets=subnet_ids,
            security_groups=[security_group_id],
            drop_invalid_header_fields=True,
            # Trackers speak odd HTTP; "strictest" would refuse requests that are ambiguous but harmless.
            desync_mitigation_mode="defensive",
            enable_deletion_protection=settings.deletion_protection,
            enable_http2=True,
            # Refuse rather than let traffic pass unseen when the firewall cannot be asked.
            enable_waf_fail_open=False,
            # The pod's proxy trusts what the balancer appends, and only that.
            xff_header_processing_mode="append",
            idle_timeout=settings.idle_timeout_seconds,
            access_logs=lb.LoadBalancerAccessLogsArgs(bucket=log_bucket, prefix="alb-access", enabled=True),
            connection_logs=lb.LoadBalancerConnectionLogsArgs(
                bucket=log_bucket, prefix="alb-connections", enabled=True
            ),
            tags=naming.tags(naming.name(Kind.LOAD_BALANCER)),
        ),
        opts=opts,
    )


def declare_target_groups(
    *, naming: Naming, vpc_id: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> dict[Service, lb.TargetGroup]:
    """Declare one group per service; the load-balancer controller registers pod addresses in them."""
    return {target.service: _target_group(target, naming, vpc_id, opts) for target in TARGETS}


def _target_group(
    target: Target, naming: Naming, vpc_id: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> lb.TargetGroup:
    name = naming.name(Kind.TARGET_GROUP, target.service)
    return lb.TargetGroup(
        f"target-group-{target.service}",
        lb.TargetGroupArgs(
            name=name,
            target_type="ip",
            vpc_id=vpc_id,
            port=target.port.first,
            # TLS ends at the balancer, which does not check certificates of targets anyway.
            protocol="HTTP",
            protocol_version="HTTP1",
            load_balancing_algorithm_type=target.algorithm,
            deregistration_delay=DEREGISTRATION_DELAY_SECONDS,
            health_check=lb.TargetGroupHealthCheckArgs(
                enabled=True,
                path=target.health_path,
                port="traffic-port",
                protocol="HTTP",
                matcher="200",
                interval=15,
                timeout=5,
                healthy_threshold=2,
                unhealthy_threshold=3,
            ),
            tags=naming.tags(name),
        ),
        opts=opts,
    )
