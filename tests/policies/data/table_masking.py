"""Rows of the rules about copies of production: where they may come from, and where they are masked."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.policies.builders import DROP, Ref, Thing, thing
from tests.policies.table import Break, Row

_SNAPSHOT_OF_PROD: Final = "arn:aws:rds:ap-south-1:111122223333:snapshot:fleet-erp-prod-"
_POSTGRES: Final = thing("aws:rds/instance:Instance", "postgres")
_QUARANTINE: Final = (
    thing("aws:ec2/subnet:Subnet", "masking-a", tags={"Purpose": "quarantine"}),
    thing("aws:rds/subnetGroup:SubnetGroup", "masking", name="masking", subnetIds=[Ref("masking-a")]),
)
_COPY: Final = thing(
    "aws:rds/snapshotCopy:SnapshotCopy",
    "copied",
    sourceDbSnapshotIdentifier=f"{_SNAPSHOT_OF_PROD}masked-1",
    targetDbSnapshotIdentifier="fleet-erp-staging-masked-1",
)
_OPEN: Final = "and its subnets are not the quarantined ones"


def _restored(path: str, value: Any, source: str) -> Break:
    return Break({f"postgres.{path}": value}, {"postgres": f"{path} is {source}, {_OPEN}"})


def _machine(
    action: str, parameters: dict[str, Any], *, source: str = f"{_SNAPSHOT_OF_PROD}masked-{{}}"
) -> str:
    """Give a definition that names a source in its first step, and asks RDS in a branch of a later one."""
    ask = {"Type": "Task", "Resource": f"arn:aws:states:::aws-sdk:rds:{action}", "Parameters": parameters}
    return json.dumps(
        {
            "StartAt": "Begin",
            "States": {
                "Begin": {
                    "Type": "Pass",
                    "Parameters": {"names": {"source.$": f"States.Format('{source}', $.run)"}},
                    "ResultPath": "$",
                },
                "Both": {"Type": "Parallel", "Branches": [{"StartAt": "Ask", "States": {"Ask": ask}}]},
                "Tell": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": {}},
            },
        }
    )


_FROM_NAMES: Final = {"SourceDBSnapshotIdentifier.$": "$.names.source"}
_MACHINE: Final = thing(
    "aws:sfn/stateMachine:StateMachine", "intake", definition=_machine("copyDBSnapshot", _FROM_NAMES)
)
_AT_NIGHT: Final = thing(
    "aws:scheduler/schedule:Schedule",
    "nightly",
    target={"arn": "arn:aws:scheduler:::aws-sdk:rds:stopDBInstance", "input": "{}"},
)
_RESTORE: Final = "arn:aws:scheduler:::aws-sdk:rds:restoreDBInstanceFromDBSnapshot"


def _asks(action: str, parameters: dict[str, Any], says: str, **source: str) -> Break:
    return Break({"intake.definition": _machine(action, parameters, **source)}, {"intake": f"Ask: {says}"})


def _allowing(*resources: str, action: str = "rds:CopyDBSnapshot") -> str:
    statement = {"Sid": "Take", "Effect": "Allow", "Action": action, "Resource": list(resources)}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


_OWN: Final = "arn:aws:rds:ap-south-1:222233334444:snapshot:"
_TAKER: Final = thing(
    "aws:iam/rolePolicy:RolePolicy", "take", policy=_allowing(f"{_SNAPSHOT_OF_PROD}masked-*", f"{_OWN}*")
)


def _takes(policy: str, says: str) -> Break:
    return Break({"take.policy": policy}, {"take": f"statement Take of the role policy {says}"})


_ANY: Final = "lets any database be restored from any snapshot"
_PURPOSE: Final = {"Purpose": "quarantine"}
_CLOSED: Final[tuple[Thing, ...]] = (
    thing("aws:ec2/vpc:Vpc", "quarantine", cidrBlock="10.0.200.0/24"),
    thing("aws:ec2/vpc:Vpc", "other", cidrBlock="10.0.0.0/16"),
    thing("aws:ec2/subnet:Subnet", "masking-a", vpcId=Ref("quarantine"), tags=_PURPOSE),
    thing("aws:ec2/subnet:Subnet", "public-a", vpcId=Ref("other"), mapPublicIpOnLaunch=True),
    thing("aws:ec2/routeTable:RouteTable", "closed", vpcId=Ref("quarantine")),
    thing("aws:ec2/routeTable:RouteTable", "open", vpcId=Ref("other")),
    thing("aws:ec2/internetGateway:InternetGateway", "gateway", vpcId=Ref("other")),
    thing("aws:ec2/route:Route", "out", routeTableId=Ref("open"), gatewayId=Ref("gateway")),
    thing("aws:ec2/natGateway:NatGateway", "nat", subnetId=Ref("public-a")),
    thing(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "closed-a",
        subnetId=Ref("masking-a"),
        routeTableId=Ref("closed"),
    ),
    thing("aws:ec2/securityGroup:SecurityGroup", "sg-copy", tags={**_PURPOSE, "Name": "sg-copy-prod"}),
    thing("aws:ec2/securityGroup:SecurityGroup", "sg-job", tags={**_PURPOSE, "Name": "sg-job-prod"}),
    thing("aws:ec2/securityGroup:SecurityGroup", "sg-nodes", tags={"Name": "sg-eks-nodes-prod"}),
    thing(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "copy-from-job",
        securityGroupId=Ref("sg-copy"),
        referencedSecurityGroupId=Ref("sg-job"),
        ipProtocol="tcp",
        fromPort=5432,
        toPort=5432,
    ),
    thing(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "job-to-layers",
        securityGroupId=Ref("sg-job"),
        prefixListId="pl-0123",
        ipProtocol="tcp",
        fromPort=443,
        toPort=443,
    ),
)
_DOOR: Final = "it connects the quarantine with others"

ROWS: Final = (
    Row(
        "dat-nonprod-masked",
        (_POSTGRES, *_QUARANTINE, _COPY),
        (
            _restored("snapshotIdentifier", "fleet-erp-prod-2026-11", "fleet-erp-prod-2026-11"),
            _restored("snapshotIdentifier", "rds:old-dump", "rds:old-dump"),
            Break(
                {
                    "postgres.snapshotIdentifier": Ref("copied"),
                    "copied.sourceDbSnapshotIdentifier": f"{_SNAPSHOT_OF_PROD}1",
                },
                {
                    "postgres": f"snapshotIdentifier is a copy of {_SNAPSHOT_OF_PROD}1, {_OPEN}",
                    "copied": f"sourceDbSnapshotIdentifier is {_SNAPSHOT_OF_PROD}1, which was not masked",
                },
            ),
            Break(
                {"postgres.s3Import": {"bucketName": "dumps-prod"}},
                {"postgres": f"s3Import.bucketName is dumps-prod, {_OPEN}"},
            ),
            Break(
                {"postgres.restoreToPointInTime": {"sourceDbInstanceIdentifier": "fleet-erp-prod-postgres"}},
                {
                    "postgres": "restoreToPointInTime.sourceDbInstanceIdentifier is"
                    f" fleet-erp-prod-postgres, {_OPEN}"
                },
            ),
            Break(
                {
                    "postgres.snapshotIdentifier": "fleet-erp-prod-1",
                    "postgres.dbSubnetGroupName": Ref("masking", "name"),
                    "masking-a.tags": {"Purpose": "data"},
                },
                {"postgres": f"snapshotIdentifier is fleet-erp-prod-1, {_OPEN}"},
            ),
        ),
        unknown="postgres.snapshotIdentifier",
        also_holds=(
            {"copied.sourceDbSnapshotIdentifier": f"{_SNAPSHOT_OF_PROD}masked-7"},
            {"postgres.snapshotIdentifier": "fleet-erp-staging-masked-7"},
            {
                "postgres.snapshotIdentifier": "fleet-erp-prod-1",
                "postgres.dbSubnetGroupName": Ref("masking", "name"),
            },
        ),
        stack="staging",
    ),
    Row(
        "dat-nonprod-masked",
        (_MACHINE, _AT_NIGHT),
        (
            _asks(
                "copyDBSnapshot",
                _FROM_NAMES,
                f"SourceDBSnapshotIdentifier is {_SNAPSHOT_OF_PROD}source-{{}}, which was not masked",
                source=f"{_SNAPSHOT_OF_PROD}source-{{}}",
            ),
            _asks(
                "copyDBSnapshot",
                {"SourceDBSnapshotIdentifier.$": "$.run.snapshot"},
                "nobody says where SourceDBSnapshotIdentifier comes from",
            ),
            _asks(
                "restoreDBInstanceFromDBSnapshot",
                {"DbSnapshotIdentifier": "rds:fleet-erp-prod-postgres-2026-11-01"},
                "DbSnapshotIdentifier is rds:fleet-erp-prod-postgres-2026-11-01, which was not masked",
            ),
            _asks(
                "restoreDBInstanceToPointInTime",
                {"SourceDBInstanceIdentifier": "fleet-erp-prod-postgres"},
                "SourceDBInstanceIdentifier is fleet-erp-prod-postgres, which was not masked",
            ),
            _asks(
                "restoreDBInstanceFromS3",
                {"S3BucketName": "dumps-prod"},
                "S3BucketName is dumps-prod, which was not masked",
            ),
            Break(
                {
                    "nightly.target.arn": _RESTORE,
                    "nightly.target.input": json.dumps({"DbSnapshotIdentifier": "fleet-erp-prod-1"}),
                },
                {"nightly": "the schedule: DbSnapshotIdentifier is fleet-erp-prod-1, which was not masked"},
            ),
        ),
        # Until it is known its role is judged: dat-nonprod-restore-rights.
        unknown=None,
        also_holds=(
            {"intake.definition": _machine("describeDBInstances", {"Filters": []})},
            {
                "intake.definition": _machine(
                    "restoreDBInstanceFromDBSnapshot", {"DbSnapshotIdentifier": "fleet-erp-staging-masked-1"}
                )
            },
            {"intake.definition": DROP},
        ),
        stack="staging",
    ),
    Row(
        "dat-nonprod-restore-rights",
        (_TAKER,),
        (
            _takes(
                _allowing(f"{_SNAPSHOT_OF_PROD}*"),
                "reaches snapshot:fleet-erp-prod-*, which production did not mask",
            ),
            _takes(
                _allowing(
                    "arn:aws:rds:ap-south-1:222233334444:db:fleet-erp-prod-postgres", action="rds:Restore*"
                ),
                "reaches db:fleet-erp-prod-postgres, which production did not mask",
            ),
            _takes(_allowing("*"), _ANY),
            _takes(
                json.dumps(
                    {
                        "Statement": [
                            {"Sid": "Take", "Effect": "Allow", "NotAction": "rds:Copy*", "Resource": "*"}
                        ]
                    }
                ),
                _ANY,
            ),
            _takes(_allowing("*", action="rds:*"), _ANY),
            _takes(_allowing("arn:aws:rds:*", action="rds:RestoreDBInstanceFromDBSnapshot"), _ANY),
            _takes(
                json.dumps(
                    {
                        "Statement": [
                            {"Sid": "Take", "Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::*"}
                        ]
                    }
                ),
                _ANY,
            ),
        ),
        unknown="take.policy",
        also_holds=(
            {"take.policy": _allowing("*", action="rds:DescribeDBSnapshots")},
            {
                "take.policy": json.dumps(
                    {"Statement": [{"Effect": "Allow", "NotAction": "rds:*", "Resource": "*"}]}
                )
            },
            {"take.policy": _allowing(f"{_OWN}awsbackup:*", "arn:aws:rds:ap-south-1:222233334444:og:*")},
        ),
        stack="staging",
    ),
    Row(
        "dat-quarantine-closed",
        _CLOSED,
        (
            Break(
                {"masking-a.mapPublicIpOnLaunch": True},
                {"masking-a": "mapPublicIpOnLaunch is true, so what starts here has a public address"},
            ),
            Break(
                {"closed-a": DROP},
                {"masking-a": "it has no route table of its own, so it follows whatever the main one says"},
            ),
            Break({"out.routeTableId": Ref("closed")}, {"out": "it leads out of the quarantine"}),
            Break(
                {"closed.routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}]},
                {"closed": "it has a route that leads out of the quarantine"},
            ),
            Break({"gateway.vpcId": Ref("quarantine")}, {"gateway": _DOOR}),
            Break(
                {"nat.subnetId": Ref("masking-a")}, {"nat": "it connects the quarantine with the internet"}
            ),
            Break(
                {},
                {"peering": _DOOR},
                plus=(
                    thing(
                        "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
                        "peering",
                        vpcId=Ref("other"),
                        peerVpcId=Ref("quarantine"),
                    ),
                ),
            ),
            Break(
                {},
                {"attached": _DOOR},
                plus=(
                    thing(
                        "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
                        "attached",
                        vpcId=Ref("quarantine"),
                    ),
                ),
            ),
            Break(
                {"copy-from-job.referencedSecurityGroupId": Ref("sg-nodes")},
                {"copy-from-job": "tcp 5432 leads in for sg-nodes, which is not of the quarantine"},
            ),
            Break(
                {"copy-from-job.referencedSecurityGroupId": DROP, "copy-from-job.cidrIpv4": "10.0.0.0/16"},
                {"copy-from-job": "tcp 5432 leads in for 10.0.0.0/16"},
            ),
            Break(
                {"job-to-layers.prefixListId": DROP, "job-to-layers.cidrIpv4": "0.0.0.0/0"},
                {"job-to-layers": "tcp 443 leads out for 0.0.0.0/0"},
            ),
            Break(
                {"sg-job.tags": {"Name": "sg-job-prod"}},
                {"copy-from-job": "tcp 5432 leads in for sg-job, which is not of the quarantine"},
            ),
        ),
        unknown="copy-from-job.securityGroupId",
    ),
)
