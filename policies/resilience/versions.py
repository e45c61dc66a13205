"""Engine versions: what AWS still mends, and no jump to the next major version by accident."""

from __future__ import annotations

from policies.aws.databases import is_replica
from policies.aws.tokens import CACHE_CLUSTERS, CACHES, DATABASE_CLUSTERS, DATABASES, SEARCH_DOMAINS
from policies.framework import (
    Controls,
    Findings,
    ResourceView,
    Setting,
    Settings,
    Severity,
    everywhere,
    mandatory_in,
    resource_rule,
)


@resource_rule(
    "avl-rds-version",
    subjects=(*DATABASES, *DATABASE_CLUSTERS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SLO-01", "OPS-01")),
    remedy="Set engine='postgres' and engine_version to a release of a supported major version.",
    settings={
        "majors": Setting(
            ["16", "17"],
            "major versions of PostgreSQL in standard support: 16 until 2029-02-28, 17 until 2030-02-28",
        )
    },
)
def rds_version(database: ResourceView, settings: Settings) -> Findings:
    """The database names a PostgreSQL that RDS supports at no extra charge.

    Without one it takes RDS's default of the day it is made. A replica takes its source's.
    """
    version = database.text("engineVersion")
    if not version and is_replica(database):
        return
    if version.partition(".")[0] not in settings["majors"]:
        allowed = ", ".join(settings["majors"])
        yield f"engineVersion is {version or 'not set'}, not a release of one of {allowed}"


@resource_rule(
    "avl-rds-major-upgrade",
    subjects=(*DATABASES, *DATABASE_CLUSTERS),
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "dr"),
    controls=Controls((), (), ("SLO-01", "DATA-01")),
    remedy="Take allow_major_version_upgrade out; for the upgrade itself an exemption with an end allows it.",
)
def rds_major_upgrade(database: ResourceView) -> Findings:
    """A changed version number alone takes no database to the next major version: there is no way back."""
    if database.flag("allowMajorVersionUpgrade"):
        yield "allowMajorVersionUpgrade is true"


@resource_rule(
    "avl-cache-version",
    subjects=(*CACHES, *CACHE_CLUSTERS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SLO-01", "OPS-01")),
    remedy="Set engine and engine_version to a supported pair, such as redis 7.1 or valkey 8.2.",
    settings={
        "versions": Setting(
            ["redis 7.0", "redis 7.1", "valkey 7.2", "valkey 8.0", "valkey 8.1", "valkey 8.2"],
            "engines and versions of ElastiCache in standard support; Redis OSS 6 leaves it on 2027-01-31",
        )
    },
)
def cache_version(cache: ResourceView, settings: Settings) -> Findings:
    """The cache names a version that ElastiCache supports; a member has its group's."""
    if cache.type in CACHE_CLUSTERS and cache.has("replicationGroupId"):
        return
    engine, version = cache.text("engine", "redis"), cache.text("engineVersion")
    if f"{engine} {version}" not in settings["versions"]:
        allowed = ", ".join(settings["versions"])
        yield f"{engine} in version {version or 'of the day'} is not one of {allowed}"


@resource_rule(
    "avl-opensearch-version",
    subjects=SEARCH_DOMAINS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("OBS-02", "OPS-01")),
    remedy="Set engine_version to a supported one; go from 1.x to 2.19 first, then to 3.x.",
    settings={
        "versions": Setting(
            ["OpenSearch_2.19", "OpenSearch_3.1", "OpenSearch_3.3", "OpenSearch_3.5"],
            "versions in standard support",
        )
    },
)
def opensearch_version(domain: ResourceView, settings: Settings) -> Findings:
    """The search domain names a version that OpenSearch Service supports."""
    version = domain.text("engineVersion")
    if version not in settings["versions"]:
        yield f"engineVersion is {version or 'not set'}, not one of {', '.join(settings['versions'])}"
