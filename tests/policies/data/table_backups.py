"""Rows of the rules about backups and their tests."""

from __future__ import annotations

from typing import Final

from tests.policies.builders import DROP, Ref, thing
from tests.policies.table import Break, Row

_RESTRICTED: Final = {"DataClassification": "restricted"}
_POSTGRES: Final = thing("aws:rds/instance:Instance", "postgres", copyTagsToSnapshot=True, tags=_RESTRICTED)
_FILES: Final = thing("aws:efs/fileSystem:FileSystem", "filestore", tags=_RESTRICTED)
_ATTACHMENTS: Final = thing("aws:s3/bucket:Bucket", "attachments", bucket="att", tags=_RESTRICTED)
_NEAR: Final = "arn:aws:backup:ap-south-1:111122223333:backup-vault:near"
_PLAN: Final = thing(
    "aws:backup/plan:Plan",
    "daily",
    rules=[
        {
            "ruleName": "daily",
            "targetVaultName": Ref("vault", "name"),
            "lifecycle": {"deleteAfter": 35},
            "copyActions": [{"destinationVaultArn": Ref("far", "arn")}],
        }
    ],
)
_SELECTION: Final = thing(
    "aws:backup/selection:Selection",
    "restricted",
    planId=Ref("daily"),
    resources=[Ref("postgres", "arn"), Ref("filestore", "arn"), Ref("attachments", "arn")],
)
_VAULT: Final = thing("aws:backup/vault:Vault", "vault", name="vault")
_FAR: Final = thing(
    "aws:backup/vault:Vault",
    "far",
    region="ap-southeast-1",
    arn="arn:aws:backup:ap-southeast-1:111122223333:backup-vault:far",
)
_LOCKS: Final = tuple(
    thing(
        "aws:backup/vaultLockConfiguration:VaultLockConfiguration",
        f"{name}-lock",
        backupVaultName=Ref(name, "name"),
        minRetentionDays=7,
    )
    for name in ("vault", "far")
)
_UNSAVED: Final = "it holds restricted data and no backup plan of this stack takes it"
_TESTS: Final = (
    _POSTGRES,
    thing(
        "aws:backup/restoreTestingPlan:RestoreTestingPlan",
        "quarterly",
        name="quarterly",
        scheduleExpression="cron(0 3 1 1/3 ? *)",
    ),
    thing(
        "aws:backup/restoreTestingSelection:RestoreTestingSelection",
        "database",
        restoreTestingPlanName=Ref("quarterly", "name"),
        protectedResourceType="RDS",
        protectedResourceArns=["*"],
    ),
)
_UNTESTED: Final = "no restore testing plan takes the database"


def _scheduled(expression: str, why: str) -> Break:
    return Break({"quarterly.scheduleExpression": expression}, {"quarterly": why})


ROWS: Final = (
    Row(
        "dat-backup-plan",
        (_POSTGRES, _FILES, _ATTACHMENTS, _PLAN, _SELECTION),
        (
            Break(
                {"restricted": DROP},
                {"postgres": _UNSAVED, "filestore": _UNSAVED, "attachments": _UNSAVED},
            ),
            Break(
                {"restricted.resources": [Ref("postgres", "arn")]},
                {"filestore": _UNSAVED, "attachments": _UNSAVED},
            ),
            Break({"restricted.notResources": [Ref("postgres", "arn")]}, {"postgres": _UNSAVED}),
            Break(
                {
                    "restricted.resources": ["*"],
                    "restricted.conditions": [
                        {"stringEquals": [{"key": "aws:ResourceTag/Backup", "value": "daily"}]}
                    ],
                    "postgres.tags.Backup": "daily",
                },
                {"filestore": _UNSAVED, "attachments": _UNSAVED},
            ),
            Break(
                {
                    "restricted.resources": DROP,
                    "restricted.selectionTags": [
                        {"type": "STRINGEQUALS", "key": "DataClassification", "value": "internal"}
                    ],
                },
                {"postgres": _UNSAVED, "filestore": _UNSAVED, "attachments": _UNSAVED},
            ),
            Break(
                {"daily": DROP, "restricted.planId": "another"},
                {"postgres": _UNSAVED, "filestore": _UNSAVED, "attachments": _UNSAVED},
            ),
        ),
        unknown="postgres.tags",
        also_holds=(
            {"restricted.resources": ["*"]},
            {
                "restricted.resources": DROP,
                "restricted.selectionTags": [
                    {"type": "STRINGEQUALS", "key": "DataClassification", "value": "restricted"}
                ],
            },
            {"restricted": DROP, "postgres.tags": {}, "filestore.tags": {}, "attachments.tags": {}},
        ),
    ),
    Row(
        "dat-backup-plan-copy",
        (_VAULT, _FAR, _PLAN),
        (
            Break(
                {"daily.rules.0.copyActions": DROP},
                {"daily": "the rule daily copies nothing to ap-southeast-1"},
            ),
            Break(
                {"daily.rules.0.copyActions.0.destinationVaultArn": _NEAR},
                {"daily": "the rule daily copies nothing to ap-southeast-1"},
            ),
        ),
        unknown="daily.rules",
    ),
    Row(
        "dat-backup-plan-lock",
        (_VAULT, thing("aws:backup/vault:Vault", "far", name="far"), *_LOCKS),
        (
            Break({"vault-lock": DROP}, {"vault": "no lock is declared for the vault"}),
            Break(
                {"vault-lock.minRetentionDays": 1},
                {"vault": "minRetentionDays of vault-lock is 1, less than 7"},
            ),
            Break(
                {"far-lock.changeableForDays": 3},
                {"far": "far-lock can never be taken off once it is in force"},
                aspect="compliance",
            ),
        ),
        unknown="vault-lock.minRetentionDays",
        unknown_at="vault",
    ),
    Row(
        "dat-backup-plan-retention",
        (_PLAN,),
        (
            Break(
                {"daily.rules.0.lifecycle.deleteAfter": 14},
                {"daily": "the rule daily keeps its backups 14 days, less than 30"},
            ),
            Break({"daily.rules.0.lifecycle": DROP}, {"daily": "the rule daily keeps its backups for ever"}),
        ),
        unknown="daily.rules",
    ),
    Row(
        "dat-backup-plan-continuous",
        (_POSTGRES, _FILES, _ATTACHMENTS, _PLAN, _SELECTION),
        (
            Break(
                {"daily.rules.0.enableContinuousBackup": True},
                {"postgres": "the plan daily backs it up continuously"},
            ),
        ),
        unknown="daily.rules",
        unknown_at="postgres",
        also_holds=(
            {
                "daily.rules.0.enableContinuousBackup": True,
                "restricted.resources": [Ref("attachments", "arn")],
            },
        ),
    ),
    Row(
        "dat-efs-backup",
        (
            _FILES,
            thing(
                "aws:efs/backupPolicy:BackupPolicy",
                "backup",
                fileSystemId=Ref("filestore"),
                backupPolicy={"status": "ENABLED"},
            ),
        ),
        (
            Break({"backup": DROP}, {"filestore": "no backup policy is ENABLED for it and no plan takes it"}),
            Break(
                {"backup.backupPolicy.status": "DISABLED"},
                {"filestore": "no backup policy is ENABLED for it and no plan takes it"},
            ),
        ),
        unknown="backup.backupPolicy.status",
        unknown_at="filestore",
    ),
    Row(
        "dat-restore-test",
        _TESTS,
        (
            Break(
                {"quarterly": DROP, "database.restoreTestingPlanName": "another"}, {"the stack": _UNTESTED}
            ),
            Break({"database": DROP}, {"the stack": _UNTESTED}),
            Break({"database.protectedResourceType": "EFS"}, {"the stack": _UNTESTED}),
            Break({"database.protectedResourceArns": DROP}, {"the stack": _UNTESTED}),
            _scheduled(
                "cron(0 3 1 1/6 ? *)",
                "scheduleExpression cron(0 3 1 1/6 ? *) leaves up to 186 days between two tests",
            ),
            _scheduled(
                "cron(0 3 1 JAN,APR,JUL ? *)",
                "scheduleExpression cron(0 3 1 JAN,APR,JUL ? *) leaves up to 186 days between two tests",
            ),
            _scheduled(
                "rate(100 days)", "scheduleExpression rate(100 days) leaves up to 100 days between two tests"
            ),
            _scheduled(
                "cron(0 3 1 1 ? 2027)",
                "scheduleExpression 'cron(0 3 1 1 ? 2027)' is no schedule that comes round every year",
            ),
        ),
        unknown="quarterly.scheduleExpression",
        also_holds=(
            {"quarterly.scheduleExpression": "cron(0 3 1 * ? *)"},
            {"quarterly.scheduleExpression": "rate(30 days)"},
        ),
    ),
)
