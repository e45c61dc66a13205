"""Which logs show access to restricted data, and how long each is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from preview.graph import Resource, ResourceGraph

from .model import KeptLog

LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
BUCKET: Final = "aws:s3/bucket:Bucket"
LIFECYCLE: Final = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
RESTRICTED: Final = "restricted"


def name_of(resource: Resource) -> str:
    """Name a resource as an exemption does: `<type>::<logical name>`."""
    return f"{resource.type}::{resource.name}"


def restricted_stores(graph: ResourceGraph) -> list[Resource]:
    """Give everything that is tagged as holding restricted data."""
    return [
        resource
        for resource in graph.resources
        if resource.custom and _tags(resource).get("DataClassification") == RESTRICTED
    ]


def _tags(resource: Resource) -> dict[str, Any]:
    tags = resource.inputs.get("tags")
    return tags if isinstance(tags, dict) else {}


def kept_logs(graph: ResourceGraph) -> list[KeptLog]:
    """Give each log of access, once for each thing it shows; what shows the same is kept in two places.

    Databases log statements, buckets their requests, the search domain who asked it, the load balancer and
    the firewall who asked the application, the control plane who read Secrets, the trail all of AWS; what
    containers wrote lies in the search domain.
    """
    found = [*_databases(graph), *_buckets(graph), *_services(graph), *_trails(graph)]
    return [log for _, log in sorted({_order(log): log for log in found}.items())]


def _order(log: KeptLog) -> tuple[str, str]:
    return (log.shows, log.resource)


def _groups(graph: ResourceGraph, name: str, shows: str) -> Iterator[KeptLog]:
    """Give the log groups of a name."""
    for group in graph.of_type(LOG_GROUP):
        if group.inputs.get("name") == name:
            days = group.inputs.get("retentionInDays")
            yield KeptLog(resource=name_of(group), shows=shows, kept_days=int(days) if days else None)


def _group_of_arn(graph: ResourceGraph, arn: object, shows: str) -> Iterator[KeptLog]:
    _, marker, name = str(arn).partition(":log-group:")
    if marker:
        yield from _groups(graph, name.removesuffix(":*"), shows)


def _bucket(graph: ResourceGraph, name: object, shows: str) -> Iterator[KeptLog]:
    for bucket in graph.of_type(BUCKET):
        if name in (bucket.inputs.get("bucket"), bucket.id):
            yield KeptLog(
                resource=name_of(bucket), shows=shows, kept_days=kept_days(graph, bucket.inputs["bucket"])
            )


def kept_days(graph: ResourceGraph, bucket: str) -> int | None:
    """Give after how many days the first objects of a bucket expire; None where none do."""
    days = [
        int(rule["expiration"]["days"])
        for lifecycle in graph.of_type(LIFECYCLE)
        if lifecycle.inputs.get("bucket") == bucket
        for rule in lifecycle.inputs.get("rules", ())
        if rule.get("status") == "Enabled" and (rule.get("expiration") or {}).get("days")
    ]
    return min(days) if days else None


def _databases(graph: ResourceGraph) -> Iterator[KeptLog]:
    for store in restricted_stores(graph):
        if store.type == "aws:rds/instance:Instance":
            # The log of upgrades beside it shows nobody's access.
            name = f"/aws/rds/instance/{store.inputs.get('identifier')}/postgresql"
            yield from _groups(graph, name, f"statements of {store.name}")


def _restricted_buckets(graph: ResourceGraph) -> dict[str, str]:
    return {
        str(store.inputs.get("bucket")): store.name
        for store in restricted_stores(graph)
        if store.type == BUCKET
    }


def _buckets(graph: ResourceGraph) -> Iterator[KeptLog]:
    restricted = _restricted_buckets(graph)
    for logging in graph.of_type("aws:s3/bucketLogging:BucketLogging"):
        if (store := restricted.get(str(logging.inputs.get("bucket")))) is not None:
            yield from _bucket(graph, logging.inputs.get("targetBucket"), f"requests to bucket {store}")


def _services(graph: ResourceGraph) -> Iterator[KeptLog]:
    for balancer in graph.of_type("aws:lb/loadBalancer:LoadBalancer"):
        bucket = (balancer.inputs.get("accessLogs") or {}).get("bucket")
        yield from _bucket(graph, bucket, "requests to the application")
    for logging in graph.of_type("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"):
        for arn in logging.inputs.get("logDestinationConfigs", ()):
            yield from _group_of_arn(graph, arn, "requests that the firewall judged")
    for domain in graph.of_type("aws:opensearch/domain:Domain"):
        for option in domain.inputs.get("logPublishingOptions", ()):
            if option.get("logType") == "AUDIT_LOGS":
                arn = option.get("cloudwatchLogGroupArn")
                yield from _group_of_arn(graph, arn, f"who asked domain {domain.name}")
    for cluster in graph.of_type("aws:eks/cluster:Cluster"):
        name = f"/aws/eks/{cluster.inputs.get('name')}/cluster"
        yield from _groups(graph, name, "calls to the cluster, Secrets read among them")
    for files in graph.of_type("kubernetes:core/v1:ConfigMap"):
        yield from _containers(files)


def _containers(files: Resource) -> Iterator[KeptLog]:
    """The plan that the search domain is set up by says when it deletes what containers wrote."""
    text = (files.inputs.get("data") or {}).get("plan.json")
    if not isinstance(text, str):
        return
    try:
        plan = json.loads(text)
    except ValueError:
        return
    if isinstance(plan, dict) and isinstance(plan.get("retention_days"), int) and "pattern" in plan:
        yield KeptLog(
            resource=name_of(files),
            shows=f"what containers wrote, indices {plan['pattern']}",
            kept_days=plan["retention_days"],
        )


def _trails(graph: ResourceGraph) -> Iterator[KeptLog]:
    for trail in graph.of_type("aws:cloudtrail/trail:Trail"):
        shows = f"calls to AWS, trail {trail.name}"
        yield from _bucket(graph, trail.inputs.get("s3BucketName"), shows)
        yield from _group_of_arn(graph, trail.inputs.get("cloudWatchLogsGroupArn"), shows)
        selected = json.dumps(
            [trail.inputs.get("advancedEventSelectors"), trail.inputs.get("eventSelectors")]
        )
        for bucket, store in _restricted_buckets(graph).items():
            if f'"arn:aws:s3:::{bucket}/' in selected:
                yield from _bucket(graph, trail.inputs.get("s3BucketName"), f"requests to bucket {store}")
