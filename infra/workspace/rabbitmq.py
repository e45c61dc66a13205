"""RabbitMQ of a workspace, reached as Amazon MQ is: AMQP and management over TLS only."""

from __future__ import annotations

from typing import Final

from ..data.broker import ADMIN_USERNAME
from ..network import ports
from ..workloads.pods import mount, scratch, secret_files
from .names import host_of
from .store import TLS_DIRECTORY, StoreDefinition, open_port, run_command

NAME: Final = "rabbitmq"
USER_ID: Final = 999
"""`rabbitmq` of the official image (Debian)."""
ADMIN_SECRET: Final = "broker-admin"
CONFIGURATION_FILE: Final = "10-workspace.conf"
_CONFIGURATION_DIRECTORY: Final = "/etc/rabbitmq/conf.d"
_DATA_DIRECTORY: Final = "/var/lib/rabbitmq"


def admin_secret(namespace: str) -> dict[str, str]:
    """Give the members of the first user's secret, those of an environment's, and the server's own file."""
    host = host_of(NAME, namespace)
    return {
        "endpoint": amqp_endpoint(namespace),
        "console": f"https://{host}:{ports.MQ_MANAGEMENT_NATIVE.first}",
        "port": str(ports.AMQPS.first),
        "username": ADMIN_USERNAME,
        "password": "{{ .password }}",
        CONFIGURATION_FILE: server_configuration(),
    }


def amqp_endpoint(namespace: str) -> str:
    """Give the address for AMQP as Amazon MQ spells its own."""
    return f"amqps://{host_of(NAME, namespace)}:{ports.AMQPS.first}"


def server_configuration() -> str:
    """Render the server's file; the first user is made from it when there is none yet."""
    tls = {
        "cacertfile": f"{TLS_DIRECTORY}/ca.crt",
        "certfile": f"{TLS_DIRECTORY}/tls.crt",
        "keyfile": f"{TLS_DIRECTORY}/tls.key",
        "versions.1": "tlsv1.3",
        "versions.2": "tlsv1.2",
    }
    options = {
        "listeners.tcp": "none",
        "listeners.ssl.default": ports.AMQPS.first,
        **{f"ssl_options.{name}": value for name, value in tls.items()},
        "ssl_options.verify": "verify_none",
        "ssl_options.fail_if_no_peer_cert": "false",
        "management.ssl.port": ports.MQ_MANAGEMENT_NATIVE.first,
        **{f"management.ssl.{name}": value for name, value in tls.items()},
        # On Amazon MQ from 4.2 on.
        "default_queue_type": "quorum",
        "default_user": ADMIN_USERNAME,
        "default_pass": "{{ .password }}",
        "default_user_tags.administrator": "true",
        "log.console": "true",
        "log.console.level": "info",
        # A node that is alone in its namespace has nobody to share a disk alarm with.
        "disk_free_limit.absolute": "256MB",
    }
    return "".join(f"{name} = {value}\n" for name, value in options.items())


def rabbitmq(*, image: str, storage_gib: int) -> StoreDefinition:
    """Define the store."""
    return StoreDefinition(
        name=NAME,
        image=image,
        user_id=USER_ID,
        ports={"amqps": ports.AMQPS.first, "management": ports.MQ_MANAGEMENT_NATIVE.first},
        arguments=["rabbitmq-server"],
        environment={
            # The data belongs to a node of this name, whatever the pod is called.
            "RABBITMQ_NODENAME": "rabbit@localhost",
            # Erlang's own ports are for the tools in the pod.
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        },
        volumes=[
            secret_files("configuration", secret=ADMIN_SECRET, keys=[CONFIGURATION_FILE]),
            scratch("log", size_mib=64),
            scratch("tmp", size_mib=64),
        ],
        mounts=[
            mount("configuration", _CONFIGURATION_DIRECTORY, read_only=True),
            mount("log", "/var/log/rabbitmq"),
            mount("tmp", "/tmp"),  # noqa: S108  (a volume of the pod)
        ],
        readiness=open_port(ports.AMQPS.first, period_seconds=10, failure_threshold=3),
        # Each call starts an Erlang machine of its own: rarely, and with patience.
        liveness=run_command(
            ["rabbitmq-diagnostics", "--quiet", "ping"],
            period_seconds=60,
            timeout_seconds=30,
            failure_threshold=5,
        ),
        data_directory=_DATA_DIRECTORY,
        storage_gib=storage_gib,
        configuration=server_configuration(),
    )
