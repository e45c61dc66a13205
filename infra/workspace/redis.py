"""Redis of a workspace, reached as ElastiCache is: TLS only, and the application's user has a password."""

from __future__ import annotations

from typing import Final

from ..data.cache import APPLICATION_USERNAME, EVICTION_POLICY
from ..network import ports
from ..workloads.pods import mount, scratch, secret_files
from .names import host_of
from .store import TLS_DIRECTORY, StoreDefinition, StoreSize, open_port

NAME: Final = "redis"
USER_ID: Final = 999
"""`redis` of the official image (Debian)."""
APPLICATION_SECRET: Final = "cache-app"
CONFIGURATION_FILE: Final = "redis.conf"
_CONFIGURATION_DIRECTORY: Final = "/etc/redis"


def application_secret(namespace: str) -> dict[str, str]:
    """Give the members of the application's secret, those of an environment's, and the server's own file."""
    return {
        "host": host_of(NAME, namespace),
        "port": str(ports.REDIS.first),
        "username": APPLICATION_USERNAME,
        "scheme": "rediss",
        "password": "{{ .password }}",
        CONFIGURATION_FILE: server_configuration(),
    }


def server_configuration() -> str:
    """Render the server's file. Nothing is kept on disk: what is in the cache can be made again."""
    lines = (
        "port 0",
        f"tls-port {ports.REDIS.first}",
        f"tls-cert-file {TLS_DIRECTORY}/tls.crt",
        f"tls-key-file {TLS_DIRECTORY}/tls.key",
        f"tls-ca-cert-file {TLS_DIRECTORY}/ca.crt",
        "tls-auth-clients no",
        'tls-protocols "TLSv1.2 TLSv1.3"',
        "user default off",
        f"user {APPLICATION_USERNAME} on >{{{{ .password }}}} ~* &* +@all -@dangerous +info +keys",
        f"maxmemory {StoreSize.of(NAME).memory_mib}mb",
        f"maxmemory-policy {EVICTION_POLICY}",
        'save ""',
        "appendonly no",
        "dir /data",
    )
    return "".join(f"{line}\n" for line in lines)


def redis(*, image: str) -> StoreDefinition:
    """Define the store."""
    return StoreDefinition(
        name=NAME,
        image=image,
        user_id=USER_ID,
        ports={"redis": ports.REDIS.first},
        arguments=["redis-server", f"{_CONFIGURATION_DIRECTORY}/{CONFIGURATION_FILE}"],
        volumes=[
            secret_files("configuration", secret=APPLICATION_SECRET, keys=[CONFIGURATION_FILE]),
            scratch("data", size_mib=64),
        ],
        mounts=[mount("configuration", _CONFIGURATION_DIRECTORY, read_only=True), mount("data", "/data")],
        readiness=open_port(ports.REDIS.first, period_seconds=10, failure_threshold=3),
        liveness=open_port(ports.REDIS.first, period_seconds=30, failure_threshold=6),
        configuration=server_configuration(),
    )
