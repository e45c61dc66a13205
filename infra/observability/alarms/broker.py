"""Alarms on RabbitMQ (AWS/AmazonMQ): the broker as a whole, never single queues.

Amazon MQ publishes queue metrics for a part of the queues only; dead letters and queue depths are alerts of
Prometheus, which reads the broker itself. Nodes of a cluster carry names that AWS makes, so a lost node shows
in the AWS Health event and in the broker's totals. A broker cannot be stopped, so its silence is an alarm.

References: Amazon MQ Developer Guide, "Available CloudWatch metrics for Amazon MQ for RabbitMQ brokers",
"RabbitMQ on Amazon MQ: Memory alarm" and "Disk limit alarm".
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Final

import pulumi

from ...settings import BrokerSettings
from ...settings.edge import LoadSettings
from .classes import BROKERS
from .metric_alarm import FIVE_MINUTES, MINUTE, Alarm, Formula, Metric
from .situation import Situation

BUSY_CPU_PERCENT: Final = 80
MEMORY_PERCENT: Final = 85
"""Of the watermark at which RabbitMQ blocks publishers."""
DISK_FACTOR: Final = 1.5
"""Free space as a multiple of the limit at which RabbitMQ blocks publishers."""
LIMIT_SHARE: Final = 0.8
BACKLOG_MINUTES: Final = 10
"""Of the whole fleet at its peak; the objective is ten seconds."""
FEWEST_EXCHANGES: Final = 1
"""RabbitMQ makes several in every virtual host, so a broker that works always reports some."""

RUNBOOK: Final = "broker"


def broker_alarms(
    *, settings: BrokerSettings, load: LoadSettings, situation: Situation, name: pulumi.Input[str]
) -> Iterator[Alarm]:
    """Give the alarms of the broker; those on consumers and backlog only where there must be consumers."""

    def metric(what: str, statistic: str) -> Metric:
        return Metric(namespace="AWS/AmazonMQ", name=what, statistic=statistic, dimensions={"Broker": name})

    yield Alarm(
        name="broker-silent",
        watches=metric("ExchangeCount", "Maximum"),
        when="<",
        threshold=FEWEST_EXCHANGES,
        periods=2,
        missing="breaching",
        says="The broker has reported nothing for 10 minutes.",
        do="Look at its state in the console and at AWS Health; GPS positions wait in the pods meanwhile.",
        runbook=RUNBOOK,
    )
    yield Alarm(
        name="broker-memory",
        watches=Formula(
            expression="100 * used / limit",
            label="Memory in percent of the watermark",
            metrics={
                "used": metric("RabbitMQMemUsed", "Maximum"),
                "limit": metric("RabbitMQMemLimit", "Minimum"),
            },
        ),
        when=">",
        threshold=MEMORY_PERCENT,
        periods=2,
        missing="notBreaching",
        says=f"The broker uses more than {MEMORY_PERCENT} % of the memory at which it blocks publishers.",
        do="Let consumers catch up, purge what nobody reads, or take a larger instance.",
        runbook=RUNBOOK,
    )
    yield Alarm(
        name="broker-disk",
        watches=Formula(
            expression="free / limit",
            label="Free disk as a multiple of the limit",
            metrics={
                "free": metric("RabbitMQDiskFree", "Minimum"),
                "limit": metric("RabbitMQDiskFreeLimit", "Maximum"),
            },
        ),
        when="<",
        threshold=DISK_FACTOR,
        periods=2,
        missing="notBreaching",
        says="The broker's disk is nearly at the limit at which it blocks publishers.",
        do="Let consumers catch up, purge what nobody reads, or take a larger instance.",
        runbook=RUNBOOK,
    )
    yield Alarm(
        name="broker-cpu",
        watches=metric("SystemCpuUtilization", "Maximum"),
        when=">",
        threshold=BUSY_CPU_PERCENT,
        periods=3,
        missing="notBreaching",
        says=f"The broker's CPU has been more than {BUSY_CPU_PERCENT} % busy for 15 minutes.",
        do="Look for connections that come and go and for queues without limit.",
        runbook=RUNBOOK,
    )
    limits = BROKERS[settings.instance_type]
    # Those of a cluster are per node, and clients may all sit on one.
    connections = int(limits.connections * LIMIT_SHARE)
    yield Alarm(
        name="broker-connections",
        watches=metric("ConnectionCount", "Maximum"),
        when=">",
        threshold=connections,
        periods=2,
        missing="notBreaching",
        says=f"The broker holds more than {connections} of the {limits.connections} connections it accepts.",
        do="Find the clients that open one connection after the other, and restart them.",
        runbook=RUNBOOK,
    )
    single = settings.deployment_mode == "SINGLE_INSTANCE"
    most_queues = limits.queues_single if single else limits.queues_cluster
    queues = int(most_queues * LIMIT_SHARE)
    yield Alarm(
        name="broker-queues",
        watches=metric("QueueCount", "Maximum"),
        when=">",
        threshold=queues,
        periods=1,
        missing="notBreaching",
        says=f"The broker holds more than {queues} of the {most_queues} queues it is made for.",
        do="Find who declares queues without end, and give them an expiry.",
        runbook=RUNBOOK,
    )
    if situation.serving:
        yield _backlog(metric("MessageReadyCount", "Minimum"), load)
    if situation.always_serving:
        yield Alarm(
            name="broker-consumers",
            watches=metric("ConsumerCount", "Maximum"),
            when="<",
            threshold=1,
            periods=2,
            missing="notBreaching",
            says="Nobody has read from the broker for 10 minutes: GPS positions pile up.",
            do="Look at the GPS consumers and at the cluster; messages are kept until they are read.",
            runbook=RUNBOOK,
        )


def _backlog(ready: Metric, load: LoadSettings) -> Alarm:
    fleet = load.fleet
    messages = ceil(
        fleet.peak_vehicles * BACKLOG_MINUTES * MINUTE / fleet.peak_interval_seconds * load.factor
    )
    return Alarm(
        name="broker-backlog",
        watches=ready,
        when=">",
        threshold=messages,
        period_seconds=FIVE_MINUTES,
        periods=2,
        missing="notBreaching",
        says=(
            f"More than {messages} messages wait: what the whole fleet sends in {BACKLOG_MINUTES} minutes "
            "of its peak."
        ),
        do="Look at the GPS consumers and at the database behind them.",
        runbook=RUNBOOK,
    )
