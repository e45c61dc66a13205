"""A function that runs the image `ops`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from ...identity import Condition, Principal, Statement, assume_role_by_service, policy_document
from ...naming import Kind, Naming
from ...settings import ImageSettings

LAMBDA: Final = "lambda.amazonaws.com"
EVENT_HOURS: Final = 6
RUNTIME_MODULE: Final = "ops.restore_validation.runtime"


class OpsFunction(pulumi.ComponentResource):
    """A function with a role and a log of its own, one at a time; its failures go to the topic of alarms.

    It has no variables: what it must know comes with its events. Its image must be in the registry before it
    is made, unlike that of a pod, which waits.
    """

    arn: str
    name: pulumi.Output[str]
    resource: aws.lambda_.Function

    def __init__(
        self,
        label: str,
        *,
        handler: str,
        about: str,
        image: ImageSettings,
        statements: Sequence[Statement],
        timeout_seconds: int,
        memory_mib: int,
        naming: Naming,
        logs_key_arn: pulumi.Input[str],
        log_retention_days: int,
        topic_arn: pulumi.Input[str],
        vpc: aws.lambda_.FunctionVpcConfigArgs | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:protection:OpsFunction", label, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        name = function_name(naming, label)
        self.arn = function_arn(naming, label)
        log = aws.cloudwatch.LogGroup(
            label,
            aws.cloudwatch.LogGroupArgs(
                name=f"/aws/lambda/{name}",
                retention_in_days=log_retention_days,
                kms_key_id=logs_key_arn,
                tags=naming.tags(f"{name}-log"),
            ),
            opts=child,
        )
        role = aws.iam.Role(
            label,
            aws.iam.RoleArgs(
                name=naming.name(Kind.ROLE, label),
                description=about,
                assume_role_policy=assume_role_by_service(LAMBDA, account_id=naming.account_id),
                tags=naming.tags(naming.name(Kind.ROLE, label)),
            ),
            opts=child,
        )
        policy = aws.iam.RolePolicy(
            label,
            aws.iam.RolePolicyArgs(
                role=role.name,
                policy=policy_document(
                    *statements,
                    *_log(naming, name),
                    *_tell(naming),
                    *(_interfaces(naming) if vpc is not None else ()),
                ),
            ),
            opts=child,
        )
        function = aws.lambda_.Function(
            label,
            aws.lambda_.FunctionArgs(
                name=name,
                description=about,
                package_type="Image",
                image_uri=f"{naming.registry}/{naming.repository(image.repository)}@{image.digest}",
                image_config=aws.lambda_.FunctionImageConfigArgs(
                    entry_points=["python3", "-m", RUNTIME_MODULE], commands=[handler]
                ),
                architectures=["x86_64"],
                role=role.arn,
                timeout=timeout_seconds,
                memory_size=memory_mib,
                reserved_concurrent_executions=1,
                logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="Text", log_group=log.name),
                tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="PassThrough"),
                vpc_config=vpc,
                tags=naming.tags(name),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, log]),
        )
        aws.lambda_.FunctionEventInvokeConfig(
            label,
            aws.lambda_.FunctionEventInvokeConfigArgs(
                function_name=function.name,
                # A verdict that failed would fail again: somebody has to look.
                maximum_retry_attempts=0,
                maximum_event_age_in_seconds=EVENT_HOURS * 3600,
                destination_config=aws.lambda_.FunctionEventInvokeConfigDestinationConfigArgs(
                    on_failure=aws.lambda_.FunctionEventInvokeConfigDestinationConfigOnFailureArgs(
                        destination=topic_arn
                    )
                ),
            ),
            opts=child,
        )
        self.name = function.name
        self.resource = function
        self.register_outputs({"arn": self.arn, "name": self.name})


def function_name(naming: Naming, label: str) -> str:
    """Name a function."""
    return naming.name(Kind.FUNCTION, label)


def function_arn(naming: Naming, label: str) -> str:
    """Compose the ARN of a function."""
    return naming.arn("lambda", f"function:{function_name(naming, label)}")


def let_functions_pull(
    repository: str, labels: Sequence[str], *, naming: Naming, opts: pulumi.ResourceOptions
) -> aws.ecr.RepositoryPolicy:
    """Let AWS Lambda pull an image for these functions: it pulls as a service, not as their role."""
    return aws.ecr.RepositoryPolicy(
        f"{repository}-for-functions",
        aws.ecr.RepositoryPolicyArgs(
            repository=naming.repository(repository),
            policy=policy_document(
                Statement(
                    sid="PullForFunctions",
                    actions=("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
                    principals=(Principal.service(LAMBDA),),
                    conditions=(
                        Condition(
                            operator="ArnEquals",
                            key="aws:SourceArn",
                            values=tuple(function_arn(naming, label) for label in labels),
                        ),
                    ),
                )
            ),
        ),
        opts=opts,
    )


def _log(naming: Naming, name: str) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="WriteLog",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=(naming.arn("logs", f"log-group:/aws/lambda/{name}:log-stream:*"),),
        ),
    )


def _tell(naming: Naming) -> tuple[Statement, ...]:
    """Let AWS Lambda tell people, in the function's name, what it failed on."""
    return (
        Statement(
            sid="TellPeople",
            actions=("sns:Publish",),
            resources=(naming.arn("sns", naming.name(Kind.TOPIC, "alarms")),),
        ),
        Statement(
            sid="EncryptWhatIsTold",
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=(naming.arn("kms", "key/*"),),
            conditions=(
                Condition(
                    operator="StringEquals",
                    key="kms:ViaService",
                    values=(f"sns.{naming.region}.amazonaws.com",),
                ),
                Condition(
                    operator="ForAnyValue:StringEquals",
                    key="kms:ResourceAliases",
                    values=(naming.key_alias("logs"),),
                ),
            ),
        ),
    )


def _interfaces(naming: Naming) -> tuple[Statement, ...]:
    """Let AWS Lambda make the network interfaces of the function; its code has no way to the API of EC2.

    Reference: AWS Lambda developer guide, "Giving Lambda functions access to resources in an Amazon VPC".
    """
    interfaces = naming.arn("ec2", "network-interface/*")
    return (
        Statement(
            sid="MakeNetworkInterfaces",
            actions=("ec2:CreateNetworkInterface",),
            resources=(
                interfaces,
                naming.arn("ec2", "security-group/*"),
                naming.arn("ec2", "subnet/*"),
            ),
        ),
        Statement(
            sid="KeepNetworkInterfaces",
            actions=(
                "ec2:AssignPrivateIpAddresses",
                "ec2:DeleteNetworkInterface",
                "ec2:UnassignPrivateIpAddresses",
            ),
            resources=(interfaces,),
        ),
        Statement(
            sid="FindNetworkInterfaces",
            actions=("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"),
            resources=("*",),
        ),
    )
