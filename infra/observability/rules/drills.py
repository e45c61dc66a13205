"""When the move to the other region was last rehearsed (DATA-08).

`python -m ops recovery drill` tells CloudWatch when the last drill that passed was over, and `python -m ops
gate drill` tells it again with every deployment. A year is longer than samples are kept, so it is recorded
anew at every evaluation.
"""

from __future__ import annotations

from typing import Final

from .context import RuleContext
from .model import PLATFORM, Alert, Recording, RuleGroup

DRILL_DAYS: Final = 365
LAST_DRILL: Final = "recovery:last_drill:timestamp_seconds"
TOLD: Final = "aws_fleeterp_recovery_last_drill_maximum"


def drill_rules(context: RuleContext) -> tuple[RuleGroup, ...]:
    """Give the rules about drills; they are those of the standby, which outlives the region that is lost."""
    if not context.standby:
        return ()
    told = f'{TOLD}{{dimension_Environment="{context.environment}"}}'
    return (
        RuleGroup(
            name="fleet-erp-drills",
            rules=(
                # An hour without a value counts as 0.
                Recording(
                    record=LAST_DRILL,
                    expression=f"max({told} > 0) or max(last_over_time({LAST_DRILL}[30d]))",
                ),
                *_alerts(context),
            ),
        ),
    )


def _alerts(context: RuleContext) -> tuple[Alert, ...]:
    return (
        context.alert(
            "RecoveryDrillTooOld",
            f"(time() - {LAST_DRILL}) / 86400 > {DRILL_DAYS}",
            hold="1h",
            severity="warning",
            owner=PLATFORM,
            runbook="recovery",
            summary="The failover was not rehearsed for a year",
            description=(
                "The last drill that passed was {{ $value | humanize }} days ago, more than"
                f" {DRILL_DAYS}: whether the recovery time is held is not known."
            ),
        ),
        context.alert(
            "RecoveryDrillNeverSeen",
            f"absent({LAST_DRILL})",
            hold="1d",
            severity="warning",
            owner=PLATFORM,
            runbook="recovery",
            summary="The failover was never rehearsed",
            description="No drill that passed is known: whether the recovery time is held is not known.",
        ),
    )
