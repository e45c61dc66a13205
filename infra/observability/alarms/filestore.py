"""Alarms on Odoo's file system (AWS/EFS).

Reference: Amazon EFS User Guide, "CloudWatch metrics for Amazon EFS" and "Using metric math".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pulumi

from ...settings import FilestoreSettings
from .metric_alarm import FIVE_MINUTES, Alarm, Formula, Metric
from .situation import Situation

THROUGHPUT_PERCENT: Final = 80
IO_LIMIT_PERCENT: Final = 95
FULL_BURST_BYTES: Final = 2.1 * 1024**4
"""What a file system below one TiB may save up in bursting mode."""
LEAST_BURST_SHARE: Final = 0.1

RUNBOOK: Final = "filestore"


def filestore_alarms(
    *, settings: FilestoreSettings, situation: Situation, file_system_id: pulumi.Input[str]
) -> Iterator[Alarm]:
    """Give the alarms of the file system; that nobody mounts it only where somebody always must."""

    def metric(name: str, statistic: str) -> Metric:
        return Metric(
            namespace="AWS/EFS",
            name=name,
            statistic=statistic,
            dimensions={"FileSystemId": file_system_id},
        )

    yield Alarm(
        name="filestore-throughput",
        watches=Formula(
            expression="100 * metered / PERIOD(metered) / permitted",
            label="Throughput in percent of what is permitted",
            metrics={
                "metered": metric("MeteredIOBytes", "Sum"),
                "permitted": metric("PermittedThroughput", "Minimum"),
            },
        ),
        when=">",
        threshold=THROUGHPUT_PERCENT,
        periods=3,
        missing="notBreaching",
        says=f"Odoo's files have taken more than {THROUGHPUT_PERCENT} % of the throughput for 15 minutes.",
        do="Find what reads and writes so much: a backup, a report, an import.",
        runbook=RUNBOOK,
    )
    yield Alarm(
        name="filestore-io-limit",
        watches=metric("PercentIOLimit", "Maximum"),
        when=">",
        threshold=IO_LIMIT_PERCENT,
        periods=3,
        missing="notBreaching",
        says="The file system has been at the limit of its operations for 15 minutes.",
        do="Find what lists or opens so many small files.",
        runbook=RUNBOOK,
    )
    if settings.throughput_mode == "bursting":
        yield Alarm(
            name="filestore-burst",
            watches=metric("BurstCreditBalance", "Minimum"),
            when="<",
            threshold=FULL_BURST_BYTES * LEAST_BURST_SHARE,
            periods=3,
            missing="notBreaching",
            says="The file system has used up nine tenths of its bursts and will slow down.",
            do="Find what reads and writes so much, or set throughput_mode to elastic.",
            runbook=RUNBOOK,
        )
    if situation.always_serving:
        yield Alarm(
            name="filestore-clients",
            watches=metric("ClientConnections", "Sum"),
            when="<",
            threshold=1,
            period_seconds=FIVE_MINUTES,
            periods=3,
            # Nobody connected may also mean no data at all.
            missing="breaching",
            says="Nobody has had the file system mounted for 15 minutes: Odoo has no attachments.",
            do="Look at the EFS driver on the nodes, the mount targets and their security group.",
            runbook=RUNBOOK,
        )
