"""How sensitive stored data is, as a tag of the store itself."""

from __future__ import annotations

from typing import Final

from policies.aws.tags import Tags
from policies.aws.tokens import (
    BROKERS,
    BUCKETS,
    CACHES,
    DATABASE_CLUSTERS,
    DATABASES,
    FILE_SYSTEMS,
    SEARCH_DOMAINS,
    SECRETS,
    SERVERLESS_CACHES,
    TABLES,
)
from policies.framework import (
    Controls,
    Findings,
    ResourceView,
    Severity,
    everywhere,
    resource_rule,
)

_TAG: Final = "DataClassification"
_CLASSES: Final = ("restricted", "confidential", "internal", "public")
_SENSITIVE: Final = _CLASSES[:2]
_STORES: Final = (
    *DATABASES,
    *DATABASE_CLUSTERS,
    *CACHES,
    *SERVERLESS_CACHES,
    *BROKERS,
    *SEARCH_DOMAINS,
    *FILE_SYSTEMS,
    *TABLES,
    *SECRETS,
)
_REQUIREMENTS: Final = ("DATA-07", "SEC-14")


@resource_rule(
    "tag-classification",
    subjects=(*_STORES, *BUCKETS),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), _REQUIREMENTS, ("8(5)",)),
    remedy="Add the tag DataClassification with the class of what is stored there.",
)
def classification(store: ResourceView) -> Findings:
    """Data stores, buckets and secrets say themselves how sensitive their content is.

    The provider's default is for everything else: a store that relies on it was never thought about.
    """
    value = Tags(store).own_value(_TAG)
    if not value:
        yield f"it has no tag {_TAG} of its own"
    elif value not in _CLASSES:
        yield f"the tag {_TAG} is {value}, not one of {', '.join(_CLASSES)}"


@resource_rule(
    "tag-classification-sensitive",
    subjects=_STORES,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), _REQUIREMENTS, ("8(5)",)),
    remedy="Set the tag DataClassification to restricted or confidential.",
)
def classification_sensitive(store: ResourceView) -> Findings:
    """Databases, brokers, caches, file systems, search domains and secrets count as sensitive."""
    value = Tags(store).own_value(_TAG)
    if value in _CLASSES and value not in _SENSITIVE:
        yield f"the tag {_TAG} is {value}, and what lies there is {' or '.join(_SENSITIVE)}"
