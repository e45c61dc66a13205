"""PostgreSQL of a workspace, set as RDS sets it where programs notice."""

from __future__ import annotations

from typing import Final

import pulumi
from pulumi_kubernetes import core

from ..data.database import MASTER_USERNAME
from ..network import ports
from ..workloads.capacity import WORKSPACE_MAX_CONNECTIONS
from ..workloads.pods import config_files, metadata, mount, scratch, secret_files
from .generated_secrets import LABELS
from .names import host_of
from .store import TLS_DIRECTORY, StoreDefinition, run_command

NAME: Final = "postgres"
USER_ID: Final = 999
"""`postgres` of the official image (Debian)."""
MASTER_SECRET: Final = "database-master"
ACCESS_CONFIG_MAP: Final = "postgres-access"
ACCESS_FILE: Final = "pg_hba.conf"
ACCESS_RULES: Final = """\
# As rds.force_ssl: whoever comes over the network speaks TLS and has a password.
local all all scram-sha-256
hostssl all all all scram-sha-256
"""
_ACCESS_DIRECTORY: Final = "/etc/postgres-access"
_MASTER_DIRECTORY: Final = "/run/secrets/database-master"
_DATA_DIRECTORY: Final = "/var/lib/postgresql/data"


def master_secret(namespace: str) -> dict[str, str]:
    """Give the members of the master's secret, those of an environment's: the password is generated."""
    return {
        "engine": "postgres",
        "host": host_of(NAME, namespace),
        "port": str(ports.POSTGRES.first),
        "username": MASTER_USERNAME,
        "password": "{{ .password }}",
    }


def access_rules(*, namespace: pulumi.Input[str], opts: pulumi.ResourceOptions) -> core.v1.ConfigMap:
    """Declare who may connect and how."""
    return core.v1.ConfigMap(
        ACCESS_CONFIG_MAP,
        core.v1.ConfigMapInitArgs(
            metadata=metadata(ACCESS_CONFIG_MAP, namespace=namespace, labels=LABELS),
            data={ACCESS_FILE: ACCESS_RULES},
        ),
        opts=opts,
    )


def server_settings() -> dict[str, str]:
    """Give the server's parameters, as RDS's parameter group has them where a client can tell."""
    return {
        "ssl": "on",
        "ssl_cert_file": f"{TLS_DIRECTORY}/tls.crt",
        "ssl_key_file": f"{TLS_DIRECTORY}/tls.key",
        "ssl_min_protocol_version": "TLSv1.2",
        "password_encryption": "scram-sha-256",
        "hba_file": f"{_ACCESS_DIRECTORY}/{ACCESS_FILE}",
        "max_connections": str(WORKSPACE_MAX_CONNECTIONS),
        "shared_buffers": "96MB",
        "timezone": "UTC",
    }


def postgres(*, image: str, storage_gib: int) -> StoreDefinition:
    """Define the store. Its first user is the master, whose password the image reads from a file."""
    ready = ["pg_isready", "--host=127.0.0.1", f"--username={MASTER_USERNAME}", "--dbname=postgres"]
    return StoreDefinition(
        name=NAME,
        image=image,
        user_id=USER_ID,
        ports={"postgres": ports.POSTGRES.first},
        arguments=[
            "postgres",
            *(part for key, value in server_settings().items() for part in ("-c", f"{key}={value}")),
        ],
        environment={
            "POSTGRES_USER": MASTER_USERNAME,
            "POSTGRES_DB": "postgres",
            "POSTGRES_PASSWORD_FILE": f"{_MASTER_DIRECTORY}/password",
            "POSTGRES_INITDB_ARGS": "--encoding=UTF8 --locale=C --auth=scram-sha-256",
            # A folder of its own: the volume's root has a lost+found, which initdb refuses.
            "PGDATA": f"{_DATA_DIRECTORY}/pgdata",
        },
        volumes=[
            config_files("access", config_map=ACCESS_CONFIG_MAP),
            secret_files("master", secret=MASTER_SECRET, keys=["password"]),
            scratch("run", size_mib=16),
            scratch("tmp", size_mib=256),
        ],
        mounts=[
            mount("access", _ACCESS_DIRECTORY, read_only=True),
            mount("master", _MASTER_DIRECTORY, read_only=True),
            mount("run", "/var/run/postgresql"),
            mount("tmp", "/tmp"),  # noqa: S108  (a volume of the pod)
        ],
        # Over TCP: while the image prepares the data, the server listens on its socket only.
        readiness=run_command(ready, period_seconds=10, timeout_seconds=5, failure_threshold=3),
        liveness=run_command(ready, period_seconds=30, timeout_seconds=5, failure_threshold=10),
        data_directory=_DATA_DIRECTORY,
        storage_gib=storage_gib,
        configuration=ACCESS_RULES,
    )
