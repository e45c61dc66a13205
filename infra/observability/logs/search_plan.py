"""What the search domain should be like inside, as the JSON that the setup job applies and the check reads.

| thing | why |
|---|---|
| policy `retain-90d` | an index is deleted when it is older than the retention (OBS-11, OBS-12) |
| template `fleet-logs` | shards, copies and fields of each day's index |
| role `fleet-log-writer` | Fluent Bit adds documents and the day's index; it reads and changes none |
| role `fleet-log-reader` | Grafana searches |
| role `fleet-log-inspector` | the daily check sees how old indices are and who deletes them; no document |

Amazon OpenSearch Service maps IAM roles as backend roles, by ARN. What a role may do at all is said in IAM,
what it may do with which index here: both must allow.
"""

from __future__ import annotations

import json
from typing import Any, Final

from ...naming import Naming
from ...settings import SearchSettings
from .fields import MAPPINGS

TEMPLATE: Final = "fleet-logs"
WRITER: Final = "fleet-log-writer"
READER: Final = "fleet-log-reader"
INSPECTOR: Final = "fleet-log-inspector"
PRIORITY: Final = 100
GRACE_DAYS: Final = 2
"""How much older than the retention an index may be before the check fails: the policy runs every few
minutes, and not while the domain is red."""
SILENT_DAYS: Final = 2
"""Days without a new index after which the check says that no logs arrive."""

WRITES: Final = (
    "create_index",
    "indices:admin/auto_create",
    "indices:data/write/bulk*",
    "indices:data/write/index",
)
READS: Final = (
    "read",
    "indices:admin/mappings/get",
    "indices:admin/mappings/fields/get*",
    "indices:admin/resolve/index",
)
INSPECTS: Final = ("indices:monitor/settings/get", "indices:admin/opensearch/ism/managedindex")


def index_prefix(naming: Naming) -> str:
    """What the names of all indices of logs begin with; a hyphen and the day follow."""
    return naming.prefix


def policy_name(retention_days: int) -> str:
    """Name the policy that deletes indices after so many days."""
    return f"retain-{retention_days}d"


def plan(
    *,
    naming: Naming,
    settings: SearchSettings,
    retention_days: int,
    writer_role_arn: str,
    reader_role_arn: str,
    inspector_role_arn: str,
) -> dict[str, Any]:
    """Give the whole plan of an environment."""
    prefix = index_prefix(naming)
    pattern = f"{prefix}-*"
    copies = min(1, settings.instance_count - 1)
    return {
        "pattern": pattern,
        "retention_days": retention_days,
        "grace_days": GRACE_DAYS,
        "silent_days": SILENT_DAYS,
        "policy": {"name": policy_name(retention_days), "body": _policy(pattern, retention_days)},
        "template": {
            "name": TEMPLATE,
            "body": _template(pattern, copies=copies),
        },
        "roles": {
            WRITER: _role(pattern, cluster=("indices:data/write/bulk",), indices=WRITES),
            READER: _role(
                pattern, cluster=("cluster_composite_ops_ro", "cluster:monitor/main"), indices=READS
            ),
            INSPECTOR: _role(
                pattern, cluster=("cluster:admin/opendistro/ism/managedindex/explain",), indices=INSPECTS
            ),
        },
        "mappings": {
            WRITER: _mapping(writer_role_arn),
            READER: _mapping(reader_role_arn),
            INSPECTOR: _mapping(inspector_role_arn),
        },
    }


def rendered(tree: dict[str, Any]) -> str:
    """Render a plan as the file of the job."""
    return json.dumps(tree, indent=1, sort_keys=True)


def _policy(pattern: str, retention_days: int) -> dict[str, Any]:
    """Give the policy: kept, then deleted (OpenSearch manual, "Index State Management")."""
    return {
        "policy": {
            "description": f"Logs are kept for {retention_days} days",
            "default_state": "kept",
            "states": [
                {
                    "name": "kept",
                    "actions": [],
                    "transitions": [
                        {"state_name": "deleted", "conditions": {"min_index_age": f"{retention_days}d"}}
                    ],
                },
                {"name": "deleted", "actions": [{"delete": {}}], "transitions": []},
            ],
            "ism_template": [{"index_patterns": [pattern], "priority": PRIORITY}],
        }
    }


def _template(pattern: str, *, copies: int) -> dict[str, Any]:
    """Give the template, in the words in which OpenSearch gives it back.

    One shard holds a day; a copy on another node where there is another.
    """
    return {
        "index_patterns": [pattern],
        "priority": PRIORITY,
        "template": {
            "settings": {
                "index": {
                    "number_of_shards": "1",
                    "number_of_replicas": str(copies),
                    "refresh_interval": "15s",
                    "codec": "best_compression",
                }
            },
            "mappings": MAPPINGS,
        },
    }


def _role(pattern: str, *, cluster: tuple[str, ...], indices: tuple[str, ...]) -> dict[str, Any]:
    return {
        "cluster_permissions": list(cluster),
        "index_permissions": [{"index_patterns": [pattern], "allowed_actions": list(indices)}],
    }


def _mapping(role_arn: str) -> dict[str, Any]:
    return {"backend_roles": [role_arn], "hosts": [], "users": []}
