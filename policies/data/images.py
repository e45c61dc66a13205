"""Container images: tags that stay, scans, an end, and a registry of our own."""

from __future__ import annotations

from typing import Final

from policies.aws.tokens import (
    PUBLIC_REPOSITORIES,
    REGISTRY_SCANS,
    REPOSITORIES,
    REPOSITORY_LIFECYCLES,
    REPOSITORY_TEMPLATES,
)
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    joined_rule,
    resource_rule,
)

_SCANNING: Final = frozenset({"SCAN_ON_PUSH", "CONTINUOUS_SCAN"})


@resource_rule(
    "dat-ecr",
    subjects=(*REPOSITORIES, *REPOSITORY_TEMPLATES),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("ECR.2",), ("CKV_AWS_51",), ("SEC-11", "PROMO-03")),
    remedy="Set image_tag_mutability='IMMUTABLE'.",
)
def ecr(repository: ResourceView) -> Findings:
    """A tag names the same image for ever, also in repositories that replication creates."""
    found = repository.text("imageTagMutability", "MUTABLE")
    if found != "IMMUTABLE":
        yield f"imageTagMutability is {found}, so what was tested may not be what runs"


@joined_rule(
    "dat-ecr-scan",
    subjects=REPOSITORIES,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("ECR.1",), ("CKV_AWS_163",), ("SEC-11",)),
    remedy="Set image_scanning_configuration with scan_on_push=True.",
)
def ecr_scan(repository: ResourceView, graph: Graph) -> Findings:
    """Every image is scanned when it is pushed, by its repository or by the registry."""
    if repository.flag("imageScanningConfiguration.scanOnPush"):
        return
    everything = any(
        rule.text("scanFrequency") in _SCANNING
        and any(entry.text("filter") == "*" for entry in rule.blocks("repositoryFilters"))
        for scan in graph.of(*REGISTRY_SCANS)
        for rule in scan.blocks("rules")
    )
    if not everything:
        yield "imageScanningConfiguration.scanOnPush is not true and no registry rule scans every repository"


@joined_rule(
    "dat-ecr-lifecycle",
    subjects=(*REPOSITORIES, *REPOSITORY_TEMPLATES),
    severity=Severity.LOW,
    levels=everywhere(),
    controls=Controls(("ECR.3",), (), ("OPS-01",)),
    remedy="Declare ecr.LifecyclePolicy for the repository.",
)
def ecr_lifecycle(repository: ResourceView, graph: Graph) -> Findings:
    """Old images are cleared away."""
    if repository.type in REPOSITORY_TEMPLATES:
        if not repository.has("lifecyclePolicy"):
            yield "lifecyclePolicy is not set for repositories that are made from this"
        return
    policies = graph.attached(repository, "repository", *REPOSITORY_LIFECYCLES)
    if not policies:
        yield "no lifecycle policy is declared for the repository"
    for policy in policies:
        document = policy.document("policy")
        if not (isinstance(document, dict) and document.get("rules")):
            yield f"the lifecycle policy {policy.name} has no rule"


@resource_rule(
    "dat-ecr-private",
    subjects=PUBLIC_REPOSITORIES,
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-11",)),
    remedy="Declare ecr.Repository instead.",
)
def ecr_private(_repository: ResourceView) -> Findings:
    """Images of the product are not public."""
    yield "a repository of the public registry shows its images to everyone"
