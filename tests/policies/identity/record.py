"""Write `policies/aws/escalation.json` anew from the installed cloudsplaining."""

from __future__ import annotations

import json

from cloudsplaining.shared import constants

from policies.aws.escalation import FILE


def published() -> dict[str, object]:
    """Give the lists as the file holds them: sorted, in lower case."""
    return {
        "escalation": {
            name: sorted(action.lower() for action in actions)
            for name, actions in sorted(constants.PRIVILEGE_ESCALATION_METHODS.items())
        },
        "exfiltration": sorted(map(str.lower, constants.READ_ONLY_DATA_EXFILTRATION_ACTIONS)),
        "credentials": sorted(map(str.lower, constants.ACTIONS_THAT_RETURN_CREDENTIALS)),
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(published(), indent=2) + "\n", encoding="utf-8")
