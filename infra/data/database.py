"""PostgreSQL on RDS: the instance, its report replica, and the standby of another region."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from ..identity import assume_role_by_service
from ..keys import Keys
from ..naming import Kind, Naming
from ..network import Network
from ..network.ports import POSTGRES
from ..settings import DatabaseSettings, RecoverySettings, VersionSettings
from ..settings.data import ReportReplicaSettings
from .credentials import VALUE_VERSION, Credentials
from .database_parameters import FAMILY, primary_parameters, report_parameters

MASTER_USERNAME: Final = "fleet_admin"
"""Not `postgres`: Odoo refuses to run as that user, and scanners know it. A replica inherits the name."""
CA_CERTIFICATE: Final = "rds-ca-rsa2048-g1"
INSIGHTS_RETENTION_DAYS: Final = 7
"""What Database Insights in standard mode keeps; the advanced mode wants 465 or more."""
EXPORTED_LOGS: Final = ("postgresql", "upgrade")
MONITORING_POLICY_ARN: Final = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
SLOW: Final = pulumi.CustomTimeouts(create="3h", update="3h", delete="2h")
"""A replica of 500 GiB in another region, or a change to Multi-AZ, takes longer than the provider waits."""


class Database(pulumi.ComponentResource):
    """PostgreSQL 16 on RDS with subnet group, parameter groups, log groups and monitoring role.

    Serves COMP-01..03, STOR-01, STOR-03, DATA-01, DATA-02, LOAD-03, SEC-05, SEC-06 and the database part
    of ENV-05. The three shapes of the main instance:

    | recovery | instance |
    |---|---|
    | none or primary | independent: engine, master user and storage are its own |
    | standby | cross-region replica of the peer's database, encrypted with the key of this region |
    | standby, active | the same resource, promoted: only the link to the source is gone |

    A promotion changes nothing that would replace the instance. So what a replica inherits and AWS can
    only set at creation (engine, master user, life cycle) is never declared for what was made as one, not
    even when it is promoted; its master password becomes ours with the promotion.
    """

    endpoint: pulumi.Output[str]
    """Host name of the instance; the port is 5432."""
    report_endpoint: pulumi.Output[str] | None
    """Host name of the replica for reports; None where there is none."""
    master_secret_arn: pulumi.Output[str]
    """Secret of the master user; while a standby replicates, the password in it is not in force yet."""
    instance_arn: pulumi.Output[str]
    identifier: pulumi.Output[str]
    """What CloudWatch metrics of the instance carry."""
    report_identifier: pulumi.Output[str] | None
    """The same of the replica for reports."""

    def __init__(
        self,
        name: str,
        *,
        settings: DatabaseSettings,
        recovery: RecoverySettings,
        versions: VersionSettings,
        naming: Naming,
        network: Network,
        keys: Keys,
        secret_recovery_window_days: int,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:data:Database", name, opts=opts)
        self._settings = settings
        self._recovery = recovery
        self._versions = versions
        self._naming = naming
        self._keys = keys
        self._protect_instances = protect
        self._security_group_id = network.security_groups.rds

        subnets = naming.name(Kind.SUBNET_GROUP, "postgres")
        self._subnet_group = aws.rds.SubnetGroup(
            "postgres-subnets",
            aws.rds.SubnetGroupArgs(
                name=subnets,
                description="Private subnets of the database",
                subnet_ids=network.private_subnet_ids,
                tags=naming.tags(subnets),
            ),
            opts=self._child(),
        )
        self._monitoring_role = self._make_monitoring_role() if settings.monitoring_interval_seconds else None
        credentials = (
            Credentials(
                "database-master",
                description="Master user of the database, for bootstrap and migration jobs",
                naming=naming,
                key_arn=keys.secrets.arn,
                recovery_window_days=secret_recovery_window_days,
                parent=self,
                protect=protect,
            )
            if settings.master_password == "own-secret"
            else None
        )
        instance = self._main_instance(credentials)
        if credentials is not None:
            credentials.store(
                {
                    "engine": "postgres",
                    "host": instance.address,
                    "port": POSTGRES.first,
                    "username": MASTER_USERNAME,
                }
            )
        report = (
            self._report_replica(instance, settings.report_replica)
            if settings.report_replica is not None
            else None
        )

        self.endpoint = instance.address
        self.report_endpoint = report.address if report is not None else None
        self.master_secret_arn = (
            credentials.secret_arn
            if credentials is not None
            else instance.master_user_secrets.apply(_managed_secret_arn)
        )
        self.instance_arn = instance.arn
        self.identifier = instance.identifier
        self.report_identifier = report.identifier if report is not None else None
        self.register_outputs(
            {
                "endpoint": self.endpoint,
                "reportEndpoint": self.report_endpoint,
                "masterSecretArn": self.master_secret_arn,
                "instanceArn": self.instance_arn,
            }
        )

    def _main_instance(self, credentials: Credentials | None) -> aws.rds.Instance:
        settings, recovery, naming = self._settings, self._recovery, self._naming
        identifier = naming.database
        standby = recovery.role == "standby"
        replicating = standby and not recovery.active
        args = self._arguments(
            identifier,
            settings.instance_class,
            parameters=self._parameter_group(
                "postgres-parameters", FAMILY, primary_parameters(storage_gib=settings.storage_gib)
            ),
        )
        args.kms_key_id = self._keys.data.arn
        args.backup_retention_period = settings.backup_retention_days
        args.backup_window = settings.backup_window
        args.delete_automated_backups = not settings.keep_automated_backups
        # Nobody works on a standby, and its promotion must not wait for the maintenance window.
        args.apply_immediately = settings.apply_immediately or standby
        if replicating:
            args.replicate_source_db = self._source_arn()
            args.multi_az = False
            # RDS refuses a final snapshot of a replica.
            args.skip_final_snapshot = True
        else:
            args.allocated_storage = settings.storage_gib
            args.engine_version = self._versions.postgres
            args.multi_az = settings.multi_az
            args.skip_final_snapshot = not settings.final_snapshot
            args.final_snapshot_identifier = self._final_snapshot() if settings.final_snapshot else None
            args.snapshot_identifier = settings.snapshot
            if credentials is not None:
                args.password_wo = credentials.password
                args.password_wo_version = VALUE_VERSION
        if settings.made_as == "instance":
            args.engine = "postgres"
            args.engine_lifecycle_support = "open-source-rds-extended-support-disabled"
            args.username = MASTER_USERNAME
            if credentials is None:
                args.manage_master_user_password = True
                args.master_user_secret_kms_key_id = self._keys.secrets.arn
        opts = self._instance_options(identifier, "postgres")
        if settings.snapshot is not None:
            # The next one has the same name, so that whoever connects finds it.
            opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=True))
        return aws.rds.Instance("postgres", args, opts=opts)

    def _final_snapshot(self) -> str:
        """Name the snapshot that the instance leaves, after what the instance itself was made from."""
        final = f"{self._naming.database}-final"
        source = self._settings.snapshot
        return final if source is None else f"{final}-{source.removeprefix(f'{self._naming.prefix}-')}"

    def _report_replica(self, source: aws.rds.Instance, report: ReportReplicaSettings) -> aws.rds.Instance:
        """Make the replica that reports read, so that they never wait for, or slow, transactions (LOAD-03).

        Its key is the source's: RDS refuses to be told so for a replica in the same region.
        """
        settings = self._settings
        identifier = self._naming.database_report_replica
        args = self._arguments(
            identifier,
            report.instance_class,
            parameters=self._parameter_group(
                "report-parameters", f"{FAMILY}-report", report_parameters(storage_gib=settings.storage_gib)
            ),
        )
        # The ARN, not the identifier: RDS wants it as soon as a subnet group is named.
        args.replicate_source_db = source.arn
        args.multi_az = False
        args.apply_immediately = settings.apply_immediately
        # Rebuilt from its source, never restored.
        args.backup_retention_period = 0
        args.skip_final_snapshot = True
        return aws.rds.Instance(
            "postgres-report", args, opts=self._instance_options(identifier, "postgres-report")
        )

    def _arguments(
        self, identifier: str, instance_class: str, *, parameters: aws.rds.ParameterGroup
    ) -> aws.rds.InstanceArgs:
        """Give what every instance has in common, replica or not."""
        settings = self._settings
        role = self._monitoring_role
        return aws.rds.InstanceArgs(
            identifier=identifier,
            instance_class=instance_class,
            storage_type="gp3",
            # From 400 GiB up gp3 starts at 12,000 IOPS and 500 MB/s and refuses less (STOR-01, STOR-03);
            # below, it takes neither. Later changes fail without `iops`, so the baseline is said.
            iops=settings.iops,
            storage_throughput=settings.throughput_mibps,
            max_allocated_storage=settings.max_storage_gib,
            storage_encrypted=True,
            db_subnet_group_name=self._subnet_group.name,
            vpc_security_group_ids=[self._security_group_id],
            parameter_group_name=parameters.name,
            port=POSTGRES.first,
            publicly_accessible=False,
            ca_cert_identifier=CA_CERTIFICATE,
            iam_database_authentication_enabled=True,
            copy_tags_to_snapshot=True,
            deletion_protection=settings.deletion_protection,
            maintenance_window=settings.maintenance_window,
            auto_minor_version_upgrade=settings.auto_minor_version_upgrade,
            allow_major_version_upgrade=False,
            # Unusable with replicas, and refused with a managed master password.
            blue_green_update=aws.rds.InstanceBlueGreenUpdateArgs(enabled=False),
            enabled_cloudwatch_logs_exports=list(EXPORTED_LOGS),
            database_insights_mode="standard",
            performance_insights_enabled=True,
            # Can never be changed, so it is ours from the start.
            performance_insights_kms_key_id=self._keys.data.arn,
            performance_insights_retention_period=INSIGHTS_RETENTION_DAYS,
            monitoring_interval=settings.monitoring_interval_seconds,
            monitoring_role_arn=role.arn if role is not None else None,
            tags=self._naming.tags(identifier, classification="restricted"),
        )

    def _source_arn(self) -> str:
        """Compose the ARN of the peer's database: no look-up, for its region may be lost."""
        recovery = self._recovery
        if (
            recovery.peer_environment is None
            or recovery.peer_account_id is None
            or recovery.peer_region is None
        ):
            raise ValueError("a standby needs recovery.peer_environment, peer_account_id and peer_region")
        peer = self._naming.peer(
            environment=recovery.peer_environment,
            account_id=recovery.peer_account_id,
            region=recovery.peer_region,
        )
        return peer.database_arn()

    def _parameter_group(
        self, name: str, suffix: str, parameters: list[aws.rds.ParameterGroupParameterArgs]
    ) -> aws.rds.ParameterGroup:
        # The family is in the name: a major upgrade makes a new group before the old one goes.
        group = self._naming.name(Kind.PARAMETER_GROUP, suffix)
        return aws.rds.ParameterGroup(
            name,
            aws.rds.ParameterGroupArgs(
                name=group,
                family=FAMILY,
                description="PostgreSQL 16 with forced TLS 1.2 and audit logging",
                parameters=parameters,
                tags=self._naming.tags(group),
            ),
            opts=self._child(),
        )

    def _make_monitoring_role(self) -> aws.iam.Role:
        name = self._naming.name(Kind.ROLE, "rds-monitoring")
        role = aws.iam.Role(
            "postgres-monitoring",
            aws.iam.RoleArgs(
                name=name,
                description="Lets RDS enhanced monitoring write operating-system metrics",
                assume_role_policy=assume_role_by_service(
                    "monitoring.rds.amazonaws.com", account_id=self._naming.account_id
                ),
                tags=self._naming.tags(name),
            ),
            opts=self._child(),
        )
        self._monitoring_attachment = aws.iam.RolePolicyAttachment(
            "postgres-monitoring",
            aws.iam.RolePolicyAttachmentArgs(role=role.name, policy_arn=MONITORING_POLICY_ARN),
            opts=self._child(),
        )
        return role

    def _instance_options(self, identifier: str, name: str) -> pulumi.ResourceOptions:
        """Make the log groups first: RDS would make them itself, without retention and key."""
        groups: list[pulumi.Resource] = [
            aws.cloudwatch.LogGroup(
                f"{name}-{log}-log",
                aws.cloudwatch.LogGroupArgs(
                    name=f"/aws/rds/instance/{identifier}/{log}",
                    retention_in_days=self._settings.log_retention_days,
                    kms_key_id=self._keys.logs.arn,
                    tags=self._naming.tags(f"{identifier}-{log}"),
                ),
                # They hold the audit trail.
                opts=pulumi.ResourceOptions(parent=self, retain_on_delete=self._protect_instances),
            )
            for log in EXPORTED_LOGS
        ]
        attachment = [self._monitoring_attachment] if self._monitoring_role is not None else []
        return pulumi.ResourceOptions(
            parent=self,
            protect=self._protect_instances,
            # One that makes room for a replica is put aside, never deleted (docs/runbooks/failback.md).
            retain_on_delete=self._protect_instances,
            depends_on=[*groups, *attachment],
            custom_timeouts=SLOW,
        )

    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)


def _managed_secret_arn(secrets: Sequence[aws.rds.outputs.InstanceMasterUserSecret]) -> str:
    """Give the ARN of the secret that RDS made for the master user."""
    arn = secrets[0].secret_arn
    if arn is None:
        raise ValueError("RDS named no secret of the master user")
    return arn
