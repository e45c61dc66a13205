"""Rows about what crosses the network: flow logs, log groups, firewall, load balancer, DNS."""

from __future__ import annotations

from typing import Any, Final

from tests.policies.builders import DROP, Ref, Thing, thing
from tests.policies.table import Break, Row

LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
VPC: Final = thing("aws:ec2/vpc:Vpc", "vpc", cidrBlock="10.0.0.0/16")
FLOW_GROUP: Final = thing(LOG_GROUP, "flows", name="/fleet-erp/prod/flow-logs", retentionInDays=90)
FLOW: Final = thing(
    "aws:ec2/flowLog:FlowLog",
    "flow",
    vpcId=Ref("vpc"),
    trafficType="ALL",
    logDestination=Ref("flows", "arn"),
)
_FILTER: Final = thing(
    "aws:cloudwatch/logMetricFilter:LogMetricFilter",
    "rejects",
    logGroupName=Ref("flows", "name"),
    pattern='[version, account, action="REJECT", status]',
    metricTransformation={"namespace": "fleet-erp-prod", "name": "RejectedFlows", "value": "1"},
)
_ALARM: Final = thing(
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "alarm",
    namespace="fleet-erp-prod",
    metricName="RejectedFlows",
    alarmActions=["arn:aws:sns:ap-south-1:111122223333:alarms"],
)
_QUERY: Final = {"metricQueries": [{"id": "m1", "metric": {"namespace": "AWS/EC2", "metricName": "Cpu"}}]}
_OTHER_FLOW: Final = thing(
    "aws:ec2/flowLog:FlowLog",
    "subnet-flow",
    subnetId="subnet-1",
    trafficType="ALL",
    logDestination=Ref("other", "arn"),
)


def visible(name: str | None = None, **inputs: Any) -> dict[str, Any]:
    """Give a web ACL or a rule of one with metrics."""
    own = {} if name is None else {"name": name}
    return {**own, "visibilityConfig": {"cloudwatchMetricsEnabled": True, "metricName": "m"}, **inputs}


_ACL: Final = Thing(
    "aws:wafv2/webAcl:WebAcl", "acl", visible(scope="REGIONAL", rules=[visible("common"), visible("rate")])
)
_WAF_GROUP: Final = thing(LOG_GROUP, "waf-log", name="aws-waf-logs-fleet-erp-prod")
_LOGGING: Final = thing(
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    "logging",
    resourceArn=Ref("acl", "arn"),
    logDestinationConfigs=[Ref("waf-log", "arn")],
    redactedFields=[{"singleHeader": {"name": "Authorization"}}, {"singleHeader": {"name": "cookie"}}],
    loggingFilter={
        "defaultBehavior": "DROP",
        "filters": [
            {
                "behavior": "KEEP",
                "requirement": "MEETS_ANY",
                "conditions": [
                    {"actionCondition": {"action": "BLOCK"}},
                    {"actionCondition": {"action": "COUNT"}},
                ],
            }
        ],
    },
)
_DROPS_BLOCKED: Final = {"logging": "loggingFilter drops blocked requests"}

_BUCKET: Final = thing("aws:s3/bucket:Bucket", "logs", bucket="fleet-erp-prod-access-logs")
_BUCKET_POLICY: Final = thing(
    "aws:s3/bucketPolicy:BucketPolicy", "policy", bucket=Ref("logs", "bucket"), policy="{}"
)
_ENCRYPTION: Final = thing(
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "sse",
    bucket=Ref("logs", "bucket"),
    rules=[{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}],
)
_ALB: Final = thing(
    "aws:lb/loadBalancer:LoadBalancer",
    "edge",
    loadBalancerType="application",
    accessLogs={"bucket": Ref("policy", "bucket"), "enabled": True},
    connectionLogs={"bucket": Ref("logs", "bucket"), "enabled": True},
)
_ELB: Final = thing("aws:elb/loadBalancer:LoadBalancer", "classic", accessLogs={"bucket": "logs"})
_FOREIGN: Final = "somebody-elses-logs"

_CLUSTER: Final = thing(
    "aws:eks/cluster:Cluster", "cluster", name="fleet-erp-prod", enabledClusterLogTypes=["api"]
)
_POSTGRES: Final = thing(
    "aws:rds/instance:Instance",
    "postgres",
    identifier="fleet-erp-prod-postgres",
    enabledCloudwatchLogsExports=["postgresql"],
)
_FUNCTION: Final = thing("aws:lambda/function:Function", "helper", name="fleet-erp-prod-helper")
_SEARCH: Final = thing(
    "aws:opensearch/domain:Domain",
    "search",
    logPublishingOptions=[
        {"logType": "AUDIT_LOGS", "cloudwatchLogGroupArn": Ref("search-log", "arn"), "enabled": True}
    ],
)
_ELSEWHERE: Final = "arn:aws:logs:ap-south-1:111122223333:log-group:elsewhere"
_FIXED_GROUPS: Final = (
    thing(LOG_GROUP, "cluster-log", name="/aws/eks/fleet-erp-prod/cluster"),
    thing(LOG_GROUP, "postgres-log", name="/aws/rds/instance/fleet-erp-prod-postgres/postgresql"),
    thing(LOG_GROUP, "helper-log", name="/aws/lambda/fleet-erp-prod-helper"),
    thing(LOG_GROUP, "search-log", name="/fleet-erp/prod/search/audit"),
)


def undeclared(name: str) -> str:
    """Give what is said of a service whose log group nobody declares."""
    return f"it writes to {name}, which this stack does not declare"


ROWS: Final = (
    Row(
        "log-vpc-flow",
        (VPC, FLOW_GROUP, FLOW),
        (
            Break({"flow": DROP}, {"vpc": "no flow log records its traffic"}),
            Break({"flow.vpcId": "vpc-0other"}, {"vpc": "no flow log records its traffic"}),
            Break({"flow.trafficType": "ACCEPT"}, {"vpc": "its flow log flow records ACCEPT only, not ALL"}),
            Break({"flow.trafficType": DROP}, {"vpc": "its flow log flow records nothing only, not ALL"}),
        ),
        unknown="flow.trafficType",
        unknown_at="vpc",
    ),
    Row(
        "log-vpc-flow-destination",
        (VPC, FLOW_GROUP, FLOW),
        (
            Break(
                {"flow.logDestination": "arn:aws:s3:::central-flow-logs"},
                {"flow": "logDestination is no log group of this stack, so nothing says how long it is kept"},
            ),
            Break(
                {},
                {"subnet-flow": "it goes to other, while flow goes elsewhere"},
                plus=(thing(LOG_GROUP, "other", name="other"), _OTHER_FLOW),
            ),
        ),
        unknown="flow.logDestination",
    ),
    Row(
        "log-vpc-flow-alarm",
        (VPC, FLOW_GROUP, FLOW, _FILTER, _ALARM),
        (
            Break({"rejects": DROP}, {"flow": "no metric filter counts REJECT in flows"}),
            Break({"rejects.pattern": "[all]"}, {"flow": "no metric filter counts REJECT in flows"}),
            Break(
                {"alarm": DROP},
                {"flow": "no alarm with an action watches fleet-erp-prod RejectedFlows"},
            ),
            Break(
                {"alarm.metricName": "RejectedFlow"},
                {"flow": "no alarm with an action watches fleet-erp-prod RejectedFlows"},
            ),
            Break(
                {"alarm.actionsEnabled": False},
                {"flow": "no alarm with an action watches fleet-erp-prod RejectedFlows"},
            ),
            Break(
                {"alarm.alarmActions": []},
                {"flow": "no alarm with an action watches fleet-erp-prod RejectedFlows"},
            ),
        ),
        unknown="alarm.metricName",
        unknown_at="flow",
    ),
    Row(
        "log-retention",
        (thing(LOG_GROUP, "app", name="app", retentionInDays=90),),
        (
            Break(
                {"app.retentionInDays": DROP},
                {"app": "retentionInDays is 0 or not set, so nothing is ever deleted"},
            ),
            Break(
                {"app.retentionInDays": 0},
                {"app": "retentionInDays is 0 or not set, so nothing is ever deleted"},
            ),
        ),
        unknown="app.retentionInDays",
        also_holds=({"app.retentionInDays": DROP, "app.logGroupClass": "DELIVERY"},),
    ),
    Row(
        "log-retention-flow",
        (VPC, FLOW_GROUP, FLOW, thing(LOG_GROUP, "app", name="app", retentionInDays=14)),
        (
            Break(
                {"flows.retentionInDays": 60},
                {"flows": "retentionInDays is 60, and flow logs are kept for 90"},
            ),
        ),
        unknown="flows.retentionInDays",
        also_holds=({"flows.retentionInDays": 365},),
    ),
    Row(
        "log-retention-class",
        (thing(LOG_GROUP, "app", name="app", retentionInDays=90),),
        (Break({"app.retentionInDays": 60}, {"app": "retentionInDays is 60, less than the 90 of prod"}),),
        unknown="app.retentionInDays",
    ),
    Row(
        "log-group-declared",
        (_CLUSTER, _POSTGRES, _FUNCTION, _SEARCH, *_FIXED_GROUPS),
        (
            Break(
                {"search.logPublishingOptions.0.cloudwatchLogGroupArn": _ELSEWHERE},
                {"search": f"its AUDIT_LOGS go to {_ELSEWHERE}, which this stack does not declare"},
            ),
            Break({"cluster-log": DROP}, {"cluster": undeclared("/aws/eks/fleet-erp-prod/cluster")}),
            Break({"cluster.name": "fleet-erp"}, {"cluster": undeclared("/aws/eks/fleet-erp/cluster")}),
            Break(
                {"postgres.enabledCloudwatchLogsExports.1": "upgrade"},
                {"postgres": undeclared("/aws/rds/instance/fleet-erp-prod-postgres/upgrade")},
            ),
            Break({"helper-log": DROP}, {"helper": undeclared("/aws/lambda/fleet-erp-prod-helper")}),
            Break({"helper.loggingConfig": {"logGroup": "/helpers"}}, {"helper": undeclared("/helpers")}),
        ),
        unknown="cluster.enabledClusterLogTypes",
        also_holds=({"cluster.enabledClusterLogTypes": [], "cluster-log": DROP},),
    ),
    Row(
        "log-waf",
        (_ACL, _WAF_GROUP, _LOGGING),
        (
            Break({"logging": DROP}, {"acl": "no logging configuration names it"}),
            Break(
                {"logging.resourceArn": "arn:aws:wafv2:ap-south-1:111122223333:regional/webacl/other/1"},
                {"acl": "no logging configuration names it"},
            ),
        ),
        unknown="logging.resourceArn",
        unknown_at="acl",
    ),
    Row(
        "log-waf-redaction",
        (_LOGGING, _ACL, _WAF_GROUP),
        (
            Break(
                {"logging.redactedFields": DROP},
                {"logging": "redactedFields leaves the headers authorization, cookie readable"},
            ),
            Break(
                {"logging.redactedFields.1": {"uriPath": {}}},
                {"logging": "redactedFields leaves the headers cookie readable"},
            ),
        ),
        unknown="logging.redactedFields",
    ),
    Row(
        "log-waf-metrics",
        (
            _ACL,
            Thing("aws:wafv2/webAclRule:WebAclRule", "extra", visible("extra")),
        ),
        (
            Break(
                {"acl.visibilityConfig.cloudwatchMetricsEnabled": False},
                {"acl": "visibilityConfig.cloudwatchMetricsEnabled is not true on the web ACL"},
            ),
            Break(
                {"acl.rules.1.visibilityConfig": DROP},
                {"acl": "visibilityConfig.cloudwatchMetricsEnabled is not true on rule rate"},
            ),
            Break(
                {"extra.visibilityConfig.cloudwatchMetricsEnabled": DROP},
                {"extra": "visibilityConfig.cloudwatchMetricsEnabled is not true on the rule"},
            ),
        ),
        unknown="acl.rules",
    ),
    Row(
        "log-waf-destination",
        (_ACL, _WAF_GROUP, _LOGGING),
        (
            Break({"logging.logDestinationConfigs": []}, {"logging": "logDestinationConfigs is empty"}),
            Break(
                {"logging.logDestinationConfigs.0": "arn:aws:s3:::aws-waf-logs-central"},
                {
                    "logging": "it logs to arn:aws:s3:::aws-waf-logs-central,"
                    " which this stack does not declare"
                },
            ),
            Break(
                {"waf-log.name": "waf-logs"},
                {"logging": "it logs to waf-logs, and AWS WAF only to names that begin with aws-waf-logs-"},
            ),
        ),
        unknown="logging.logDestinationConfigs",
    ),
    Row(
        "log-waf-filter",
        (_LOGGING, _ACL, _WAF_GROUP),
        (
            Break(
                {"logging.loggingFilter.filters.0.conditions.0.actionCondition.action": "ALLOW"},
                _DROPS_BLOCKED,
            ),
            Break({"logging.loggingFilter.filters.0.requirement": "MEETS_ALL"}, _DROPS_BLOCKED),
            Break(
                {
                    "logging.loggingFilter.defaultBehavior": "KEEP",
                    "logging.loggingFilter.filters.0.behavior": "DROP",
                },
                _DROPS_BLOCKED,
            ),
        ),
        unknown="logging.loggingFilter",
        also_holds=(
            {"logging.loggingFilter": DROP},
            {"logging.loggingFilter.defaultBehavior": "KEEP", "logging.loggingFilter.filters": []},
        ),
    ),
    Row(
        "log-alb",
        (_ALB, _ELB, _BUCKET, _BUCKET_POLICY),
        (
            Break({"edge.accessLogs": DROP}, {"edge": "accessLogs names no bucket"}),
            Break({"edge.accessLogs.enabled": DROP}, {"edge": "accessLogs.enabled is not true"}),
            Break({"classic.accessLogs.enabled": False}, {"classic": "accessLogs.enabled is not true"}),
        ),
        unknown="edge.accessLogs.enabled",
    ),
    Row(
        "log-alb-bucket",
        (_ALB, _BUCKET, _BUCKET_POLICY, _ENCRYPTION),
        (
            Break(
                {"edge.accessLogs.bucket": _FOREIGN},
                {"edge": f"accessLogs go to {_FOREIGN}, which this stack does not declare"},
            ),
            Break(
                {"edge.connectionLogs.bucket": _FOREIGN},
                {"edge": f"connectionLogs go to {_FOREIGN}, which this stack does not declare"},
            ),
            Break(
                {"sse": DROP},
                {
                    "edge": (
                        "accessLogs go to logs, which declares no encryption",
                        "connectionLogs go to logs, which declares no encryption",
                    )
                },
            ),
        ),
        unknown="edge.accessLogs.bucket",
    ),
    Row(
        "log-alb-connections",
        (_ALB, _BUCKET, _BUCKET_POLICY),
        (
            Break({"edge.connectionLogs": DROP}, {"edge": "connectionLogs.enabled is not true"}),
            Break({"edge.connectionLogs.enabled": False}, {"edge": "connectionLogs.enabled is not true"}),
        ),
        unknown="edge.connectionLogs.enabled",
        also_holds=({"edge.connectionLogs": DROP, "edge.loadBalancerType": "network"},),
    ),
    Row(
        "log-dns",
        (
            thing("aws:route53/zone:Zone", "public", name="example.com"),
            thing("aws:route53/zone:Zone", "private", name="fleet.internal", vpcs=[{"vpcId": "vpc-1"}]),
            thing("aws:route53/queryLog:QueryLog", "queries", zoneId=Ref("public")),
        ),
        (
            Break({"queries": DROP}, {"public": "no query log belongs to this public zone"}),
            Break({"private.vpcs": DROP}, {"private": "no query log belongs to this public zone"}),
        ),
        unknown="queries.zoneId",
        unknown_at="public",
    ),
    Row(
        "log-dns-resolver",
        (
            VPC,
            thing(
                "aws:route53/resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation",
                "names",
                resourceId=Ref("vpc"),
            ),
        ),
        (Break({"names": DROP}, {"vpc": "no resolver query log is associated with it"}),),
        unknown="names.resourceId",
        unknown_at="vpc",
    ),
)
