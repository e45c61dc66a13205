"""The way in from the internet."""

from __future__ import annotations

from typing import Protocol

import pulumi

from ..naming import Naming
from ..network import Network
from ..settings.edge import EdgeSettings, LoadSettings
from ..settings.environment import RecoverySettings
from .certificate import declare_certificate, declare_expiry_alarm
from .dns import declare_health_check, declare_home_check, declare_records, declare_switches
from .firewall import declare_association, declare_log, declare_web_acl
from .listener import declare_listener, declare_rules
from .load_balancer import Service, declare_load_balancer, declare_target_groups
from .routes import routes


class LogBucket(Protocol):
    """Where the balancer writes its logs."""

    @property
    def bucket_name(self) -> pulumi.Output[str]:
        """The bucket, known once its policy lets the balancer write."""
        ...


class Edge(pulumi.ComponentResource):
    """Load balancer, certificate, firewall and names of one environment.

    | part | requirements |
    |---|---|
    | load balancer with one listener, HTTPS on 443, TLS 1.2 and 1.3 | NET-05, SEC-05 |
    | target groups for Odoo and the GPS service; the in-cluster controller registers pods | NET-04 |
    | certificate, proven by DNS, renewed by ACM, alarmed before expiry | SEC-04 |
    | web ACL with managed groups and rates derived from the load, logged | SEC-08, LOAD-02 |
    | alias records, failover between regions, health check | ENV-05 |

    The database manager and the RPC interfaces of Odoo answer 404 to everyone outside. No public name leads
    to a standby that does not serve, and it answers 503.
    """

    load_balancer_arn: pulumi.Output[str]
    load_balancer_dns_name: pulumi.Output[str]
    target_group_arns: dict[Service, pulumi.Output[str]]
    """By service: `odoo` and `gps`; what a TargetGroupBinding names."""
    load_balancer_suffix: pulumi.Output[str]
    """`app/<name>/<id>`, which CloudWatch metrics carry."""
    target_group_suffixes: dict[Service, pulumi.Output[str]]
    """By service: `targetgroup/<name>/<id>`, which CloudWatch metrics carry."""
    web_acl_arn: pulumi.Output[str]
    web_acl_metric_name: pulumi.Output[str]
    certificate_arn: pulumi.Output[str]
    """Known once the certificate is issued."""
    failover_switch_id: pulumi.Output[str] | None
    """Of a standby: the health check that takes the names from its home."""

    def __init__(
        self,
        name: str,
        *,
        settings: EdgeSettings,
        load: LoadSettings,
        recovery: RecoverySettings,
        naming: Naming,
        network: Network,
        access_logs: LogBucket,
        logs_key_arn: pulumi.Input[str],
        alarm_topic_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:edge:Edge", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        balancer = declare_load_balancer(
            settings=settings,
            naming=naming,
            subnet_ids=network.public_subnet_ids,
            security_group_id=network.security_groups.alb,
            log_bucket=access_logs.bucket_name,
            opts=child,
        )
        target_groups = declare_target_groups(naming=naming, vpc_id=network.vpc_id, opts=child)
        certificate = declare_certificate(
            settings=settings, naming=naming, shares_zone=recovery.role != "none", opts=child
        )
        declare_expiry_alarm(
            settings=settings,
            naming=naming,
            certificate_arn=certificate.certificate_arn,
            topic_arn=alarm_topic_arn,
            opts=child,
        )
        listener = declare_listener(
            naming=naming,
            load_balancer_arn=balancer.arn,
            certificate_arn=certificate.certificate_arn,
            opts=child,
        )
        declare_rules(
            routes(settings, serving=recovery.answering),
            naming=naming,
            listener_arn=listener.arn,
            target_groups=target_groups,
            opts=child,
        )
        web_acl = declare_web_acl(settings=settings, load=load, naming=naming, opts=child)
        declare_association(web_acl=web_acl, load_balancer_arn=balancer.arn, opts=child)
        declare_log(settings=settings, naming=naming, web_acl=web_acl, key_arn=logs_key_arn, opts=child)
        health_check = (
            declare_health_check(naming=naming, load_balancer=balancer, opts=child)
            if settings.health_check and recovery.serving
            else None
        )
        self.failover_switch_id = None
        if recovery.role != "none" and not recovery.home:
            switches = declare_switches(recovery=recovery, naming=naming, load_balancer=balancer, opts=child)
            self.failover_switch_id = switches.home_may_serve.id
            asked = switches.standby_may_serve
        elif health_check is not None and recovery.peer_switch_id is not None:
            asked = declare_home_check(
                own=health_check, switch_id=recovery.peer_switch_id, naming=naming, opts=child
            )
        else:
            asked = health_check
        declare_records(
            settings=settings,
            recovery=recovery,
            naming=naming,
            load_balancer=balancer,
            health_check=asked,
            opts=child,
        )

        self.load_balancer_arn = balancer.arn
        self.load_balancer_dns_name = balancer.dns_name
        self.target_group_arns = {service: group.arn for service, group in target_groups.items()}
        self.load_balancer_suffix = balancer.arn_suffix
        self.target_group_suffixes = {service: group.arn_suffix for service, group in target_groups.items()}
        self.web_acl_arn = web_acl.arn
        self.web_acl_metric_name = web_acl.visibility_config.metric_name
        self.certificate_arn = certificate.certificate_arn
        self.register_outputs(
            {
                "load_balancer_arn": self.load_balancer_arn,
                "load_balancer_dns_name": self.load_balancer_dns_name,
                "target_group_arns": self.target_group_arns,
                "web_acl_arn": self.web_acl_arn,
                "certificate_arn": self.certificate_arn,
            }
        )
