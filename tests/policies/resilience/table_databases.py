"""Rows of the rules about databases."""

from __future__ import annotations

from typing import Final

from tests.policies.builders import DROP, Ref, thing
from tests.policies.resilience.places import AWS, NIGHT, REPORT, STANDBY_SOURCE, database, ours
from tests.policies.table import Break, Row

_CLUSTER: Final = thing(
    "aws:rds/cluster:Cluster",
    "aurora",
    deletionProtection=True,
    skipFinalSnapshot=False,
    finalSnapshotIdentifier="final",
    backupRetentionPeriod=30,
    deleteAutomatedBackups=False,
)
_LOST: Final = "multiAz is not true, so the loss of a zone stops the database"
_TWICE: Final = "multiAz is true where the strategy pays for one zone"
_NO_SNAPSHOT: Final = "skipFinalSnapshot is true"
_NEW: Final = "it replicates nothing and declares how it begins: it is new"
_RECOVERY: Final = ours(
    thing(
        "aws:rds/instance:Instance",
        "postgres",
        replicateSourceDb=STANDBY_SOURCE,
        instanceClass="db.m5.xlarge",
        backupRetentionPeriod=30,
    ),
    "dr",
)
_RECOVERY_AWS: Final = thing("pulumi:providers:aws", "aws", region="ap-southeast-1")
_BACKUPS: Final = thing(
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
    "backups",
    sourceDbInstanceArn=Ref("postgres", "arn"),
    region="ap-southeast-1",
)

ROWS: Final = (
    Row(
        "avl-rds-class",
        (database(), REPORT),
        (
            Break(
                {"postgres.instanceClass": "db.m5.large"},
                {"postgres": "instanceClass is db.m5.large, not db.m5.xlarge"},
            ),
            Break(
                {"postgres.instanceClass": DROP}, {"postgres": "instanceClass is not set, not db.m5.xlarge"}
            ),
            Break(
                {"report.replicateSourceDb": STANDBY_SOURCE},
                {"report": "instanceClass is db.m5.large, not db.m5.xlarge"},
            ),
            Break(
                {},
                {"aurora": "the strategy's database is one rds.Instance with a standby, not a cluster"},
                plus=(_CLUSTER,),
            ),
        ),
        unknown="postgres.instanceClass",
    ),
    Row(
        "avl-rds-class",
        (database(instanceClass="db.t3.medium"),),
        (
            Break(
                {"postgres.instanceClass": "db.m5.xlarge"},
                {"postgres": "instanceClass is db.m5.xlarge, not db.t3.medium"},
            ),
        ),
        unknown="postgres.instanceClass",
        stack="testing",
    ),
    Row(
        "avl-rds-multi-az",
        (database(), REPORT),
        (
            Break({"postgres.multiAz": False}, {"postgres": _LOST}),
            Break({"postgres.multiAz": DROP}, {"postgres": _LOST}),
        ),
        unknown="postgres.multiAz",
    ),
    Row(
        "avl-rds-multi-az",
        (database(multiAz=False),),
        (Break({"postgres.multiAz": True}, {"postgres": _TWICE}),),
        unknown="postgres.multiAz",
        also_holds=({"postgres.multiAz": DROP},),
        stack="staging",
    ),
    Row(
        "avl-rds-deletion-protection",
        (database(), _CLUSTER),
        (
            Break({"postgres.deletionProtection": False}, {"postgres": "deletionProtection is not true"}),
            Break({"postgres.deletionProtection": DROP}, {"postgres": "deletionProtection is not true"}),
            Break({"aurora.deletionProtection": DROP}, {"aurora": "deletionProtection is not true"}),
        ),
        unknown="postgres.deletionProtection",
    ),
    Row(
        "avl-rds-final-snapshot",
        (database(), REPORT),
        (
            Break({"postgres.skipFinalSnapshot": True}, {"postgres": _NO_SNAPSHOT}),
            Break(
                {"postgres.finalSnapshotIdentifier": DROP},
                {"postgres": "finalSnapshotIdentifier is not set, so the removal fails"},
            ),
            Break(
                {"report.skipFinalSnapshot": False},
                {
                    "report": "skipFinalSnapshot is not true on a replica,"
                    " of which AWS takes no final snapshot"
                },
            ),
        ),
        unknown="postgres.skipFinalSnapshot",
    ),
    Row(
        "avl-rds-minor-upgrade",
        (database(), REPORT),
        (
            Break(
                {"postgres.autoMinorVersionUpgrade": True},
                {"postgres": "autoMinorVersionUpgrade is not false although report replicates it"},
            ),
            Break(
                {"postgres.autoMinorVersionUpgrade": DROP},
                {"postgres": "autoMinorVersionUpgrade is not false although report replicates it"},
            ),
            Break(
                {"report.autoMinorVersionUpgrade": True},
                {"report": "autoMinorVersionUpgrade is not false although this is a replica"},
            ),
        ),
        unknown="postgres.autoMinorVersionUpgrade",
        also_holds=({"report": DROP}, {"report": DROP, "postgres.autoMinorVersionUpgrade": True}),
    ),
    Row(
        "avl-rds-minor-upgrade",
        (database(autoMinorVersionUpgrade=True),),
        (
            Break(
                {"postgres.autoMinorVersionUpgrade": False},
                {"postgres": "autoMinorVersionUpgrade is false and nothing replicates the instance"},
            ),
        ),
        unknown="postgres.autoMinorVersionUpgrade",
        also_holds=({"postgres.autoMinorVersionUpgrade": DROP},),
        stack="staging",
    ),
    Row(
        "avl-rds-windows",
        (database(), REPORT),
        (
            Break(
                {"postgres.maintenanceWindow": DROP},
                {"postgres": "maintenanceWindow is not set, so AWS picks one"},
            ),
            Break(
                {"postgres.maintenanceWindow": "thu:08:30-thu:09:30"},
                {
                    "postgres": "maintenanceWindow is thu:08:30-thu:09:30: it is 14:00 to 15:00"
                    f" Asia/Kolkata, {NIGHT}"
                },
            ),
            Break(
                {"report.maintenanceWindow": "sunday night"},
                {"report": "maintenanceWindow is sunday night: 'sunday night' is no window"},
            ),
            Break({"postgres.backupWindow": DROP}, {"postgres": "backupWindow is not set, so AWS picks one"}),
            Break(
                {"postgres.backupWindow": "00:00-01:00"},
                {"postgres": f"backupWindow is 00:00-01:00: it is 05:30 to 06:30 Asia/Kolkata, {NIGHT}"},
            ),
            Break(
                {"postgres.backupWindow": "20:00-21:00"},
                {
                    "postgres": "backupWindow 20:00-21:00 and maintenanceWindow sun:20:30-sun:21:30"
                    " overlap, which RDS refuses"
                },
            ),
        ),
        unknown="postgres.maintenanceWindow",
    ),
    Row(
        "avl-rds-windows",
        (database(maintenanceWindow="thu:08:30-thu:09:30", backupWindow="10:00-11:00"),),
        (
            Break(
                {"postgres.maintenanceWindow": "sun:08:30-sun:09:30"},
                {
                    "postgres": "maintenanceWindow is sun:08:30-sun:09:30: it is 14:00 to 15:00"
                    " Asia/Kolkata on a sun, not on mon, tue, wed, thu, fri"
                },
            ),
            Break(
                {"postgres.backupWindow": "19:00-20:00"},
                {
                    "postgres": "backupWindow is 19:00-20:00: it is 00:30 to 01:30 Asia/Kolkata,"
                    " outside 08:00 to 20:00"
                },
            ),
        ),
        unknown="postgres.backupWindow",
        stack="staging",
    ),
    Row(
        "avl-rds-backup-retention",
        (database(), REPORT, _CLUSTER),
        (
            Break(
                {"postgres.backupRetentionPeriod": 29},
                {"postgres": "backupRetentionPeriod is 29 days, less than 30"},
            ),
            Break(
                {"postgres.backupRetentionPeriod": DROP},
                {"postgres": "backupRetentionPeriod is 0 days, less than 30"},
            ),
            Break(
                {"report.replicateSourceDb": STANDBY_SOURCE},
                {"report": "backupRetentionPeriod is 0 days, less than 30"},
            ),
            Break(
                {"aurora.backupRetentionPeriod": 1},
                {"aurora": "backupRetentionPeriod is 1 days, less than 30"},
            ),
        ),
        unknown="postgres.backupRetentionPeriod",
    ),
    Row(
        "avl-rds-backup-retention",
        (database(backupRetentionPeriod=7),),
        (
            Break(
                {"postgres.backupRetentionPeriod": 6},
                {"postgres": "backupRetentionPeriod is 6 days, less than 7"},
            ),
        ),
        unknown="postgres.backupRetentionPeriod",
        stack="staging",
    ),
    Row(
        "avl-rds-keep-backups",
        (database(), REPORT),
        (
            Break(
                {"postgres.deleteAutomatedBackups": DROP},
                {"postgres": "deleteAutomatedBackups is not false, so the backups go with the instance"},
            ),
        ),
        unknown="postgres.deleteAutomatedBackups",
    ),
    Row(
        "avl-rds-cross-region",
        (AWS, ours(database()), ours(REPORT), _BACKUPS),
        (
            Break({"backups": DROP}, {"postgres": "nothing of it is copied to ap-southeast-1"}),
            Break(
                {"backups.region": "ap-south-1"}, {"postgres": "nothing of it is copied to ap-southeast-1"}
            ),
            Break(
                {"backups.sourceDbInstanceArn": STANDBY_SOURCE + "-old"},
                {"postgres": "nothing of it is copied to ap-southeast-1"},
            ),
        ),
        unknown="backups.sourceDbInstanceArn",
        unknown_at="postgres",
        also_holds=({"backups": DROP, "report.region": "ap-southeast-1"},),
    ),
    Row(
        "avl-rds-standby",
        (_RECOVERY_AWS, _RECOVERY),
        (
            Break(
                {"postgres": DROP},
                {"the stack": "the stack declares no database, so there is nothing to promote"},
            ),
            Break(
                {"postgres.replicateSourceDb": DROP, "postgres.username": "fleet_admin"}, {"postgres": _NEW}
            ),
            Break(
                {"postgres.replicateSourceDb": DROP, "postgres.snapshotIdentifier": "old"}, {"postgres": _NEW}
            ),
            Break(
                {"postgres.replicateSourceDb": STANDBY_SOURCE.replace("ap-south-1", "ap-southeast-1")},
                {"postgres": "replicateSourceDb lies in ap-southeast-1, the region it must survive"},
            ),
            Break(
                {"postgres.replicateSourceDb": "fleet-erp-prod-postgres"},
                {"postgres": "replicateSourceDb is no ARN, so it names a database of this region"},
            ),
        ),
        unknown="postgres.replicateSourceDb",
        # Promoted in place: it took engine and user over from its source.
        also_holds=({"postgres.replicateSourceDb": DROP},),
        stack="dr",
    ),
    Row(
        "avl-rds-storage-shape",
        (database(), REPORT),
        (
            Break({"postgres.storageType": "io1"}, {"postgres": "storageType is io1, not gp3"}),
            Break({"postgres.storageType": DROP}, {"postgres": "storageType is not set, not gp3"}),
            Break(
                {"postgres.iops": DROP},
                {"postgres": "iops is not given for 500 GiB, so later changes of the instance fail"},
            ),
            Break(
                {"postgres.iops": 3000},
                {"postgres": "iops is 3000, and gp3 takes 12000 to 64000 at this size"},
            ),
            Break(
                {"postgres.storageThroughput": 250},
                {"postgres": "storageThroughput is 250, and gp3 takes 500 to 4000 at this size"},
            ),
            Break(
                {"postgres.allocatedStorage": 100},
                {
                    "postgres": (
                        "iops is given for 100 GiB, which gp3 refuses below 400 GiB",
                        "storageThroughput is given for 100 GiB, which gp3 refuses below 400 GiB",
                    )
                },
            ),
            Break({"report.iops": DROP}, {"report": "storageThroughput is given alone"}),
        ),
        unknown="postgres.iops",
        also_holds=(
            {"postgres.allocatedStorage": 100, "postgres.iops": DROP, "postgres.storageThroughput": DROP},
            {"report.iops": DROP, "report.storageThroughput": DROP},
        ),
    ),
    Row(
        "avl-rds-storage-size",
        (database(), REPORT),
        (
            Break(
                {"postgres.allocatedStorage": 499},
                {"postgres": "allocatedStorage is 499 GiB, less than 500"},
            ),
            Break(
                {"postgres.allocatedStorage": DROP}, {"postgres": "allocatedStorage is 0 GiB, less than 500"}
            ),
        ),
        unknown="postgres.allocatedStorage",
        also_holds=({"postgres.allocatedStorage": 700},),
    ),
    Row(
        "avl-rds-storage-ceiling",
        (database(), REPORT),
        (
            Break(
                {"postgres.maxAllocatedStorage": DROP},
                {"postgres": "maxAllocatedStorage is not set, so a full volume stops the database"},
            ),
            Break(
                {"postgres.maxAllocatedStorage": 500},
                {"postgres": "maxAllocatedStorage is 500 GiB, less than a tenth above what is allocated"},
            ),
            Break(
                {"report.maxAllocatedStorage": DROP},
                {"report": "maxAllocatedStorage is not set, so a full volume stops the database"},
            ),
        ),
        unknown="postgres.maxAllocatedStorage",
    ),
    Row(
        "avl-rds-storage-ceiling",
        (database(maxAllocatedStorage=0),),
        (
            Break(
                {"postgres.maxAllocatedStorage": 1000},
                {"postgres": "maxAllocatedStorage is 1000, but storage is fixed here"},
            ),
        ),
        unknown="postgres.maxAllocatedStorage",
        also_holds=({"postgres.maxAllocatedStorage": DROP},),
        stack="staging",
    ),
)
