"""Providers: the default ones that the engine makes, and what a provider says about its resources."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from preview.engine.errors import RenderError
from preview.graph import UNKNOWN, Properties, Resource, plain

DISABLE_DEFAULT_PROVIDERS: Final = "pulumi:disable-default-providers"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a resource lives: what its provider and the invoke answers say about account and region."""

    region: str
    account_id: str
    default_tags: Mapping[str, str]

    @property
    def partition(self) -> str:
        """The AWS partition that the region belongs to."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    @property
    def dns_suffix(self) -> str:
        """The domain under which the partition's services live."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"


def disabled_packages(config: Mapping[str, str]) -> frozenset[str]:
    """Read which packages must not get a default provider. Raises RenderError when it is no list of names."""
    text = config.get(DISABLE_DEFAULT_PROVIDERS)
    if text is None:
        return frozenset()
    try:
        names = json.loads(text)
    except json.JSONDecodeError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise RenderError(
            f'{DISABLE_DEFAULT_PROVIDERS} must be a list of package names such as ["aws"], not {text}'
        )
    return frozenset(names)


def refuse_disabled(disabled: Collection[str], package: str, subject: str) -> None:
    """Raise the engine's error when a resource would need a default provider that is switched off."""
    if package in disabled or "*" in disabled:
        raise RenderError(
            f"Default provider for '{package}' disabled. '{subject}' must use an explicit provider."
        )


def default_provider_name(version: str) -> str:
    """Give the logical name of a default provider, for instance `default_7_51_1`."""
    return "_".join(["default", *version.replace("+", ".").split(".")]) if version else "default"


def configured_inputs(package: str, config: Mapping[str, str]) -> Properties:
    """Give the inputs of a default provider: the stack's configuration in the package's namespace."""
    prefix = f"{package}:"
    return {
        key.removeprefix(prefix): value for key, value in sorted(config.items()) if key.startswith(prefix)
    }


def surroundings(provider: Resource | None, *, region: str, account_id: str) -> Surroundings:
    """Read region, account and default tags from a provider's inputs; the given values fill what it omits."""
    inputs = provider.inputs if provider is not None else {}
    accounts = _json(inputs.get("allowedAccountIds"))
    tags = _json(inputs.get("defaultTags"))
    named = _known_text(inputs.get("region"))
    return Surroundings(
        region=named or region,
        account_id=accounts[0] if isinstance(accounts, list) and accounts else account_id,
        default_tags=dict(tags.get("tags") or {}) if isinstance(tags, dict) else {},
    )


def _known_text(value: Any) -> str | None:  # noqa: ANN401
    text = plain(value)
    return text if isinstance(text, str) and text != UNKNOWN else None


def _json(value: Any) -> Any:  # noqa: ANN401
    """Read a provider argument, which the SDK sends as JSON text."""
    text = _known_text(value)
    try:
        return json.loads(text) if text else None
    except json.JSONDecodeError:
        return None
