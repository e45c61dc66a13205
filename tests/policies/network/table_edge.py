"""Rows about the firewall, isolation of environments, and Kubernetes objects."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.policies.builders import DROP, Ref, thing
from tests.policies.table import Break, Row

_ALB: Final = thing("aws:lb/loadBalancer:LoadBalancer", "edge", internal=False)
_GPS: Final = {"byteMatchStatement": {"searchString": "gps.example.com"}}


def managed(name: str, *, counted: str | None = None) -> dict[str, Any]:
    """Give a rule with a managed group."""
    overrides = [{"name": counted, "actionToUse": {"count": {}}}] if counted else []
    group = {"name": name, "vendorName": "AWS", "ruleActionOverrides": overrides}
    return {
        "name": name,
        "statement": {"managedRuleGroupStatement": group},
        "overrideAction": {"none": {}},
    }


def rate(name: str, limit: int, scope: Any = None) -> dict[str, Any]:
    """Give a rate rule that blocks."""
    statement = {"limit": limit, "aggregateKeyType": "IP", "evaluationWindowSec": 300}
    if scope is not None:
        statement["scopeDownStatement"] = scope
    return {"name": name, "statement": {"rateBasedStatement": statement}, "action": {"block": {}}}


_ACL: Final = thing(
    "aws:wafv2/webAcl:WebAcl",
    "web-acl",
    rules=[
        managed("AWSManagedRulesCommonRuleSet", counted="SizeRestrictions_BODY"),
        managed("AWSManagedRulesSQLiRuleSet"),
        managed("AWSManagedRulesKnownBadInputsRuleSet"),
        rate("fleet-rate", 40_000, _GPS),
        rate("web-rate", 2_000, {"notStatement": {"statement": _GPS}}),
    ],
)
_ASSOCIATION: Final = thing(
    "aws:wafv2/webAclAssociation:WebAclAssociation",
    "association",
    resourceArn=Ref("edge", "arn"),
    webAclArn=Ref("web-acl", "arn"),
)
_SEPARATE: Final = thing(
    "aws:wafv2/webAclRule:WebAclRule",
    "flood",
    name="flood",
    webAclArn=Ref("web-acl", "arn"),
    statement={"rateBasedStatement": {"limit": 500_000, "aggregateKeyType": "IP"}},
    action={"block": {}},
)
_LIMIT: Final = "web-acl.rules.3.statement.rateBasedStatement"


def trust(principal: str) -> str:
    """Give a trust document for one AWS principal."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": principal}}],
        }
    )


_DEPLOYER: Final = "arn:aws:iam::111122223333:role/fleet-erp-prod-deployer"
_FOREIGN: Final = "arn:aws:iam::111122223333:role/fleet-erp-staging-deployer"
_ROLE: Final = thing("aws:iam/role:Role", "operator", assumeRolePolicy=trust(_DEPLOYER))
_TABLE: Final = thing("aws:ec2/routeTable:RouteTable", "private")
_GROUP: Final = thing("aws:ec2/securityGroup:SecurityGroup", "sg-rds-prod")
_RULE: Final = thing(
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "rds-from-nodes",
    securityGroupId=Ref("sg-rds-prod"),
    ipProtocol="tcp",
    fromPort=5432,
    toPort=5432,
    referencedSecurityGroupId=Ref("sg-rds-prod"),
)
_CONNECTS: Final = "it connects this environment's network or resources with others"

ROWS: Final = (
    Row(
        "net-waf-attached",
        (_ALB, _ACL, _ASSOCIATION),
        (
            Break({"association": DROP}, {"edge": "no web ACL is associated with it"}),
            Break(
                {"association.webAclArn": "arn:aws:wafv2:ap-south-1:111122223333:regional/webacl/other/1"},
                {"association": "the association names a web ACL that this stack does not declare"},
            ),
        ),
        unknown="association.resourceArn",
        unknown_at="edge",
        also_holds=({"association": DROP, "edge.internal": True},),
    ),
    Row(
        "net-waf-rules",
        (_ACL,),
        (
            Break(
                {"web-acl.rules.1": DROP},
                {
                    "web-acl": "the managed group AWSManagedRulesSQLiRuleSet is missing,"
                    " which stops SQL injection"
                },
            ),
            Break(
                {"web-acl.rules.0.overrideAction": {"count": {}}},
                {"web-acl": "the managed group AWSManagedRulesCommonRuleSet only counts"},
            ),
            Break(
                {"web-acl.rules.1": managed("AWSManagedRulesSQLiRuleSet", counted="SQLi_BODY")},
                {"web-acl": "the managed group AWSManagedRulesSQLiRuleSet does not block on SQLi_BODY"},
            ),
            Break(
                {"web-acl.rules.3.action": {"count": {}}, "web-acl.rules.4.action": {"count": {}}},
                {"web-acl": "no rate rule blocks floods"},
            ),
        ),
        unknown="web-acl.rules",
    ),
    Row(
        "net-waf-rate-fits-fleet",
        (_ACL,),
        (
            Break(
                {f"{_LIMIT}.limit": 2_000},
                {
                    "web-acl": "fleet-rate allows 2,000 requests in 300 s,"
                    " but the fleet sends 20,000 at its peak and needs 40,000"
                },
            ),
            Break(
                {"web-acl.rules.4.statement.rateBasedStatement.scopeDownStatement": DROP},
                {
                    "web-acl": "web-rate allows 2,000 requests in 300 s,"
                    " but the fleet sends 20,000 at its peak and needs 40,000"
                },
            ),
            Break({"web-acl.rules.3": DROP}, {"web-acl": "no rate rule is about the fleet's requests"}),
            Break(
                {},
                {"web-acl": "flood allows 500,000 requests in 300 s, more than 200,000"},
                plus=(_SEPARATE,),
            ),
        ),
        unknown=f"{_LIMIT}.limit",
    ),
    Row(
        "net-env-isolation",
        (_GROUP, _RULE, _TABLE, _ROLE),
        (
            Break(
                {},
                {"peer": _CONNECTS},
                plus=(thing("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", "peer"),),
            ),
            Break(
                {},
                {"hub": _CONNECTS},
                plus=(
                    thing("aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter", "hub"),
                ),
            ),
            Break(
                {"private.routes": [{"cidrBlock": "10.1.0.0/16", "transitGatewayId": "tgw-1"}]},
                {"private": "routes.0.transitGatewayId is set, so packets may leave for another network"},
            ),
            Break(
                {"rds-from-nodes.referencedSecurityGroupId": "444455556666/sg-0123"},
                {"rds-from-nodes": "444455556666/sg-0123 is a group of another stack"},
            ),
            Break(
                {"rds-from-nodes.referencedSecurityGroupId": "sg-0123456789abcdef0"},
                {"rds-from-nodes": "sg-0123456789abcdef0 is a group that this stack does not declare"},
            ),
            Break(
                {"rds-from-nodes.referencedSecurityGroupId": Ref("other", "outputs")},
                {"rds-from-nodes": "outputs-of-other is a group of another stack"},
                plus=(thing("pulumi:pulumi:StackReference", "other"),),
            ),
            Break(
                {"operator.assumeRolePolicy": trust(_FOREIGN)},
                {"operator": f"assumeRolePolicy trusts {_FOREIGN}, a role of staging"},
            ),
        ),
        unknown="rds-from-nodes.fromPort",
    ),
    Row(
        "net-alb-waf-fail-closed",
        (_ALB,),
        (Break({"edge.enableWafFailOpen": True}, {"edge": "enableWafFailOpen is true"}),),
        unknown="edge.enableWafFailOpen",
        also_holds=({"edge.enableWafFailOpen": False},),
    ),
)
