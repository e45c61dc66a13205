"""Rows about the logs of databases, broker, cache, search domain and buckets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from tests.policies.builders import DROP, Ref, Thing, thing
from tests.policies.table import Break, Row

LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
_PARAMETERS: Final = {
    "log_min_duration_statement": "1000",
    "log_connections": "1",
    "log_disconnections": "1",
    "log_statement": "ddl",
    "shared_preload_libraries": "pg_stat_statements, pgaudit",
    "pgaudit.log": "ddl,role",
}
_AT: Final = {name: position for position, name in enumerate(_PARAMETERS)}
_GROUP: Final = thing(
    "aws:rds/parameterGroup:ParameterGroup",
    "parameters",
    name="fleet-erp-prod-postgres16",
    parameters=[{"name": name, "value": value} for name, value in _PARAMETERS.items()],
)
_DATABASE: Final = thing(
    "aws:rds/instance:Instance",
    "postgres",
    engine="postgres",
    parameterGroupName=Ref("parameters", "name"),
    enabledCloudwatchLogsExports=["postgresql", "upgrade"],
    monitoringInterval=60,
    monitoringRoleArn="arn:aws:iam::111122223333:role/rds-monitoring",
    performanceInsightsEnabled=True,
)
_AURORA: Final = thing(
    "aws:rds/cluster:Cluster",
    "aurora",
    engine="aurora-postgresql",
    enabledCloudwatchLogsExports=["postgresql"],
)
_REPLICA: Final = thing(
    "aws:rds/instance:Instance",
    "report",
    replicateSourceDb=Ref("postgres"),
    enabledCloudwatchLogsExports=["postgresql", "upgrade"],
)


def parameter_row(rule: str, wrong: dict[str, tuple[str, str]], *, missing: str) -> Row:
    """Give the row of a rule about parameters: for each parameter a bad value and what a good one is called.

    `missing` is what the rule says it asks for when the default group decides.
    """
    other = "default.postgres16"
    return Row(
        rule,
        (_GROUP, _DATABASE),
        (
            Break(
                {"postgres.parameterGroupName": DROP},
                {
                    "postgres": "parameterGroupName is not set, so AWS's default parameter group"
                    f" decides about {missing}"
                },
            ),
            Break(
                {"postgres.parameterGroupName": other},
                {"postgres": f"parameterGroupName names {other}, which this stack does not declare"},
            ),
            *(
                Break(
                    {f"parameters.parameters.{_AT[name]}.value": value},
                    {"postgres": f"the parameter group parameters sets {name} to {value}, not to {good}"},
                )
                for name, (value, good) in wrong.items()
            ),
            *(
                Break(
                    {f"parameters.parameters.{_AT[name]}.name": "other"},
                    {"postgres": f"the parameter group parameters does not set {name}"},
                )
                for name in wrong
            ),
        ),
        unknown="postgres.parameterGroupName",
    )


def events(name: str, source: str, *categories: str) -> Thing:
    """Give a subscription to events of RDS."""
    return thing(
        "aws:rds/eventSubscription:EventSubscription",
        name,
        sourceType=source,
        eventCategories=list(categories),
        snsTopic="arn:aws:sns:ap-south-1:111122223333:alarms",
    )


def events_row(rule: str, source: str, *categories: str) -> Row:
    """Give the row of a rule about events of one kind of source."""
    nobody = f"no event subscription is about {', '.join(categories)} of every {source}"
    return Row(
        rule,
        (_DATABASE, _GROUP, events("events", source, *categories)),
        (
            Break({"events": DROP}, {"the stack": nobody}),
            Break({"events.enabled": False}, {"the stack": nobody}),
            Break({"events.sourceIds": ["postgres"]}, {"the stack": nobody}),
            Break({"events.sourceType": "db-snapshot"}, {"the stack": nobody}),
            Break(
                {"events.eventCategories.0": "backup"},
                {"the stack": f"no event subscription is about {categories[0]} of every {source}"},
            ),
        ),
        unknown="events.sourceType",
        also_holds=(
            {"events.eventCategories": DROP},
            {"events.sourceType": DROP},
            {"events": DROP, "postgres": DROP},
        ),
    )


_CACHE: Final = thing(
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "redis",
    engine="redis",
    logDeliveryConfigurations=[
        {"logType": log, "destinationType": "cloudwatch-logs", "destination": Ref(log, "name")}
        for log in ("slow-log", "engine-log")
    ],
)
_CACHE_GROUPS: Final = tuple(
    thing(LOG_GROUP, log, name=f"/fleet-erp/prod/cache/{log}") for log in ("slow-log", "engine-log")
)
_MEMCACHED: Final = thing("aws:elasticache/cluster:Cluster", "memcached", engine="memcached")
_MEMBER: Final = thing("aws:elasticache/cluster:Cluster", "member", replicationGroupId="redis")


def cache_row(rule: str, log: str, position: int) -> Row:
    """Give the row of a rule about one of the cache's logs."""
    missing = f"logDeliveryConfigurations has no {log}"
    return Row(
        rule,
        (_CACHE, _MEMCACHED, _MEMBER, *_CACHE_GROUPS),
        (
            Break({"redis.logDeliveryConfigurations": DROP}, {"redis": missing}),
            Break({f"redis.logDeliveryConfigurations.{position}.logType": "other"}, {"redis": missing}),
            Break({"memcached.engine": "redis"}, {"memcached": missing}),
            Break({"member.replicationGroupId": DROP}, {"member": missing}),
        ),
        unknown="redis.logDeliveryConfigurations",
    )


_SEARCH_LOGS: Final = ("ES_APPLICATION_LOGS", "AUDIT_LOGS", "SEARCH_SLOW_LOGS", "INDEX_SLOW_LOGS")
_SEARCH: Final = thing(
    "aws:opensearch/domain:Domain",
    "search",
    logPublishingOptions=[
        {"logType": log, "cloudwatchLogGroupArn": "arn:aws:logs:ap-south-1:111122223333:log-group:search"}
        for log in _SEARCH_LOGS
    ],
)


def search_row(rule: str, log: str) -> Row:
    """Give the row of a rule about one of the search domain's logs."""
    at = f"search.logPublishingOptions.{_SEARCH_LOGS.index(log)}"
    missing = {"search": f"logPublishingOptions has no enabled {log}"}
    return Row(
        rule,
        (_SEARCH,),
        (
            Break({"search.logPublishingOptions": DROP}, missing),
            Break({f"{at}.enabled": False}, missing),
            Break({f"{at}.cloudwatchLogGroupArn": DROP}, missing),
        ),
        unknown="search.logPublishingOptions",
    )


def bucket(name: str, **inputs: Any) -> Thing:
    """Give a bucket."""
    return thing("aws:s3/bucket:Bucket", name, bucket=f"fleet-erp-prod-{name}", **inputs)


_DATA: Final = bucket("attachments")
_LOGS: Final = bucket("access-logs")
_POLICY: Final = thing(
    "aws:s3/bucketPolicy:BucketPolicy", "policy", bucket=Ref("access-logs", "bucket"), policy="{}"
)
_LOGGING: Final = thing(
    "aws:s3/bucketLogging:BucketLogging",
    "logging",
    bucket=Ref("attachments", "bucket"),
    targetBucket=Ref("policy", "bucket"),
    targetPrefix="s3/attachments/",
)

ROWS: Final = (
    Row(
        "log-rds",
        (_DATABASE, _GROUP, _AURORA, _REPLICA),
        (
            Break(
                {"postgres.enabledCloudwatchLogsExports": DROP},
                {"postgres": "enabledCloudwatchLogsExports lacks postgresql, upgrade"},
            ),
            Break(
                {"report.enabledCloudwatchLogsExports": ["postgresql"]},
                {"report": "enabledCloudwatchLogsExports lacks upgrade"},
            ),
            Break(
                {"aurora.enabledCloudwatchLogsExports": []},
                {"aurora": "enabledCloudwatchLogsExports lacks postgresql"},
            ),
            Break(
                {"postgres.engine": "mysql"},
                {"postgres": "enabledCloudwatchLogsExports lacks error, slowquery"},
            ),
        ),
        unknown="postgres.enabledCloudwatchLogsExports",
    ),
    Row(
        "log-rds-monitoring",
        (_DATABASE, _GROUP),
        (
            Break({"postgres.monitoringInterval": 0}, {"postgres": "monitoringInterval is 0 or not set"}),
            Break({"postgres.monitoringInterval": DROP}, {"postgres": "monitoringInterval is 0 or not set"}),
            Break(
                {"postgres.monitoringRoleArn": DROP},
                {"postgres": "monitoringRoleArn is not set, so nothing may be delivered"},
            ),
        ),
        unknown="postgres.monitoringInterval",
    ),
    Row(
        "log-rds-insights",
        (_DATABASE, _GROUP),
        (
            Break(
                {"postgres.performanceInsightsEnabled": False},
                {"postgres": "performanceInsightsEnabled is not true"},
            ),
            Break(
                {"postgres.performanceInsightsEnabled": DROP},
                {"postgres": "performanceInsightsEnabled is not true"},
            ),
        ),
        unknown="postgres.performanceInsightsEnabled",
    ),
    parameter_row(
        "log-rds-min-duration",
        {"log_min_duration_statement": ("-1", "0 to 1000 milliseconds")},
        missing="log_min_duration_statement",
    ),
    parameter_row(
        "log-rds-connections",
        {"log_connections": ("0", "1"), "log_disconnections": ("off", "1")},
        missing="log_connections, log_disconnections",
    ),
    parameter_row("log-rds-statements", {"log_statement": ("all", "ddl")}, missing="log_statement"),
    parameter_row(
        "log-rds-audit",
        {
            "shared_preload_libraries": ("pg_stat_statements", "a list with pgaudit"),
            "pgaudit.log": ("ddl", "a list with ddl and role"),
        },
        missing="shared_preload_libraries, pgaudit.log",
    ),
    events_row("log-rds-events", "db-instance", "maintenance", "configuration change", "failure"),
    events_row("log-rds-events-parameters", "db-parameter-group", "configuration change"),
    events_row("log-rds-events-security-groups", "db-security-group", "configuration change", "failure"),
    Row(
        "log-mq-general",
        (thing("aws:mq/broker:Broker", "rabbitmq", engineType="RabbitMQ", logs={"general": True}),),
        (
            Break({"rabbitmq.logs": DROP}, {"rabbitmq": "logs.general is not true"}),
            Break({"rabbitmq.logs.general": False}, {"rabbitmq": "logs.general is not true"}),
        ),
        unknown="rabbitmq.logs.general",
    ),
    Row(
        "log-mq-audit",
        (
            thing("aws:mq/broker:Broker", "rabbitmq", engineType="RabbitMQ", logs={"general": True}),
            thing("aws:mq/broker:Broker", "activemq", engineType="ActiveMQ", logs={"audit": True}),
        ),
        (
            Break(
                {"rabbitmq.logs.audit": True},
                {"rabbitmq": "logs.audit is set, which Amazon MQ refuses for RabbitMQ"},
            ),
            Break(
                {"rabbitmq.logs.audit": False},
                {"rabbitmq": "logs.audit is set, which Amazon MQ refuses for RabbitMQ"},
            ),
            Break({"activemq.logs.audit": DROP}, {"activemq": "logs.audit is not true"}),
        ),
        unknown="rabbitmq.engineType",
    ),
    cache_row("log-cache", "slow-log", 0),
    cache_row("log-cache-engine", "engine-log", 1),
    Row(
        "log-cache-destination",
        (
            replace(
                _CACHE, inputs={"logDeliveryConfigurations": _CACHE.inputs["logDeliveryConfigurations"][:1]}
            ),
            *_CACHE_GROUPS,
        ),
        (
            Break(
                {"redis.logDeliveryConfigurations.0.destination": "/elsewhere"},
                {"redis": "the slow-log goes to /elsewhere, which this stack does not declare"},
            ),
        ),
        unknown="redis.logDeliveryConfigurations.0.destination",
        also_holds=(
            {
                "redis.logDeliveryConfigurations.0.destinationType": "kinesis-firehose",
                "redis.logDeliveryConfigurations.0.destination": "stream",
            },
        ),
    ),
    search_row("log-opensearch", "ES_APPLICATION_LOGS"),
    search_row("log-opensearch-audit", "AUDIT_LOGS"),
    search_row("log-opensearch-slow-searches", "SEARCH_SLOW_LOGS"),
    search_row("log-opensearch-slow-indexing", "INDEX_SLOW_LOGS"),
    Row(
        "log-s3-access",
        (_DATA, _LOGS, _POLICY, _LOGGING),
        (
            Break(
                {"logging": DROP},
                {
                    "attachments": "no s3.BucketLogging belongs to it",
                    "access-logs": "no s3.BucketLogging belongs to it",
                },
            ),
            Break(
                {},
                {"metrics": "no s3.BucketLogging belongs to it"},
                plus=(bucket("metrics"),),
            ),
        ),
        unknown="policy.bucket",
        unknown_at="access-logs",
        also_holds=(
            {
                "logging": thing(
                    "aws:lb/loadBalancer:LoadBalancer",
                    "logging",
                    accessLogs={"bucket": Ref("policy", "bucket")},
                ),
                "attachments.loggings": [{"targetBucket": "fleet-erp-prod-access-logs"}],
            },
        ),
    ),
    Row(
        "log-s3-access-target",
        (_DATA, _LOGS, _POLICY, _LOGGING),
        (
            Break(
                {"logging.targetBucket": "central-logs"},
                {"logging": "targetBucket is central-logs, which this stack does not declare"},
            ),
            Break(
                {"logging.targetBucket": Ref("attachments", "bucket")},
                {"logging": "the bucket logs into itself, and each entry makes another"},
            ),
            Break(
                {"logging.targetPrefix": ""},
                {"logging": "targetPrefix is empty, so the logs of several buckets mix"},
            ),
        ),
        unknown="logging.targetBucket",
    ),
)
