"""The message broker's logs."""

from __future__ import annotations

from typing import Final

from policies.aws.tokens import BROKERS
from policies.framework import (
    Controls,
    Findings,
    ResourceView,
    Severity,
    everywhere,
    resource_rule,
)

_RABBITMQ: Final = "rabbitmq"


@resource_rule(
    "log-mq-general",
    subjects=BROKERS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_48",), ("OBS-01",)),
    remedy="Set logs=mq.BrokerLogsArgs(general=True).",
)
def mq_general(broker: ResourceView) -> Findings:
    """The broker's general log goes to CloudWatch."""
    if not broker.flag("logs.general"):
        yield "logs.general is not true"


@resource_rule(
    "log-mq-audit",
    subjects=BROKERS,
    severity=Severity.LOW,
    levels=everywhere(),
    controls=Controls((), (), ("OBS-01",)),
    remedy="RabbitMQ: leave logs.audit out. ActiveMQ: set it to True.",
)
def mq_audit(broker: ResourceView) -> Findings:
    """The audit log is on where there is one, and left out for RabbitMQ, which refuses it.

    Amazon MQ has audit logs for ActiveMQ alone; with any value of `audit` a RabbitMQ broker is not created.
    """
    if broker.text("engineType").lower() == _RABBITMQ:
        if broker.has("logs.audit"):
            yield "logs.audit is set, which Amazon MQ refuses for RabbitMQ"
    elif not broker.flag("logs.audit"):
        yield "logs.audit is not true"
