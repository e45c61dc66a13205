"""Ingress objects: load balancers that a controller would make."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from policies.aws.tls import MODERN_POLICIES
from policies.framework import (
    Controls,
    Finding,
    Findings,
    ResourceView,
    Severity,
    everywhere,
    resource_rule,
)
from policies.k8s.objects import KubernetesObject, known, objects
from policies.k8s.tokens import INGRESSES

_PREFIX: Final = "alb.ingress.kubernetes.io/"


@resource_rule(
    "tls-k8s-ingress",
    subjects=INGRESSES,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("ELB.1", "ELB.17"), (), ("SEC-05", "SEC-04", "POL-02"), ("8(5)",)),
    remedy=(
        "Annotate alb.ingress.kubernetes.io/listen-ports '[{\"HTTPS\":443}]', ssl-redirect, ssl-policy and"
        " certificate-arn; other classes need spec.tls."
    ),
)
def k8s_ingress(ingress: ResourceView) -> Findings:
    """An Ingress serves HTTPS with a modern policy and a certificate."""
    for entry in objects(ingress):
        if not entry.partial:
            yield from _served(entry)


def _served(entry: KubernetesObject) -> Iterator[Finding]:
    annotations = entry.annotations
    names = {name.removeprefix(_PREFIX) for name in annotations if name.startswith(_PREFIX)}
    older_class = known(entry.block, "metadata.annotations", annotations, "kubernetes.io/ingress.class")
    if names or "alb" in {entry.block.text("spec.ingressClassName"), older_class}:
        # A certificate's ARN may be known later; what the others say may not.
        given = {
            name: known(entry.block, "metadata.annotations", annotations, f"{_PREFIX}{name}")
            for name in names & {"listen-ports", "ssl-policy"}
        }
        yield from (entry.finding(message) for message in _alb({**dict.fromkeys(names), **given}))
    elif not entry.block.has("spec.tls"):
        yield entry.finding("spec.tls is not set")


def _alb(given: Mapping[str, str | None]) -> Iterator[str]:
    protocols = _protocols(given.get("listen-ports"))
    if "HTTPS" not in protocols:
        yield "the annotation listen-ports names no HTTPS port"
    if "HTTP" in protocols and "ssl-redirect" not in given:
        yield "the annotation listen-ports opens HTTP, but ssl-redirect is not set"
    policy = given.get("ssl-policy")
    if policy not in MODERN_POLICIES:
        yield f"the annotation ssl-policy is {policy or 'not set'}, not a policy for TLS 1.2 and 1.3 only"
    if "certificate-arn" not in given:
        yield "the annotation certificate-arn is not set"


def _protocols(listen_ports: str | None) -> set[str]:
    # Without the annotation the controller opens port 80 only.
    try:
        entries = json.loads(listen_ports) if listen_ports else [{"HTTP": 80}]
    except ValueError:
        return set()
    return {str(name) for entry in entries if isinstance(entry, dict) for name in entry}
