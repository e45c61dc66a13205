"""TLS on the client's side: what pods and charts are told about databases, brokers and caches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.framework import (
    Controls,
    Finding,
    Findings,
    Graph,
    ResourceView,
    Severity,
    joined_rule,
    mandatory_in,
    resource_rule,
)
from policies.k8s.charts import chart_name
from policies.k8s.objects import KubernetesObject, objects, referred
from policies.k8s.pods import leaves
from policies.k8s.scaling import QUEUE, Metric, Scaler
from policies.k8s.tokens import (
    CHARTS,
    CONFIG_MAPS,
    EXTERNAL_SECRETS,
    RELEASES,
    SCALED_OBJECTS,
    TRIGGER_AUTHENTICATIONS,
    WORKLOADS,
)

_TOLD: Final = (*WORKLOADS, *CONFIG_MAPS, *EXTERNAL_SECRETS, *RELEASES, *CHARTS)
_IN_AWS: Final = mandatory_in("prod", "staging", "testing", "dr")
"""A developer's workspace has its stores beside it, in its own closed namespace."""

SAFE_MODE: Final = "verify-full"
_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", SAFE_MODE)
_MODE: Final = re.compile(
    rf"(?:pg|db_?)?ssl_?mode[\"']?\s*[:=]\s*[\"']?(?P<mode>{'|'.join(_MODES)})\b", re.IGNORECASE
)
_NAME: Final = re.compile(r"(?:pg|db_?)?ssl_?mode", re.IGNORECASE)
_ODOO_CONFIGURATION: Final = re.compile(r"^\s*db_host\s*=", re.MULTILINE)
_PLAIN: Final = re.compile(r"\b(?P<scheme>amqp|redis|stomp|mqtt)://|\bhttp://[\w.-]+\.amazonaws\.com\b")


def _texts(thing: ResourceView) -> Iterator[tuple[KubernetesObject | None, str, str]]:
    """Give every (object, path, text) that tells a program something; unknown texts are left out."""
    if thing.type in {*RELEASES, *CHARTS}:
        places = [(None, thing.block("values"))]
    else:
        places = [(entry, entry.block) for entry in objects(thing)]
    for entry, block in places:
        for path, value in leaves(block.properties(), block.at):
            if isinstance(value, str):
                yield entry, path, value


def _named(block_path: str, thing: ResourceView) -> str:
    """Give the name a value goes by: the last step, or the variable's name for `env.N.value`."""
    head, _, last = block_path.rpartition(".")
    if last == "value" and thing.has(f"{head}.name") and not thing.is_unknown(f"{head}.name"):
        return thing.text(f"{head}.name")
    return last


@resource_rule(
    "tls-k8s-postgres",
    subjects=_TOLD,
    severity=Severity.HIGH,
    levels=_IN_AWS,
    controls=Controls((), (), ("SEC-05", "POL-02"), ("8(5)",)),
    remedy=f"Set sslmode (db_sslmode, PGSSLMODE) to {SAFE_MODE}, with the RDS certificates mounted.",
)
def k8s_postgres(thing: ResourceView) -> Findings:
    """Whoever speaks to PostgreSQL in the cluster demands TLS and checks the server's name."""
    for _, path, text in _texts(thing):
        name = _named(path, thing)
        said = [text] if _NAME.fullmatch(name) else [match["mode"] for match in _MODE.finditer(text)]
        for mode in said:
            if mode.lower() != SAFE_MODE:
                yield f"{path} sets the mode {mode}"
        if _ODOO_CONFIGURATION.search(text) and not said:
            yield f"{path} sets no db_sslmode, so Odoo does without TLS when the server lets it"
    exporter = thing.type in RELEASES and chart_name(thing) == "prometheus-postgres-exporter"
    if exporter and not thing.has("values.config.datasource.sslmode"):
        yield "values.config.datasource.sslmode is not set, and the chart's own is disable"


@resource_rule(
    "tls-k8s-addresses",
    subjects=_TOLD,
    severity=Severity.HIGH,
    levels=_IN_AWS,
    controls=Controls((), (), ("SEC-05", "POL-02"), ("8(5)",)),
    remedy="Use amqps:// on 5671, rediss:// on 6379, https:// for the search domain.",
)
def k8s_addresses(thing: ResourceView) -> Findings:
    """Addresses of brokers, caches and AWS services that pods are given are those of TLS."""
    for _, path, text in _texts(thing):
        for match in _PLAIN.finditer(text):
            yield f"{path} has an address that begins with {match['scheme'] or 'http'}://"


@joined_rule(
    "tls-k8s-queue-scaler",
    subjects=(*SCALED_OBJECTS, *TRIGGER_AUTHENTICATIONS),
    severity=Severity.HIGH,
    levels=_IN_AWS,
    controls=Controls((), (), ("SEC-05", "SCALE-01", "POL-02"), ("8(5)",)),
    remedy="Refer to a TriggerAuthentication that gives host (amqps://…:5671) and the parameter tls.",
)
def k8s_queue_scaler(scaler: ResourceView, graph: Graph) -> Findings:
    """KEDA reads the depth of a queue over TLS, with credentials from a secret."""
    if scaler.type not in SCALED_OBJECTS:
        return
    for entry in objects(scaler):
        if not entry.partial:
            for metric in Scaler(entry).metrics:
                if metric.name == QUEUE:
                    yield from _untrusted(entry, metric, graph)


def _untrusted(entry: KubernetesObject, metric: Metric, graph: Graph) -> Iterator[Finding]:
    trigger = metric.block
    if trigger.has("metadata.host"):
        yield entry.finding(f"{trigger.at}.metadata.host is written down; a secret gives it", aspect="host")
    if not trigger.has("authenticationRef.name"):
        yield entry.finding(f"{trigger.at}.authenticationRef is not set", aspect="authentication")
        return
    path = "authenticationRef.name"
    found = referred(entry, trigger, path, graph, *TRIGGER_AUTHENTICATIONS)
    if not found:
        yield entry.finding(
            f"{trigger.at}.authenticationRef names nothing in this namespace", aspect="authentication"
        )
    for authentication in found:
        parameters = {
            parameter.text("parameter")
            for kind in ("secretTargetRef", "env")
            for parameter in authentication.block.blocks(f"spec.{kind}")
        }
        for name in ("host", "tls"):
            if name not in parameters:
                yield entry.finding(f"{authentication.name} does not give the parameter {name}", aspect=name)
