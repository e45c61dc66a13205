"""From the engine's configuration to typed settings, with every mistake of a stack file reported at once."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Annotated, Any, Final, get_args

import pulumi
from pulumi.runtime import config as runtime_config
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from .problem import Problem, Rule
from .stack import DevelopmentSettings, EstateSettings

PROJECT: Final = "fleet-erp"
EXIT_STATUS: Final = 2
"""What the program exits with when its settings are wrong."""
PROJECT_WIDE: Final = frozenset({"versions"})
"""Areas that Pulumi.yaml sets for all stacks."""


class SettingsError(Exception):
    """A stack file is wrong; `lines` has one line per mistake: file, key, value and what is allowed."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def load(*, rules: Iterable[Rule]) -> EstateSettings | DevelopmentSettings:
    """Read the configuration of the running stack. Raises SettingsError with all mistakes."""
    prefix = f"{PROJECT}:"
    # The SDK reads single keys only; to refuse unknown ones, all have to be seen. The engine hands them
    # over in PULUMI_CONFIG, an in-process run in the context variable.
    everything: Mapping[str, Any] = runtime_config.CONFIG.get() or runtime_config.get_config_env()
    areas = {key.removeprefix(prefix): value for key, value in everything.items() if key.startswith(prefix)}
    return parse(areas, stack=pulumi.get_stack(), rules=rules)


def parse(
    areas: Mapping[str, str], *, stack: str, rules: Iterable[Rule]
) -> EstateSettings | DevelopmentSettings:
    """Validate the areas of `stack`, each a JSON text as the engine hands it over, and apply the rules.

    Raises SettingsError with one line per mistake, in the order of the models and then of the rules.
    """
    lines: list[str] = []
    raw: dict[str, Any] = {}
    for area, text in areas.items():
        try:
            raw[area] = json.loads(text)
        except ValueError:
            raw[area] = text
    model = DevelopmentSettings if stack.split("-", 1)[0] == "dev" else EstateSettings
    partial, problems = _validate(model, raw)
    problems.extend(_contradictions(partial, rules))
    problems.extend(_foreign_environment(partial, stack))
    problems.extend(_foreign_workspace(partial, stack))
    lines.extend(_line(problem, stack) for problem in problems)
    if lines:
        raise SettingsError(list(dict.fromkeys(lines)))
    return model.model_validate_json(json.dumps(raw))


class _Absent(Exception):  # noqa: N818  (a signal, not an error)
    """A rule reads a part that is itself wrong or missing."""


class _Partial:
    """An area of which only the valid fields can be read."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (any setting)
        try:
            return self._values[name]
        except KeyError:
            raise _Absent(name) from None


def _validate(model: type[BaseModel], raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Validate each area by itself; give the areas, whole or partial, and what is wrong."""
    partial: dict[str, Any] = {}
    problems: list[Problem] = []
    try:
        whole = model.model_validate_json(json.dumps(raw))
    except ValidationError as error:
        details = error.errors(include_url=False)
    else:
        return {name: getattr(whole, name) for name in model.model_fields}, problems
    problems.extend(_problem(detail, model) for detail in details if not _follows(detail, details))
    wrong_areas = {detail["loc"][0] for detail in details}
    for name, field in model.model_fields.items():
        if name not in raw:
            if not field.is_required():
                partial[name] = field.get_default()
            continue
        if name not in wrong_areas:
            partial[name] = _validate_field(field, raw[name])
        elif (
            isinstance(raw[name], dict)
            and inspect.isclass(field.annotation)
            and issubclass(field.annotation, BaseModel)
        ):
            wrong_fields = {
                detail["loc"][1] for detail in details if detail["loc"][0] == name and len(detail["loc"]) > 1
            }
            partial[name] = _Partial(_valid_fields(field.annotation, raw[name], wrong_fields))
    return partial, problems


def _valid_fields(model: type[BaseModel], raw: Mapping[str, Any], wrong: set[Any]) -> dict[str, Any]:
    valid: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if name in wrong:
            continue
        if name in raw:
            annotated: Any = (
                Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
            )
            valid[name] = TypeAdapter[Any](annotated).validate_json(json.dumps(raw[name]))
        elif not field.is_required():
            valid[name] = field.get_default()
    return valid


def _validate_field(field: FieldInfo, value: object) -> object:
    annotated: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    return TypeAdapter(annotated).validate_json(json.dumps(value))


def _contradictions(areas: Mapping[str, Any], rules: Iterable[Rule]) -> Iterator[Problem]:
    for rule in rules:
        names = list(inspect.signature(rule).parameters)
        if all(name in areas for name in names):
            # What a rule finds before it reads an absent part still counts.
            with suppress(_Absent):
                yield from rule(**{name: areas[name] for name in names})


def _foreign_environment(areas: Mapping[str, Any], stack: str) -> Iterator[Problem]:
    """A stack file copied from another environment would deploy the wrong one under this name."""
    try:
        name = areas["environment"].name
    except (_Absent, KeyError):
        return
    if stack.split("-", 1)[0] != name:
        yield Problem(
            "environment.name",
            name,
            f"is not the environment of stack {stack}; allowed: {stack.split('-', 1)[0]}",
        )


def _foreign_workspace(areas: Mapping[str, Any], stack: str) -> Iterator[Problem]:
    """A stack file copied from another developer would deploy into his namespace, under this name."""
    environment, _, own = stack.partition("-")
    try:
        developer = areas["workspace"].developer
    except (_Absent, KeyError):
        return
    if environment == "dev" and own and developer != own:
        yield Problem(
            "workspace.developer", developer, f"is not the developer of stack {stack}; allowed: {own}"
        )


def _follows(detail: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """Whether a list is only too short because pydantic left out an entry that is reported itself."""
    depth = len(detail["loc"])
    return detail["type"] == "too_short" and any(
        other["loc"][:depth] == detail["loc"] and len(other["loc"]) > depth for other in details
    )


def _problem(detail: ErrorDetails, model: type[BaseModel]) -> Problem:
    """Put one pydantic error in words: what stands there, what is wrong and what is allowed."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"]).lstrip(".")
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        return Problem(path, None, f"is missing; allowed: {_described(model, detail['loc'])}")
    if kind == "extra_forbidden":
        parent = _model_at(model, detail["loc"][:-1])
        return Problem(
            path, detail["input"], f"is not a key of this area; allowed: {', '.join(parent.model_fields)}"
        )
    if kind == "literal_error":
        return Problem(path, detail["input"], f"is not one of the choices; allowed: {context['expected']}")
    if kind in _WORDS:
        return Problem(path, detail["input"], _WORDS[kind].format(**context))
    return Problem(path, detail["input"], detail["msg"])


_WORDS: Final = {
    "bool_type": "is not a yes or no; allowed: true, false",
    "int_type": "is not a whole number; allowed: a number without quotes",
    "int_from_float": "is not a whole number; allowed: a number without fraction",
    "float_type": "is not a number; allowed: a number without quotes",
    "string_type": "is not a text; allowed: a text in quotes",
    "tuple_type": "is not a list; allowed: a list",
    "model_type": "is not a table of keys; allowed: keys and values",
    "greater_than_equal": "is too small; allowed: {ge} or more",
    "less_than_equal": "is too large; allowed: {le} or less",
    "too_short": "has too few entries; allowed: {min_length} or more",
}


def _model_at(model: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel]:
    """Find the model that describes the table at `path`."""
    for part in path:
        if isinstance(part, int):
            continue
        annotation: Any = model.model_fields[part].annotation
        while not (inspect.isclass(annotation) and issubclass(annotation, BaseModel)):
            # Through `tuple[X, ...]` and `X | None` to X.
            annotation = next(inner for inner in get_args(annotation) if inner not in (type(None), Ellipsis))
        model = annotation
    return model


def _described(model: type[BaseModel], path: tuple[int | str, ...]) -> str:
    """Say what a missing key wants: its keys when it is a table, else the bounds of its schema."""
    parent = _model_at(model, path[:-1])
    field = parent.model_fields[str(path[-1])]
    if inspect.isclass(field.annotation) and issubclass(field.annotation, BaseModel):
        return f"a table with {', '.join(field.annotation.model_fields)}"
    schema = parent.model_json_schema()["properties"][str(path[-1])]
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    if "pattern" in schema:
        return f"a text like {schema['pattern']}"
    names = {
        "boolean": "true, false",
        "integer": "a whole number",
        "number": "a number",
        "string": "a text",
        "array": "a list",
    }
    return names.get(schema.get("type", ""), "a value")


def _line(problem: Problem, stack: str) -> str:
    area = problem.path.split(".", 1)[0].split("[", 1)[0]
    file = "Pulumi.yaml" if area in PROJECT_WIDE else f"Pulumi.{stack}.yaml"
    value = "" if problem.value is None else f"{json.dumps(problem.value, ensure_ascii=False, default=str)} "
    return f"{file}: {PROJECT}:{problem.path}: {value}{problem.message}"
