"""Storage of databases: what gp3 accepts, how much there is, whether it grows."""

from __future__ import annotations

from typing import Final

from policies.aws.databases import is_replica
from policies.aws.tokens import DATABASES
from policies.framework import (
    Controls,
    Findings,
    ResourceView,
    Setting,
    Settings,
    Severity,
    everywhere,
    resource_rule,
)

_STRIPED_FROM_GIB: Final = 400
"""From this size RDS stripes a PostgreSQL gp3 volume over four, with a higher baseline."""
_IOPS: Final = (12_000, 64_000)
_THROUGHPUT_MIBPS: Final = (500, 4_000)
_GROWTH: Final = 1.1
"""RDS wants a ceiling at least a tenth above what is allocated."""


@resource_rule(
    "avl-rds-storage-shape",
    subjects=DATABASES,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("STOR-01", "STOR-03")),
    remedy=(
        "Set storage_type='gp3'; from 400 GiB up iops=12000 and storage_throughput=500 or more, below"
        " neither of them."
    ),
)
def rds_storage_shape(database: ResourceView) -> Findings:
    """Storage is gp3 with arguments that RDS accepts, now and in later changes.

    From 400 GiB up a PostgreSQL volume starts at 12,000 IOPS and 500 MiB/s, refuses less, and fails to change
    when `iops` is not said. Below, it takes neither. A replica takes the size of its source.
    """
    storage = database.text("storageType")
    if storage != "gp3":
        yield f"storageType is {storage or 'not set'}, not gp3"
        return
    given = {name for name in ("iops", "storageThroughput") if database.has(name)}
    if is_replica(database):
        if len(given) == 1:
            yield f"{given.pop()} is given alone"
    elif (size := database.number("allocatedStorage") or 0) < _STRIPED_FROM_GIB:
        for name in sorted(given):
            yield f"{name} is given for {size} GiB, which gp3 refuses below {_STRIPED_FROM_GIB} GiB"
        return
    else:
        for name in sorted({"iops", "storageThroughput"} - given):
            yield f"{name} is not given for {size} GiB, so later changes of the instance fail"
    for name, (least, most) in (("iops", _IOPS), ("storageThroughput", _THROUGHPUT_MIBPS)):
        value = database.number(name)
        if value is not None and not least <= value <= most:
            yield f"{name} is {value}, and gp3 takes {least} to {most} at this size"


@resource_rule(
    "avl-rds-storage-size",
    subjects=DATABASES,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("STOR-01", "STOR-03")),
    remedy="Set allocated_storage to the environment's GiB; storage never shrinks afterwards.",
    settings={
        "least_gib": Setting(500, "GiB that are allocated at least", {"testing": 20, "dev": 20}),
    },
)
def rds_storage_size(database: ResourceView, settings: Settings) -> Findings:
    """The database has the storage that the strategy gives it; a replica has its source's."""
    if is_replica(database):
        return
    size = database.number("allocatedStorage") or 0
    if size < settings["least_gib"]:
        yield f"allocatedStorage is {size} GiB, less than {settings['least_gib']}"


@resource_rule(
    "avl-rds-storage-ceiling",
    subjects=DATABASES,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("STOR-01", "STOR-03")),
    remedy=(
        "Set max_allocated_storage well above allocated_storage where storage grows; leave it out where it"
        " is fixed."
    ),
    settings={
        "grows": Setting(
            default=True,
            description="whether storage grows by itself",
            environments={"staging": False, "testing": False, "dev": False},
        )
    },
)
def rds_storage_ceiling(database: ResourceView, settings: Settings) -> Findings:
    """Storage grows by itself up to a ceiling in production, and is fixed elsewhere.

    A ceiling equal to the size switches the growth on in the provider and is refused by RDS.
    """
    ceiling = database.number("maxAllocatedStorage") or 0
    if not settings["grows"]:
        if ceiling:
            yield f"maxAllocatedStorage is {ceiling}, but storage is fixed here"
    elif not ceiling:
        yield "maxAllocatedStorage is not set, so a full volume stops the database"
    elif not is_replica(database) and ceiling < _GROWTH * (database.number("allocatedStorage") or 0):
        yield f"maxAllocatedStorage is {ceiling} GiB, less than a tenth above what is allocated"
