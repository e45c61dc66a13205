"""CloudTrail: who called which API."""

from __future__ import annotations

from typing import Final

from policies.aws.tokens import LOG_GROUPS, TRAILS
from policies.framework import (
    Controls,
    Findings,
    Graph,
    Level,
    ResourceView,
    Severity,
    advisory_in,
    joined_rule,
    mandatory_in,
    resource_rule,
    stack_rule,
)

_LEVELS: Final = mandatory_in("prod", "dr")
_REQUIREMENTS: Final = ("ENV-04", "SEC-14")


@stack_rule(
    "log-trail-exists",
    subjects=TRAILS,
    severity=Severity.HIGH,
    levels=mandatory_in("prod", otherwise=Level.DISABLED),
    controls=Controls(("CloudTrail.1",), ("CKV_AWS_67",), _REQUIREMENTS, ("8(5)",)),
    remedy="Declare cloudtrail.Trail(is_multi_region_trail=True, enable_log_file_validation=True, …).",
)
def trail_exists(graph: Graph) -> Findings:
    """A trail records the account's API calls; that of production serves all regions."""
    if not graph.of(*TRAILS):
        yield "the stack declares no cloudtrail.Trail"


@resource_rule(
    "log-trail",
    subjects=TRAILS,
    severity=Severity.HIGH,
    levels=_LEVELS,
    controls=Controls(("CloudTrail.1",), ("CKV_AWS_67",), _REQUIREMENTS, ("8(5)",)),
    remedy="Set is_multi_region_trail=True and leave include_global_service_events at True.",
)
def trail(audit: ResourceView) -> Findings:
    """A trail records all regions and the global services."""
    if not audit.flag("isMultiRegionTrail"):
        yield "isMultiRegionTrail is not true"
    if not audit.flag("includeGlobalServiceEvents", default=True):
        yield "includeGlobalServiceEvents is false, so IAM and STS are left out"


@resource_rule(
    "log-trail-enabled",
    subjects=TRAILS,
    severity=Severity.HIGH,
    levels=_LEVELS,
    controls=Controls(("CloudTrail.1",), ("CKV_AWS_251",), _REQUIREMENTS, ("8(5)",)),
    remedy="Leave enable_logging at True.",
    exemptible=False,
)
def trail_enabled(audit: ResourceView) -> Findings:
    """A trail is switched on."""
    if not audit.flag("enableLogging", default=True):
        yield "enableLogging is false"


@resource_rule(
    "log-trail-validation",
    subjects=TRAILS,
    severity=Severity.MEDIUM,
    levels=_LEVELS,
    controls=Controls(("CloudTrail.4",), ("CKV_AWS_36",), _REQUIREMENTS),
    remedy="Set enable_log_file_validation=True.",
)
def trail_validation(audit: ResourceView) -> Findings:
    """A trail signs its files, so that a changed or missing one is noticed."""
    if not audit.flag("enableLogFileValidation"):
        yield "enableLogFileValidation is not true"


@joined_rule(
    "log-trail-cloudwatch",
    subjects=TRAILS,
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls(("CloudTrail.5",), ("CKV2_AWS_10",), _REQUIREMENTS),
    remedy="Set cloud_watch_logs_group_arn (with :*) and cloud_watch_logs_role_arn.",
)
def trail_cloudwatch(audit: ResourceView, _graph: Graph) -> Findings:
    """A trail also writes to a log group of this stack, where alarms can read it."""
    link = audit.link("cloudWatchLogsGroupArn")
    if not link.given:
        yield "cloudWatchLogsGroupArn is not set"
    elif not link.targets(*LOG_GROUPS):
        yield f"cloudWatchLogsGroupArn is {link.value or 'a group'}, which this stack does not declare"
    elif not audit.has("cloudWatchLogsRoleArn"):
        yield "cloudWatchLogsRoleArn is not set, so nothing may be written there"


@resource_rule(
    "log-trail-data-events",
    subjects=TRAILS,
    severity=Severity.LOW,
    levels=advisory_in("prod", "dr"),
    controls=Controls(("S3.22", "S3.23"), (), ("SEC-14", "DATA-07"), ("8(5)",)),
    remedy="Add an advanced_event_selectors entry with resources.type AWS::S3::Object for the data buckets.",
)
def trail_data_events(audit: ResourceView) -> Findings:
    """A trail records who reads and writes objects in buckets."""
    simple = [
        resource.text("type")
        for selector in audit.blocks("eventSelectors")
        for resource in selector.blocks("dataResources")
    ]
    advanced = [
        value
        for selector in audit.blocks("advancedEventSelectors")
        for field in selector.blocks("fieldSelectors")
        if field.text("field") == "resources.type"
        for value in field.texts("equals")
    ]
    if "AWS::S3::Object" not in (*simple, *advanced):
        yield "no event selector is about AWS::S3::Object"
