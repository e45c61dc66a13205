"""Work that ends: one at a time, bounded, and never silently done again."""

from __future__ import annotations

from policies.framework import Controls, Findings, ResourceView, Severity, everywhere, resource_rule
from policies.k8s.objects import objects
from policies.k8s.tokens import CRON_JOBS, JOBS


@resource_rule(
    "avl-k8s-job",
    subjects=JOBS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("DATA-04",)),
    remedy="Set backoffLimit, leave ttlSecondsAfterFinished out, put the image or a hash into the name.",
)
def k8s_job(job: ResourceView) -> Findings:
    """A job says how often it may try, and is not made again because its trace was cleaned away.

    A finished job that deletes itself is missing at the next refresh, and Pulumi runs it once more.
    """
    for entry in objects(job):
        if entry.block.has("spec.ttlSecondsAfterFinished"):
            yield entry.finding("ttlSecondsAfterFinished is set, so it runs again after the next refresh")
        if not entry.partial and not entry.block.has("spec.backoffLimit"):
            yield entry.finding("backoffLimit is not set, so it may run seven times")


@resource_rule(
    "avl-k8s-cron-job",
    subjects=CRON_JOBS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("SLO-01",)),
    remedy="Set concurrencyPolicy: Forbid, and backoffLimit in the job's template.",
)
def k8s_cron_job(job: ResourceView) -> Findings:
    """A scheduled job waits for the run before it, and says how often a run may try."""
    for entry in objects(job):
        policy = entry.block.text("spec.concurrencyPolicy", "Allow")
        if policy == "Allow" and (entry.block.has("spec.concurrencyPolicy") or not entry.partial):
            yield entry.finding("concurrencyPolicy allows several runs at once")
        if not entry.partial and not entry.block.has("spec.jobTemplate.spec.backoffLimit"):
            yield entry.finding("backoffLimit is not set, so a run may try seven times")
