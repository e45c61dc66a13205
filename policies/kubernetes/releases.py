"""Charts: an exact version from a place that cannot be listened to, installed whole or not at all."""

from __future__ import annotations

import re
from typing import Final

from policies.framework import (
    Controls,
    Findings,
    ResourceView,
    Severity,
    everywhere,
    mandatory_in,
    resource_rule,
)
from policies.k8s.tokens import CHARTS, RELEASES

_EXACT: Final = re.compile(r"v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_LOCAL: Final = ("./", "../", "/")


@resource_rule(
    "dat-k8s-chart-pinned",
    subjects=(*RELEASES, *CHARTS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-11", "PROV-01")),
    remedy="Set version to one exact version, and take the chart from oci:// or https://.",
)
def k8s_chart_pinned(release: ResourceView) -> Findings:
    """Charts are of one exact version, from a repository over TLS."""
    chart = release.text("chart")
    if chart.startswith(_LOCAL):
        return
    version = release.text("version")
    if not _EXACT.fullmatch(version):
        yield f"version is {version or 'not set'}, not one exact version"
    source = release.text("repositoryOpts.repo") or release.text("fetchOpts.repo")
    if not chart.startswith(("oci://", "https://")) and not source.startswith(("https://", "oci://")):
        yield f"repositoryOpts.repo is {source or 'not set'}, not https:// or oci://"


@resource_rule(
    "avl-k8s-release-whole",
    subjects=RELEASES,
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging", "dr"),
    controls=Controls((), (), ("SLO-01", "PROV-01")),
    remedy="Set atomic: true and leave skipAwait out: a release that does not come up is rolled back.",
)
def k8s_release_whole(release: ResourceView) -> Findings:
    """A release that fails is taken back, and one that succeeds has come up."""
    if not release.flag("atomic"):
        yield "atomic is not true, so a failed upgrade stays half done"
    if release.flag("skipAwait"):
        yield "skipAwait is true, so nobody notices that it does not come up"
