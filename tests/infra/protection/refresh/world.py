"""AWS as the machine meets it: moto runs the definition against moto's RDS, Secrets Manager, SQS and SNS.

moto gives requests on as they are, in the spelling of botocore. Step Functions takes the spelling of the SDK
for Java instead, and so does this world: it translates by botocore's models, and refuses what they do not
know. Every request is recorded; a request can be made to fail, as often as a test says.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.model import ListShape, Shape, StructureShape
from jsonpath_ng.ext import parse
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.stepfunctions.parser.asl.component.common.string import string_expression
from moto.stepfunctions.parser.asl.component.intrinsic.argument import argument
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk,
    state_task_service_callback,
    state_task_service_ecs,
    state_task_service_sns,
    state_task_service_sqs,
)
from moto.stepfunctions.parser.asl.eval import states as state_input
from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError, extract_json
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

REGION: Final = "ap-south-1"
ACCOUNT: Final = "111122223333"
PRODUCTION: Final = "fleet-erp-prod-postgres"
OTHERS: Final = ("222233334444", "333344445555")
ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/machine"
PATIENCE_SECONDS: Final = 30
SHORT_COUNT: Final = 3
"""Looks after which the machine gives up here, instead of hours of minutes."""


@dataclass
class Request:
    """One request of the machine."""

    service: str
    action: str
    parameters: dict[str, Any]


@dataclass
class World:
    """What is there, what was asked, and what goes wrong."""

    requests: list[Request] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)
    """How often `service.action`, or `job.<step>`, still fails."""
    exit_codes: dict[str, int | None] = field(default_factory=dict)
    """Of jobs, by step; 0 for all others, None for a task that says nothing."""
    restored: dict[str, Any] = field(default_factory=dict)
    """Members of a restored instance that RDS answers otherwise than it was asked."""
    keys: dict[str, str] = field(default_factory=dict)
    verdict: dict[str, Any] = field(default_factory=lambda: {"passed": True, "summary": "all checks passed"})
    """What the function answers that examines a copy."""
    questions: list[dict[str, Any]] = field(default_factory=list)

    def ask(self, service: str, action: str, parameters: dict[str, Any]) -> None:
        """Record a request, and raise if it shall fail."""
        self.requests.append(Request(service, action, parameters))
        self.fail(f"{service}.{action}")

    def fail(self, what: str) -> None:
        """Raise as AWS does while there are faults of this kind left."""
        if self.faults.get(what, 0) > 0:
            self.faults[what] -= 1
            error = {"Error": {"Code": "InternalFailure", "Message": "it fails"}}
            raise ClientError(
                error | {"ResponseMetadata": {"HTTPStatusCode": 500, "RequestId": "none"}},  # type: ignore[arg-type]
                what,
            )

    def key(self, arn: str) -> str:
        """Give the key of moto that stands for one of the stack."""
        if arn not in self.keys:
            made = boto3.client("kms", region_name=REGION).create_key()
            self.keys[arn] = made["KeyMetadata"]["Arn"]
        return self.keys[arn]

    def key_asked_for(self, snapshot: str) -> str | None:
        """Give the key of the stack with which a snapshot was copied."""
        return next(
            (
                copy["KmsKeyId"]
                for copy in self.asked("copy_db_snapshot")
                if copy["TargetDBSnapshotIdentifier"] == snapshot
            ),
            None,
        )

    def examine(self, parameters: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Answer as the function."""
        self.ask("lambda", "invoke", parameters)
        payload = parameters["Payload"]
        self.questions.append(json.loads(payload) if isinstance(payload, str | bytes) else payload)
        return {"ExecutedVersion": "$LATEST", "Payload": self.verdict, "StatusCode": 200}

    def asked(self, action: str) -> list[dict[str, Any]]:
        """The parameters of all requests of this name."""
        return [request.parameters for request in self.requests if request.action == action]

    def jobs(self) -> list[str]:
        """The steps of the jobs that ran, in order."""
        return [run["Overrides"]["ContainerOverrides"][0]["Command"][-1] for run in self.asked("run_task")]

    def position(self, action: str) -> int:
        """Where in the order of requests an action comes first."""
        return [request.action for request in self.requests].index(action)

    def client(self, service: str, **_: object) -> Any:
        """Give the machine a client."""
        return _Tasks(self) if service == "ecs" else _Client(self, service)


class _Tasks:
    """ECS: every task stops at once, with the status that the test says."""

    def __init__(self, world: World) -> None:
        self._world = world

    def run_task(self, **parameters: Any) -> dict[str, Any]:
        self._world.ask("ecs", "run_task", parameters)
        step = parameters["Overrides"]["ContainerOverrides"][0]["Command"][-1]
        self._world.fail(f"job.{step}")
        return {"Tasks": [{"TaskArn": f"task/{step}", "ClusterArn": parameters["Cluster"]}]}

    def describe_tasks(self, *, cluster: str, tasks: list[str]) -> dict[str, Any]:
        step = tasks[0].partition("/")[2]
        code = self._world.exit_codes.get(step, 0)
        container = {"Name": "ops"} | ({} if code is None else {"ExitCode": code})
        task = {
            "TaskArn": tasks[0],
            "ClusterArn": cluster,
            "LastStatus": "STOPPED",
            "Containers": [container],
        }
        # moto reads the first before it spells it as the second.
        return {"tasks": [{"lastStatus": "STOPPED"}], "Tasks": [task]}


class _Client:
    """A client of boto3 for moto that speaks the spelling of the SDK for Java."""

    def __init__(self, world: World, service: str) -> None:
        self._world = world
        self._service = service
        self._client = boto3.client(service, region_name=REGION)

    def __getattr__(self, action: str) -> Any:
        def ask(**parameters: Any) -> Any:
            model = self._client.meta.service_model.operation_model(
                self._client.meta.method_to_api_mapping[action]
            )
            self._world.ask(self._service, action, parameters)
            text = json.dumps(parameters)
            for account in (ACCOUNT, *OTHERS):
                text = text.replace(account, DEFAULT_ACCOUNT_ID)
            given = json.loads(text)
            for member in given.keys() & {"KmsKeyId", "MasterUserSecretKmsKeyId"}:
                given[member] = self._world.key(given[member])
            answer = getattr(self._client, action)(**_spelled(given, model.input_shape, _from_java))
            answer.pop("ResponseMetadata", None)
            for snapshot in answer.get("DBSnapshots", ()):
                if key := self._world.key_asked_for(snapshot["DBSnapshotIdentifier"]):
                    snapshot["KmsKeyId"] = key
            for instance in answer.get("DBInstances", ()):
                if instance["DBInstanceIdentifier"] != PRODUCTION:
                    instance.update(self._as_asked() | self._world.restored)
            return _spelled(answer, model.output_shape, _to_java)

        return ask

    def _as_asked(self) -> dict[str, Any]:
        """What moto does not keep of a restored instance."""
        asked = self._world.asked("restore_db_instance_from_db_snapshot")[-1]
        return {
            "PubliclyAccessible": asked["PubliclyAccessible"],
            "KmsKeyId": self._world.asked("copy_db_snapshot")[0]["KmsKeyId"],
            "Endpoint": {"Address": "copy.example.com", "Port": 5432},
            "DBSubnetGroup": {"DBSubnetGroupName": asked["DbSubnetGroupName"]},
            "VpcSecurityGroups": [
                {"VpcSecurityGroupId": group, "Status": "active"} for group in asked["VpcSecurityGroupIds"]
            ],
            "MasterUserSecret": {"SecretArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!db-1"},
        }


def java_name(name: str) -> str:
    """Spell a member as the SDK for Java 2 does: the acronym that it begins with is a word, no other is."""
    return re.sub(r"^([A-Z])([A-Z]+)(?=[A-Z][a-z]|$)", lambda m: m[1] + m[2].lower(), name)


def _from_java(shape: StructureShape) -> dict[str, str]:
    return {java_name(name): name for name in _members(shape)}


def _to_java(shape: StructureShape) -> dict[str, str]:
    return {name: java_name(name) for name in _members(shape)}


def _members(shape: StructureShape) -> dict[str, Shape]:
    members: Any = shape.members
    return members


def _spelled(value: Any, shape: Shape | None, names: Callable[[StructureShape], dict[str, str]]) -> Any:
    if isinstance(shape, StructureShape):
        spelling = names(shape)
        unknown = set(value) - set(spelling)
        assert not unknown, f"{shape.name} knows no {sorted(unknown)}"
        members = _members(shape)
        # One of the two spellings is the one of the model.
        return {
            spelling[key]: _spelled(inner, members.get(key) or members[spelling[key]], names)
            for key, inner in value.items()
        }
    if isinstance(shape, ListShape):
        member: Any = shape.member
        return [_spelled(inner, member, names) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def extracted(path: str, data: Any) -> Any:
    """Read a path as Step Functions does: one that names one thing gives the thing.

    moto 5.2 gives a list of one thing when a member is taken of an element, as in `$.list[0].member`.
    """
    if re.search(r"[*?:]|\.\.", path):
        return extract_json(path, data)
    found = parse(path).find(data)
    if not found:
        raise NoSuchJsonPathError(json_path=path, data=data)
    return found[0].value


def quickened(definition: str, *, retries: bool = False) -> str:
    """Give a definition that waits for nothing and tries once, so that tests take no time."""
    document = json.loads(definition)
    for state in document["States"].values():
        if state["Type"] == "Wait":
            state["Seconds"] = 0
        if not retries:
            state.pop("Retry", None)
        for rule in state.get("Choices", ()):
            if "NumericGreaterThanEquals" in rule:
                rule["NumericGreaterThanEquals"] = SHORT_COUNT
    return json.dumps(document)


@contextmanager
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Give a world with production's database, the quarantine's groups, queue and topic."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    world = World()
    for module in (
        state_task_service_aws_sdk,
        state_task_service_ecs,
        state_task_service_sns,
        state_task_service_sqs,
    ):
        monkeypatch.setattr(module, "boto_client_for", world.client)
    # moto knows the names of few services in errors, and leaves the others as they are called in a resource.
    for service, name in (("rds", "Rds"), ("secretsmanager", "SecretsManager")):
        monkeypatch.setitem(state_task_service_aws_sdk._SERVICE_ERROR_NAMES, service, name)
    monkeypatch.setattr(lambda_eval_utils, "execute_lambda_function_integration", _invoked(world))
    for module in (string_expression, argument, state_input):
        monkeypatch.setattr(module, "extract_json", extracted)
    monkeypatch.setattr(StepFunctionsParserBackend, "_validate_definition", staticmethod(_validated))
    monkeypatch.setattr(state_task_service_callback, "_DELAY_SECONDS_SYNC_CONDITION_CHECK", 0.01)
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        ec2 = boto3.client("ec2", region_name=REGION)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"]
            for number in (1, 2)
        ]
        rds = boto3.client("rds", region_name=REGION)
        rds.create_db_subnet_group(
            DBSubnetGroupName="fleet-erp-prod-quarantine", DBSubnetGroupDescription="x", SubnetIds=subnets
        )
        rds.create_db_parameter_group(
            DBParameterGroupName="fleet-erp-prod-quarantine-postgres16",
            DBParameterGroupFamily="postgres16",
            Description="x",
        )
        rds.create_db_instance(
            DBInstanceIdentifier=PRODUCTION,
            DBInstanceClass="db.m5.xlarge",
            Engine="postgres",
            MasterUsername="fleet",
            MasterUserPassword="password1234",
            AllocatedStorage=20,
            StorageEncrypted=True,
        )
        boto3.client("sqs", region_name=REGION).create_queue(QueueName="fleet-erp-prod-refresh-decisions")
        boto3.client("sns", region_name=REGION).create_topic(Name="fleet-erp-prod-alarms")
        yield world


_validate: Final = StepFunctionsParserBackend._validate_definition


@cache
def _validated(definition: str) -> None:
    """Let moto look at a definition once: to read ours takes it a second."""
    _validate(definition)


def _invoked(world: World) -> Callable[..., None]:
    """Stand in for the invocation of a function: its answer goes where moto's would."""

    def invoke(*, env: Any, parameters: dict[str, Any], **_: Any) -> None:
        env.stack.append(world.examine(parameters))

    return invoke


def start(definition: str, run: str, *, name: str = "fleet-erp-prod-refresh", given: str = "{}") -> str:
    """Start the machine and give the ARN of the execution."""
    states = boto3.client("stepfunctions", region_name=REGION)
    machine = f"arn:aws:states:{REGION}:{DEFAULT_ACCOUNT_ID}:stateMachine:{name}"
    if machine not in [known["stateMachineArn"] for known in states.list_state_machines()["stateMachines"]]:
        states.create_state_machine(name=name, definition=definition, roleArn=ROLE)
    return states.start_execution(stateMachineArn=machine, name=run, input=given)["executionArn"]


def wait(execution: str, until: Callable[[dict[str, Any]], bool] | None = None) -> dict[str, Any]:
    """Wait until the execution has ended, or something else is so."""
    states = boto3.client("stepfunctions", region_name=REGION)
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        described = states.describe_execution(executionArn=execution)
        if until(described) if until else described["status"] != "RUNNING":
            return described
        time.sleep(0.02)
    raise AssertionError(f"{execution} takes longer than {PATIENCE_SECONDS} seconds")


def left() -> tuple[set[str], set[str]]:
    """Give the instances and the snapshots that are there, but production and RDS's own backups of it."""
    rds = boto3.client("rds", region_name=REGION)
    instances = {entry["DBInstanceIdentifier"] for entry in rds.describe_db_instances()["DBInstances"]}
    snapshots = {entry["DBSnapshotIdentifier"] for entry in rds.describe_db_snapshots()["DBSnapshots"]}
    return instances - {PRODUCTION}, {name for name in snapshots if not name.startswith("rds:")}
