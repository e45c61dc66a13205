"""Is a Kubernetes object what the API server accepts?

Built-in kinds are compared with the API's own schemas of the pinned version, strictly: an unknown key is an
error, which the server itself would only drop. Custom resources are compared with the files beside this one,
`<group>-<version>-<kind>.json`, written from the fields of the published definitions.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema
import kubernetes_validate

from preview.graph import Resource, plain

FOLDER: Final = Path(__file__).parent
NOT_OBJECTS: Final = ("kubernetes:helm.sh/",)
"""Types of the provider that are no objects of the API."""


def is_object(resource: Resource) -> bool:
    """Whether a resource is an object of the Kubernetes API."""
    return resource.type.startswith("kubernetes:") and not resource.type.startswith(NOT_OBJECTS)


def problems(resource: Resource, *, version: str) -> list[str]:
    """Give what is wrong with an object, by place; empty when the API of `version` accepts it."""
    manifest = plain(resource.inputs)
    try:
        kubernetes_validate.validate(manifest, version, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        return _problems_of_custom_resource(manifest)
    except kubernetes_validate.ValidationError as problem:
        path = ".".join(str(step) for step in problem.path)
        return [f"{resource.name}: {path}: {problem.message}"]
    return []


def _problems_of_custom_resource(manifest: dict[str, Any]) -> list[str]:
    api, kind = manifest["apiVersion"].replace("/", "-"), manifest["kind"]
    file = FOLDER / f"{api}-{kind}.json"
    if not file.exists():
        return [f"{kind} of {manifest['apiVersion']} has no schema: write {file.name}"]
    return [
        f"{manifest['metadata']['name']}: {'.'.join(map(str, error.path))}: {error.message}"
        for error in _validator(file).iter_errors(manifest)
    ]


@cache
def _validator(file: Path) -> jsonschema.Draft202012Validator:
    schema = json.loads(file.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)
