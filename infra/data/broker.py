"""RabbitMQ on Amazon MQ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from ..keys import Keys
from ..naming import Kind, Naming
from ..network import Network
from ..network.ports import AMQPS
from ..settings import BrokerSettings, VersionSettings
from .broker_logs import BrokerLogs
from .credentials import Credentials

ADMIN_USERNAME: Final = "fleet-admin"
"""Never `guest`: Amazon MQ refuses it."""


class Broker(pulumi.ComponentResource):
    """RabbitMQ in private subnets with one administrator and encrypted, bounded logs (NET-01, SEC-05).

    A cluster takes a subnet per zone, a single instance exactly one. It listens on TLS only. Its disk is
    encrypted with a key that AWS owns: the API refuses `encryptionOptions` for RabbitMQ, so SEC-06 cannot
    hold to the letter here.

    Further users, virtual hosts and queues are made over the management API from inside the cluster. What
    Amazon MQ cannot change is therefore never changed here: the security group is the broker's own and only
    its rules move, and the administrator's password is rotated in RabbitMQ, not by an update.
    """

    endpoint: pulumi.Output[str]
    """URL of the AMQP listener: `amqps://<host>:5671`."""
    admin_secret_arn: pulumi.Output[str]
    broker_id: pulumi.Output[str]
    """`b-…`, which log groups carry."""
    name: pulumi.Output[str]
    """What CloudWatch metrics carry."""

    def __init__(
        self,
        name: str,
        *,
        settings: BrokerSettings,
        versions: VersionSettings,
        naming: Naming,
        network: Network,
        keys: Keys,
        secret_recovery_window_days: int,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:data:Broker", name, None, opts)
        broker_name = naming.name(Kind.BROKER, "rabbitmq")
        credentials = Credentials(
            "broker-admin",
            description="Administrator of the broker, for the job that makes users and queues",
            naming=naming,
            key_arn=keys.secrets.arn,
            recovery_window_days=secret_recovery_window_days,
            parent=self,
            protect=protect,
        )
        single = settings.deployment_mode == "SINGLE_INSTANCE"
        broker = aws.mq.Broker(
            "rabbitmq",
            aws.mq.BrokerArgs(
                broker_name=broker_name,
                engine_type="RabbitMQ",
                # Major and minor only; and from 3.13 on Amazon MQ insists on upgrading patches itself.
                engine_version=versions.rabbitmq,
                auto_minor_version_upgrade=True,
                host_instance_type=settings.instance_type,
                deployment_mode=settings.deployment_mode,
                storage_type="ebs",
                authentication_strategy="simple",
                publicly_accessible=False,
                subnet_ids=network.private_subnet_ids[:1] if single else network.private_subnet_ids,
                security_groups=[network.security_groups.mq],
                # `audit` must stay unset: RabbitMQ has no audit log and the API refuses even false.
                logs=aws.mq.BrokerLogsArgs(general=True),
                maintenance_window_start_time=aws.mq.BrokerMaintenanceWindowStartTimeArgs(
                    day_of_week=settings.maintenance_day,
                    time_of_day=settings.maintenance_time,
                    time_zone="UTC",
                ),
                users=[aws.mq.BrokerUserArgs(username=ADMIN_USERNAME, password=credentials.password)],
                tags=naming.tags(broker_name, classification="restricted"),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=protect,
                # The API never gives users back: a difference would be lost, or replace the broker.
                ignore_changes=["users"],
                custom_timeouts=pulumi.CustomTimeouts(create="1h", update="1h", delete="1h"),
            ),
        )
        self.broker_id = broker.id
        self.name = broker.broker_name
        self.endpoint = broker.instances.apply(_amqp_endpoint)
        self.admin_secret_arn = credentials.secret_arn
        credentials.store(
            {
                "endpoint": self.endpoint,
                "console": broker.instances.apply(_console_url),
                "port": AMQPS.first,
                "username": ADMIN_USERNAME,
            }
        )
        BrokerLogs(
            "broker-logs",
            broker_id=broker.id,
            retention_days=settings.log_retention_days,
            naming=naming,
            keys=keys,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs(
            {
                "endpoint": self.endpoint,
                "adminSecretArn": self.admin_secret_arn,
                "brokerId": self.broker_id,
            }
        )


def _amqp_endpoint(instances: Sequence[aws.mq.outputs.BrokerInstance]) -> str:
    """Give the broker's one AMQP endpoint; a cluster's is its load balancer."""
    endpoints = instances[0].endpoints
    if not endpoints:
        raise ValueError("Amazon MQ named no endpoint of the broker")
    return endpoints[0]


def _console_url(instances: Sequence[aws.mq.outputs.BrokerInstance]) -> str:
    """Give the URL of management console and API."""
    url = instances[0].console_url
    if url is None:
        raise ValueError("Amazon MQ named no console of the broker")
    return url
