"""YAML as the engine reads it, with the line of every fault.

The engine follows YAML 1.2 here: `yes`, `on` and `22:30` are text, dates are text, a key given twice is an
error. PyYAML's own rules are those of YAML 1.1.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Final

import yaml


class StackFileError(Exception):
    """One clear line: which file, which line or key, what is wrong and what is allowed."""


class _Loader(yaml.SafeLoader):
    """Reads plain scalars by the core schema of YAML 1.2."""

    yaml_implicit_resolvers = {}


_FIRST: Final = list("-+0123456789.")
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_Loader.add_implicit_resolver("!leading-zero", re.compile(r"^[-+]?0\d+$"), _FIRST)
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9]\d*)$"), _FIRST)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][-+]?\d+)?$"), _FIRST
)


def _refuse_leading_zero(loader: _Loader, node: yaml.ScalarNode) -> str:
    raise yaml.constructor.ConstructorError(
        None, None, f"{node.value} would be read as an octal number: put it in quotes", node.start_mark
    )


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: dict[Any, int] = {}
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str | int | float | bool):
            raise yaml.constructor.ConstructorError(None, None, "a key must be text", key_node.start_mark)
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"key '{key}' is given twice, first on line {seen[key]}", key_node.start_mark
            )
        seen[key] = key_node.start_mark.line + 1
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("!leading-zero", _refuse_leading_zero)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_mapping(file: Path) -> dict[str, Any]:
    """Read a YAML file that holds one mapping; an empty file is an empty one.

    Raises StackFileError, with the line, when it cannot be read as such.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StackFileError(f"{file.name}: cannot be read: {error}") from error
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506  (derived from SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f":{mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or " ".join(str(error).split())
        raise StackFileError(f"{file.name}{place}: not valid YAML: {problem}") from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise StackFileError(f"{file.name}: must hold a mapping, not {_kind(document)}")
    return document


def _kind(value: object) -> str:
    return "a list" if isinstance(value, list) else f"the {type(value).__name__} {value!r}"
