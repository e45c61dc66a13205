"""How a refresh ends: people decide about one that failed, and hear of what is left."""

from __future__ import annotations

from typing import Final

from ...settings import RefreshSettings
from .cleaning import CLEAN, LEFT_PATH, NAMES_PATH
from .parts import Parts
from .states import (
    FAILED,
    FAILURE_PATH,
    HOUR,
    PUBLISH,
    States,
    choice,
    every,
    present,
    task,
    text_is,
)

AWAIT: Final = "Wait for a decision"
SEND: Final = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
CHANGED_MIND: Final = "resume"
"""What a person's decision says to go on; anything else deletes."""


def ending_states(parts: Parts) -> States:
    """Give the last states: something left over is worse than a failure, and both are failures."""
    return {
        "How did it end?": choice(
            [(present(LEFT_PATH), "Tell what is left"), (present(FAILURE_PATH), "Refreshed nothing")],
            otherwise="Finished",
        ),
        "Tell what is left": task(
            PUBLISH,
            {
                "TopicArn": parts.topic_arn,
                "Subject": "Refresh: production's data is left over",
                "Message.$": "States.Format('{} of run {} failed. Unmasked data of production may still lie"
                f" in the quarantine: docs/runbooks/refresh.md', {LEFT_PATH}, {NAMES_PATH}.run)",
            },
            then="Left over",
            on_failure="Left over",
        ),
        "Left over": {"Type": "Fail", "Error": "Refresh.LeftOver", "Cause": "see docs/runbooks/refresh.md"},
        "Refreshed nothing": {
            "Type": "Fail",
            "Error": "Refresh.Failed",
            "Cause": "nothing was shared, and everything is deleted; see docs/runbooks/refresh.md",
        },
        "Finished": {"Type": "Succeed"},
    }


def failed_states(settings: RefreshSettings, parts: Parts, *, again: str) -> States:
    """Give the states from a failure to a person's decision, or to the end of waiting for one."""
    hours = settings.keep_failed_hours
    return {
        FAILED: task(
            PUBLISH,
            {
                "TopicArn": parts.topic_arn,
                "Subject": "Refresh failed",
                "Message.$": (
                    "States.Format('Refresh {} failed: {}. Its copy of production stays closed in the"
                    f" quarantine for {hours} hours: mend it and run python -m ops refresh resume, or discard"
                    " it. Runbook: docs/runbooks/refresh.md', "
                    f"{NAMES_PATH}.run, {FAILURE_PATH}.Error)"
                ),
            },
            then=AWAIT,
            # Whether or not somebody hears it.
            on_failure=AWAIT,
        )
        | {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": AWAIT, "ResultPath": None}]},
        AWAIT: {
            "Type": "Task",
            "Resource": SEND,
            "Parameters": {
                "QueueUrl": parts.queue_url,
                "MessageBody": {
                    "run.$": f"{NAMES_PATH}.run",
                    "token.$": "$$.Task.Token",
                    "error.$": f"{FAILURE_PATH}.Error",
                },
            },
            "TimeoutSeconds": hours * HOUR,
            "ResultPath": "$.decision",
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": CLEAN, "ResultPath": None}],
            "Next": "What was decided?",
        },
        "What was decided?": choice(
            [(every(present("$.decision.do"), text_is("$.decision.do", CHANGED_MIND)), again)],
            otherwise=CLEAN,
        ),
    }
