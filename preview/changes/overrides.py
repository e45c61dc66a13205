"""Settings given on the command line instead of in the stack file: `--set recovery.active=true`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import yaml

from preview.engine.stack_file import StackConfiguration

_STEP: Final = re.compile(r"([A-Za-z_][\w-]*)((?:\[\d+\])*)")
_INDEX: Final = re.compile(r"\[(\d+)\]")
FORM: Final = "<area>.<key>[.<key> or [index]]=<value>, such as recovery.active=true"


class OverrideError(Exception):
    """A setting on the command line has no form that can be applied; the text is one line."""


@dataclass(frozen=True, slots=True)
class Override:
    """One setting with another value, as `pulumi config set --path 'fleet-erp:<path>' <value>` writes it."""

    path: tuple[str | int, ...]
    """The area, then keys and positions below it."""
    value: Any

    @classmethod
    def parse(cls, text: str) -> Override:
        """Read `recovery.active=true`; the value is YAML. Raises OverrideError for another form."""
        name, equals, value = text.partition("=")
        path: list[str | int] = []
        for step in name.strip().split("."):
            match = _STEP.fullmatch(step)
            if match is None:
                raise OverrideError(f"--set {text}: is not of the form {FORM}")
            path.append(match[1])
            path.extend(int(position) for position in _INDEX.findall(match[2]))
        if not equals or len(path) == 1:
            raise OverrideError(f"--set {text}: is not of the form {FORM}")
        try:
            return cls(tuple(path), yaml.safe_load(value))
        except yaml.YAMLError as error:
            raise OverrideError(
                f"--set {text}: the value is no YAML: {str(error).splitlines()[0]}"
            ) from error

    @property
    def name(self) -> str:
        """The path as it was written."""
        first, *rest = self.path
        return str(first) + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in rest)

    def __str__(self) -> str:
        return f"{self.name}={json.dumps(self.value, ensure_ascii=False)}"


def with_overrides(configuration: StackConfiguration, overrides: Iterable[Override]) -> StackConfiguration:
    """Give the configuration with these settings instead of its own.

    Raises OverrideError for a path that leads through something that holds no settings.
    """
    config, origin = dict(configuration.config), dict(configuration.origin)
    for override in overrides:
        area, *steps = override.path
        key = f"{configuration.project}:{area}"
        try:
            settings = json.loads(config[key])
        except KeyError:
            raise OverrideError(f"--set {override}: there is no area {area}") from None
        except ValueError:
            raise OverrideError(f"--set {override}: {area} is one value, not an area") from None
        _put(settings, steps, override)
        config[key] = json.dumps(settings, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        origin[key] = f"--set {override}"
    return replace(configuration, config=config, origin=origin)


def _put(settings: Any, steps: list[str | int], override: Override) -> None:  # noqa: ANN401  (a JSON value)
    *way, last = steps
    for step in way:
        settings = _step(settings, step, override)
    if isinstance(last, str) and isinstance(settings, dict):
        settings[last] = override.value
        return
    if isinstance(last, int) and isinstance(settings, list) and last < len(settings):
        settings[last] = override.value
        return
    raise OverrideError(f"--set {override}: nothing lies at {last!r}")


def _step(settings: Any, step: str | int, override: Override) -> Any:  # noqa: ANN401  (a JSON value)
    if isinstance(step, str) and isinstance(settings, dict) and isinstance(settings.get(step), dict | list):
        return settings[step]
    if isinstance(step, int) and isinstance(settings, list) and step < len(settings):
        return settings[step]
    raise OverrideError(f"--set {override}: nothing lies at {step!r}")
