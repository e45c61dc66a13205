"""Topics and queues."""

from __future__ import annotations

from policies.aws.keys import without_customer_key
from policies.aws.tokens import QUEUES, TOPICS
from policies.framework import Controls, Findings, ResourceView, Severity, everywhere, resource_rule


@resource_rule(
    "enc-sns-cmk",
    subjects=TOPICS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls(("SNS.1",), ("CKV_AWS_26",), ("SEC-06", "POL-01")),
    remedy="Set kms_master_key_id to the logs key, whose policy lets the publishing services use it.",
    by_reference=True,
)
def sns_cmk(topic: ResourceView) -> Findings:
    """Topics are encrypted with a customer key.

    With AWS's own key EventBridge and CloudWatch cannot publish, and the messages vanish without an error.
    """
    if why := without_customer_key(topic, "kmsMasterKeyId"):
        yield why


@resource_rule(
    "enc-sqs-cmk",
    subjects=QUEUES,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls(("SQS.1",), ("CKV_AWS_27", "CKV2_AWS_73"), ("SEC-06", "POL-01")),
    remedy="Set kms_master_key_id to the data key.",
    by_reference=True,
)
def sqs_cmk(queue: ResourceView) -> Findings:
    """Queues are encrypted with a customer key."""
    if why := without_customer_key(queue, "kmsMasterKeyId"):
        yield why
