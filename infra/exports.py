"""What people and other stacks read of an environment; each name is described in docs/exports.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

if TYPE_CHECKING:
    from .environment import Environment


def exports_of(environment: Environment) -> dict[str, pulumi.Input[object]]:
    """Give the exports by name."""
    return {
        "vpc_id": environment.network.vpc_id,
        "private_subnet_ids": environment.network.private_subnet_ids,
        "public_subnet_ids": environment.network.public_subnet_ids,
        "nat_public_ips": environment.network.nat_public_ips,
        "security_group_ids": environment.network.security_groups.ids,
        "cluster_name": environment.cluster.name,
        "cluster_endpoint": environment.cluster.endpoint,
        "cluster_certificate_authority": environment.cluster.certificate_authority,
        "oidc_provider_arn": environment.cluster.oidc_provider_arn,
        "node_group_names": {group.name: group.node_group_name for group in environment.cluster.node_groups},
        "database_endpoint": environment.database.endpoint,
        "database_report_endpoint": environment.database.report_endpoint,
        "database_master_secret_arn": environment.database.master_secret_arn,
        "broker_endpoint": environment.broker.endpoint,
        "broker_admin_secret_arn": environment.broker.admin_secret_arn,
        "cache_endpoint": environment.cache.endpoint,
        "cache_secret_arn": environment.cache.secret_arn,
        "search_endpoint": environment.search.endpoint if environment.search else None,
        "bucket_names": environment.objects.bucket_names,
        "filestore_id": environment.filestore.file_system_id,
        "filestore_access_point_id": environment.filestore.access_point_id,
        "partner_secret_arns": environment.secrets.arns,
        "mail_secret_arn": environment.odoo.mail_secret_arn,
        "repository_urls": environment.registry.urls,
        "load_balancer_dns_name": environment.edge.load_balancer_dns_name,
        "failover_switch_id": environment.edge.failover_switch_id,
        "target_group_arns": environment.edge.target_group_arns,
        "alarm_topic_arn": environment.alarms.arn,
        "key_arns": {
            "data": environment.keys.data.arn,
            "logs": environment.keys.logs.arn,
            "secrets": environment.keys.secrets.arn,
            "backup": environment.keys.backup.arn,
        },
    }
