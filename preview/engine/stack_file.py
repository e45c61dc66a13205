"""A stack's configuration, exactly as the engine hands it to the program."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from preview.engine.stack_yaml import StackFileError, read_mapping

__all__ = ["StackConfiguration", "StackFileError", "load_stack", "stack_names"]

PROJECT_FILE: Final = "Pulumi.yaml"
_STACK_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+")
_DEVELOPER: Final = "dev-"


@dataclass(frozen=True)
class StackConfiguration:
    """The configuration of one stack.

    `config` maps keys with their namespace to text; whole numbers, truth values, lists and objects are
    JSON text. Encrypted values stand as made-up plain text, their keys in `secret_keys`. `origin` names
    the file that each key comes from.
    """

    project: str
    stack: str
    config: dict[str, str]
    secret_keys: frozenset[str]
    origin: dict[str, str]


def stack_names(root: Path) -> tuple[str, ...]:
    """Name the stacks that have a file in this folder, sorted."""
    files = root.glob("Pulumi.*.yaml")
    return tuple(sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in files))


def load_stack(root: Path, stack: str) -> StackConfiguration:
    """Read `Pulumi.yaml` and `Pulumi.<stack>.yaml` in `root`.

    Raises StackFileError with one line that names file and fault: unknown stack, broken YAML, a value the
    project demands and the stack lacks.
    """
    project_file = root / PROJECT_FILE
    if not project_file.is_file():
        raise StackFileError(f"{PROJECT_FILE}: not found in {root}")
    project_settings = read_mapping(project_file)
    project = project_settings.get("name")
    if not isinstance(project, str) or not project:
        raise StackFileError(f"{PROJECT_FILE}: name: must be the project's name, as text")
    stack_file = _stack_file(root, stack)
    settings = read_mapping(stack_file)
    if settings.get("environment"):
        raise StackFileError(
            f"{stack_file.name}: environment: is resolved by a service and cannot be read offline"
        )
    entries = _entries(stack_file, project, settings.get("config"))
    origin = dict.fromkeys(entries, stack_file.name)
    for key, declared in _entries(project_file, project, project_settings.get("config")).items():
        if key in entries:
            continue
        present, value = _default(declared)
        if present:
            entries[key] = value
            origin[key] = PROJECT_FILE
        elif isinstance(declared, dict) and "type" in declared:
            raise StackFileError(
                f"{stack_file.name}: {key}: is missing, and {PROJECT_FILE} gives it no default"
            )
    secret_keys = frozenset(key for key, value in entries.items() if _holds_secret(value))
    config = {
        key: _text(_decrypted(value, f"{project}/{stack}/{key}")) for key, value in sorted(entries.items())
    }
    return StackConfiguration(
        project=project,
        stack=stack,
        config=config,
        secret_keys=secret_keys,
        origin=dict(sorted(origin.items())),
    )


def _stack_file(root: Path, stack: str) -> Path:
    existing = ", ".join(stack_names(root)) or "none"
    if not _STACK_NAME.fullmatch(stack):
        raise StackFileError(f"'{stack}' is no name of a stack; existing stacks: {existing}")
    file = root / f"Pulumi.{stack}.yaml"
    if file.is_file():
        return file
    if stack.startswith(_DEVELOPER):
        raise StackFileError(
            f"{file.name}: not found: a developer's stack needs its own file, a copy of Pulumi.dev.yaml; "
            f"existing stacks: {existing}"
        )
    raise StackFileError(f"{file.name}: not found: there is no stack '{stack}'; existing stacks: {existing}")


def _entries(file: Path, project: str, config: Any) -> dict[str, Any]:  # noqa: ANN401
    """Give the entries of a `config:` section; a key without a namespace belongs to the project."""
    if config is None:
        return {}
    if not isinstance(config, dict):
        raise StackFileError(f"{file.name}: config: must be a mapping of keys to values")
    entries: dict[str, Any] = {}
    for key, value in config.items():
        full = str(key) if ":" in str(key) else f"{project}:{key}"
        if full in entries:
            raise StackFileError(f"{file.name}: {full}: is given twice, with and without its namespace")
        entries[full] = value
    return entries


def _default(declared: Any) -> tuple[bool, Any]:  # noqa: ANN401
    """Read what Pulumi.yaml gives a key: `default`, `value`, or the value itself in the short form."""
    if not isinstance(declared, dict):
        return declared is not None, declared
    for name in ("value", "default"):
        if name in declared:
            return True, declared[name]
    return False, None


def _is_encrypted(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, dict) and set(value) == {"secure"} and isinstance(value["secure"], str)


def _holds_secret(value: Any) -> bool:  # noqa: ANN401
    if isinstance(value, Mapping):
        return _is_encrypted(value) or any(_holds_secret(item) for item in value.values())
    return isinstance(value, list) and any(_holds_secret(item) for item in value)


def _decrypted(value: Any, place: str) -> Any:  # noqa: ANN401
    """Put a made-up plain text, different for each place, where an encrypted value stands."""
    if _is_encrypted(value):
        return f"offline-{sha256(place.encode()).hexdigest()[:24]}"
    if isinstance(value, dict):
        return {key: _decrypted(item, f"{place}.{key}") for key, item in value.items()}
    if isinstance(value, list):
        return [_decrypted(item, f"{place}[{index}]") for index, item in enumerate(value)]
    return value


def _text(value: Any) -> str:  # noqa: ANN401
    """Give a value as the engine's text: text as it is, everything else as compact JSON with sorted keys."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
