"""The backups of a rendered stack, and what they refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from preview.graph import Resource, ResourceGraph

VAULT: Final = "aws:backup/vault:Vault"
VAULT_LOCK: Final = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
VAULT_POLICY: Final = "aws:backup/vaultPolicy:VaultPolicy"
PLAN: Final = "aws:backup/plan:Plan"
SELECTION: Final = "aws:backup/selection:Selection"
REGION_SETTINGS: Final = "aws:backup/regionSettings:RegionSettings"
TEST: Final = "aws:backup/restoreTestingPlan:RestoreTestingPlan"
TEST_SELECTION: Final = "aws:backup/restoreTestingSelection:RestoreTestingSelection"
LOG_REPLICA: Final = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
DATABASE: Final = "aws:rds/instance:Instance"
FILES: Final = "aws:efs/fileSystem:FileSystem"
BUCKET: Final = "aws:s3/bucket:Bucket"
KEY: Final = "aws:kms/key:Key"
ROLE: Final = "aws:iam/role:Role"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
FUNCTION: Final = "aws:lambda/function:Function"
RULE: Final = "aws:cloudwatch/eventRule:EventRule"
TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"
PERMISSION: Final = "aws:lambda/permission:Permission"
INVOCATION: Final = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"

INSIDE: Final = "fleet:protection:Backups$"
ACCOUNTS: Final = {"prod": "111122223333", "dr": "111122223333", "staging": "222233334444"}
REGIONS: Final = {"prod": "ap-south-1", "dr": "ap-southeast-1", "staging": "ap-south-1"}
BACKED_UP: Final = tuple(ACCOUNTS)

Check = Callable[[ResourceGraph], Iterator[str]]


def inside(graph: ResourceGraph, token: str) -> list[Resource]:
    """The resources of a type that belong to backups, and those alone."""
    return [resource for resource in graph.of_type(token) if INSIDE in resource.urn]


def called(graph: ResourceGraph, token: str, name: str) -> Resource:
    """The one of a type and logical name."""
    (found,) = [resource for resource in inside(graph, token) if resource.name == name]
    return found


def sources(graph: ResourceGraph, resource: Resource, key: str) -> list[Resource]:
    """What a property comes from."""
    return [graph.by_urn[urn] for urn in resource.property_dependencies.get(key, ())]


def attached(graph: ResourceGraph, token: str, key: str, to: Resource) -> list[Resource]:
    """What is attached to a resource by a property."""
    return [each for each in inside(graph, token) if to in sources(graph, each, key)]


def provider(resource: Resource) -> str:
    """The name of the provider that makes a resource: `aws`, or `aws-recovery` in the other region."""
    assert resource.provider is not None
    return resource.provider.split("::")[3]


def document(graph: ResourceGraph, role: str) -> str:
    """What a role may do."""
    return called(graph, ROLE_POLICY, role).inputs["policy"]


def problems(graph: ResourceGraph, *checks: Check) -> list[str]:
    """What some checks find, in their order."""
    return [line for check in checks for line in check(graph)]
