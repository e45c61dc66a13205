"""Rows about what starts and stops, and about the tag that says when."""

from __future__ import annotations

from typing import Final

from tests.policies.builders import DROP
from tests.policies.governance.fixtures import AWAKE, SCHEDULES, SLEEPING, WAKE
from tests.policies.table import Break, Row

_START, _STOP = SCHEDULES[0], SCHEDULES[1]
_ALWAYS: Final = "always-on"
_NO_STOP: Final = "no enabled schedule stops it"
_NO_START: Final = "no enabled schedule starts it again"
_TAGGED: Final = f"its tag Schedule is {AWAKE}"

ROWS: Final = (
    Row(
        "tag-schedule",
        SLEEPING,
        (
            Break({"postgres.tags": DROP}, {"postgres": "it has no tag Schedule"}),
            Break(
                {"postgres.tags.Schedule": "office hours"},
                {
                    "postgres": 'tag Schedule "office hours" is not "always-on" or like'
                    ' "MON-FRI 08:00-20:00 Asia/Kolkata"'
                },
            ),
            Break(
                {"postgres.tags.Schedule": _ALWAYS},
                {"postgres": "its tag Schedule is always-on, and the schedule database-stop stops it"},
            ),
            Break(
                {"database-start": DROP, "database-stop": DROP},
                {"postgres": f"{_TAGGED}, and no schedule starts or stops it"},
            ),
            Break(
                {"nodes-start": DROP},
                {"general": f"{_TAGGED}, but schedules leave it asleep for 3600 minutes of these hours"},
            ),
            Break(
                {"database-stop.scheduleExpression": "cron(0 21 * * ? *)"},
                {"postgres": f"{_TAGGED}, but schedules keep it awake for 300 minutes outside these hours"},
            ),
            Break(
                {"nodes-stop.scheduleExpression": "cron(0 19 * * ? *)"},
                {"general": f"{_TAGGED}, but schedules leave it asleep for 300 minutes of these hours"},
            ),
            Break(
                {"nodes-start.scheduleExpression": "cron(0 6 ? * MON-FRI *)"},
                {"general": f"{_TAGGED}, but schedules keep it awake for 300 minutes outside these hours"},
            ),
            Break(
                {"nodes-stop.state": "DISABLED"},
                {"general": f"{_TAGGED}, but schedules keep it awake for 6180 minutes outside these hours"},
            ),
            Break(
                {"nodes-start.scheduleExpressionTimezone": "UTC"},
                {"general": "its tag Schedule is in Asia/Kolkata, the schedule nodes-start in UTC"},
            ),
            Break(
                {"database-stop.scheduleExpression": "rate(1 days)"},
                {
                    "postgres": "the hours of its schedules cannot be compared with the tag:"
                    " 'rate(1 days)' is no cron expression of six fields"
                },
            ),
        ),
        unknown="postgres.tags.Schedule",
        also_holds=(
            {"database-start": DROP, "database-stop": DROP, "postgres.tags.Schedule": _ALWAYS},
            # A group that people scale by hand from zero is only put back to zero.
            {"nodes-start": DROP, "general.scalingConfig": {"minSize": 0, "desiredSize": 0, "maxSize": 4}},
        ),
    ),
    Row(
        "cst-schedule",
        SLEEPING,
        (
            Break({"database-stop": DROP}, {"postgres": _NO_STOP}),
            Break({"database-start": DROP}, {"postgres": _NO_START}),
            Break({"database-start": DROP, "database-stop": DROP}, {"postgres": (_NO_STOP, _NO_START)}),
            Break({"nodes-stop.state": "DISABLED"}, {"general": _NO_STOP}),
            Break({"nodes-start": DROP}, {"general": _NO_START}),
            Break(
                {"database-stop.target.input": '{"DbInstanceIdentifier": "other"}'}, {"postgres": _NO_STOP}
            ),
        ),
        unknown="general.scalingConfig.minSize",
        also_holds=(
            {"nodes-start": DROP, "general.scalingConfig": {"minSize": 0, "desiredSize": 0, "maxSize": 4}},
        ),
        stack="staging",
    ),
    Row(
        "cst-schedule-zone",
        SLEEPING,
        (
            Break(
                {"nodes-stop.scheduleExpressionTimezone": DROP},
                {"nodes-stop": "scheduleExpressionTimezone is UTC, not Asia/Kolkata"},
            ),
            Break(
                {"database-start.scheduleExpressionTimezone": "Europe/Berlin"},
                {"database-start": "scheduleExpressionTimezone is Europe/Berlin, not Asia/Kolkata"},
            ),
        ),
        unknown="nodes-stop.scheduleExpressionTimezone",
        also_holds=(
            {
                "nodes-stop.scheduleExpressionTimezone": "UTC",
                "nodes-stop.target.arn": "arn:aws:scheduler:::aws-sdk:cloudwatchlogs:putRetentionPolicy",
            },
        ),
        stack="staging",
    ),
    Row(
        "cst-schedule-daily",
        SLEEPING,
        (
            Break(
                {"database-stop.scheduleExpression": "cron(0 20 ? * MON-FRI *)"},
                {"database-stop": "it does not stop the database on SAT, SUN"},
            ),
            Break(
                {"database-stop.scheduleExpression": "cron(0 20 1 * ? *)"},
                {"database-stop": "'cron(0 20 1 * ? *)' does not repeat every week"},
            ),
        ),
        unknown="database-stop.scheduleExpression",
        also_holds=({"nodes-stop.scheduleExpression": WAKE},),
        stack="staging",
    ),
    Row(
        "cst-schedule-saving",
        SLEEPING,
        (
            Break(
                {"postgres.tags.Schedule": "MON-SAT 06:00-22:00 Asia/Kolkata"},
                {"postgres": "it sleeps 43 % of a week, less than 60 %"},
            ),
            Break({"general.tags.Schedule": _ALWAYS}, {"general": "it sleeps 0 % of a week, less than 60 %"}),
            Break({"general.tags": DROP}, {"general": "it sleeps 0 % of a week, less than 60 %"}),
        ),
        unknown="postgres.tags.Schedule",
        stack="staging",
    ),
)
