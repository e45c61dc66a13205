"""Physical identities of data: keys, roles, databases, caches, queues, files, secrets, buckets."""

from __future__ import annotations

from typing import Any, Final

from preview.engine.physical import AUTONAME, AbsentError, Identity, Template, When
from preview.graph import plain

_RDS_ZONES: Final = {
    "us-east-1": "Z2R2ITUGPM61AM",
    "eu-central-1": "Z1RLNUO7B9Q6NB",
    "eu-west-1": "Z29XKXDKYMONMX",
    "ap-south-1": "Z2VFMSZA74J7XZ",
    "ap-southeast-1": "Z2G0U3KFCY8NZ5",
}
_S3_ZONES: Final = {
    "us-east-1": "Z3AQBSTGFYJSTF",
    "eu-central-1": "Z21DNDUVLTQW6Q",
    "eu-west-1": "Z1BKCTXD74EZPE",
    "ap-south-1": "Z11RGJOFQNVJUP",
    "ap-southeast-1": "Z3O0J2DXBE1FTB",
}
"""Hosted zones of the services' endpoints (AWS General Reference)."""

_DATABASE_PORTS: Final = {"postgres": 5432, "aurora-postgresql": 5432, "mysql": 3306, "mariadb": 3306}


def _zone(zones: dict[str, str]) -> Template:
    def zone(identity: Identity) -> str:
        return zones.get(identity.where.region) or f"Z{identity.derived('upper13')}"

    return zone


def _iam(kind: str, *, named: str = "name") -> dict[str, Template]:
    """Give id and ARN of a principal or policy; IAM has no region, and its path is part of the ARN."""

    def arn(identity: Identity) -> Any:  # noqa: ANN401
        path = plain(identity.properties.get("path")) or "/"
        return identity.fill(f"arn:{{@partition}}:iam::{{@account}}:{kind}{path}{{{named}}}")

    return {"name": AUTONAME, "arn": arn}


def _oidc_arn(identity: Identity) -> Any:  # noqa: ANN401
    text = identity.fill("{url}")
    return (
        identity.fill(f"arn:{{@partition}}:iam::{{@account}}:oidc-provider/{text.removeprefix('https://')}")
        if isinstance(text, str)
        else text
    )


def _key_id(identity: Identity) -> str:
    multi_region = plain(identity.properties.get("multiRegion")) is True
    return f"mrk-{identity.derived('hex32')}" if multi_region else identity.derived("uuid")


def _replica_key_id(identity: Identity) -> Any:  # noqa: ANN401
    """Give a replica's key id, which is its primary's."""
    text = identity.fill("{primaryKeyArn}")
    return text.rsplit("/", 1)[-1] if isinstance(text, str) else text


def _alias_target(identity: Identity) -> Any:  # noqa: ANN401
    text = identity.fill("{targetKeyId}")
    if not isinstance(text, str) or text.startswith("arn:"):
        return text
    return identity.fill("arn:{@partition}:kms:{@region}:{@account}:key/{targetKeyId}")


def _database_port(identity: Identity) -> int:
    """Give the port of the engine. Raises AbsentError for an engine without a usual one, or a replica's."""
    port = _DATABASE_PORTS.get(str(plain(identity.needed("engine"))))
    if port is None:
        raise AbsentError("port")
    return port


def _cache_members(identity: Identity) -> list[Any]:
    count = plain(identity.needed("numCacheClusters"))
    return [identity.fill(f"{{replicationGroupId}}-{number:03}") for number in range(1, int(count) + 1)]


def _cache_address(prefix: str, *, clustered: bool) -> Template:
    def address(identity: Identity) -> Any:  # noqa: ANN401
        is_clustered = bool(plain(identity.properties.get("numNodeGroups")))
        if is_clustered is not clustered:
            raise AbsentError("numNodeGroups")
        return identity.fill(f"{prefix}.{{replicationGroupId}}.{{@lower6}}.{{@shortregion}}.cache.{{@dns}}")

    return address


def _search_endpoint(identity: Identity) -> Any:  # noqa: ANN401
    prefix = "vpc" if plain(identity.properties.get("vpcOptions")) else "search"
    return identity.fill(f"{prefix}-{{domainName}}-{{@lower26}}.{{@region}}.es.{{@dns}}")


def _parameter_arn(identity: Identity) -> Any:  # noqa: ANN401
    text = identity.fill("{name}")
    path = text.removeprefix("/") if isinstance(text, str) else text
    return identity.fill(f"arn:{{@partition}}:ssm:{{@region}}:{{@account}}:parameter/{path}")


def _rds(kind: str) -> dict[str, Template]:
    return {
        "name": AUTONAME,
        "id": "{name}",
        "arn": f"arn:{{@partition}}:rds:{{@region}}:{{@account}}:{kind}:{{name}}",
    }


def _cache(kind: str, name: str = "name") -> dict[str, Template]:
    return {
        name: AUTONAME,
        "id": f"{{{name}}}",
        "arn": f"arn:{{@partition}}:elasticache:{{@region}}:{{@account}}:{kind}:{{{name}}}",
    }


_MASTER_SECRET: Final = When(
    "manageMasterUserPassword",
    [
        {
            "secretArn": "arn:{@partition}:secretsmanager:{@region}:{@account}"
            ":secret:rds!db-{@uuid}-{@mixed6}",
            "secretStatus": "active",
        }
    ],
)

_BUCKET: Final[dict[str, Template]] = {
    "bucket": AUTONAME,
    "id": "{bucket}",
    "arn": "arn:{@partition}:s3:::{bucket}",
    "bucketDomainName": "{bucket}.s3.{@dns}",
    "bucketRegionalDomainName": "{bucket}.s3.{@region}.{@dns}",
    "bucketRegion": "{@region}",
    "hostedZoneId": _zone(_S3_ZONES),
}
_BUCKET_SETTINGS: Final = (
    "bucketAccelerateConfiguration:BucketAccelerateConfiguration",
    "bucketAcl:BucketAcl",
    "bucketCorsConfiguration:BucketCorsConfiguration",
    "bucketIntelligentTieringConfiguration:BucketIntelligentTieringConfiguration",
    "bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "bucketLogging:BucketLogging",
    "bucketMetric:BucketMetric",
    "bucketNotification:BucketNotification",
    "bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    "bucketOwnershipControls:BucketOwnershipControls",
    "bucketPolicy:BucketPolicy",
    "bucketPublicAccessBlock:BucketPublicAccessBlock",
    "bucketReplicationConfig:BucketReplicationConfig",
    "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "bucketVersioning:BucketVersioning",
    "bucketWebsiteConfiguration:BucketWebsiteConfiguration",
)

DATA: Final[dict[str, dict[str, Template]]] = {
    "aws:iam/role:Role": {**_iam("role"), "id": "{name}", "uniqueId": "AROA{@upper17}"},
    "aws:iam/user:User": {**_iam("user"), "id": "{name}", "uniqueId": "AIDA{@upper17}"},
    "aws:iam/group:Group": {**_iam("group"), "id": "{name}", "uniqueId": "AGPA{@upper17}"},
    "aws:iam/policy:Policy": {**_iam("policy"), "id": "{arn}", "policyId": "ANPA{@upper17}"},
    "aws:iam/instanceProfile:InstanceProfile": {
        **_iam("instance-profile"),
        "id": "{name}",
        "uniqueId": "AIPA{@upper17}",
    },
    "aws:iam/rolePolicy:RolePolicy": {"name": AUTONAME, "id": "{role}:{name}"},
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {"id": "{role}/{policyArn}"},
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": {"arn": _oidc_arn, "id": "{arn}"},
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": {
        "name": "AWSServiceRoleFor{@name}",
        "arn": "arn:{@partition}:iam::{@account}:role/aws-service-role/{awsServiceName}/{name}",
        "id": "{arn}",
    },
    "aws:kms/key:Key": {
        "keyId": _key_id,
        "id": "{keyId}",
        "arn": "arn:{@partition}:kms:{@region}:{@account}:key/{keyId}",
    },
    "aws:kms/replicaKey:ReplicaKey": {
        "keyId": _replica_key_id,
        "id": "{keyId}",
        "arn": "arn:{@partition}:kms:{@region}:{@account}:key/{keyId}",
    },
    "aws:kms/alias:Alias": {
        "name": "alias/{@autoname}",
        "id": "{name}",
        "arn": "arn:{@partition}:kms:{@region}:{@account}:{name}",
        "targetKeyArn": _alias_target,
    },
    "aws:kms/grant:Grant": {"grantId": "{@hex64}", "id": "{keyId}:{grantId}"},
    "aws:rds/instance:Instance": {
        "identifier": AUTONAME,
        "resourceId": "db-{@upper26}",
        "id": "{resourceId}",
        "arn": "arn:{@partition}:rds:{@region}:{@account}:db:{identifier}",
        "address": "{identifier}.{@lower12}.{@region}.rds.{@dns}",
        "port": _database_port,
        "endpoint": "{address}:{port}",
        "hostedZoneId": _zone(_RDS_ZONES),
        "engineVersionActual": "{engineVersion}",
        "masterUserSecrets": _MASTER_SECRET,
        "status": "available",
    },
    "aws:rds/cluster:Cluster": {
        "clusterIdentifier": AUTONAME,
        "id": "{clusterIdentifier}",
        "arn": "arn:{@partition}:rds:{@region}:{@account}:cluster:{clusterIdentifier}",
        "clusterResourceId": "cluster-{@upper26}",
        "endpoint": "{clusterIdentifier}.cluster-{@lower12}.{@region}.rds.{@dns}",
        "readerEndpoint": "{clusterIdentifier}.cluster-ro-{@lower12}.{@region}.rds.{@dns}",
        "port": _database_port,
        "hostedZoneId": _zone(_RDS_ZONES),
        "masterUserSecrets": _MASTER_SECRET,
    },
    "aws:rds/subnetGroup:SubnetGroup": _rds("subgrp"),
    "aws:rds/parameterGroup:ParameterGroup": _rds("pg"),
    "aws:rds/optionGroup:OptionGroup": _rds("og"),
    "aws:rds/eventSubscription:EventSubscription": {**_rds("es"), "customerAwsId": "{@account}"},
    "aws:rds/proxy:Proxy": {
        "id": "{name}",
        "arn": "arn:{@partition}:rds:{@region}:{@account}:db-proxy:prx-{@hex17}",
        "endpoint": "{name}.proxy-{@lower12}.{@region}.rds.{@dns}",
    },
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": {
        "id": "arn:{@partition}:rds:{@region}:{@account}:auto-backup:ab-{@lower39}",
    },
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        **_cache("replicationgroup", "replicationGroupId"),
        "primaryEndpointAddress": _cache_address("master", clustered=False),
        "readerEndpointAddress": _cache_address("replica", clustered=False),
        "configurationEndpointAddress": _cache_address("clustercfg", clustered=True),
        "memberClusters": _cache_members,
        "engineVersionActual": "{engineVersion}",
    },
    "aws:elasticache/cluster:Cluster": _cache("cluster", "clusterId"),
    "aws:elasticache/subnetGroup:SubnetGroup": _cache("subnetgroup"),
    "aws:elasticache/parameterGroup:ParameterGroup": _cache("parametergroup"),
    "aws:elasticache/user:User": _cache("user", "userId"),
    "aws:elasticache/userGroup:UserGroup": _cache("usergroup", "userGroupId"),
    "aws:mq/broker:Broker": {
        "brokerName": AUTONAME,
        "id": "b-{@uuid}",
        "arn": "arn:{@partition}:mq:{@region}:{@account}:broker:{brokerName}:{id}",
        "instances": [
            {
                "consoleUrl": "https://{id}.mq.{@region}.{@dns}",
                "endpoints": ["amqps://{id}.mq.{@region}.{@dns}:5671"],
                "ipAddress": "",
            }
        ],
    },
    "aws:mq/configuration:Configuration": {
        "name": AUTONAME,
        "id": "c-{@uuid}",
        "arn": "arn:{@partition}:mq:{@region}:{@account}:configuration:{id}",
        "latestRevision": 1,
    },
    "aws:opensearch/domain:Domain": {
        "domainName": AUTONAME,
        "arn": "arn:{@partition}:es:{@region}:{@account}:domain/{domainName}",
        "id": "{arn}",
        "domainId": "{@account}/{domainName}",
        "endpoint": _search_endpoint,
        "dashboardEndpoint": "{endpoint}/_dashboards",
    },
    "aws:opensearch/domainPolicy:DomainPolicy": {"id": "esd-policy-{domainName}"},
    "aws:efs/fileSystem:FileSystem": {
        "id": "fs-{@hex17}",
        "arn": "arn:{@partition}:elasticfilesystem:{@region}:{@account}:file-system/{id}",
        "dnsName": "{id}.efs.{@region}.{@dns}",
        "creationToken": AUTONAME,
        "ownerId": "{@account}",
        "name": "",
    },
    "aws:efs/mountTarget:MountTarget": {
        "id": "fsmt-{@hex17}",
        "dnsName": "{fileSystemId}.efs.{@region}.{@dns}",
        "networkInterfaceId": "eni-{@hex17}",
        "fileSystemArn": "arn:{@partition}:elasticfilesystem:{@region}:{@account}:file-system/{fileSystemId}",
        "ownerId": "{@account}",
    },
    "aws:efs/accessPoint:AccessPoint": {
        "id": "fsap-{@hex17}",
        "arn": "arn:{@partition}:elasticfilesystem:{@region}:{@account}:access-point/{id}",
        "fileSystemArn": "arn:{@partition}:elasticfilesystem:{@region}:{@account}:file-system/{fileSystemId}",
        "ownerId": "{@account}",
    },
    "aws:efs/backupPolicy:BackupPolicy": {"id": "{fileSystemId}"},
    "aws:efs/fileSystemPolicy:FileSystemPolicy": {"id": "{fileSystemId}"},
    "aws:efs/replicationConfiguration:ReplicationConfiguration": {"id": "{sourceFileSystemId}"},
    "aws:s3/bucket:Bucket": _BUCKET,
    "aws:s3/bucketV2:BucketV2": _BUCKET,
    **{f"aws:s3/{setting}": {"id": "{bucket}"} for setting in _BUCKET_SETTINGS},
    "aws:s3/bucketObjectv2:BucketObjectv2": {
        "id": "{bucket}/{key}",
        "arn": "arn:{@partition}:s3:::{bucket}/{key}",
    },
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": {
        "accountId": "{@account}",
        "id": "{accountId}",
    },
    "aws:secretsmanager/secret:Secret": {
        "name": AUTONAME,
        "arn": "arn:{@partition}:secretsmanager:{@region}:{@account}:secret:{name}-{@mixed6}",
        "id": "{arn}",
    },
    "aws:secretsmanager/secretVersion:SecretVersion": {
        "arn": "{secretId}",
        "secretArn": "{secretId}",
        "versionId": "{@uuid}",
        "id": "{secretId}|{versionId}",
        "versionStages": ["AWSCURRENT"],
    },
    "aws:secretsmanager/secretRotation:SecretRotation": {"id": "{secretId}"},
    "aws:secretsmanager/secretPolicy:SecretPolicy": {"id": "{secretArn}"},
    "aws:ssm/parameter:Parameter": {"name": AUTONAME, "id": "{name}", "arn": _parameter_arn, "version": 1},
    "aws:dynamodb/table:Table": {
        "name": AUTONAME,
        "id": "{name}",
        "arn": "arn:{@partition}:dynamodb:{@region}:{@account}:table/{name}",
    },
    "aws:sns/topic:Topic": {
        "name": AUTONAME,
        "arn": "arn:{@partition}:sns:{@region}:{@account}:{name}",
        "id": "{arn}",
        "owner": "{@account}",
    },
    "aws:sns/topicPolicy:TopicPolicy": {"id": "{arn}", "owner": "{@account}"},
    "aws:sns/topicSubscription:TopicSubscription": {
        "arn": "{topic}:{@uuid}",
        "id": "{arn}",
        "ownerId": "{@account}",
    },
    "aws:sqs/queue:Queue": {
        "name": AUTONAME,
        "url": "https://sqs.{@region}.{@dns}/{@account}/{name}",
        "id": "{url}",
        "arn": "arn:{@partition}:sqs:{@region}:{@account}:{name}",
    },
    "aws:sqs/queuePolicy:QueuePolicy": {"id": "{queueUrl}"},
}
