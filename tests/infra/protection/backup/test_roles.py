"""Roles around backups: what each may do, on what, and who may become it (SEC-13, SEC-03)."""

from __future__ import annotations

import json
import re
from typing import Final

import pytest

from preview.graph import ResourceGraph
from tests.conftest import EstateRenderer
from tests.infra.identity.iam_lint import findings

from .access import allows, listed, trusts
from .reading import (
    ACCOUNTS,
    BACKED_UP,
    FUNCTION,
    REGIONS,
    ROLE,
    ROLE_POLICY,
    called,
    document,
    inside,
    sources,
)

ACCOUNT: Final = ACCOUNTS["prod"]
HERE: Final = f"ap-south-1:{ACCOUNT}"
THERE: Final = f"ap-southeast-1:{ACCOUNT}"
DATABASE: Final = f"arn:aws:rds:{HERE}:db:fleet-erp-prod-postgres"
ATTACHMENTS: Final = f"arn:aws:s3:::fleet-erp-prod-attachments-{ACCOUNT}-ap-south-1"
RECORDS: Final = f"arn:aws:s3:::fleet-erp-prod-records-{ACCOUNT}-ap-south-1"
PULLS: Final = "aws:ecr/repositoryPolicy:RepositoryPolicy"
KNOWN: Final = (
    # Asked without a name, or with a filter, RDS and EFS want the right to list all.
    r"Look: rds:(DescribeDB\w+|ListTagsForResource) can name its .+, but allows all",
    r"Look: elasticfilesystem:DescribeFileSystems can name its file-system, but allows all",
    # The data gives recovery points an account of `*`, which no ARN has.
    r"\w+: backup:\w+ does not act on arn:aws:(backup|rds):[\w-]+:\d+:(recovery-point|snapshot:awsbackup):\*",
    # As in AWS's managed policy AWSBackupServiceRolePolicyForRestores.
    r"RestoreFiles: elasticfilesystem:CreateFileSystem does not act on \S+:file-system/\*",
    # Metrics of AWS services, and a namespace of ours that is asked for by condition, lie in no dataset.
    r"LookAround: cloudwatch:GetMetricData can name its dataset, but allows all",
    r"CountVerdicts: cloudwatch:PutMetricData can name its dataset, but allows all",
)
ROLES: Final = {
    "prod": {"backup", "backup-restore", "restorer", "restore-database", "restore-judge"},
    "staging": {"backup", "backup-restore", "restorer", "restore-database", "restore-judge"},
    "dr": {"backup", "backup-restore", "restorer"},
}
THROUGH: Final = {
    "kms:ViaService": "rds.ap-south-1.amazonaws.com",
    "kms:ResourceAliases": "alias/fleet-erp-prod-data",
    "kms:GrantIsForAWSResource": "true",
}
MAY: Final = {
    "backup": (
        ("rds:CreateDBSnapshot", DATABASE, {}),
        ("rds:CopyDBSnapshot", f"arn:aws:rds:{THERE}:snapshot:awsbackup:copyjob-1", {}),
        ("backup:CopyFromBackupVault", f"arn:aws:rds:{HERE}:snapshot:awsbackup:job-1", {}),
        ("backup:CopyIntoBackupVault", f"arn:aws:backup:{THERE}:backup-vault:fleet-erp-prod-copies", {}),
        ("s3:GetObjectVersion", f"{ATTACHMENTS}/1", {}),
        ("kms:CreateGrant", f"arn:aws:kms:{HERE}:key/1", THROUGH),
    ),
    "backup-restore": (
        ("rds:RestoreDBInstanceFromDBSnapshot", f"arn:aws:rds:{HERE}:snapshot:awsbackup:job-1", {}),
        ("rds:RestoreDBInstanceFromDBSnapshot", f"arn:aws:rds:{HERE}:db:fleet-erp-prod-restored-1", {}),
        ("rds:RestoreDBInstanceFromDBSnapshot", f"arn:aws:rds:{THERE}:db:fleet-erp-prod-restored-1", {}),
        ("rds:RestoreDBInstanceFromDBSnapshot", f"arn:aws:rds:{THERE}:subgrp:fleet-erp-dr-postgres", {}),
        ("rds:DeleteDBInstance", f"arn:aws:rds:{HERE}:db:awsbackup-restore-test-1", {}),
        ("s3:PutObject", f"{ATTACHMENTS}/1", {}),
    ),
    "restorer": (
        ("backup:StartRestoreJob", f"arn:aws:rds:{HERE}:snapshot:awsbackup:job-1", {}),
        ("backup:StartRestoreJob", f"arn:aws:backup:{THERE}:recovery-point:1", {}),
        ("rds:RestoreDBInstanceToPointInTime", f"arn:aws:rds:{THERE}:auto-backup:ab-1", {}),
        ("kms:CreateGrant", f"arn:aws:kms:{HERE}:key/1", THROUGH),
    ),
    "restore-judge": (
        ("rds:DescribeDBInstances", f"arn:aws:rds:{HERE}:db:awsbackup-restore-test-1", {}),
        ("lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:fleet-erp-prod-restore-database", {}),
        ("s3:PutObject", f"{RECORDS}/records/restore-test/1.json", {}),
        ("s3:ListBucket", RECORDS, {"s3:prefix": "records/restore-test/"}),
        ("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": "FleetErp/RestoreTests"}),
        ("backup:PutRestoreValidationResult", "*", {}),
    ),
    "restore-database": (
        ("rds-db:connect", f"arn:aws:rds-db:{HERE}:dbuser:db-ABC/restore_validation", {}),
        ("ec2:CreateNetworkInterface", f"arn:aws:ec2:{HERE}:subnet/subnet-1", {}),
    ),
}
"""What each must be able to do, a little of each kind."""
MAY_NOT: Final = {
    "backup": (
        ("rds:DeleteDBInstance", DATABASE, {}),
        ("rds:DeleteDBSnapshot", f"arn:aws:rds:{HERE}:snapshot:rds:fleet-erp-prod-postgres-1", {}),
        ("rds:CreateDBSnapshot", f"arn:aws:rds:{HERE}:db:another", {}),
        ("s3:PutObject", f"{ATTACHMENTS}/1", {}),
        ("s3:GetObject", f"{RECORDS}/1", {}),
        ("elasticfilesystem:Backup", f"arn:aws:elasticfilesystem:{HERE}:file-system/fs-1", {}),
        ("backup:DeleteRecoveryPoint", f"arn:aws:backup:{HERE}:recovery-point:1", {}),
        ("kms:Decrypt", f"arn:aws:kms:{HERE}:key/1", {**THROUGH, "kms:ResourceAliases": "alias/other"}),
        (
            "kms:Decrypt",
            f"arn:aws:kms:{HERE}:key/1",
            {**THROUGH, "kms:ViaService": "ssm.ap-south-1.amazonaws.com"},
        ),
    ),
    "backup-restore": (
        ("rds:DeleteDBInstance", DATABASE, {}),
        ("rds:DeleteDBInstance", f"arn:aws:rds:{HERE}:db:fleet-erp-prod-restored-1", {}),
        ("rds:ModifyDBInstance", f"arn:aws:rds:{HERE}:db:fleet-erp-prod-restored-1", {}),
        ("rds:RestoreDBInstanceFromDBSnapshot", DATABASE, {}),
        ("rds:RestoreDBInstanceFromDBSnapshot", f"arn:aws:rds:{HERE}:subgrp:default", {}),
        ("rds:RestoreDBInstanceFromDBSnapshot", f"arn:aws:rds:{HERE}:subgrp:fleet-erp-dr-postgres", {}),
        ("s3:DeleteObject", f"{ATTACHMENTS}/1", {}),
        ("s3:PutObject", "arn:aws:s3:::elsewhere/1", {}),
    ),
    "restorer": (
        ("rds:DeleteDBInstance", DATABASE, {}),
        ("rds:ModifyDBInstance", DATABASE, {}),
        ("rds:RestoreDBInstanceToPointInTime", f"arn:aws:rds:{HERE}:db:fleet-erp-prod-postgres-2", {}),
        ("rds:RestoreDBInstanceFromDBSnapshot", f"arn:aws:rds:{HERE}:db:fleet-erp-prod-restored-1", {}),
        ("rds-db:connect", f"arn:aws:rds-db:{HERE}:dbuser:db-ABC/odoo", {}),
        ("s3:GetObject", f"{ATTACHMENTS}/1", {}),
        ("s3:DeleteObjectVersion", f"{ATTACHMENTS}/1", {}),
        ("backup:DeleteRecoveryPoint", f"arn:aws:backup:{HERE}:recovery-point:1", {}),
        ("backup:StartCopyJob", f"arn:aws:backup:{HERE}:recovery-point:1", {}),
        ("backup:StartBackupJob", f"arn:aws:backup:{HERE}:backup-vault:Default", {}),
        ("backup:PutRestoreValidationResult", "*", {}),
        ("kms:Decrypt", f"arn:aws:kms:{HERE}:key/1", {"kms:ResourceAliases": "alias/fleet-erp-prod-data"}),
        ("kms:CreateGrant", f"arn:aws:kms:{HERE}:key/1", {**THROUGH, "kms:GrantIsForAWSResource": "false"}),
    ),
    "restore-judge": (
        ("rds-db:connect", f"arn:aws:rds-db:{HERE}:dbuser:db-ABC/restore_validation", {}),
        ("rds:DescribeDBInstances", DATABASE, {}),
        ("rds:DeleteDBInstance", f"arn:aws:rds:{HERE}:db:awsbackup-restore-test-1", {}),
        ("lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:another", {}),
        ("s3:GetObject", f"{RECORDS}/records/drill/1.json", {}),
        ("s3:DeleteObject", f"{RECORDS}/records/restore-test/1.json", {}),
        ("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": "AWS/Backup"}),
        ("backup:StartRestoreJob", f"arn:aws:backup:{HERE}:recovery-point:1", {}),
    ),
    "restore-database": (
        ("rds-db:connect", f"arn:aws:rds-db:{HERE}:dbuser:db-ABC/odoo", {}),
        ("rds-db:connect", f"arn:aws:rds-db:{HERE}:dbuser:db-ABC/gps", {}),
        ("s3:PutObject", f"{RECORDS}/records/restore-test/1.json", {}),
        ("backup:PutRestoreValidationResult", "*", {}),
        ("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": "FleetErp/RestoreTests"}),
        (
            "secretsmanager:GetSecretValue",
            f"arn:aws:secretsmanager:{HERE}:secret:fleet-erp/prod/database",
            {},
        ),
    ),
}
"""What somebody who holds the role would like to do."""


@pytest.mark.parametrize("stack", BACKED_UP)
def test_documents_say_what_iam_understands(estate: EstateRenderer, stack: str) -> None:
    policies = inside(estate(stack), ROLE_POLICY)
    assert {policy.name for policy in policies} == ROLES[stack]
    found = [line for policy in policies for line in findings(policy.inputs["policy"])]
    assert [line for line in found if not any(re.fullmatch(known, line) for known in KNOWN)] == []


def test_nothing_is_known_that_is_not_found(estate: EstateRenderer) -> None:
    found = [
        line
        for stack in BACKED_UP
        for policy in inside(estate(stack), ROLE_POLICY)
        for line in findings(policy.inputs["policy"])
    ]
    assert [known for known in KNOWN if not any(re.fullmatch(known, line) for line in found)] == []


@pytest.mark.requirement("SEC-13", "SEC-03")
@pytest.mark.parametrize("role", MAY)
def test_role_may_do_its_work(estate: EstateRenderer, role: str) -> None:
    policy = document(estate("prod"), role)
    assert [request for request in MAY[role] if not allows(policy, *request)] == []


@pytest.mark.requirement("SEC-13", "SEC-03")
@pytest.mark.parametrize("role", MAY_NOT)
def test_role_may_do_nothing_else(estate: EstateRenderer, role: str) -> None:
    policy = document(estate("prod"), role)
    assert [request for request in MAY_NOT[role] if allows(policy, *request)] == []


@pytest.mark.requirement("SEC-13", "SEC-03")
def test_roles_are_passed_to_aws_backup_alone(estate: EstateRenderer) -> None:
    for stack in BACKED_UP:
        for policy in inside(estate(stack), ROLE_POLICY):
            for statement in json.loads(policy.inputs["policy"])["Statement"]:
                if "iam:PassRole" in listed(statement["Action"]):
                    assert policy.name == "restorer"
                    assert statement["Condition"] == {
                        "StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}
                    }
                    assert {arn.rpartition("/")[2] for arn in listed(statement["Resource"])} == {
                        f"fleet-erp-{stack}-backup",
                        f"fleet-erp-{stack}-backup-restore",
                    }


@pytest.mark.requirement("SEC-13")
@pytest.mark.parametrize("stack", BACKED_UP)
def test_who_may_become_which_role(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    account = ACCOUNTS[stack]
    root = {"AWS": f"arn:aws:iam::{account}:root"}

    def person(name: str) -> dict[str, str]:
        return {"aws:PrincipalArn": f"arn:aws:iam::{account}:role/{name}"}

    trust = called(graph, ROLE, "restorer").inputs["assumeRolePolicy"]
    meant = (f"fleet-erp-operator-{stack}", f"fleet-erp-break-glass-{stack}")
    assert all(trusts(trust, root, person(name)) for name in meant)
    strangers = (f"fleet-erp-deploy-{stack}", f"fleet-erp-read-only-{stack}", "administrator")
    assert not any(trusts(trust, root, person(name)) for name in strangers)
    assert not trusts(trust, {"Service": "backup.amazonaws.com"}, {"aws:SourceAccount": account})
    for name in ("backup", "backup-restore"):
        trust = called(graph, ROLE, name).inputs["assumeRolePolicy"]
        service = {"Service": "backup.amazonaws.com"}
        assert trusts(trust, service, {"aws:SourceAccount": account})
        assert not trusts(trust, service, {"aws:SourceAccount": "999999999999"})
        assert not trusts(trust, root, person(meant[0]))
    for function in inside(graph, FUNCTION):
        (role,) = [source for source in sources(graph, function, "role") if source.type == ROLE]
        service = {"Service": "lambda.amazonaws.com"}
        assert trusts(role.inputs["assumeRolePolicy"], service, {"aws:SourceAccount": account})
        assert not trusts(role.inputs["assumeRolePolicy"], root, person(meant[0]))


@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_functions_alone_pull_their_image_as_functions(estate: EstateRenderer, stack: str) -> None:
    """A repository has one policy: it names all functions of the stack that run the image."""
    graph: ResourceGraph = estate(stack)
    functions = [
        each for each in graph.of_type(FUNCTION) if "/fleet-erp/ops@" in each.inputs.get("imageUri", "")
    ]
    assert len(functions) >= len(inside(graph, FUNCTION)) == 2
    (policy,) = inside(graph, PULLS)
    (statement,) = json.loads(policy.inputs["policy"])["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert sorted(statement["Action"]) == ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    where = f"{REGIONS[stack]}:{ACCOUNTS[stack]}"
    assert set(statement["Condition"]["ArnEquals"]["aws:SourceArn"]) == {
        f"arn:aws:lambda:{where}:function:{function.inputs['name']}" for function in functions
    }
