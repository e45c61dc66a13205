"""What cannot be made again."""

from __future__ import annotations

from policies.aws.tokens import (
    AIR_GAPPED_VAULTS,
    BACKUP_VAULTS,
    BROKERS,
    BUCKETS,
    CLUSTERS,
    DATABASE_CLUSTERS,
    DATABASES,
    FILE_SYSTEMS,
    KEYS,
    SEARCH_DOMAINS,
    SECRETS,
    VOLUMES,
)
from policies.framework import Controls, Findings, Level, ResourceView, Severity, mandatory_in, resource_rule


@resource_rule(
    "avl-protect-stateful",
    subjects=(
        *AIR_GAPPED_VAULTS,
        *BACKUP_VAULTS,
        *BROKERS,
        *BUCKETS,
        *CLUSTERS,
        *DATABASE_CLUSTERS,
        *DATABASES,
        *FILE_SYSTEMS,
        *KEYS,
        *SEARCH_DOMAINS,
        *SECRETS,
        *VOLUMES,
    ),
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "dr", otherwise=Level.DISABLED),
    controls=Controls((), (), ("ENV-04",)),
    remedy="Set protect=True in the resource's options; lifting it is a deployment of its own.",
)
def protect_stateful(resource: ResourceView) -> Findings:
    """The engine refuses to delete or replace what holds state.

    A cache is left out: what it holds can be rebuilt. Pulumi's `retain_on_delete` is not judged, because the
    engine does not show it to policies.
    """
    if not resource.protect:
        yield "the option protect is not set"
