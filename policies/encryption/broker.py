"""Message brokers."""

from __future__ import annotations

from policies.aws.keys import without_customer_key
from policies.aws.tokens import BROKERS
from policies.framework import Controls, Findings, ResourceView, Severity, everywhere, resource_rule


@resource_rule(
    "enc-mq-at-rest",
    subjects=BROKERS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_209",), ("SEC-06", "POL-01"), ("8(5)",)),
    remedy=(
        "ActiveMQ: set encryption_options with the data key. RabbitMQ: leave encryption_options out and keep"
        " a dated exemption for [aws-owned-key] in policies/exemptions.yaml."
    ),
    by_reference=True,
)
def mq_at_rest(broker: ResourceView) -> Findings:
    """The broker is encrypted with a customer key, or an exemption says why it cannot be.

    Amazon MQ refuses `encryptionOptions` for RabbitMQ ("not supported for RabbitMQ brokers"); its storage is
    encrypted with a key that AWS owns.
    """
    if broker.text("engineType").lower() == "rabbitmq":
        if broker.has("encryptionOptions"):
            yield "encryptionOptions is set, which Amazon MQ refuses for RabbitMQ"
        yield broker.finding(
            "the queues are encrypted with a key that AWS owns: Amazon MQ takes no customer key for RabbitMQ",
            aspect="aws-owned-key",
        )
    elif broker.flag("encryptionOptions.useAwsOwnedKey", default=True):
        yield "encryptionOptions.useAwsOwnedKey is not false, so AWS uses a key of its own"
    elif why := without_customer_key(broker, "encryptionOptions.kmsKeyId"):
        yield why
