"""What the rows of the pack resilience have in common: two zones, and a provider."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from tests.policies.builders import REGION, Ref, Thing, thing, urn_of

AWS: Final = thing("pulumi:providers:aws", "aws", region=REGION)
ONE_ZONE: Final = thing("aws:ec2/subnet:Subnet", "private-a", availabilityZone="ap-south-1a")
OTHER_ZONE: Final = thing("aws:ec2/subnet:Subnet", "private-b", availabilityZone="ap-south-1b")
BOTH_ZONES: Final = [Ref("private-a"), Ref("private-b")]

NIGHT: Final = "outside 22:00 to 06:00"


def ours(entry: Thing, stack: str = "prod") -> Thing:
    """Give the thing under the provider that says which region is ours."""
    return replace(entry, options={**entry.options, "provider": f"{urn_of(stack, AWS.token, AWS.name)}::id"})


def database(**inputs: Any) -> Thing:
    """Give production's database, as far as rules about its resilience look."""
    return thing(
        "aws:rds/instance:Instance",
        "postgres",
        **{
            "identifier": "fleet-erp-prod-postgres",
            "engine": "postgres",
            "username": "fleet_admin",
            "instanceClass": "db.m5.xlarge",
            "multiAz": True,
            "storageType": "gp3",
            "allocatedStorage": 500,
            "maxAllocatedStorage": 1000,
            "iops": 12000,
            "storageThroughput": 500,
            "backupRetentionPeriod": 30,
            "backupWindow": "19:00-20:00",
            "maintenanceWindow": "sun:20:30-sun:21:30",
            "deletionProtection": True,
            "skipFinalSnapshot": False,
            "finalSnapshotIdentifier": "fleet-erp-prod-postgres-final",
            "deleteAutomatedBackups": False,
            "autoMinorVersionUpgrade": False,
            "copyTagsToSnapshot": True,
            **inputs,
        },
    )


REPORT: Final = thing(
    "aws:rds/instance:Instance",
    "report",
    instanceClass="db.m5.large",
    multiAz=False,
    storageType="gp3",
    maxAllocatedStorage=1000,
    iops=12000,
    storageThroughput=500,
    backupRetentionPeriod=0,
    maintenanceWindow="sun:20:30-sun:21:30",
    deletionProtection=True,
    skipFinalSnapshot=True,
    autoMinorVersionUpgrade=False,
    replicateSourceDb=Ref("postgres", "arn"),
)
"""The replica that reports read, beside its source."""

STANDBY_SOURCE: Final = "arn:aws:rds:ap-south-1:111122223333:db:fleet-erp-prod-postgres"
