"""Rows of the rules about images, deletion, snapshots and regions."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

from tests.policies.builders import DROP, Ref, Thing, thing, urn_of
from tests.policies.table import Break, Row

_KEPT: Final = json.dumps({"rules": [{"rulePriority": 1}]})
_REPOSITORY: Final = thing(
    "aws:ecr/repository:Repository",
    "odoo",
    name="fleet-erp/odoo",
    imageTagMutability="IMMUTABLE",
    imageScanningConfiguration={"scanOnPush": True},
)
_TEMPLATE: Final = thing(
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
    "replicas",
    imageTagMutability="IMMUTABLE",
    lifecyclePolicy=_KEPT,
)
_MUTABLE: Final = "imageTagMutability is MUTABLE, so what was tested may not be what runs"
_NO_SCAN: Final = (
    "imageScanningConfiguration.scanOnPush is not true and no registry rule scans every repository"
)
_SCAN: Final = thing(
    "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",
    "scans",
    scanType="ENHANCED",
    rules=[
        {
            "scanFrequency": "CONTINUOUS_SCAN",
            "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}],
        }
    ],
)
_KEY: Final = thing("aws:kms/key:Key", "data", deletionWindowInDays=30)
_SECRET: Final = thing("aws:secretsmanager/secret:Secret", "gps-key", recoveryWindowInDays=30)
_SNAPSHOT: Final = thing("aws:rds/snapshot:Snapshot", "before", sharedAccounts=[])
_RESTRICTED: Final = {"DataClassification": "restricted"}
_POSTGRES: Final = thing("aws:rds/instance:Instance", "postgres", copyTagsToSnapshot=True, tags=_RESTRICTED)
_COPY: Final = thing(
    "aws:rds/snapshotCopy:SnapshotCopy",
    "copied",
    sourceDbSnapshotIdentifier="arn:aws:rds:ap-south-1:111122223333:snapshot:fleet-erp-prod-1",
    targetDbSnapshotIdentifier="fleet-erp-staging-1",
)
_AWS: Final = thing("pulumi:providers:aws", "aws", region="ap-south-1")
_ATTACHMENTS: Final = thing("aws:s3/bucket:Bucket", "attachments", bucket="att", tags=_RESTRICTED)
_VAULT: Final = thing("aws:backup/vault:Vault", "vault", name="vault")


def _placed(entry: Thing, provider: str = "aws") -> Thing:
    return replace(entry, options={"provider": f"{urn_of('prod', _AWS.token, provider)}::id"})


_VIRGINIA: Final = thing("pulumi:providers:aws", "virginia", region="us-east-1")
_ONLY_THERE: Final = "ap-south-1 or ap-southeast-1"

ROWS: Final = (
    Row(
        "dat-ecr",
        (_REPOSITORY, _TEMPLATE),
        (
            Break({"odoo.imageTagMutability": "MUTABLE"}, {"odoo": _MUTABLE}),
            Break({"odoo.imageTagMutability": DROP}, {"odoo": _MUTABLE}),
            Break(
                {"replicas.imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"},
                {"replicas": _MUTABLE.replace("MUTABLE", "IMMUTABLE_WITH_EXCLUSION")},
            ),
        ),
        unknown="odoo.imageTagMutability",
    ),
    Row(
        "dat-ecr-scan",
        (_REPOSITORY,),
        (
            Break({"odoo.imageScanningConfiguration": DROP}, {"odoo": _NO_SCAN}),
            Break({"odoo.imageScanningConfiguration.scanOnPush": False}, {"odoo": _NO_SCAN}),
        ),
        unknown="odoo.imageScanningConfiguration.scanOnPush",
    ),
    Row(
        "dat-ecr-scan",
        (thing(_REPOSITORY.token, "odoo"), _SCAN),
        (
            Break({"scans": DROP}, {"odoo": _NO_SCAN}),
            Break({"scans.rules.0.scanFrequency": "MANUAL"}, {"odoo": _NO_SCAN}),
            Break({"scans.rules.0.repositoryFilters.0.filter": "test/*"}, {"odoo": _NO_SCAN}),
        ),
        unknown="scans.rules",
        unknown_at="odoo",
    ),
    Row(
        "dat-ecr-lifecycle",
        (
            _REPOSITORY,
            thing(
                "aws:ecr/lifecyclePolicy:LifecyclePolicy", "old", repository=Ref("odoo", "name"), policy=_KEPT
            ),
            _TEMPLATE,
        ),
        (
            Break({"old": DROP}, {"odoo": "no lifecycle policy is declared for the repository"}),
            Break({"old.policy": '{"rules": []}'}, {"odoo": "the lifecycle policy old has no rule"}),
            Break(
                {"replicas.lifecyclePolicy": DROP},
                {"replicas": "lifecyclePolicy is not set for repositories that are made from this"},
            ),
        ),
        unknown="old.policy",
        unknown_at="odoo",
    ),
    Row(
        "dat-ecr-private",
        (_REPOSITORY,),
        (
            Break(
                {},
                {"shown": "a repository of the public registry shows its images to everyone"},
                plus=(thing("aws:ecrpublic/repository:Repository", "shown"),),
            ),
        ),
        unknown=None,
    ),
    Row(
        "dat-key-deletion",
        (_KEY,),
        (Break({"data.deletionWindowInDays": 7}, {"data": "deletionWindowInDays is 7, less than 30"}),),
        unknown="data.deletionWindowInDays",
        also_holds=({"data.deletionWindowInDays": DROP},),
    ),
    Row(
        "dat-key-lockout",
        (_KEY,),
        (
            Break(
                {"data.bypassPolicyLockoutSafetyCheck": True},
                {"data": "bypassPolicyLockoutSafetyCheck is true, so a mistake in the policy ends the key"},
            ),
        ),
        unknown="data.bypassPolicyLockoutSafetyCheck",
    ),
    Row(
        "dat-secret-recovery",
        (_SECRET,),
        (Break({"gps-key.recoveryWindowInDays": 0}, {"gps-key": "recoveryWindowInDays is 0, less than 7"}),),
        unknown="gps-key.recoveryWindowInDays",
        also_holds=({"gps-key.recoveryWindowInDays": DROP}, {"gps-key.recoveryWindowInDays": 7}),
    ),
    Row(
        "dat-force-destroy",
        (_ATTACHMENTS, _REPOSITORY, _VAULT),
        (
            Break({"attachments.forceDestroy": True}, {"attachments": "forceDestroy is true"}),
            Break({"odoo.forceDelete": True}, {"odoo": "forceDelete is true"}),
            Break({"vault.forceDestroy": True}, {"vault": "forceDestroy is true"}),
        ),
        unknown="attachments.forceDestroy",
    ),
    Row(
        "dat-rds-snapshots",
        (_SNAPSHOT, thing("aws:rds/snapshotCopy:SnapshotCopy", "copied")),
        (
            Break(
                {"before.sharedAccounts": ["all"]},
                {"before": "sharedAccounts holds all: everyone may restore the data"},
                aspect="public",
            ),
            Break(
                {"copied.sharedAccounts": ["222233334444"]},
                {"copied": "sharedAccounts holds 222233334444"},
                aspect="shared",
            ),
        ),
        unknown="before.sharedAccounts",
    ),
    Row(
        "dat-rds-snapshot-tags",
        (_POSTGRES,),
        (
            Break({"postgres.copyTagsToSnapshot": DROP}, {"postgres": "copyTagsToSnapshot is not true"}),
            Break({"postgres.copyTagsToSnapshot": False}, {"postgres": "copyTagsToSnapshot is not true"}),
        ),
        unknown="postgres.copyTagsToSnapshot",
    ),
    Row(
        "dat-ebs-snapshots",
        (
            thing("aws:eks/nodeGroup:NodeGroup", "general"),
            thing(
                "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess",
                "closed",
                state="block-all-sharing",
            ),
        ),
        (
            Break(
                {"closed": DROP},
                {
                    "the stack": "the stack has machines or volumes but declares no"
                    " ebs.SnapshotBlockPublicAccess"
                },
            ),
            Break(
                {"closed.state": "block-new-sharing"},
                {"closed": "state is block-new-sharing, not block-all-sharing"},
            ),
            Break(
                {},
                {"share": "a snapshot is shared with another account"},
                plus=(
                    thing("aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission", "share"),
                ),
            ),
        ),
        unknown="closed.state",
    ),
    Row(
        "dat-region",
        (_AWS, _placed(_SECRET), _placed(_COPY)),
        (
            Break({"aws.region": "eu-west-1"}, {"aws": f"region is eu-west-1, not {_ONLY_THERE}"}),
            Break(
                {"aws.region": DROP},
                {"aws": "region is not set, so the shell of whoever deploys decides"},
            ),
            Break(
                {"gps-key.replicas": [{"region": "us-west-2"}]},
                {"gps-key": f"replicas.0.region is us-west-2, not {_ONLY_THERE}"},
            ),
            Break(
                {"copied.destinationRegion": "us-east-1"},
                {"copied": f"destinationRegion is us-east-1, not {_ONLY_THERE}"},
            ),
            Break({"gps-key.region": "eu-west-1"}, {"gps-key": f"region is eu-west-1, not {_ONLY_THERE}"}),
            Break(
                {},
                {"abroad": "it lies in us-east-1, where only global services are declared"},
                plus=(_VIRGINIA, _placed(thing("aws:s3/bucket:Bucket", "abroad"), "virginia")),
            ),
        ),
        unknown="gps-key.region",
        also_holds=({"gps-key.region": "ap-southeast-1"}, {"gps-key.sourceRegion": "eu-west-1"}),
    ),
    Row(
        "dat-region",
        (_AWS, thing("aws:wafv2/webAcl:WebAcl", "edge", region="us-east-1")),
        (
            Break({"edge.region": "ap-southeast-1"}, {"edge": "region is ap-southeast-1, not ap-south-1"}),
            Break({"aws.region": "ap-southeast-1"}, {"aws": "region is ap-southeast-1, not ap-south-1"}),
        ),
        unknown="edge.region",
        stack="staging",
    ),
    Row(
        "dat-machine-images",
        (
            thing("aws:eks/nodeGroup:NodeGroup", "general"),
            thing(
                "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess", "images", state="block-new-sharing"
            ),
        ),
        (
            Break(
                {"images": DROP},
                {"the stack": "the stack has machines but declares no ec2.ImageBlockPublicAccess"},
            ),
            Break({"images.state": "unblocked"}, {"images": "state is unblocked, not block-new-sharing"}),
            Break(
                {},
                {"shared": "an image of a machine is shared"},
                plus=(
                    thing(
                        "aws:ec2/amiLaunchPermission:AmiLaunchPermission",
                        "shared",
                        imageId="ami-0123456789abcdef0",
                        group="all",
                    ),
                ),
            ),
        ),
        unknown="images.state",
    ),
)
