"""Alarms on copies that fall behind: together with the replica's lag they guard the recovery point (DATA-02).

S3 publishes how far a copy is behind in the region of the copy, and what it could not copy in the region of
the source; EFS publishes in the region of the source. So the standby watches its copies, and the home its
failures.

References: Amazon S3 User Guide, "Using S3 Replication metrics"; Amazon EFS User Guide, "CloudWatch metrics
for Amazon EFS".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pulumi

from ...naming import Naming
from ...recovery.buckets import RULE
from ...settings import RecoverySettings
from .database import RPO_SECONDS
from .metric_alarm import FIVE_MINUTES, MINUTE, Alarm, Metric

RUNBOOK: Final = "recovery"
RPO_PERIODS: Final = RPO_SECONDS // FIVE_MINUTES


def replication_alarms(
    *, recovery: RecoverySettings, naming: Naming, file_system_id: pulumi.Input[str]
) -> Iterator[Alarm]:
    """Give the alarms of one side: home or standby; none of an environment without a peer."""
    if recovery.peer_environment is None or recovery.peer_region is None:
        return
    if not recovery.home:
        home = naming.peer(
            environment=recovery.peer_environment, account_id=naming.account_id, region=recovery.peer_region
        )
        if recovery.serving:
            # Copies of a home that does not serve are what they are.
            return
        for purpose in recovery.replicated_buckets:
            yield from _behind(purpose, home=home, copies=home.elsewhere(naming.region))
        return
    for purpose in recovery.replicated_buckets:
        yield _failed(purpose, home=naming, copies=naming.elsewhere(recovery.peer_region))
    # Of files that come home the other region publishes: the failback runbook looks there.
    if recovery.peer_filestore_id is not None and recovery.serving:
        yield _files_behind(source=file_system_id, target=recovery.peer_filestore_id)


def _metric(name: str, statistic: str, purpose: str, *, home: Naming, copies: Naming) -> Metric:
    return Metric(
        namespace="AWS/S3",
        name=name,
        statistic=statistic,
        dimensions={
            "SourceBucket": home.bucket(purpose),
            "DestinationBucket": copies.bucket(purpose),
            "RuleId": RULE,
        },
    )


def _behind(purpose: str, *, home: Naming, copies: Naming) -> Iterator[Alarm]:
    yield Alarm(
        name=f"replica-latency-{purpose}",
        watches=_metric("ReplicationLatency", "Maximum", purpose, home=home, copies=copies),
        when=">",
        threshold=RPO_SECONDS,
        periods=1,
        # Nothing was written, so nothing is behind.
        missing="notBreaching",
        says=(
            f"The copy of bucket {purpose} is more than {RPO_SECONDS // MINUTE} minutes behind: losing "
            f"{home.region} now loses more than is accepted."
        ),
        do="Look at AWS Health of S3, at the key of the copies and at the replication role.",
        runbook=RUNBOOK,
    )
    yield Alarm(
        name=f"replica-pending-{purpose}",
        watches=_metric("BytesPendingReplication", "Minimum", purpose, home=home, copies=copies),
        when=">",
        threshold=0,
        periods=RPO_PERIODS,
        missing="notBreaching",
        says=f"The copy of bucket {purpose} has not caught up for {RPO_SECONDS // MINUTE} minutes on end.",
        do="See whether much is written at once, as by the archive; otherwise look at AWS Health of S3.",
        runbook=RUNBOOK,
    )


def _failed(purpose: str, *, home: Naming, copies: Naming) -> Alarm:
    return Alarm(
        name=f"replication-failed-{purpose}",
        watches=_metric("OperationsFailedReplication", "Sum", purpose, home=home, copies=copies),
        when=">",
        threshold=0,
        periods=1,
        missing="notBreaching",
        says=f"S3 could not copy something of bucket {purpose} to {copies.region}, and will not try again.",
        do="Mend the replication role or the key of the copies, then copy it with S3 Batch Replication.",
        runbook=RUNBOOK,
    )


def _files_behind(*, source: pulumi.Input[str], target: pulumi.Input[str]) -> Alarm:
    return Alarm(
        name="replication-files",
        watches=Metric(
            namespace="AWS/EFS",
            name="TimeSinceLastSync",
            statistic="Maximum",
            dimensions={"FileSystemId": source, "DestinationFileSystemId": target},
        ),
        when=">",
        threshold=RPO_SECONDS,
        # EFS copies in turns of some minutes, and one turn may be long.
        periods=2,
        # Said by nobody means copied by nobody.
        missing="breaching",
        says=(
            f"Odoo's files were last copied more than {RPO_SECONDS // MINUTE} minutes ago: losing the region "
            "now loses more than is accepted."
        ),
        do="Look at the replication of the file system: its status, and how much is written.",
        runbook=RUNBOOK,
    )
