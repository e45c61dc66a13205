"""What the rows of the pack encryption have in common: keys, and the row of a rule that demands one."""

from __future__ import annotations

from typing import Any, Final

from tests.policies.builders import DROP, Ref, Thing, thing
from tests.policies.table import Break, Row

DATABASE: Final = "aws:rds/instance:Instance"
KEY: Final = thing("aws:kms/key:Key", "data", enableKeyRotation=True)
ALIAS: Final = thing(
    "aws:kms/alias:Alias", "data-alias", name="alias/fleet-erp-prod-data", targetKeyId=Ref("data", "keyId")
)
KEY_ARN: Final = Ref("data", "arn")
FOREIGN: Final = "arn:aws:kms:ap-south-1:444455556666:key/11111111-2222-3333-4444-555555555555"
AWS_OWN: Final = "{} is not set, so AWS uses a key of its own"


def nested(path: str, value: Any) -> dict[str, Any]:
    """Give `value` at a dotted path: a number is a place in a list of one."""
    tree: Any = value
    for step in reversed(path.split(".")):
        tree = [tree] if step.isdigit() else {step: tree}
    return tree


def key_row(rule: str, token: str, path: str, **inputs: Any) -> Row:
    """Give the row of a rule that demands a customer key at `path`."""
    subject = Thing(token, "it", merged(inputs, nested(path, KEY_ARN)))
    return Row(
        rule,
        (KEY, subject),
        (
            Break({f"it.{path}": DROP}, {"it": AWS_OWN.format(path)}),
            Break({f"it.{path}": "alias/aws/it"}, {"it": f"{path} is alias/aws/it, a key that AWS manages"}),
            Break(
                {f"it.{path}": "my key"},
                {"it": f"{path} is 'my key', which is neither a key's id, ARN nor alias"},
            ),
        ),
        unknown=f"it.{path}",
        also_holds=({f"it.{path}": FOREIGN}, {f"it.{path}": "alias/fleet-erp-prod-data"}),
    )


def merged(first: Any, second: Any) -> Any:
    """Give two trees as one."""
    if isinstance(first, dict) and isinstance(second, dict):
        return {
            key: merged(first[key], second[key])
            if key in first and key in second
            else {**first, **second}[key]
            for key in {**first, **second}
        }
    if isinstance(first, list) and isinstance(second, list):
        return [merged(*pair) for pair in zip(first, second, strict=True)]
    return second


def database(**inputs: Any) -> Thing:
    """Give an encrypted database."""
    return thing(DATABASE, "postgres", storageEncrypted=True, kmsKeyId=KEY_ARN, **inputs)
