"""Proof that the database can be brought back from its backups: restored every quarter, and examined."""

from __future__ import annotations

import json
from typing import Final

import pulumi
import pulumi_aws as aws

from ...data.database_parameters import FAMILY
from ...identity import Condition, Statement
from ...naming import PARTITION, Kind, Naming
from ...network import Network
from ...settings import EstateSettings, RestoreTestSettings
from ...workloads.jobs.users import GPS_DATABASE
from ..intake.parts import ACCEPTANCE
from .function import OpsFunction, function_name, let_functions_pull
from .quarantine import Quarantine
from .rights import RESTORE_TEST_PREFIX

DATABASE_USER: Final = "restore_validation"
"""What the bootstrap of the database calls the role that examines restored copies."""
EXAMINER: Final = "restore-database"
JUDGE: Final = "restore-judge"
RECORDS: Final = "records"
RECORDS_PREFIX: Final = "records/restore-test"
METRICS: Final = "FleetErp/RestoreTests"
EXAMINER_SECONDS: Final = 840
JUDGE_SECONDS: Final = 900
"""The longest that AWS Lambda lets a function run; the judge waits for the examiner."""
RECOVERY_TIME_MINUTES: Final = 240
"""RTO (DATA-02): a restore that takes longer proves nothing."""


class RestoreTesting(pulumi.ComponentResource):
    """A restore testing plan for the database, and the verdict on what it restored (SEC-13, DATA-02).

    AWS Backup restores the newest snapshot into the quarantine and deletes it after the validation window.
    When the restore has ended, an event calls the judge; the judge has the examiner ask the restored copy,
    and tells AWS Backup, the records, a metric and, if it failed, people.

    | function | reaches | knows |
    |---|---|---|
    | examiner | restored databases, nothing else | the data |
    | judge | AWS Backup, RDS, records, metrics | the examiner's figures |

    The examiner logs in with a token of IAM as a role that every backup holds. No secret opens a restored
    database here, and the group it lies in admits nobody else.
    """

    plan_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        test: RestoreTestSettings,
        settings: EstateSettings,
        naming: Naming,
        network: Network,
        vault_arn: pulumi.Input[str],
        database_arn: pulumi.Input[str],
        restore_role_arn: pulumi.Input[str],
        logs_key_arn: pulumi.Input[str],
        topic_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:protection:RestoreTesting", name, None, opts)
        self._naming = naming
        self._child = pulumi.ResourceOptions(parent=self)
        quarantine = Quarantine("quarantine", naming=naming, network=network, opts=self._child)
        self._plan(test, vault_arn, database_arn, restore_role_arn, quarantine)
        image = settings.workloads.images.ops
        # A repository has one policy, so it names the function of the intake too.
        intake = (ACCEPTANCE,) if settings.intake is not None else ()
        pull = let_functions_pull(
            image.repository, (EXAMINER, JUDGE, *intake), naming=naming, opts=self._child
        )
        after_pull = pulumi.ResourceOptions(parent=self, depends_on=[pull])
        examiner = OpsFunction(
            EXAMINER,
            handler="database",
            about="Asks a restored database whether it is whole",
            image=image,
            statements=_examiner_statements(naming),
            timeout_seconds=EXAMINER_SECONDS,
            memory_mib=512,
            naming=naming,
            logs_key_arn=logs_key_arn,
            log_retention_days=settings.database.log_retention_days,
            topic_arn=topic_arn,
            vpc=aws.lambda_.FunctionVpcConfigArgs(
                subnet_ids=network.private_subnet_ids, security_group_ids=[quarantine.examiner_id]
            ),
            opts=after_pull,
        )
        judge = OpsFunction(
            JUDGE,
            handler="judge",
            about="Tells whether a restore test has passed",
            image=image,
            statements=_judge_statements(naming, examiner.arn),
            timeout_seconds=JUDGE_SECONDS,
            memory_mib=512,
            naming=naming,
            logs_key_arn=logs_key_arn,
            log_retention_days=settings.database.log_retention_days,
            topic_arn=topic_arn,
            opts=pulumi.ResourceOptions.merge(
                after_pull, pulumi.ResourceOptions(depends_on=[examiner.resource])
            ),
        )
        circumstances = {
            "environment": naming.environment,
            "examiner": function_name(naming, EXAMINER),
            "records_bucket": naming.bucket(RECORDS),
            "odoo_database": settings.workloads.odoo.database,
            "gps_database": GPS_DATABASE,
            "max_age_minutes": test.newest_position_minutes,
            "max_restore_minutes": RECOVERY_TIME_MINUTES,
        }
        self._call(judge, circumstances)
        self.register_outputs({"planName": self.plan_name})

    def _plan(
        self,
        test: RestoreTestSettings,
        vault_arn: pulumi.Input[str],
        database_arn: pulumi.Input[str],
        role_arn: pulumi.Input[str],
        quarantine: Quarantine,
    ) -> None:
        naming = self._naming
        plan = aws.backup.RestoreTestingPlan(
            "database",
            aws.backup.RestoreTestingPlanArgs(
                name=plan_name_of(naming),
                schedule_expression=test.schedule,
                schedule_expression_timezone="Etc/UTC",
                start_window_hours=test.start_window_hours,
                recovery_point_selection=aws.backup.RestoreTestingPlanRecoveryPointSelectionArgs(
                    algorithm="LATEST_WITHIN_WINDOW",
                    include_vaults=[vault_arn],
                    recovery_point_types=["SNAPSHOT"],
                    selection_window_days=test.recovery_point_window_days,
                ),
                tags=naming.tags(plan_name_of(naming)),
            ),
            opts=self._child,
        )
        aws.backup.RestoreTestingSelection(
            "database",
            aws.backup.RestoreTestingSelectionArgs(
                name="database",
                restore_testing_plan_name=plan.name,
                protected_resource_type="RDS",
                protected_resource_arns=[database_arn],
                iam_role_arn=role_arn,
                validation_window_hours=test.validation_window_hours,
                # Without these a restore goes to the default VPC and group, or fails.
                restore_metadata_overrides={
                    "dbSubnetGroupName": naming.name(Kind.SUBNET_GROUP, "postgres"),
                    "vpcSecurityGroupIds": pulumi.Output.json_dumps([quarantine.restored_id]),
                    "dbParameterGroupName": naming.name(Kind.PARAMETER_GROUP, FAMILY),
                    "enableIAMDatabaseAuthentication": "true",
                    "multiAz": "false",
                    "publiclyAccessible": "false",
                },
            ),
            opts=self._child,
        )
        self.plan_name = plan.name

    def _call(self, judge: OpsFunction, circumstances: dict[str, object]) -> None:
        naming = self._naming
        name = naming.name(Kind.EVENT_RULE, "restore-test-ended")
        rule = aws.cloudwatch.EventRule(
            "restore-test-ended",
            aws.cloudwatch.EventRuleArgs(
                name=name,
                description="A restore test has restored the database: time to examine it",
                event_pattern=json.dumps(event_pattern(naming)),
                tags=naming.tags(name),
            ),
            opts=self._child,
        )
        permission = aws.lambda_.Permission(
            "restore-test-ended",
            aws.lambda_.PermissionArgs(
                action="lambda:InvokeFunction",
                function=judge.name,
                principal="events.amazonaws.com",
                source_arn=rule.arn,
                source_account=naming.account_id,
            ),
            opts=self._child,
        )
        aws.cloudwatch.EventTarget(
            "restore-test-ended",
            aws.cloudwatch.EventTargetArgs(
                rule=rule.name,
                target_id=JUDGE,
                arn=judge.resource.arn,
                input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
                    input_paths={"job": "$.detail.restoreJobId"},
                    input_template=f'{{"restoreJobId": <job>, "circumstances": {json.dumps(circumstances)}}}',
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )


def plan_name_of(naming: Naming) -> str:
    """Name the restore testing plan: only letters, digits and underscores are allowed."""
    return f"{naming.prefix}-database".replace("-", "_")


def event_pattern(naming: Naming) -> dict[str, object]:
    """Match a finished restore of the plan: AWS Backup ends the plan's ARN with an id of its own."""
    plan = naming.arn("backup", f"restore-testing-plan:{plan_name_of(naming)}-")
    return {
        "source": ["aws.backup"],
        "detail-type": ["Restore Job State Change"],
        "detail": {
            "status": ["COMPLETED"],
            "resourceType": ["RDS"],
            "restoreTestingPlanArn": [{"prefix": plan}],
        },
    }


def _examiner_statements(naming: Naming) -> tuple[Statement, ...]:
    """Let the examiner log in to any database as the one role: a copy's id is not known before.

    Which databases it can reach is for its security group.
    """
    return (
        Statement(
            sid="ExamineDatabases",
            actions=("rds-db:connect",),
            resources=(naming.arn("rds-db", f"dbuser:*/{DATABASE_USER}"),),
        ),
    )


def _judge_statements(naming: Naming, examiner_arn: str) -> tuple[Statement, ...]:
    bucket = naming.bucket_arn(RECORDS)
    return (
        Statement(
            sid="GiveVerdict",
            # Neither can be limited to a resource.
            actions=("backup:DescribeRestoreJob", "backup:PutRestoreValidationResult"),
            resources=("*",),
        ),
        Statement(
            sid="FindRestoredDatabase",
            actions=("rds:DescribeDBInstances",),
            resources=(naming.arn("rds", f"db:{RESTORE_TEST_PREFIX}*"),),
        ),
        Statement(sid="HaveItExamined", actions=("lambda:InvokeFunction",), resources=(examiner_arn,)),
        Statement(
            sid="ListRecords",
            actions=("s3:ListBucket",),
            resources=(bucket,),
            conditions=(Condition(operator="StringLike", key="s3:prefix", values=(f"{RECORDS_PREFIX}/*",)),),
        ),
        Statement(
            sid="KeepRecords",
            actions=("s3:GetObject", "s3:PutObject"),
            resources=(f"{bucket}/{RECORDS_PREFIX}/*",),
        ),
        Statement(
            sid="EncryptRecords",
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=(f"arn:{PARTITION}:kms:{naming.region}:{naming.account_id}:key/*",),
            conditions=(
                Condition(
                    operator="StringEquals",
                    key="kms:ViaService",
                    values=(f"s3.{naming.region}.amazonaws.com",),
                ),
                Condition(
                    operator="ForAnyValue:StringEquals",
                    key="kms:ResourceAliases",
                    values=(naming.key_alias("data"),),
                ),
            ),
        ),
        Statement(
            sid="CountVerdicts",
            actions=("cloudwatch:PutMetricData",),
            resources=("*",),
            conditions=(Condition(operator="StringEquals", key="cloudwatch:namespace", values=(METRICS,)),),
        ),
    )
