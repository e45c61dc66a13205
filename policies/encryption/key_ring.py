"""The keys themselves: rotation, and that each environment uses only its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.aws.keys import AWS_MANAGED, KEY_ARN
from policies.aws.tokens import KEY_ALIASES, KEYS
from policies.framework import (
    Controls,
    Finding,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    resource_rule,
    stack_rule,
)
from policies.framework.environments import ENVIRONMENTS
from policies.framework.values import Secret

_SYMMETRIC: Final = "SYMMETRIC_DEFAULT"
_KEY_PROPERTY: Final = re.compile(r"kms|keyArn$|encryptionKey|targetKeyId$", re.IGNORECASE)
_STACK_REFERENCE: Final = "pulumi:pulumi:StackReference"


@resource_rule(
    "enc-key-rotation",
    subjects=("aws:kms/key:Key",),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls(("KMS.4",), ("CKV_AWS_7",), ("SEC-06", "POL-01"), ("8(5)",)),
    remedy="Set enable_key_rotation=True.",
    exemptible=False,
)
def key_rotation(key: ResourceView) -> Findings:
    """Symmetric customer keys rotate.

    AWS rotates no asymmetric or HMAC key; a replica key follows its primary.
    """
    if key.text("customerMasterKeySpec", _SYMMETRIC) == _SYMMETRIC and not key.flag("enableKeyRotation"):
        yield "enableKeyRotation is not true"


@stack_rule(
    "enc-key-per-environment",
    subjects=(*KEYS, *KEY_ALIASES),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-06", "ISO-01", "ISO-02", "POL-01")),
    remedy="Use the keys that this stack declares; name their aliases and tags after the environment.",
)
def key_per_environment(graph: Graph) -> Findings:
    """No resource uses a key of another environment; keys carry the name of their own.

    A key is this environment's when this stack declares it. What comes out of another stack is not.
    """
    for alias in graph.of(*KEY_ALIASES):
        yield from _foreign_names(alias, "name", graph)
    for key in graph.of(*KEYS):
        tagged = key.text("tags.Environment", graph.environment)
        if tagged != graph.environment:
            yield key.finding(
                f"the key is tagged Environment={tagged} in an environment named {graph.environment}"
            )
    for resource in graph.resources:
        if not resource.type.startswith("aws:"):
            continue
        for path, value in _key_values(resource.properties()):
            named = graph.identified(value, *KEYS, *KEY_ALIASES)
            if not named and not AWS_MANAGED.search(value):
                yield resource.finding(f"{path} is {value}, a key that this stack does not declare")
        for name in resource.property_dependencies:
            if _KEY_PROPERTY.search(name) and any(
                source.type == _STACK_REFERENCE for source in resource.link(name).sources()
            ):
                yield resource.finding(f"{name} comes from another stack")


def _foreign_names(alias: ResourceView, path: str, graph: Graph) -> Iterator[Finding]:
    if not alias.has(path):
        yield alias.finding("the alias has no name of its own, so nobody sees which environment's key it is")
        return
    words = set(re.split(r"[^a-z0-9]+", alias.text(path).lower()))
    others = sorted(words & set(ENVIRONMENTS) - {graph.environment})
    if others:
        yield alias.finding(f"the alias {alias.text(path)} carries the name of {others[0]}")
    elif graph.environment not in words:
        yield alias.finding(f"the alias {alias.text(path)} does not carry the environment's name")


def _key_values(tree: Any, path: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401  (any wire value)
    """Give every known (path, value) of an object that names a KMS key, at whatever depth."""
    if isinstance(tree, Secret):
        yield from _key_values(tree.value, path)
    elif isinstance(tree, Mapping):
        for name, value in tree.items():
            inner = f"{path}.{name}" if path else str(name)
            if isinstance(value, str) and _KEY_PROPERTY.search(str(name)) and _names_key(value):
                yield inner, value
            else:
                yield from _key_values(value, inner)
    elif isinstance(tree, list):
        for at, value in enumerate(tree):
            yield from _key_values(value, f"{path}.{at}")


def _names_key(value: str) -> bool:
    return KEY_ARN.match(value) is not None or value.startswith("alias/")
