"""OpenSearch for logs."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from ..identity import Condition, Principal, Statement, policy_document
from ..keys import Keys
from ..naming import Kind, Naming
from ..network import Network
from ..settings import SearchSettings, VersionSettings

TLS_POLICY: Final = "Policy-Min-TLS-1-2-PFS-2023-10"
OFF_PEAK_START_HOUR_UTC: Final = 17
"""22:30 in India: the ten hours in which AWS may update the domain end before the office opens."""
LOGS: Final = {
    "INDEX_SLOW_LOGS": "index-slow",
    "SEARCH_SLOW_LOGS": "search-slow",
    "ES_APPLICATION_LOGS": "application",
    "AUDIT_LOGS": "audit",
}
HTTP_ACTIONS: Final = (
    "es:ESHttpDelete",
    "es:ESHttpGet",
    "es:ESHttpHead",
    "es:ESHttpPatch",
    "es:ESHttpPost",
    "es:ESHttpPut",
)
SETUP_ROLE: Final = "search-setup"
"""Suffix of the role of the in-cluster job that sets up roles, index templates and retention."""


class SearchDomain(pulumi.ComponentResource):
    """OpenSearch in private subnets, encrypted everywhere, with fine-grained access (NET-01, SEC-05, SEC-06).

    The domain is a master to one role only. Nobody carries that role: the setup job of the cluster assumes
    it, by the name of its own role, to map other roles and to write the retention policy (an index state
    management policy, for which AWS has no API). Everybody else needs both an IAM statement that names the
    domain and a role mapping inside it.
    """

    endpoint: pulumi.Output[str]
    """Host name of the domain, HTTPS on 443."""
    domain_name: pulumi.Output[str]
    master_role_arn: str

    def __init__(
        self,
        name: str,
        *,
        settings: SearchSettings,
        versions: VersionSettings,
        naming: Naming,
        network: Network,
        keys: Keys,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:data:SearchDomain", name, None, opts)
        self._naming = naming
        domain_name = naming.name(Kind.SEARCH_DOMAIN, "logs")
        domain_arn = naming.arn("es", f"domain/{domain_name}")
        master = self._master_role(domain_arn)
        self.master_role_arn = naming.role_arn(naming.name(Kind.ROLE, "search-master"))
        groups = self._log_groups(settings.log_retention_days, keys, protect=protect)
        delivery = self._log_delivery(domain_arn)
        zones = settings.zone_count
        domain = aws.opensearch.Domain(
            "search",
            aws.opensearch.DomainArgs(
                domain_name=domain_name,
                engine_version=versions.opensearch,
                cluster_config=_cluster(settings),
                ebs_options=aws.opensearch.DomainEbsOptionsArgs(
                    ebs_enabled=True, volume_type="gp3", volume_size=settings.volume_gib
                ),
                vpc_options=aws.opensearch.DomainVpcOptionsArgs(
                    subnet_ids=network.private_subnet_ids[:zones],
                    security_group_ids=[network.security_groups.search],
                ),
                encrypt_at_rest=aws.opensearch.DomainEncryptAtRestArgs(
                    enabled=True, kms_key_id=keys.data.arn
                ),
                node_to_node_encryption=aws.opensearch.DomainNodeToNodeEncryptionArgs(enabled=True),
                domain_endpoint_options=aws.opensearch.DomainDomainEndpointOptionsArgs(
                    enforce_https=True, tls_security_policy=TLS_POLICY
                ),
                advanced_security_options=aws.opensearch.DomainAdvancedSecurityOptionsArgs(
                    enabled=True,
                    anonymous_auth_enabled=False,
                    internal_user_database_enabled=False,
                    master_user_options=aws.opensearch.DomainAdvancedSecurityOptionsMasterUserOptionsArgs(
                        master_user_arn=master.arn
                    ),
                ),
                access_policies=policy_document(
                    Statement(
                        sid="RolesOfThisAccount",
                        actions=HTTP_ACTIONS,
                        resources=(f"{domain_arn}/*",),
                        principals=(Principal.aws(naming.account_root_arn),),
                    )
                ),
                log_publishing_options=[
                    aws.opensearch.DomainLogPublishingOptionArgs(
                        log_type=log_type, cloudwatch_log_group_arn=group.arn, enabled=True
                    )
                    for log_type, group in groups.items()
                ],
                auto_tune_options=_auto_tune(settings),
                off_peak_window_options=aws.opensearch.DomainOffPeakWindowOptionsArgs(
                    enabled=True,
                    off_peak_window=aws.opensearch.DomainOffPeakWindowOptionsOffPeakWindowArgs(
                        window_start_time=aws.opensearch.DomainOffPeakWindowOptionsOffPeakWindowWindowStartTimeArgs(
                            hours=OFF_PEAK_START_HOUR_UTC, minutes=0
                        )
                    ),
                ),
                software_update_options=aws.opensearch.DomainSoftwareUpdateOptionsArgs(
                    auto_software_update_enabled=True
                ),
                tags=naming.tags(domain_name, classification="confidential"),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=protect,
                # OpenSearch tries the log groups while it makes the domain.
                depends_on=[delivery],
                custom_timeouts=pulumi.CustomTimeouts(create="2h", update="3h", delete="2h"),
            ),
        )
        self.endpoint = domain.endpoint
        self.domain_name = domain.domain_name
        self.register_outputs({"endpoint": self.endpoint, "masterRoleArn": self.master_role_arn})

    def _master_role(self, domain_arn: str) -> aws.iam.Role:
        naming = self._naming
        name = naming.name(Kind.ROLE, "search-master")
        role = aws.iam.Role(
            "search-master",
            aws.iam.RoleArgs(
                name=name,
                description="Master user of the search domain, for the setup job alone",
                assume_role_policy=policy_document(
                    Statement(
                        sid="AssumeBySetupJob",
                        actions=("sts:AssumeRole",),
                        # The account and a condition, not the role itself: IAM refuses a principal that
                        # does not exist yet, and the job's role comes with the workloads.
                        principals=(Principal.aws(naming.account_root_arn),),
                        conditions=(
                            Condition(
                                operator="ArnEquals",
                                key="aws:PrincipalArn",
                                values=(naming.role_arn(naming.name(Kind.ROLE, SETUP_ROLE)),),
                            ),
                        ),
                    )
                ),
                tags=naming.tags(name),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.iam.RolePolicy(
            "search-master",
            aws.iam.RolePolicyArgs(
                name="search-master",
                role=role.name,
                policy=policy_document(
                    Statement(sid="UseTheDomain", actions=HTTP_ACTIONS, resources=(f"{domain_arn}/*",))
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return role

    def _log_groups(
        self, retention_days: int, keys: Keys, *, protect: bool
    ) -> dict[str, aws.cloudwatch.LogGroup]:
        return {
            log_type: aws.cloudwatch.LogGroup(
                f"search-{log}",
                aws.cloudwatch.LogGroupArgs(
                    name=self._naming.log_group("search", log),
                    retention_in_days=retention_days,
                    kms_key_id=keys.logs.arn,
                    tags=self._naming.tags(f"{self._naming.prefix}-search-{log}"),
                ),
                opts=pulumi.ResourceOptions(
                    parent=self, retain_on_delete=protect and log_type == "AUDIT_LOGS"
                ),
            )
            for log_type, log in LOGS.items()
        }

    def _log_delivery(self, domain_arn: str) -> aws.cloudwatch.LogResourcePolicy:
        """Let the domain, and no other, write to its log groups."""
        naming = self._naming
        return aws.cloudwatch.LogResourcePolicy(
            "search-logs",
            aws.cloudwatch.LogResourcePolicyArgs(
                policy_name=f"{naming.prefix}-search-logs",
                policy_document=policy_document(
                    Statement(
                        sid="WriteLogsOfTheDomain",
                        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
                        principals=(Principal.service("es.amazonaws.com"),),
                        resources=tuple(f"{naming.log_group_arn('search', log)}:*" for log in LOGS.values()),
                        conditions=(
                            Condition(
                                operator="StringEquals",
                                key="aws:SourceAccount",
                                values=(naming.account_id,),
                            ),
                            Condition(operator="ArnLike", key="aws:SourceArn", values=(domain_arn,)),
                        ),
                    )
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _cluster(settings: SearchSettings) -> aws.opensearch.DomainClusterConfigArgs:
    """Lay out the nodes: AWS wants zone awareness exactly when there is more than one subnet."""
    zones, masters = settings.zone_count, settings.dedicated_masters
    return aws.opensearch.DomainClusterConfigArgs(
        instance_type=settings.instance_type,
        instance_count=settings.instance_count,
        zone_awareness_enabled=zones > 1,
        zone_awareness_config=(
            aws.opensearch.DomainClusterConfigZoneAwarenessConfigArgs(availability_zone_count=zones)
            if zones > 1
            else None
        ),
        dedicated_master_enabled=masters is not None,
        dedicated_master_type=masters.instance_type if masters else None,
        dedicated_master_count=masters.count if masters else None,
        multi_az_with_standby_enabled=False,
    )


def _auto_tune(settings: SearchSettings) -> aws.opensearch.DomainAutoTuneOptionsArgs | None:
    """Let OpenSearch tune itself in the off-peak window; it refuses to on burstable instances."""
    if settings.instance_type.startswith("t3."):
        return None
    return aws.opensearch.DomainAutoTuneOptionsArgs(desired_state="ENABLED", use_off_peak_window=True)
