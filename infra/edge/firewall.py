"""The web ACL in front of the load balancer, and its log."""

from __future__ import annotations

from typing import Final

import pulumi
from pulumi_aws import cloudwatch, wafv2

from ..identity import Condition, Principal, Statement, policy_document
from ..naming import Kind, Naming
from ..settings.edge import EdgeSettings, LoadSettings
from .firewall_rules import firewall_rules
from .rate_limits import fleet_request_limit

SECRET_HEADERS: Final = ("authorization", "cookie", "x-api-key")
"""What must not stand in a log: sessions of users, keys of vehicles and gateways."""
LOGGED_ACTIONS: Final = ("BLOCK", "COUNT", "EXCLUDED_AS_COUNT")


def declare_web_acl(
    *, settings: EdgeSettings, load: LoadSettings, naming: Naming, opts: pulumi.ResourceOptions
) -> wafv2.WebAcl:
    """Declare the rules that every request passes; what no rule blocks goes on (SEC-08)."""
    firewall = settings.firewall
    name = naming.name(Kind.WEB_ACL)
    return wafv2.WebAcl(
        "web-acl",
        wafv2.WebAclArgs(
            name=name,
            description=f"In front of {settings.web_hostname} and {settings.gps_hostname}",
            scope="REGIONAL",
            default_action=wafv2.WebAclDefaultActionArgs(allow=wafv2.WebAclDefaultActionAllowArgs()),
            rules=firewall_rules(
                settings=firewall,
                naming=naming,
                gps_hostname=settings.gps_hostname,
                fleet_limit=fleet_request_limit(load, margin=firewall.fleet_rate_margin),
            ),
            # Redaction of the log does not reach the sampled requests that the console shows; this does.
            data_protection_config=wafv2.WebAclDataProtectionConfigArgs(
                data_protections=[
                    wafv2.WebAclDataProtectionConfigDataProtectionArgs(
                        action="SUBSTITUTION",
                        field=wafv2.WebAclDataProtectionConfigDataProtectionFieldArgs(
                            field_type="SINGLE_HEADER", field_keys=list(SECRET_HEADERS)
                        ),
                    )
                ]
            ),
            visibility_config=wafv2.WebAclVisibilityConfigArgs(
                cloudwatch_metrics_enabled=True, sampled_requests_enabled=True, metric_name=name
            ),
            tags=naming.tags(name),
        ),
        opts=opts,
    )


def declare_association(
    *, web_acl: wafv2.WebAcl, load_balancer_arn: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> wafv2.WebAclAssociation:
    """Put the web ACL in front of the balancer."""
    return wafv2.WebAclAssociation(
        "web-acl-association",
        wafv2.WebAclAssociationArgs(resource_arn=load_balancer_arn, web_acl_arn=web_acl.arn),
        opts=opts,
    )


def declare_log(
    *,
    settings: EdgeSettings,
    naming: Naming,
    web_acl: wafv2.WebAcl,
    key_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> cloudwatch.LogGroup:
    """Declare where the web ACL writes what its rules matched, without secrets.

    Requests that no rule matched stand in the access log of the balancer only: they are the fleet's
    millions, and CloudWatch is paid by volume.
    """
    name = naming.firewall_log_group
    group = cloudwatch.LogGroup(
        "web-acl-log",
        cloudwatch.LogGroupArgs(
            name=name,
            retention_in_days=settings.firewall.log_retention_days,
            kms_key_id=key_arn,
            tags=naming.tags(name, classification="confidential"),
        ),
        opts=opts,
    )
    delivery = cloudwatch.LogResourcePolicy(
        "web-acl-log-delivery",
        cloudwatch.LogResourcePolicyArgs(policy_name=name, policy_document=_delivery_document(naming)),
        opts=opts,
    )
    wafv2.WebAclLoggingConfiguration(
        "web-acl-logging",
        wafv2.WebAclLoggingConfigurationArgs(
            resource_arn=web_acl.arn,
            log_destination_configs=[group.arn],
            redacted_fields=[
                wafv2.WebAclLoggingConfigurationRedactedFieldArgs(
                    single_header=wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs(name=header)
                )
                for header in SECRET_HEADERS
            ],
            logging_filter=_matched_only(),
        ),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[delivery])),
    )
    return group


def _matched_only() -> wafv2.WebAclLoggingConfigurationLoggingFilterArgs:
    conditions = [
        wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArgs(
            action_condition=wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionActionConditionArgs(
                action=action
            )
        )
        for action in LOGGED_ACTIONS
    ]
    return wafv2.WebAclLoggingConfigurationLoggingFilterArgs(
        default_behavior="DROP",
        filters=[
            wafv2.WebAclLoggingConfigurationLoggingFilterFilterArgs(
                behavior="KEEP", requirement="MEETS_ANY", conditions=conditions
            )
        ],
    )


def _delivery_document(naming: Naming) -> pulumi.Input[str]:
    """Let the log delivery of AWS write to this one group, for this account only."""
    return policy_document(
        Statement(
            sid="WriteFirewallLog",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            principals=(Principal.service("delivery.logs.amazonaws.com"),),
            resources=(naming.arn("logs", f"log-group:{naming.firewall_log_group}:*"),),
            conditions=(
                Condition(operator="StringEquals", key="aws:SourceAccount", values=(naming.account_id,)),
                Condition(operator="ArnLike", key="aws:SourceArn", values=(naming.arn("logs", "*"),)),
            ),
        )
    )
