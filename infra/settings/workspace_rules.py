"""Rules about a developer's workspace: what it runs itself is what the estate runs in AWS (ENV-01)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .environment import EnvironmentSettings, WorkspaceSettings
from .problem import Problem, Rule
from .versions import VersionSettings

REDIS_RELEASES: Final = {"7.1": "7.0", "8.0": "8.0", "8.1": "8.1", "8.2": "8.2"}
"""Series of the open-source release that has the commands of an ElastiCache version.

There is no Redis 7.1 but ElastiCache's, which adds speed to 7.0 and no command (ElastiCache user guide,
"Supported engines and versions"); 7.2 has commands that it lacks. From 8.0 on the versions are Valkey's.
"""


def stores_have_the_estates_versions(
    workspace: WorkspaceSettings, versions: VersionSettings
) -> Iterator[Problem]:
    """PostgreSQL, RabbitMQ and Redis of a workspace are the versions that AWS runs elsewhere."""
    for name, series in store_series(versions).items():
        tag = getattr(workspace.images, name).tag
        if tag != series and not tag.startswith((f"{series}.", f"{series}-")):
            yield Problem(
                f"workspace.images.{name}.tag", tag, f"is not the version of the estate; allowed: {series}"
            )


def store_series(versions: VersionSettings) -> dict[str, str]:
    """Give what the tag of each store's image begins with."""
    return {
        "postgres": versions.postgres,
        "rabbitmq": versions.rabbitmq,
        "redis": REDIS_RELEASES[versions.redis],
    }


def host_lies_in_the_region(
    environment: EnvironmentSettings, workspace: WorkspaceSettings
) -> Iterator[Problem]:
    """The address is that of a cluster in the environment's region."""
    if f".{environment.region}." not in workspace.cluster.endpoint:
        yield Problem(
            "workspace.cluster.endpoint",
            workspace.cluster.endpoint,
            f"is in another region; allowed: an endpoint in {environment.region}",
        )


WORKSPACE_RULES: Final[tuple[Rule, ...]] = (
    stores_have_the_estates_versions,
    host_lies_in_the_region,
)
