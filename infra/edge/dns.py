"""The public names of the environment, and who answers for them after a failover."""

from __future__ import annotations

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


def declare_records(
    *,
    settings: EdgeSettings,
    recovery: RecoverySettings,
    load_balancer: lb.LoadBalancer,
    health_check: route53.HealthCheck | None,
    opts: pulumi.ResourceOptions,
) -> None:
    """Declare an alias record per host name.

    | role | record | health |
    |---|---|---|
    | none | simple | — |
    | primary | failover PRIMARY | the health check, for both names: web and vehicles move together |
    | standby, serving | failover SECONDARY | always taken as healthy: there is nowhere else to go |
    | standby, waiting | none: nobody may be led to a read-only database | — |

    The balancer has IPv4 addresses only, and so have the names.
    """
    if not recovery.serving:
        return
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
                        evaluate_target_health=recovery.role == "primary",
                    )
                ],
                set_identifier=None if recovery.role == "none" else recovery.role,
                failover_routing_policies=_failover(recovery),
                health_check_id=(
                    health_check.id if health_check is not None and recovery.role == "primary" else None
                ),
            ),
            opts=opts,
        )


def _failover(recovery: RecoverySettings) -> list[route53.RecordFailoverRoutingPolicyArgs] | None:
    kind = {"none": None, "primary": "PRIMARY", "standby": "SECONDARY"}[recovery.role]
    return None if kind is None else [route53.RecordFailoverRoutingPolicyArgs(type=kind)]
