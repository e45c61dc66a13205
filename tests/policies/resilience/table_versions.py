"""Rows of the rules about engine versions."""

from __future__ import annotations

from typing import Final

from tests.policies.builders import DROP, thing
from tests.policies.resilience.places import REPORT, database
from tests.policies.table import Break, Row

_MAJORS: Final = "not a release of one of 16, 17"
_CACHES: Final = "is not one of redis 7.0, redis 7.1, valkey 7.2, valkey 8.0, valkey 8.1, valkey 8.2"
_SEARCHES: Final = "not one of OpenSearch_2.19, OpenSearch_3.1, OpenSearch_3.3, OpenSearch_3.5"
_AURORA: Final = thing("aws:rds/cluster:Cluster", "aurora", engineVersion="16.4")
_CACHE: Final = thing(
    "aws:elasticache/replicationGroup:ReplicationGroup", "redis", engine="redis", engineVersion="7.1"
)
_MEMBER: Final = thing("aws:elasticache/cluster:Cluster", "member", replicationGroupId="redis")
_SEARCH: Final = thing("aws:opensearch/domain:Domain", "logs", engineVersion="OpenSearch_2.19")

ROWS: Final = (
    Row(
        "avl-rds-version",
        (database(engineVersion="16.15"), REPORT, _AURORA),
        (
            Break({"postgres.engineVersion": "13.20"}, {"postgres": f"engineVersion is 13.20, {_MAJORS}"}),
            Break({"postgres.engineVersion": DROP}, {"postgres": f"engineVersion is not set, {_MAJORS}"}),
            Break({"report.engineVersion": "12.22"}, {"report": f"engineVersion is 12.22, {_MAJORS}"}),
            Break({"aurora.engineVersion": "11.9"}, {"aurora": f"engineVersion is 11.9, {_MAJORS}"}),
        ),
        unknown="postgres.engineVersion",
        also_holds=({"postgres.engineVersion": "17"},),
    ),
    Row(
        "avl-rds-major-upgrade",
        (database(allowMajorVersionUpgrade=False), _AURORA),
        (
            Break(
                {"postgres.allowMajorVersionUpgrade": True}, {"postgres": "allowMajorVersionUpgrade is true"}
            ),
            Break({"aurora.allowMajorVersionUpgrade": True}, {"aurora": "allowMajorVersionUpgrade is true"}),
        ),
        unknown="postgres.allowMajorVersionUpgrade",
        also_holds=({"postgres.allowMajorVersionUpgrade": DROP},),
    ),
    Row(
        "avl-cache-version",
        (_CACHE, _MEMBER),
        (
            Break({"redis.engineVersion": "6.2"}, {"redis": f"redis in version 6.2 {_CACHES}"}),
            Break({"redis.engineVersion": DROP}, {"redis": f"redis in version of the day {_CACHES}"}),
            Break({"redis.engine": "valkey"}, {"redis": f"valkey in version 7.1 {_CACHES}"}),
            Break({"member.replicationGroupId": DROP}, {"member": f"redis in version of the day {_CACHES}"}),
        ),
        unknown="redis.engineVersion",
        also_holds=({"redis.engine": DROP}, {"redis.engine": "valkey", "redis.engineVersion": "8.2"}),
    ),
    Row(
        "avl-opensearch-version",
        (_SEARCH,),
        (
            Break(
                {"logs.engineVersion": "OpenSearch_1.3"},
                {"logs": f"engineVersion is OpenSearch_1.3, {_SEARCHES}"},
            ),
            Break({"logs.engineVersion": DROP}, {"logs": f"engineVersion is not set, {_SEARCHES}"}),
        ),
        unknown="logs.engineVersion",
        also_holds=({"logs.engineVersion": "OpenSearch_3.5"},),
    ),
)
