"""Layers that not every environment has, or that take from many others: how each is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from .cluster_platform.labels import ERP, NODE_AGENTS, OBSERVABILITY
from .naming import Naming
from .observability.alarms.component import RUNBOOKS_IN_REPOSITORY
from .observability.logs import Logs
from .observability.metrics import Monitoring
from .protection.backup import Backups
from .protection.refresh import Refresh
from .settings import EstateSettings
from .workloads.odoo import GSP_KEY, Entrance, Odoo, OdooDatabase, SharedFiles
from .workloads.secret_delivery import partner_secret

if TYPE_CHECKING:
    from .environment import Environment


def recovery_provider(settings: EstateSettings, naming: Naming) -> aws.Provider | None:
    """Make the provider of the region where a home keeps its copies; nobody else leaves its region."""
    recovery = settings.recovery
    if not recovery.home or recovery.peer_region is None:
        return None
    return aws.Provider(
        "aws-recovery",
        aws.ProviderArgs(
            region=recovery.peer_region,
            allowed_account_ids=[settings.environment.account_id],
            default_tags=aws.ProviderDefaultTagsArgs(tags=naming.default_tags),
        ),
    )


def backups(
    environment: Environment,
    settings: EstateSettings,
    naming: Naming,
    there: aws.Provider | None,
    *,
    opts: pulumi.ResourceOptions,
) -> Backups | None:
    """Make the backups of the stores; `there` is the provider of the region that copies go to."""
    if settings.protection.backup is None:
        return None
    return Backups(
        "backups",
        backup=settings.protection.backup,
        settings=settings,
        naming=naming,
        keys=environment.keys,
        network=environment.network,
        database=environment.database,
        filestore=environment.filestore,
        objects=environment.objects,
        topic_arn=environment.alarms.arn,
        protect=settings.environment.protect_stateful,
        recovery_provider=there,
        opts=opts,
    )


def refresh(
    environment: Environment, settings: EstateSettings, naming: Naming, *, opts: pulumi.ResourceOptions
) -> Refresh | None:
    """Make the masked copy of the data for other environments."""
    if settings.refresh is None:
        return None
    return Refresh(
        "refresh",
        refresh=settings.refresh,
        settings=settings,
        naming=naming,
        flow_logs=environment.network.flow_logs,
        data_key_arn=environment.keys.data.arn,
        logs_key_arn=environment.keys.logs.arn,
        topic_arn=environment.alarms.arn,
        runbooks=(
            settings.observability.alerting.runbooks_url
            if settings.observability is not None
            else RUNBOOKS_IN_REPOSITORY
        ),
        protect=settings.environment.protect_stateful,
        opts=opts,
    )


def odoo(
    environment: Environment, settings: EstateSettings, naming: Naming, *, opts: pulumi.ResourceOptions
) -> Odoo:
    """Make Odoo of what the layers before it are."""
    return Odoo(
        "odoo",
        settings=settings.workloads,
        capacity=environment.capacity,
        naming=naming,
        namespace=environment.platform.namespaces[ERP],
        secret_store=environment.platform.secret_store_name,
        database=OdooDatabase(
            host=environment.database.endpoint, report_host=environment.database.report_endpoint
        ),
        volume=SharedFiles(
            file_system_id=environment.filestore.file_system_id,
            access_point_id=environment.filestore.access_point_id,
            storage_class=environment.platform.storage_class_efs,
            volume_name=f"{naming.prefix}-odoo",
        ),
        entrance=Entrance(
            target_group_arn=environment.edge.target_group_arns["odoo"],
            hostname=settings.edge.web_hostname,
            balancer_networks=[str(subnet.cidr) for subnet in settings.network.public_subnets],
            pod_networks=[str(subnet.cidr) for subnet in settings.network.private_subnets],
            idle_timeout_seconds=settings.edge.idle_timeout_seconds,
        ),
        gsp_key=partner_secret(naming, settings.recovery, GSP_KEY),
        secrets_key_arn=environment.keys.secrets.arn,
        secret_recovery_window_days=settings.secrets.recovery_window_days,
        protect=settings.environment.protect_stateful,
        after=[*environment.platform.ready, environment.credentials, *environment.database_bootstrap.done],
        opts=opts,
    )


def logs(
    environment: Environment, settings: EstateSettings, naming: Naming, *, opts: pulumi.ResourceOptions
) -> Logs | None:
    """Make the way of logs, where they are kept in a search domain."""
    if settings.observability is None or settings.search is None or environment.search is None:
        return None
    return Logs(
        "logs",
        settings=settings.observability.logs,
        search_settings=settings.search,
        workloads=settings.workloads,
        chart_version=settings.versions.charts.fluent_bit,
        naming=naming,
        cluster=environment.cluster,
        search=environment.search,
        agents_namespace=environment.platform.namespaces[NODE_AGENTS],
        jobs_namespace=environment.platform.namespaces[OBSERVABILITY],
        after=environment.platform.ready,
        opts=opts,
    )


def monitoring(
    environment: Environment, settings: EstateSettings, naming: Naming, *, opts: pulumi.ResourceOptions
) -> Monitoring | None:
    """Make the monitoring, where there is some."""
    if settings.observability is None or environment.search is None:
        return None
    return Monitoring(
        "monitoring",
        settings=settings,
        capacity=environment.capacity,
        naming=naming,
        cluster=environment.cluster,
        keys=environment.keys,
        database=environment.database,
        broker=environment.broker,
        cache=environment.cache,
        search=environment.search,
        namespace=environment.platform.namespaces[OBSERVABILITY],
        secret_store=environment.platform.secret_store_name,
        protect=settings.environment.protect_stateful,
        after=[
            *environment.platform.ready,
            environment.credentials,
            *environment.database_bootstrap.done,
            *environment.broker_bootstrap.done,
        ],
        opts=opts,
    )
