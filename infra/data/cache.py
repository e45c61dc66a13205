"""Redis OSS or Valkey on ElastiCache."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from ..keys import Keys
from ..naming import Kind, Naming
from ..network import Network
from ..network.ports import REDIS
from ..settings import CacheSettings, VersionSettings
from .credentials import VALUE_VERSION, Credentials, generated_password

APPLICATION_USERNAME: Final = "fleet-app"
APPLICATION_ACCESS: Final = "on ~* &* +@all -@admin -@dangerous +info"
"""All keys and channels, but nothing that reconfigures, empties or stalls the server; INFO for exporters."""
DEFAULT_ACCESS: Final = "off ~* -@all"
EVICTION_POLICY: Final = "volatile-lru"
"""Evict cached entries, which have an expiry, but never sessions or de-duplication keys that must stay."""
LOG_TYPES: Final = ("slow-log", "engine-log")


class Cache(pulumi.ComponentResource):
    """A replication group with TLS, encryption, named users and logs (NET-01, SEC-05, SEC-06, SEC-07).

    Clients log in as a user of a user group (RBAC) rather than with the one token of the group: a user can
    be limited in commands and have two passwords while it rotates, and the nameless `default` user, which
    Redis wants to exist, is off. Two or more nodes fail over between zones. What it holds can be rebuilt,
    so it takes no final snapshot and only its password is protected.
    """

    endpoint: pulumi.Output[str]
    """Host name of the primary; the port is 6379, TLS only."""
    secret_arn: pulumi.Output[str]
    """Secret with host, port, user and password of the application."""
    node_ids: tuple[pulumi.Output[str], ...]
    """What CloudWatch metrics of each node carry: ElastiCache numbers the nodes of a group, `…-001`."""

    def __init__(
        self,
        name: str,
        *,
        settings: CacheSettings,
        versions: VersionSettings,
        naming: Naming,
        network: Network,
        keys: Keys,
        secret_recovery_window_days: int,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:data:Cache", name, None, opts)
        self._settings = settings
        self._naming = naming
        self._child = pulumi.ResourceOptions(parent=self)
        credentials = Credentials(
            "cache-app",
            description="The application's user of the cache",
            naming=naming,
            key_arn=keys.secrets.arn,
            recovery_window_days=secret_recovery_window_days,
            parent=self,
            protect=protect,
        )
        failover = settings.nodes > 1
        group_id = naming.name(Kind.CACHE, "cache")
        group = aws.elasticache.ReplicationGroup(
            "cache",
            aws.elasticache.ReplicationGroupArgs(
                replication_group_id=group_id,
                description=f"Cache of {naming.environment}",
                engine=settings.engine,
                engine_version=versions.redis,
                node_type=settings.node_type,
                num_cache_clusters=settings.nodes,
                automatic_failover_enabled=failover,
                multi_az_enabled=failover,
                port=REDIS.first,
                parameter_group_name=self._parameter_group(versions.redis).name,
                subnet_group_name=self._subnet_group(network).name,
                security_group_ids=[network.security_groups.cache],
                at_rest_encryption_enabled=True,
                kms_key_id=keys.data.arn,
                transit_encryption_enabled=True,
                transit_encryption_mode="required",
                user_group_ids=[self._user_group(credentials).user_group_id],
                auto_minor_version_upgrade=True,
                maintenance_window=settings.maintenance_window,
                snapshot_retention_limit=settings.snapshot_retention_days,
                snapshot_window=settings.snapshot_window if settings.snapshot_retention_days else None,
                log_delivery_configurations=[self._log_delivery(log, keys) for log in LOG_TYPES],
                tags=naming.tags(group_id, classification="confidential"),
            ),
            opts=pulumi.ResourceOptions(
                parent=self, custom_timeouts=pulumi.CustomTimeouts(create="1h", update="2h", delete="1h")
            ),
        )
        self.endpoint = group.primary_endpoint_address
        self.secret_arn = credentials.secret_arn
        self.node_ids = tuple(
            pulumi.Output.concat(group.replication_group_id, f"-{number:03d}")
            for number in range(1, settings.nodes + 1)
        )
        credentials.store(
            {"host": self.endpoint, "port": REDIS.first, "username": APPLICATION_USERNAME, "scheme": "rediss"}
        )
        self.register_outputs({"endpoint": self.endpoint, "secretArn": self.secret_arn})

    def _parameter_group(self, version: str) -> aws.elasticache.ParameterGroup:
        # Families are named by the major version: redis7, valkey8.
        family = f"{self._settings.engine}{version.partition('.')[0]}"
        name = self._naming.name(Kind.PARAMETER_GROUP, family)
        return aws.elasticache.ParameterGroup(
            "cache-parameters",
            aws.elasticache.ParameterGroupArgs(
                name=name,
                family=family,
                description="Eviction that spares keys without expiry",
                parameters=[
                    aws.elasticache.ParameterGroupParameterArgs(
                        name="maxmemory-policy", value=EVICTION_POLICY
                    )
                ],
                tags=self._naming.tags(name),
            ),
            opts=self._child,
        )

    def _subnet_group(self, network: Network) -> aws.elasticache.SubnetGroup:
        name = self._naming.name(Kind.SUBNET_GROUP, "cache")
        return aws.elasticache.SubnetGroup(
            "cache-subnets",
            aws.elasticache.SubnetGroupArgs(
                name=name,
                description="Private subnets of the cache",
                subnet_ids=network.private_subnet_ids,
                tags=self._naming.tags(name),
            ),
            opts=self._child,
        )

    def _user_group(self, credentials: Credentials) -> aws.elasticache.UserGroup:
        users = [self._user("app", APPLICATION_USERNAME, APPLICATION_ACCESS, credentials.password)]
        if self._settings.engine == "redis":
            # Redis refuses a group without it. Nobody knows its password, and it is off all the same.
            password = generated_password("cache-default-password", opts=self._child)
            users.append(self._user("default", "default", DEFAULT_ACCESS, password))
        group_id = self._naming.name(Kind.CACHE, "users")
        return aws.elasticache.UserGroup(
            "cache-users",
            aws.elasticache.UserGroupArgs(
                engine=self._settings.engine,
                user_group_id=group_id,
                user_ids=[user.user_id for user in users],
                tags=self._naming.tags(group_id),
            ),
            opts=self._child,
        )

    def _user(
        self, role: str, user_name: str, access: str, password: pulumi.Output[str]
    ) -> aws.elasticache.User:
        user_id = self._naming.name(Kind.CACHE, "cache", role)
        return aws.elasticache.User(
            f"cache-user-{role}",
            aws.elasticache.UserArgs(
                engine=self._settings.engine,
                user_id=user_id,
                user_name=user_name,
                access_string=access,
                passwords_wo=password,
                passwords_wo_version=VALUE_VERSION,
                tags=self._naming.tags(user_id),
            ),
            opts=self._child,
        )

    def _log_delivery(
        self, log: str, keys: Keys
    ) -> aws.elasticache.ReplicationGroupLogDeliveryConfigurationArgs:
        group = aws.cloudwatch.LogGroup(
            f"cache-{log}",
            aws.cloudwatch.LogGroupArgs(
                name=self._naming.log_group("cache", log),
                retention_in_days=self._settings.log_retention_days,
                kms_key_id=keys.logs.arn,
                tags=self._naming.tags(f"{self._naming.prefix}-cache-{log}"),
            ),
            opts=self._child,
        )
        return aws.elasticache.ReplicationGroupLogDeliveryConfigurationArgs(
            destination=group.name, destination_type="cloudwatch-logs", log_format="json", log_type=log
        )
