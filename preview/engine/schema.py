"""What the SDK declares about a resource type: the outputs that a provider computes."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from pulumi.runtime import rpc

_SDK_MODULES: Final = {
    "aws": "pulumi_aws",
    "eks": "pulumi_eks",
    "kubernetes": "pulumi_kubernetes",
    "pagerduty": "pulumi_pagerduty",
    "random": "pulumi_random",
    "tls": "pulumi_tls",
}
_OPTIONAL_OUTPUT: Final = re.compile(r"Output\[(typing\.)?Optional\[")


@cache
def resource_class(token: str) -> type | None:
    """Give the SDK class of a type token, or None for a type that no installed SDK knows."""
    package, _, rest = token.partition(":")
    module_name, _, _ = rest.rpartition(":")
    if package in _SDK_MODULES:
        importlib.import_module(_SDK_MODULES[package])
    module: Any = rpc.get_resource_module(package, module_name, "")
    if module is None or token not in module.mod_info["classes"]:
        return None
    return getattr(importlib.import_module(module.mod_info["fqn"]), module.mod_info["classes"][token])


@cache
def declared_outputs(token: str) -> Mapping[str, bool]:
    """Give the outputs of a type by their wire names; the value says whether the provider always sets it.

    An output that is always set and is no input is computed by the provider.
    """
    found: dict[str, bool] = {}
    cls = resource_class(token)
    for base in reversed(cls.__mro__ if cls else ()):
        for value in vars(base).values():
            name = getattr(getattr(value, "fget", None), "_pulumi_name", None)
            if name is not None:
                annotation = value.fget.__annotations__.get("return", "")
                found[name] = _OPTIONAL_OUTPUT.search(str(annotation)) is None
    return MappingProxyType(found)
