"""How old the last backup and the last proof of one are (DATA-02, SEC-13).

AWS Backup publishes counts of finished jobs by the hour, restore tests among its restore jobs. Where restore
tests are declared a restore alone proves nothing: the examination of what was restored has to have passed,
which it says in metrics of our own. A quarter is longer than samples are kept, so the moment of the last
proof is recorded anew at every evaluation.
"""

from __future__ import annotations

from typing import Final

from .context import RuleContext
from .model import PLATFORM, Alert, Recording, RuleGroup

BACKUP_HOURS: Final = 26
"""A day, and the hours that a window of backup may move."""
RESTORE_DAYS: Final = 93
"""A quarter, and a day for the test itself."""
LAST_RESTORE: Final = "recovery:last_restore:timestamp_seconds"
"""When a restore was last proven; where none are examined, when one last ended well."""
RESTORED: Final = "aws_backup_number_of_restore_jobs_completed_sum"
PASSED: Final = "aws_fleeterp_restoretests_passed_sum"
FAILED: Final = "aws_fleeterp_restoretests_failed_sum"


def backup_rules(context: RuleContext) -> tuple[RuleGroup, ...]:
    """Give the rules about backups; nothing where AWS Backup keeps nothing."""
    if not context.backed_up:
        return ()
    return (
        RuleGroup(
            name="fleet-erp-backups",
            rules=(
                Recording(
                    record=LAST_RESTORE,
                    expression=(
                        f"max(timestamp({_proof(context)} > 0)) or max(last_over_time({LAST_RESTORE}[30d]))"
                    ),
                ),
                *_backups(context),
                *_restores(context),
            ),
        ),
    )


def _proof(context: RuleContext) -> str:
    return _examined(context, PASSED) if context.restore_tests else RESTORED


def _examined(context: RuleContext, metric: str) -> str:
    """Name the verdicts of this environment: others may share its account and region."""
    return f'{metric}{{dimension_Environment="{context.environment}"}}'


def _backups(context: RuleContext) -> tuple[Alert, ...]:
    return (
        context.alert(
            "BackupTooOld",
            f"(max(max_over_time(aws_backup_number_of_backup_jobs_completed_sum[{BACKUP_HOURS}h]))"
            " or vector(0)) < 1",
            hold="1h",
            severity="warning",
            owner=PLATFORM,
            runbook="backups",
            summary="There is no backup of the last day",
            description=(
                f"AWS Backup has finished {{{{ $value }}}} jobs in any hour of the last {BACKUP_HOURS}:"
                " what was"
                " written since the last one could not be brought back."
            ),
        ),
        context.alert(
            "BackupJobFailed",
            "max by (dimension_BackupVaultName) (aws_backup_number_of_backup_jobs_failed_sum) > 0",
            hold=None,
            severity="warning",
            owner=PLATFORM,
            runbook="backups",
            summary="A backup failed",
            description=(
                "{{ $value }} jobs for vault {{ $labels.dimension_BackupVaultName }} failed in an hour."
            ),
        ),
    )


def _restores(context: RuleContext) -> tuple[Alert, ...]:
    return (
        context.alert(
            "RestoreTestTooOld",
            f"(time() - {LAST_RESTORE}) / 86400 > {RESTORE_DAYS}",
            hold="1h",
            severity="warning",
            owner=PLATFORM,
            runbook="backups",
            summary="No backup was proven for a quarter",
            description=(
                f"The last {'restore test that passed' if context.restore_tests else 'restore'} was"
                " {{ $value | humanize }} days ago, more than"
                f" {RESTORE_DAYS}: whether backups are any good is not known."
            ),
        ),
        context.alert(
            "RestoreFailed",
            "max(aws_backup_number_of_restore_jobs_failed_sum) > 0",
            hold=None,
            severity="warning",
            owner=PLATFORM,
            runbook="backups",
            summary="A backup could not be restored",
            description="{{ $value }} restore jobs, tests among them, failed in an hour.",
        ),
        *(_tests(context) if context.restore_tests else ()),
    )


def _tests(context: RuleContext) -> tuple[Alert, ...]:
    return (
        context.alert(
            "RestoreTestFailed",
            f"max({_examined(context, FAILED)}) > 0",
            hold=None,
            severity="warning",
            owner=PLATFORM,
            runbook="backups",
            summary="A restored database is not whole",
            description="{{ $value }} restore tests of the last day failed, or could not be examined.",
        ),
        context.alert(
            "RestoreTestNeverSeen",
            f"absent({LAST_RESTORE})",
            hold="1d",
            severity="warning",
            owner=PLATFORM,
            runbook="backups",
            summary="No backup was ever proven",
            description=(
                "No restore test that passed is known since metrics are kept: whether backups are any good is"
                " not known."
            ),
        ),
    )
