"""Odoo's filestore."""

from __future__ import annotations

import json

import pytest

from tests.infra.data.conftest import PRIVATE_SUBNETS, Stores, key_arn, one

ESTATES = ("prod", "staging", "testing", "dr")
FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"


@pytest.mark.requirement("SEC-06")
@pytest.mark.parametrize("stack", ESTATES)
def test_encrypted_with_our_key(stores: Stores, stack: str) -> None:
    inputs = one(stores(stack), FILE_SYSTEM, "filestore").inputs
    region = "ap-southeast-1" if stack == "dr" else "ap-south-1"
    assert (inputs["encrypted"], inputs["kmsKeyId"]) == (True, key_arn("data", region))


@pytest.mark.requirement("SEC-05")
@pytest.mark.parametrize("stack", ESTATES)
def test_only_known_clients_with_tls_mount_it(stores: Stores, stack: str) -> None:
    policy = one(stores(stack), "aws:efs/fileSystemPolicy:FileSystemPolicy", "filestore")
    deny, allow = json.loads(policy.inputs["policy"])["Statement"]
    assert (deny["Effect"], deny["Principal"], deny["Action"]) == ("Deny", "*", "*")
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert allow["Principal"]["AWS"].endswith(":root")
    assert "elasticfilesystem:ClientRootAccess" not in allow["Action"]
    assert allow["Condition"] == {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}


def test_odoo_has_an_access_point_of_its_own(stores: Stores) -> None:
    point = one(stores("prod"), "aws:efs/accessPoint:AccessPoint", "filestore-odoo")
    assert point.inputs["posixUser"] == {"uid": 100, "gid": 101}
    assert point.inputs["rootDirectory"] == {
        "path": "/odoo",
        "creationInfo": {"ownerUid": 100, "ownerGid": 101, "permissions": "0750"},
    }


@pytest.mark.requirement("NET-01")
@pytest.mark.parametrize("stack", ESTATES)
def test_every_private_subnet_reaches_it(stores: Stores, stack: str) -> None:
    targets = list(stores(stack).of_type("aws:efs/mountTarget:MountTarget"))
    assert [target.inputs["subnetId"] for target in targets] == list(PRIVATE_SUBNETS)
    assert all(target.inputs["securityGroups"] == ["sg-of-efs"] for target in targets)


@pytest.mark.parametrize("stack", ["prod", "testing"])
def test_its_own_backup_is_off(stores: Stores, stack: str) -> None:
    """It would go to a vault that nobody guards; what is kept is kept by the plans of backups."""
    backup = one(stores(stack), "aws:efs/backupPolicy:BackupPolicy", "filestore")
    assert backup.inputs["backupPolicy"] == {"status": "DISABLED"}
    assert one(stores(stack), FILE_SYSTEM, "filestore").protect is (stack == "prod")
