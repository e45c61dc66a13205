"""The JSON schema of the stack files, generated from the models, so that editors know every key.

`python -m infra.settings.schema schema/stack.schema.json` writes it; a test fails when the file is stale.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from .loading import PROJECT, PROJECT_WIDE
from .stack import DevelopmentSettings, EstateSettings


def stack_schema() -> dict[str, Any]:
    """Build the schema of `Pulumi.<stack>.yaml`: every area of every kind of environment under its key."""
    definitions: dict[str, Any] = {}
    areas: dict[str, Any] = {}
    for model in (EstateSettings, DevelopmentSettings):
        schema = model.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(schema.pop("$defs"))
        for area, entry in schema["properties"].items():
            if area not in PROJECT_WIDE:
                areas.setdefault(f"{PROJECT}:{area}", entry)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stack file of fleet-erp",
        "type": "object",
        "properties": {
            "secretsprovider": {"type": "string"},
            "encryptedkey": {"type": "string"},
            "encryptionsalt": {"type": "string"},
            "config": {
                "type": "object",
                "properties": dict(sorted(areas.items())),
                "patternProperties": {f"^(?!{PROJECT}:)[a-z-]+:": {}},
                "additionalProperties": False,
            },
        },
        "required": ["config"],
        "additionalProperties": False,
        "$defs": dict(sorted(definitions.items())),
    }


def render() -> str:
    """Give the schema as the text of its file."""
    return json.dumps(stack_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render(), encoding="utf-8")
