"""The outputs and the id that a provider would give back for a resource."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from preview.engine.physical import AUTONAME, AbsentError, Identity, Template
from preview.engine.physical_tables import TEMPLATES
from preview.engine.providers import Surroundings
from preview.engine.schema import declared_outputs
from preview.engine.wire import secret
from preview.graph import UNKNOWN, Properties, is_secret, plain


def outputs_of(
    token: str,
    urn: str,
    name: str,
    inputs: Properties,
    where: Surroundings,
    *,
    secret_outputs: Iterable[str] = (),
    unknowns: bool = False,
) -> tuple[str, Properties]:
    """Give id and outputs of a custom resource: its inputs, and every output that its type's templates make.

    With `unknowns` the id is empty and all that a provider computes is unknown; names that the engine
    itself would make up are known, as in a real preview.
    """
    identity = Identity(urn=urn, name=name, where=where, properties=dict(inputs))
    if token.startswith("kubernetes:"):
        resource_id = _kubernetes(token, identity, unknowns=unknowns)
    elif token.startswith("pulumi:providers:"):
        resource_id = "" if unknowns else identity.derived("uuid")
    else:
        resource_id = _plugin(token, identity, unknowns=unknowns)
    outputs = identity.properties
    for key in secret_outputs:
        if key in outputs:
            outputs[key] = secret(outputs[key])
    return resource_id, outputs


def _plugin(token: str, identity: Identity, *, unknowns: bool) -> str:
    templates = TEMPLATES.get(token, {})
    declared = declared_outputs(token)
    outputs = identity.properties
    if declared.get("region"):
        outputs.setdefault("region", identity.where.region)
    if declared.get("tagsAll"):
        outputs.setdefault("tagsAll", _all_tags(identity))
    if declared.get("name") and "name" not in outputs and "name" not in templates:
        outputs["name"] = identity.fill(AUTONAME)
    if not unknowns:
        return _known(token, identity, templates, declared)
    for key, template in templates.items():
        if key == "id":
            continue
        if template == AUTONAME:
            outputs.setdefault(key, identity.fill(AUTONAME))
        else:
            outputs[key] = _unknown_where_absent(outputs.get(key), template)
    for key, always in declared.items():
        if always and key not in outputs:
            outputs[key] = UNKNOWN
    outputs["id"] = UNKNOWN
    return ""


def _known(token: str, identity: Identity, templates: dict[str, Template], declared: Any) -> str:  # noqa: ANN401
    outputs = identity.properties
    for key, template in templates.items():
        if key in outputs and not isinstance(outputs[key], dict):
            continue
        try:
            value = identity.fill(template)
        except AbsentError:
            continue
        outputs[key] = _merged(outputs.get(key), value)
    outputs.setdefault("id", identity.derived("hex20"))
    if declared.get("arn") and "arn" not in outputs:
        outputs["arn"] = identity.fill(_generic_arn(token))
    return str(plain(outputs["id"]))


def _all_tags(identity: Identity) -> Any:  # noqa: ANN401
    """Give the tags with the provider's default tags below them, unknown when the tags are."""
    tags = identity.properties.get("tags")
    if tags is None:
        return dict(identity.where.default_tags)
    known = plain(tags)
    merged = {**identity.where.default_tags, **known} if isinstance(known, dict) else UNKNOWN
    return secret(merged) if is_secret(tags) else merged


def _generic_arn(token: str) -> str:
    _, module, kind = token.split(":")
    service = module.partition("/")[0]
    return f"arn:{{@partition}}:{service}:{{@region}}:{{@account}}:{kind[0].lower()}{kind[1:]}/{{id}}"


def _merged(present: Any, computed: Any) -> Any:  # noqa: ANN401
    """Add computed members to an object of the program; what the program set wins."""
    if present is None:
        return computed
    if is_secret(present):
        return secret(_merged(present["value"], computed))
    if isinstance(present, dict) and isinstance(computed, dict):
        return {**present, **{key: _merged(present.get(key), value) for key, value in computed.items()}}
    return present


def _unknown_where_absent(present: Any, template: Template) -> Any:  # noqa: ANN401
    if present is None:
        return UNKNOWN
    if is_secret(present):
        return secret(_unknown_where_absent(present["value"], template))
    if isinstance(present, dict) and isinstance(template, dict):
        members = {key: _unknown_where_absent(present.get(key), item) for key, item in template.items()}
        return {**present, **members}
    return present


def _kubernetes(token: str, identity: Identity, *, unknowns: bool) -> str:
    outputs = identity.properties
    if token == "kubernetes:helm.sh/v3:Release":
        return _helm_release(identity, unknowns=unknowns)
    metadata = outputs.get("metadata")
    if metadata is None or isinstance(metadata, dict):
        known = plain(metadata) or {}
        if known != UNKNOWN and "name" not in known:
            outputs["metadata"] = _merged(metadata, {"name": identity.fill(AUTONAME)})
    if "status" in declared_outputs(token):
        outputs.setdefault("status", UNKNOWN if unknowns else {})
    if unknowns:
        return ""
    named = plain(outputs.get("metadata")) or {}
    parts = [str(plain(named[key])) for key in ("namespace", "name") if named.get(key)]
    return "/".join(parts) or identity.name


def _helm_release(identity: Identity, *, unknowns: bool) -> str:
    outputs = identity.properties
    outputs.setdefault("name", identity.fill(AUTONAME))
    if unknowns:
        outputs["status"] = UNKNOWN
        outputs["resourceNames"] = UNKNOWN
        return ""
    namespace = plain(outputs.get("namespace")) or "default"
    outputs["status"] = {
        "name": plain(outputs["name"]),
        "namespace": namespace,
        "chart": plain(outputs.get("chart")),
        "version": plain(outputs.get("version")),
        "revision": 1,
        "status": "deployed",
    }
    return f"{namespace}/{plain(outputs['name'])}"
