"""The container that neutralises, masks and verifies, on Fargate: no node and no pod shares its network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from ...identity import Condition, Principal, Statement, policy_document
from ...naming import Kind, Naming
from ...settings import RefreshSettings
from ...settings.workloads import ImageSettings
from ...workloads.certificates import rds_roots
from .masking_steps import CONTAINER
from .parts import PURPOSE_TAG, QUARANTINE, masking_key_secret, quarantined

TASKS_SERVICE: Final = "ecs-tasks.amazonaws.com"
LOG: Final = "refresh"
USER: Final = "10201:10201"
"""The user of image `ops`."""
SCRATCH: Final = "/dev/shm"  # noqa: S108  (nobody else is in the container)
"""In memory, and writable beside a read-only root file system: password and key touch no disk."""
KEEP_LOG_DAYS: Final = 365
"""Whether a copy was verified is evidence (SEC-14)."""


def family_name(naming: Naming) -> str:
    """Name the task definition."""
    return naming.name(Kind.TASK_FAMILY, "masking")


def task_cluster_name(naming: Naming) -> str:
    """Name the ECS cluster, which is nothing but a name for where tasks run."""
    return naming.name(Kind.CLUSTER, QUARANTINE)


def execution_role_name(naming: Naming) -> str:
    """Name the role with which Fargate fetches the image and writes the log."""
    return naming.name(Kind.ROLE, "masking-start")


def task_role_name(naming: Naming) -> str:
    """Name the role that the job itself has."""
    return naming.name(Kind.ROLE, "masking-job")


class MaskingTask(pulumi.ComponentResource):
    """ECS cluster, task definition, roles and log of the masking job (SEC-09).

    The job may read the password of a copy in quarantine and keep the key of its refresh; nothing else of AWS
    is open to it. Its root file system is read-only, it runs as nobody's user, and nobody can open a shell
    in it.
    """

    cluster_arn: str
    task_definition_arn: pulumi.Output[str]
    log_group_name: str

    def __init__(
        self,
        name: str,
        *,
        settings: RefreshSettings,
        image: ImageSettings,
        databases: Sequence[str],
        naming: Naming,
        logs_key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:protection:MaskingTask", name, None, opts)
        self._naming = naming
        self._opts = pulumi.ResourceOptions(parent=self)
        cluster = task_cluster_name(naming)
        aws.ecs.Cluster(
            "masking",
            aws.ecs.ClusterArgs(
                name=cluster,
                settings=[aws.ecs.ClusterSettingArgs(name="containerInsights", value="enabled")],
                tags={**naming.tags(cluster), PURPOSE_TAG: QUARANTINE},
            ),
            opts=self._opts,
        )
        self.cluster_arn = naming.arn("ecs", f"cluster/{cluster}")
        self.log_group_name = naming.log_group(LOG)
        log = aws.cloudwatch.LogGroup(
            "masking-log",
            aws.cloudwatch.LogGroupArgs(
                name=self.log_group_name,
                retention_in_days=KEEP_LOG_DAYS,
                kms_key_id=logs_key_arn,
                tags=naming.tags(self.log_group_name),
            ),
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )
        execution, started = self._role(
            "masking-start",
            execution_role_name(naming),
            "Starts the masking job: fetches its image, writes its log",
            self._execution_statements(image),
        )
        role, permitted = self._role(
            "masking-job",
            task_role_name(naming),
            "Reads the password of a copy in quarantine, and keeps the key of its refresh",
            self._task_statements(),
        )
        family = family_name(naming)
        definition = aws.ecs.TaskDefinition(
            "masking",
            aws.ecs.TaskDefinitionArgs(
                family=family,
                requires_compatibilities=["FARGATE"],
                network_mode="awsvpc",
                cpu=str(settings.task.cpu_units),
                memory=str(settings.task.memory_mib),
                execution_role_arn=execution.arn,
                task_role_arn=role.arn,
                runtime_platform=aws.ecs.TaskDefinitionRuntimePlatformArgs(
                    cpu_architecture="X86_64", operating_system_family="LINUX"
                ),
                container_definitions=json.dumps(
                    [self._container(image, databases, settings.targets[0].environment)]
                ),
                tags={**naming.tags(family), PURPOSE_TAG: QUARANTINE},
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[log, started, permitted]),
        )
        self.task_definition_arn = definition.arn
        self.register_outputs({"clusterArn": self.cluster_arn, "taskDefinitionArn": definition.arn})

    def _container(
        self, image: ImageSettings, databases: Sequence[str], environment: str
    ) -> dict[str, object]:
        return {
            "name": CONTAINER,
            "image": self._naming.image(image),
            "essential": True,
            "readonlyRootFilesystem": True,
            "user": USER,
            "privileged": False,
            "command": ["--help"],
            "environment": [
                {"name": "AWS_REGION", "value": self._naming.region},
                {"name": "REFRESH_DATABASES", "value": ",".join(databases)},
                {"name": "REFRESH_ENVIRONMENT", "value": environment},
                {"name": "REFRESH_ROOTS", "value": rds_roots(self._naming.region)},
                {"name": "REFRESH_SCRATCH", "value": SCRATCH},
                {"name": "HOME", "value": SCRATCH},
                {"name": "TMPDIR", "value": SCRATCH},
            ],
            "linuxParameters": {"capabilities": {"drop": ["ALL"]}, "initProcessEnabled": True},
            # Masking ends its transaction when it is told to stop.
            "stopTimeout": 120,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": self.log_group_name,
                    "awslogs-region": self._naming.region,
                    "awslogs-stream-prefix": "job",
                },
            },
        }

    def _execution_statements(self, image: ImageSettings) -> tuple[Statement, ...]:
        naming = self._naming
        group = naming.log_group_arn(LOG)
        return (
            Statement(sid="LogInToEcr", actions=("ecr:GetAuthorizationToken",), resources=("*",)),
            Statement(
                sid="FetchImage",
                actions=(
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                ),
                resources=(naming.arn("ecr", f"repository/{naming.repository(image.repository)}"),),
            ),
            Statement(
                sid="WriteLog",
                actions=("logs:CreateLogStream", "logs:PutLogEvents"),
                resources=(f"{group}:log-stream:*",),
            ),
        )

    def _task_statements(self) -> tuple[Statement, ...]:
        naming = self._naming
        return (
            Statement(
                sid="ReadPasswordOfTheCopy",
                actions=("secretsmanager:GetSecretValue",),
                resources=(naming.arn("secretsmanager", "secret:rds!db-*"),),
                conditions=(
                    # Whose password it is; RDS sets this tag itself, and nobody else can.
                    Condition(
                        operator="ArnLike",
                        key="aws:ResourceTag/aws:rds:primaryDBInstanceArn",
                        values=(naming.arn("rds", f"db:{quarantined(naming)}*"),),
                    ),
                ),
            ),
            Statement(
                sid="KeepKeyOfTheRefresh",
                actions=("secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"),
                resources=(naming.arn("secretsmanager", f"secret:{masking_key_secret(naming)}*"),),
            ),
            Statement(
                sid="UseKeyOfTheQuarantine",
                actions=("kms:Decrypt", "kms:GenerateDataKey"),
                resources=(naming.arn("kms", "key/*"),),
                conditions=(
                    Condition(
                        operator="ForAnyValue:StringEquals",
                        key="kms:ResourceAliases",
                        values=(naming.key_alias(QUARANTINE),),
                    ),
                    Condition(
                        operator="StringEquals",
                        key="kms:ViaService",
                        values=(f"secretsmanager.{naming.region}.amazonaws.com",),
                    ),
                ),
            ),
        )

    def _role(
        self, label: str, name: str, description: str, statements: tuple[Statement, ...]
    ) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        naming = self._naming
        role = aws.iam.Role(
            label,
            aws.iam.RoleArgs(
                name=name,
                description=description,
                assume_role_policy=policy_document(
                    Statement(
                        sid="AssumeByTasks",
                        actions=("sts:AssumeRole",),
                        principals=(Principal.service(TASKS_SERVICE),),
                        conditions=(
                            Condition(
                                operator="StringEquals",
                                key="aws:SourceAccount",
                                values=(naming.account_id,),
                            ),
                            Condition(
                                operator="ArnLike", key="aws:SourceArn", values=(naming.arn("ecs", "*"),)
                            ),
                        ),
                    )
                ),
                tags=naming.tags(name),
            ),
            opts=self._opts,
        )
        policy = aws.iam.RolePolicy(
            label,
            aws.iam.RolePolicyArgs(name=label, role=role.name, policy=policy_document(*statements)),
            opts=self._opts,
        )
        return role, policy
