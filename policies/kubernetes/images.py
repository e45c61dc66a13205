"""Images: exactly these bytes, from our registry, scanned."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from policies.framework import (
    Controls,
    Findings,
    Graph,
    Level,
    ResourceView,
    Setting,
    Settings,
    Severity,
    joined_rule,
    mandatory_in,
    resource_rule,
    stack_rule,
)
from policies.k8s.charts import chart_name
from policies.k8s.pods import all_pods, pods
from policies.k8s.tokens import RELEASES, WORKLOADS

_PINNED: Final = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}")
_ECR: Final = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/.+")
_PROVIDERS: Final = ("pulumi:providers:aws",)
_WEEK_HOURS: Final = 168
_DURATION: Final = re.compile(r"(?P<hours>\d+)h(?:0m)?(?:0s)?")


@resource_rule(
    "dat-image-pinned",
    subjects=WORKLOADS,
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "staging"),
    controls=Controls((), ("CKV_K8S_14", "CKV_K8S_43"), ("SEC-11",), ("8(5)",)),
    remedy="Write the image as <registry>/<name>:<tag>@sha256:<digest>; the tag is for reading only.",
)
def image_pinned(workload: ResourceView) -> Findings:
    """Images are named by digest, so that what was scanned and tested is what runs."""
    for pod in pods(workload):
        for container in pod.containers:
            image = container.image
            if not _PINNED.fullmatch(image) and not (pod.partial and image == ""):
                yield container.finding(f"image {image} has no digest" if image else "image is not set")


@joined_rule(
    "dat-image-registry",
    subjects=(*WORKLOADS, *_PROVIDERS),
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging"),
    controls=Controls((), (), ("SEC-11",), ("8(5)",)),
    remedy="Copy the image into an ECR repository of this account, where it is scanned and never changed.",
    settings={"otherRegistries": Setting([], "Beginnings of images that may come from elsewhere.")},
)
def image_registry(workload: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """Images come from our own registry, which scans them and keeps tags unchanged."""
    if workload.type not in WORKLOADS:
        return
    accounts = graph.fact(_accounts)
    others = tuple(settings["otherRegistries"])
    for pod in pods(workload):
        for container in pod.containers:
            image = container.image
            if (pod.partial and image == "") or (others and image.startswith(others)):
                continue
            ours = _ECR.fullmatch(image)
            if ours is None:
                yield container.finding(f"image {image} is not from ECR")
            elif accounts and ours["account"] not in accounts:
                yield container.finding(f"image {image} is from the registry of another account")


def _accounts(graph: Graph) -> frozenset[str]:
    """Give the accounts that the stack's providers may touch; none when no provider says so."""
    return frozenset(account for provider in graph.of(*_PROVIDERS) for account in _allowed(provider))


def _allowed(provider: ResourceView) -> Iterator[str]:
    """Give a provider's accounts: the engine holds the lists of providers as JSON texts."""
    if provider.is_unknown("allowedAccountIds"):
        return
    given = provider.get("allowedAccountIds", [])
    yield from map(str, json.loads(given) if isinstance(given, str) else given)


@stack_rule(
    "dat-image-scanned",
    subjects=(*RELEASES, *WORKLOADS),
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "staging", "testing", "dr", otherwise=Level.DISABLED),
    controls=Controls((), (), ("SEC-11",)),
    remedy="Install the chart trivy-operator with operator.scannerReportTTL 168h or less.",
)
def image_scanned(graph: Graph) -> Findings:
    """Where pods run, what runs is scanned at least weekly."""
    if all(pod.partial for pod in all_pods(graph)):
        return
    scanners = [release for release in graph.of(*RELEASES) if chart_name(release) == "trivy-operator"]
    if not scanners:
        yield "the stack declares pods but no trivy-operator"
    for scanner in scanners:
        lifetime = scanner.text("values.operator.scannerReportTTL", "24h")
        matched = _DURATION.fullmatch(lifetime)
        if matched is None or not 0 < int(matched["hours"]) <= _WEEK_HOURS:
            yield scanner.finding(f"values.operator.scannerReportTTL is {lifetime}, not a week or less")


@resource_rule(
    "dat-image-scan-watched",
    subjects=RELEASES,
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging", "dr", otherwise=Level.ADVISORY),
    controls=Controls((), (), ("SEC-11",)),
    remedy="Set serviceMonitor.enabled in the values of trivy-operator, so that its findings become metrics.",
)
def image_scan_watched(release: ResourceView) -> Findings:
    """What the scanner of running images finds is collected as metrics, so that somebody can be alerted."""
    if chart_name(release) == "trivy-operator" and not release.flag("values.serviceMonitor.enabled"):
        yield "values.serviceMonitor.enabled is not true, so nobody is alerted"
