"""The public names of the environment, and who answers for them after a failover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import lb, route53

from ..naming import Naming
from ..settings.edge import EdgeSettings
from ..settings.environment import RecoverySettings
from .routes import HEALTH_PATH

CHECK_INTERVAL_SECONDS: Final = 30
FAILURES_UNTIL_UNHEALTHY: Final = 3


def declare_health_check(
    *, naming: Naming, load_balancer: lb.LoadBalancer, opts: pulumi.ResourceOptions
) -> route53.HealthCheck:
    """Declare the check of Odoo through this region's balancer.

    It asks the balancer by its own name: the public name leads elsewhere after a failover, and the check
    would then report the other region's health as this one's. Route 53 does not compare names in
    certificates. Its metric and any alarm on it live in us-east-1, outside this stack's region.
    """
    return route53.HealthCheck(
        "health-check",
        route53.HealthCheckArgs(
            type="HTTPS",
            fqdn=load_balancer.dns_name,
            port=443,
            resource_path=HEALTH_PATH,
            enable_sni=True,
            request_interval=CHECK_INTERVAL_SECONDS,
            failure_threshold=FAILURES_UNTIL_UNHEALTHY,
            tags=naming.tags(f"{naming.prefix}-web"),
        ),
        opts=opts,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """Two health checks that check nothing: settings of this stack that Route 53 reads as health.

    Route 53 takes a disabled check for healthy, and for unhealthy when it is inverted. So each is a switch
    that lies in no region, and that only a deployment of this stack turns (docs/decisions/failover.md).
    """

    home_may_serve: route53.HealthCheck
    """Healthy until this region serves: what the home's records ask besides their own health."""
    standby_may_serve: route53.HealthCheck
    """Its opposite: what this region's records ask."""


def declare_switches(
    *,
    recovery: RecoverySettings,
    naming: Naming,
    load_balancer: lb.LoadBalancer,
    opts: pulumi.ResourceOptions,
) -> Switches:
    """Declare the switches of a standby. They change in place, and only when a person moves the traffic."""

    def switch(name: str, *, on: bool) -> route53.HealthCheck:
        return route53.HealthCheck(
            name,
            route53.HealthCheckArgs(
                # Never asked; Route 53 wants to know what it does not ask.
                type="HTTPS",
                fqdn=load_balancer.dns_name,
                port=443,
                resource_path=HEALTH_PATH,
                enable_sni=True,
                request_interval=CHECK_INTERVAL_SECONDS,
                failure_threshold=FAILURES_UNTIL_UNHEALTHY,
                disabled=True,
                invert_healthcheck=not on,
                tags=naming.tags(f"{naming.prefix}-{name}"),
            ),
            opts=opts,
        )

    return Switches(
        home_may_serve=switch("home-may-serve", on=not recovery.leading),
        standby_may_serve=switch("standby-may-serve", on=recovery.leading),
    )


def declare_home_check(
    *, own: route53.HealthCheck, switch_id: str, naming: Naming, opts: pulumi.ResourceOptions
) -> route53.HealthCheck:
    """Declare what the home's records ask: it is healthy, and no standby has taken the names.

    Without the second half traffic would come back by itself with a lost region, to a database that knows
    nothing of what was done since.
    """
    return route53.HealthCheck(
        "may-serve",
        route53.HealthCheckArgs(
            type="CALCULATED",
            child_healthchecks=[own.id, switch_id],
            child_health_threshold=2,
            tags=naming.tags(f"{naming.prefix}-may-serve"),
        ),
        opts=opts,
    )


def declare_records(
    *,
    settings: EdgeSettings,
    recovery: RecoverySettings,
    naming: Naming,
    load_balancer: lb.LoadBalancer,
    health_check: route53.HealthCheck | None,
    opts: pulumi.ResourceOptions,
) -> None:
    """Declare an alias record per host name.

    | environment | record | taken for healthy |
    |---|---|---|
    | without a peer | simple | — |
    | home, primary | failover PRIMARY | while Odoo answers and no standby has taken the names |
    | home, as standby of its standby | none: the names are the other region's | — |
    | standby | failover SECONDARY | by its switch alone: there is nowhere else to go |

    `health_check` is what the record asks. When neither is healthy Route 53 answers with the primary, so a
    standby at rest is never led to. The balancer has IPv4 addresses only, and so have the names.
    """
    if recovery.home and recovery.role == "standby":
        return
    kind = None if recovery.role == "none" else "PRIMARY" if recovery.home else "SECONDARY"
    for label, hostname in (("web", settings.web_hostname), ("gps", settings.gps_hostname)):
        route53.Record(
            f"record-{label}",
            route53.RecordArgs(
                zone_id=settings.zone_id,
                name=hostname,
                type="A",
                aliases=[
                    route53.RecordAliasArgs(
                        name=load_balancer.dns_name,
                        zone_id=load_balancer.zone_id,
                        evaluate_target_health=kind == "PRIMARY",
                    )
                ],
                # Of the environment, not of its part: the two can never overwrite or delete each other's.
                set_identifier=None if kind is None else naming.environment,
                failover_routing_policies=(
                    None if kind is None else [route53.RecordFailoverRoutingPolicyArgs(type=kind)]
                ),
                health_check_id=health_check.id if health_check is not None and kind is not None else None,
            ),
            opts=opts,
        )
