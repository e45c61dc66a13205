"""Odoo's files in the recovery region: production's are copied into them until somebody ends that.

As long as Amazon EFS copies into a file system nobody else can write to it (EFS User Guide, "Deleting
replication configurations"), so a failover ends the replication before it deploys: pods that cannot write
never become healthy. Production's next deployment after a fail-back declares the replication anew.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, NamedTuple

from botocore.exceptions import ClientError

from .aws import code_of, passes
from .estate import RPO_SECONDS
from .situation import Situation
from .steps import StepFailedError

LOCAL: Final = "LOCAL_CONFIGURATION_ONLY"
"""Ends it in this region alone: for a source that cannot be reached any more."""
PRIMARY: Final = "primary"
LOST: Final = "lost"
"""What a failover remembers of production's region when that does not answer."""
_STUCK: Final = frozenset({"DELETING", "ERROR"})


class Replication(NamedTuple):
    """A replication into the files of the recovery region."""

    source_id: str
    status: str
    whole_until: datetime | None
    """What was written before is copied."""


def filestore_id(situation: Situation) -> str | None:
    """Give the id of the file system here; None where there is none."""
    found = situation.aws.client("efs").describe_file_systems(CreationToken=situation.estate.filestore)
    return next((each["FileSystemId"] for each in found["FileSystems"]), None)


def replication_into(situation: Situation, file_system_id: str) -> Replication | None:
    """Give what copies into a file system; None where nothing does, and it can be written to."""
    try:
        listed: list[dict[str, Any]] = situation.aws.client("efs").describe_replication_configurations()[
            "Replications"
        ]
    except ClientError as error:
        if code_of(error) == "ReplicationNotFound":
            return None
        raise
    for each in listed:
        for destination in each["Destinations"]:
            if destination["FileSystemId"] == file_system_id:
                return Replication(
                    each["SourceFileSystemId"],
                    destination["Status"],
                    destination.get("LastReplicatedTimestamp"),
                )
    return None


def files_are_copied(situation: Situation) -> tuple[bool, str]:
    """Tell whether Odoo's files are here, and not older than the recovery point."""
    found = filestore_id(situation)
    if found is None:
        return False, f"there is no file system {situation.estate.filestore}"
    replication = replication_into(situation, found)
    if replication is None:
        return False, f"nothing copies into {found}: its files are as old as the end of the replication"
    if replication.status != "ENABLED" or replication.whole_until is None:
        return False, f"the replication into {found} is {replication.status}"
    seconds = (situation.clock.now() - replication.whole_until).total_seconds()
    return seconds <= RPO_SECONDS, f"files are {seconds:.0f} s behind, at most {RPO_SECONDS} are promised"


def release_files(situation: Situation) -> None:
    """Let the files of this region be written to, whether or not the other one can be asked."""
    found = filestore_id(situation)
    replication = replication_into(situation, found) if found else None
    if replication is None:
        return
    client = situation.aws.client("efs")
    if replication.status not in _STUCK and situation.recall(PRIMARY) != LOST:
        try:
            client.delete_replication_configuration(SourceFileSystemId=replication.source_id)
        except ClientError as error:
            if passes(error) or code_of(error).startswith("AccessDenied"):
                raise
        else:
            return
    situation.decide("files", f"the replication is ended in {situation.estate.region} alone")
    client.delete_replication_configuration(SourceFileSystemId=replication.source_id, DeletionMode=LOCAL)


def files_released(situation: Situation) -> str | None:
    """Tell what keeps files from being written to."""
    found = filestore_id(situation)
    if found is None:
        raise StepFailedError(
            f"there is no file system {situation.estate.filestore}: docs/runbooks/restore.md"
        )
    replication = replication_into(situation, found)
    return None if replication is None else f"the replication into {found} is {replication.status}"
