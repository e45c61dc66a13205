"""Read a resource list from a file: ours, a `pulumi stack export`, or a `pulumi preview --json`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from preview.graph import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN, Resource, ResourceGraph

_GONE: Final = frozenset(
    {"delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace"}
)
"""Steps of a preview after which the resource is not there any more."""

_BLINDED: Final = "[secret]"
"""What `pulumi preview --json` prints for a secret."""

_URN_PARTS: Final = 4


class ReadError(ValueError):
    """The file holds nothing that can be judged. The message is one line that names the file."""


def read_resources(path: Path) -> ResourceGraph:
    """Give the resources in a file, whichever of the three documents it is.

    Secrets stay wrapped; where the document shows no value (an encrypted or a blinded secret) it counts as
    unknown. Raises ReadError for anything else.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReadError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ReadError(f"{path}: is not JSON: {error}") from error
    try:
        return _graph(document, path)
    except (KeyError, TypeError, AttributeError) as error:
        raise ReadError(f"{path}: a resource in it lacks or misspells a key: {error!r}") from error


def _graph(document: Any, path: Path) -> ResourceGraph:  # noqa: ANN401  (any JSON value)
    if not isinstance(document, dict):
        raise ReadError(
            f"{path}: holds {_described(document)}, not a resource list, a stack export or a preview"
        )
    if isinstance(document.get("resources"), list) and "stack" in document and "project" in document:
        if not document["resources"]:
            raise ReadError(f"{path}: the resource list is empty")
        return ResourceGraph.from_json(document)
    deployment = document.get("deployment")
    if isinstance(deployment, dict):
        kept = [entry for entry in deployment.get("resources") or () if not entry.get("delete")]
        return _assembled(kept, path, "stack export")
    if isinstance(document.get("steps"), list):
        steps = [step for step in document["steps"] if step.get("op") not in _GONE and step.get("newState")]
        # A replacement is several steps of one resource; the last one says what it will be.
        states = {step["newState"]["urn"]: step["newState"] for step in steps}
        return _assembled(states.values(), path, "preview")
    raise ReadError(
        f"{path}: is none of a resource list (project, stack, resources), a stack export (deployment)"
        f" or a preview (steps); it {_described(document)}"
    )


def _described(document: Any) -> str:  # noqa: ANN401  (any JSON value)
    if isinstance(document, dict):
        return "has the keys " + (", ".join(sorted(document)[:5]) or "of an empty object")
    return {list: "a list", str: "a text", int: "a number", float: "a number", bool: "true or false"}.get(
        type(document), "nothing"
    )


def _assembled(entries: Iterable[Mapping[str, Any]], path: Path, kind: str) -> ResourceGraph:
    resources = [Resource.from_json({**entry, **_properties(entry)}) for entry in entries]
    if not resources:
        raise ReadError(f"{path}: the {kind} holds no resources")
    names = {tuple(resource.urn.split("::", 2)[:2]) for resource in resources}
    if len(names) > 1 or any(len(resource.urn.split("::")) < _URN_PARTS for resource in resources):
        raise ReadError(f"{path}: the {kind} holds URNs of more than one stack, or malformed ones")
    stack, project = names.pop()
    text = json.dumps([resource.inputs for resource in resources])
    return ResourceGraph(
        project=project,
        stack=stack.removeprefix("urn:pulumi:"),
        resources=tuple(sorted(resources, key=lambda resource: resource.urn)),
        exports=_exports(resources),
        unknowns=UNKNOWN in text,
    )


def _exports(resources: Iterable[Resource]) -> dict[str, Any]:
    return next(
        (dict(resource.outputs) for resource in resources if resource.type == "pulumi:pulumi:Stack"), {}
    )


def _properties(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _wrapped(entry.get(key) or {}) for key in ("inputs", "outputs")}


def _wrapped(value: Any) -> Any:  # noqa: ANN401  (any wire value)
    """Give a value with its secrets in the engine's wire form."""
    if isinstance(value, dict):
        if value.get(SIGNATURE_KEY) == SECRET_SIGNATURE and "value" not in value:
            shown = value.get("plaintext")
            return _secret(UNKNOWN if shown is None else json.loads(shown))
        return {key: _wrapped(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_wrapped(entry) for entry in value]
    return _secret(UNKNOWN) if value == _BLINDED else value


def _secret(value: Any) -> dict[str, Any]:  # noqa: ANN401  (any wire value)
    return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}
