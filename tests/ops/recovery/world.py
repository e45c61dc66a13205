"""One rehearsal's world, and the commands as a new process would begin them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from moto.rds.models import rds_backends
from moto.s3.models import s3_backends

from ops.recovery.command import understood, work
from ops.recovery.journal import Entries, Journal, Kind
from ops.recovery.situation import Allowed, Situation

from .simulated_aws import ACCOUNT, SimulatedAws, running
from .stand_ins import Cluster, StandIns
from .standby import ESTATE

BY: Final = "arn:aws:sts::111122223333:assumed-role/recovery/first.engineer"
NOTHING: Final = Allowed()


class World(StandIns):
    """One rehearsal's world. It is laid out once, and put back before each rehearsal."""

    def __init__(self, aws: SimulatedAws) -> None:
        super().__init__(aws)
        self.said: list[str] = []

    def reset(self) -> None:
        """Put everything back to a standby at rest."""
        aws = self.aws
        aws.restart()
        aws.clock.reset()
        aws.trouble.faults.clear()
        aws.trouble.crashes.clear()
        aws.trouble.refused = frozenset()
        aws.calls = 0
        aws.primary_lost = False
        aws.lost_calls.clear()
        self.primary_status("available")
        aws.lag = lambda: 5.0
        aws.quota, aws.backup_hours = 64.0, 3.0
        aws.file_lag, aws.files_copied, aws.files_released_at = 240.0, "ENABLED", None
        aws.ready_at.clear()
        self.active, self.stages_done, self.up_failures, self.promotions = False, [], [], 0
        self.program_failures = {}
        self.cluster = Cluster()
        self.said = []
        databases = rds_backends[ACCOUNT][ESTATE.region]
        for name in [name for name in databases.databases if "-drill-" in name]:
            del databases.databases[name]
        for name in list(databases.database_snapshots):
            del databases.database_snapshots[name]
        self.replica.source_db_instance_identifier = self._source
        self.replica.is_replica = True
        self.replica.multi_az = self.replica.deletion_protection = False
        self.replica.backup_retention_period = 0
        self.replica.status = "available"
        bucket = s3_backends[ACCOUNT]["aws"].buckets[ESTATE.records_bucket]
        bucket.keys.clear()
        self._nodes(serving=False)
        self._targets(healthy=False)
        self._switch(standby=False)

    def journal_in_the_bucket(self, kind: Kind) -> Entries | None:
        """Read the journal past all that fails."""
        keys = s3_backends[ACCOUNT]["aws"].buckets[ESTATE.records_bucket].keys
        found = keys.get(f"recovery/{kind}.json")
        return None if found is None else Entries.model_validate_json(found.value)

    @property
    def permanent(self) -> bool:
        """Whether something stands in the way that no time heals."""
        return bool(self.aws.trouble.refused)

    def situation(self, kind: Kind, allowed: Allowed) -> Situation:
        """Give what a new process would work with."""
        aws = self.aws.aws(ESTATE.region, doubtful=False)
        clock = self.aws.clock
        return Situation(
            estate=self.estate,
            aws=aws,
            primary=self.aws.aws(ESTATE.primary_region, doubtful=True),
            programs=self,
            probe=self,
            clock=clock,
            journal=Journal(kind, ESTATE.records_bucket, aws.client("s3"), clock),
            allowed=allowed,
            by=BY,
            say=self.said.append,
            deadline=clock.now(),
        )

    def work(
        self,
        kind: Kind,
        allowed: Allowed = NOTHING,
        *,
        take_over: bool = False,
        outage_began: datetime | None = None,
    ) -> Entries:
        """Call the command once."""
        situation = self.situation(kind, allowed)
        with understood():
            return work(situation, outage_began=outage_began, take_over=take_over)


@contextmanager
def laid_out() -> Iterator[World]:
    """Start the simulation and lay the world out."""
    with running(ESTATE.region, ESTATE.primary_region) as aws:
        world = World(aws)
        world.reset()
        yield world
