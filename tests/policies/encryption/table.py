"""One row for each rule of the pack encryption."""

from __future__ import annotations

from typing import Final

from tests.policies.builders import DROP, Ref, SecretText, thing
from tests.policies.encryption.rows import ALIAS, AWS_OWN, DATABASE, FOREIGN, KEY, KEY_ARN, database, key_row
from tests.policies.table import Break, Row

_BUCKET: Final = thing("aws:s3/bucket:Bucket", "attachments", bucket="fleet-erp-prod-attachments")
_BUCKET_ENCRYPTION: Final = thing(
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "encryption",
    bucket=Ref("attachments", "bucket"),
    rules=[
        {
            "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY_ARN},
            "bucketKeyEnabled": True,
        }
    ],
)
_DEFAULT: Final = "encryption.rules.0.applyServerSideEncryptionByDefault"
_INLINE: Final = {"rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}}
_TEMPLATE: Final = thing(
    "aws:ec2/launchTemplate:LaunchTemplate",
    "nodes",
    blockDeviceMappings=[
        {"deviceName": "/dev/xvda", "ebs": {"encrypted": "true", "kmsKeyId": KEY_ARN, "volumeSize": 50}}
    ],
)
_DISK: Final = "blockDeviceMappings.0.ebs"
_EBS_KEY: Final = thing("aws:ebs/defaultKmsKey:DefaultKmsKey", "default-key", keyArn=KEY_ARN)

ROWS: Final = (
    Row(
        "enc-rds-storage",
        (database(),),
        (
            Break(
                {"postgres.storageEncrypted": False},
                {"postgres": "storageEncrypted is not true, so the database lies on disk in clear"},
            ),
            Break(
                {"postgres.storageEncrypted": DROP},
                {"postgres": "storageEncrypted is not true, so the database lies on disk in clear"},
            ),
        ),
        unknown="postgres.storageEncrypted",
        also_holds=({"postgres.storageEncrypted": DROP, "postgres.replicateSourceDb": "arn:aws:rds:x"},),
    ),
    Row(
        "enc-rds-cmk",
        (KEY, ALIAS, database(), thing(DATABASE, "report", replicateSourceDb=Ref("postgres", "arn"))),
        (
            Break({"postgres.kmsKeyId": DROP}, {"postgres": AWS_OWN.format("kmsKeyId")}),
            Break(
                {"postgres.kmsKeyId": "alias/aws/rds"},
                {"postgres": "kmsKeyId is alias/aws/rds, a key that AWS manages"},
            ),
            Break(
                {"postgres.kmsKeyId": FOREIGN},
                {"postgres": f"kmsKeyId is {FOREIGN}, a key that this stack does not declare"},
            ),
            Break(
                {"report.replicateSourceDb": "arn:aws:rds:ap-south-1:111122223333:db:other"},
                {"report": AWS_OWN.format("kmsKeyId")},
            ),
        ),
        unknown="postgres.kmsKeyId",
        also_holds=({"postgres.kmsKeyId": "alias/fleet-erp-prod-data"},),
    ),
    key_row("enc-rds-insights-cmk", DATABASE, "performanceInsightsKmsKeyId", performanceInsightsEnabled=True),
    Row(
        "enc-rds-replicated-backup-cmk",
        (
            thing("aws:kms/key:Key", "recovery", region="ap-southeast-1"),
            thing(
                "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
                "backups",
                region="ap-southeast-1",
                kmsKeyId=Ref("recovery", "arn", "arn:aws:kms:ap-southeast-1:111122223333:key/1-2-3"),
            ),
        ),
        (
            Break({"backups.kmsKeyId": DROP}, {"backups": AWS_OWN.format("kmsKeyId")}),
            Break(
                {"backups.kmsKeyId": "arn:aws:kms:ap-south-1:111122223333:key/1-2-3"},
                {"backups": "kmsKeyId is a key of ap-south-1, but the copies lie in ap-southeast-1"},
            ),
        ),
        unknown="backups.kmsKeyId",
    ),
    key_row("enc-rds-snapshot-copy-cmk", "aws:rds/snapshotCopy:SnapshotCopy", "kmsKeyId"),
    Row(
        "enc-cache-at-rest",
        (
            thing("aws:elasticache/replicationGroup:ReplicationGroup", "redis", atRestEncryptionEnabled=True),
            thing("aws:elasticache/cluster:Cluster", "member", replicationGroupId="redis"),
        ),
        (
            Break(
                {"redis.atRestEncryptionEnabled": DROP},
                {"redis": "atRestEncryptionEnabled is not true; for Redis the default is off"},
            ),
            Break(
                {"member.replicationGroupId": DROP},
                {"member": "a cache cluster outside a replication group cannot be encrypted at rest"},
            ),
        ),
        unknown="redis.atRestEncryptionEnabled",
    ),
    key_row("enc-cache-cmk", "aws:elasticache/replicationGroup:ReplicationGroup", "kmsKeyId"),
    Row(
        "enc-mq-at-rest",
        (
            KEY,
            thing(
                "aws:mq/broker:Broker",
                "activemq",
                engineType="ActiveMQ",
                encryptionOptions={"useAwsOwnedKey": False, "kmsKeyId": KEY_ARN},
            ),
        ),
        (
            Break(
                {"activemq.encryptionOptions": DROP},
                {"activemq": "encryptionOptions.useAwsOwnedKey is not false, so AWS uses a key of its own"},
            ),
            Break(
                {"activemq.encryptionOptions.kmsKeyId": DROP},
                {"activemq": AWS_OWN.format("encryptionOptions.kmsKeyId")},
            ),
            Break(
                {"activemq.engineType": "RabbitMQ", "activemq.encryptionOptions": DROP},
                {
                    "activemq": "the queues are encrypted with a key that AWS owns:"
                    " Amazon MQ takes no customer key for RabbitMQ"
                },
                aspect="aws-owned-key",
            ),
        ),
        unknown="activemq.encryptionOptions.kmsKeyId",
    ),
    Row(
        "enc-eks-secrets",
        (
            KEY,
            thing(
                "aws:eks/cluster:Cluster",
                "cluster",
                encryptionConfig={"resources": ["secrets"], "provider": {"keyArn": KEY_ARN}},
            ),
        ),
        (
            Break({"cluster.encryptionConfig": DROP}, {"cluster": "encryptionConfig is not set"}),
            Break(
                {"cluster.encryptionConfig.resources.0": "pods"},
                {"cluster": "encryptionConfig.resources does not name 'secrets'"},
            ),
            Break(
                {"cluster.encryptionConfig.provider.keyArn": "alias/aws/eks"},
                {"cluster": "encryptionConfig.provider.keyArn is alias/aws/eks, a key that AWS manages"},
            ),
        ),
        unknown="cluster.encryptionConfig",
        holds_unknown=({"cluster.encryptionConfig": KEY_ARN},),
    ),
    Row(
        "enc-ebs-default",
        (
            KEY,
            thing("aws:ebs/encryptionByDefault:EncryptionByDefault", "default", enabled=True),
            _EBS_KEY,
            _TEMPLATE,
        ),
        (
            Break(
                {"default.enabled": False},
                {"default": "enabled is false: new volumes are not encrypted unless each one says so"},
            ),
            Break(
                {"default": DROP},
                {"the stack": "the stack has machines or volumes but declares no ebs.EncryptionByDefault"},
            ),
            Break(
                {"default-key": DROP},
                {"the stack": "the stack has machines or volumes but declares no ebs.DefaultKmsKey"},
            ),
            Break(
                {"default-key.keyArn": "alias/aws/ebs"},
                {"default-key": "keyArn is alias/aws/ebs, a key that AWS manages"},
            ),
        ),
        unknown="default-key.keyArn",
    ),
    Row(
        "enc-ebs-volume",
        (KEY, thing("aws:ebs/volume:Volume", "disk", encrypted=True, kmsKeyId=KEY_ARN)),
        (
            Break({"disk.encrypted": DROP}, {"disk": "encrypted is not true"}),
            Break({"disk.kmsKeyId": DROP}, {"disk": AWS_OWN.format("kmsKeyId")}),
        ),
        unknown="disk.encrypted",
    ),
    Row(
        "enc-launch-template-ebs",
        (KEY, _TEMPLATE),
        (
            Break({f"nodes.{_DISK}.encrypted": "false"}, {"nodes": f"{_DISK}.encrypted is not true"}),
            Break({f"nodes.{_DISK}.kmsKeyId": DROP}, {"nodes": AWS_OWN.format(f"{_DISK}.kmsKeyId")}),
            Break(
                {"nodes.blockDeviceMappings": DROP},
                {
                    "nodes": "no block device is declared,"
                    " so the disks are whatever the image and the account say"
                },
            ),
            Break(
                {
                    "nodes": thing(
                        "aws:ec2/launchConfiguration:LaunchConfiguration",
                        "nodes",
                        rootBlockDevice={"encrypted": True},
                    )
                },
                {
                    "nodes": "rootBlockDevice can name no key:"
                    " use a launch template instead of a launch configuration"
                },
            ),
        ),
        unknown=f"nodes.{_DISK}.kmsKeyId",
    ),
    Row(
        "enc-s3-kms",
        (KEY, _BUCKET, _BUCKET_ENCRYPTION),
        (
            Break(
                {"encryption": DROP},
                {"attachments": "no default encryption is declared for the bucket"},
                aspect="none",
            ),
            Break(
                {"encryption.bucket": "another-bucket"},
                {"attachments": "no default encryption is declared for the bucket"},
                aspect="none",
            ),
            Break(
                {f"{_DEFAULT}.sseAlgorithm": "AES256"},
                {"attachments": "sseAlgorithm is AES256: the key is S3's own"},
                aspect="sse-s3",
            ),
            Break(
                {"encryption.rules.0.bucketKeyEnabled": DROP},
                {"attachments": "bucketKeyEnabled is not true"},
                aspect="bucket-key",
            ),
            Break(
                {f"{_DEFAULT}.kmsMasterKeyId": DROP},
                {"attachments": AWS_OWN.format("rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId")},
            ),
            Break(
                {"encryption": DROP, "attachments.serverSideEncryptionConfiguration": _INLINE},
                {"attachments": "sseAlgorithm is AES256: the key is S3's own"},
                aspect="sse-s3",
            ),
        ),
        unknown="encryption.bucket",
        unknown_at="attachments",
    ),
    key_row(
        "enc-opensearch-at-rest",
        "aws:opensearch/domain:Domain",
        "encryptAtRest.kmsKeyId",
        encryptAtRest={"enabled": True},
    ),
    key_row("enc-sns-cmk", "aws:sns/topic:Topic", "kmsMasterKeyId"),
    key_row("enc-sqs-cmk", "aws:sqs/queue:Queue", "kmsMasterKeyId"),
    key_row("enc-secret-cmk", "aws:secretsmanager/secret:Secret", "kmsKeyId"),
    Row(
        "enc-ssm-parameter",
        (
            KEY,
            thing("aws:ssm/parameter:Parameter", "gsp-token", type="SecureString", keyId=KEY_ARN),
            thing("aws:ssm/parameter:Parameter", "endpoint", type="String", value="db.example.com"),
        ),
        (
            Break(
                {"gsp-token.type": "String"},
                {"gsp-token": "the name says it is sensitive, but the type is String"},
            ),
            Break(
                {"endpoint.value": SecretText("hunter2hunter2")},
                {"endpoint": "the value is secret, but the type is String"},
            ),
            Break({"gsp-token.keyId": DROP}, {"gsp-token": AWS_OWN.format("keyId")}),
        ),
        unknown="gsp-token.keyId",
    ),
    key_row("enc-log-group-cmk", "aws:cloudwatch/logGroup:LogGroup", "kmsKeyId"),
    key_row(
        "enc-ecr-cmk",
        "aws:ecr/repository:Repository",
        "encryptionConfigurations.0.kmsKey",
        encryptionConfigurations=[{"encryptionType": "KMS"}],
    ),
    key_row("enc-trail-cmk", "aws:cloudtrail/trail:Trail", "kmsKeyId"),
    key_row("enc-backup-vault-cmk", "aws:backup/vault:Vault", "kmsKeyArn"),
    key_row(
        "enc-lambda-env-cmk",
        "aws:lambda/function:Function",
        "kmsKeyArn",
        environment={"variables": {"STACK": "prod"}},
    ),
    key_row("enc-efs", "aws:efs/fileSystem:FileSystem", "kmsKeyId", encrypted=True),
    Row(
        "enc-key-rotation",
        (KEY, thing("aws:kms/key:Key", "signing", customerMasterKeySpec="ECC_NIST_P256")),
        (Break({"data.enableKeyRotation": DROP}, {"data": "enableKeyRotation is not true"}),),
        unknown="data.enableKeyRotation",
    ),
    Row(
        "enc-key-per-environment",
        (KEY, ALIAS, thing("aws:sqs/queue:Queue", "jobs", kmsMasterKeyId=KEY_ARN)),
        (
            Break(
                {"jobs.kmsMasterKeyId": FOREIGN},
                {"jobs": f"kmsMasterKeyId is {FOREIGN}, a key that this stack does not declare"},
            ),
            Break(
                {"data-alias.name": "alias/fleet-erp-staging-data"},
                {"data-alias": "the alias alias/fleet-erp-staging-data carries the name of staging"},
            ),
            Break(
                {"data-alias.name": "alias/data"},
                {"data-alias": "the alias alias/data does not carry the environment's name"},
            ),
            Break(
                {"data.tags": {"Environment": "staging"}},
                {"data": "the key is tagged Environment=staging in an environment named prod"},
            ),
            Break(
                {"jobs.kmsMasterKeyId": Ref("prod-keys", "outputs")},
                {"jobs": "kmsMasterKeyId comes from another stack"},
                plus=(thing("pulumi:pulumi:StackReference", "prod-keys"),),
            ),
        ),
        unknown="data-alias.name",
    ),
)
