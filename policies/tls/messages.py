"""Topics and queues."""

from __future__ import annotations

from policies.aws.tokens import QUEUE_POLICIES, QUEUES, TOPIC_POLICIES, TOPICS
from policies.aws.transport import PLAIN, turns_away
from policies.framework import Controls, Findings, Graph, ResourceView, Severity, everywhere, joined_rule


@joined_rule(
    "tls-queue-topic-policy",
    subjects=(*TOPICS, *QUEUES),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-05", "POL-02"), ("8(5)",)),
    remedy="Deny sns:Publish (topic) or sqs:* (queue) for everyone where aws:SecureTransport is false.",
)
def queue_topic_policy(channel: ResourceView, graph: Graph) -> Findings:
    """Topics and queues refuse messages without TLS."""
    topic = channel.type in TOPICS
    holders = (
        graph.attached(channel, "arn", *TOPIC_POLICIES)
        if topic
        else graph.attached(channel, "queueUrl", *QUEUE_POLICIES)
    )
    if channel.has("policy"):
        holders = [*holders, channel]
    actions = ("sns:Publish", "sns:*") if topic else ("sqs:*",)
    if not holders:
        yield "no policy is declared for it"
    elif not turns_away(holders, PLAIN, *actions):
        yield f"its policy does not deny {actions[0]} where aws:SecureTransport is false"
