"""Where documents lie: every property of the AWS provider that carries an IAM policy document.

A test walks the provider's classes and fails when a property that takes such a document is neither here nor
in `OTHER_LANGUAGES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Use(Enum):
    """What a document decides."""

    PERMISSIONS = "permissions"
    """What a principal may do: identity policies. A star as resource means everything."""
    TRUST = "trust"
    """Who may become a role."""
    RESOURCE = "resource"
    """Who may use one resource. A star as resource means that one."""
    ENDPOINT = "endpoint"
    """What may pass a VPC endpoint."""


@dataclass(frozen=True, slots=True)
class Place:
    """One property; `path` may run through a list (`inlinePolicies[].policy`). `what` names the document."""

    path: str
    use: Use
    what: str


def _resource(what: str, path: str = "policy") -> tuple[Place, ...]:
    return (Place(path, Use.RESOURCE, what),)


def _permissions(what: str, path: str = "policy") -> tuple[Place, ...]:
    return (Place(path, Use.PERMISSIONS, what),)


PERMISSIONS: Final[Mapping[str, tuple[Place, ...]]] = {
    "aws:iam/role:Role": (
        Place("assumeRolePolicy", Use.TRUST, "trust"),
        Place("inlinePolicies[].policy", Use.PERMISSIONS, "inline policy"),
    ),
    "aws:iam/rolePolicy:RolePolicy": _permissions("role policy"),
    "aws:iam/policy:Policy": _permissions("managed policy"),
    "aws:iam/userPolicy:UserPolicy": _permissions("user policy"),
    "aws:iam/groupPolicy:GroupPolicy": _permissions("group policy"),
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": _permissions(
        "permission set", "inlinePolicy"
    ),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": _permissions("session policy"),
    "aws:rolesanywhere/profile:Profile": _permissions("session policy", "sessionPolicy"),
    "aws:transfer/access:Access": _permissions("session policy"),
    "aws:transfer/user:User": _permissions("session policy"),
}
"""Trust documents and identity policies."""

KEY_DOCUMENTS: Final[Mapping[str, tuple[Place, ...]]] = {
    token: _resource("key policy")
    for token in (
        "aws:kms/key:Key",
        "aws:kms/replicaKey:ReplicaKey",
        "aws:kms/externalKey:ExternalKey",
        "aws:kms/replicaExternalKey:ReplicaExternalKey",
        "aws:kms/keyPolicy:KeyPolicy",
    )
}

BUCKET_DOCUMENTS: Final[Mapping[str, tuple[Place, ...]]] = {
    "aws:s3/bucket:Bucket": _resource("bucket policy"),
    "aws:s3/bucketV2:BucketV2": _resource("bucket policy"),
    "aws:s3/bucketPolicy:BucketPolicy": _resource("bucket policy"),
    "aws:s3/accessPoint:AccessPoint": _resource("access point policy"),
    "aws:s3/vectorsVectorBucketPolicy:VectorsVectorBucketPolicy": _resource("bucket policy"),
    "aws:s3control/accessGrantsInstanceResourcePolicy:AccessGrantsInstanceResourcePolicy": _resource(
        "access grants policy"
    ),
    "aws:s3control/accessPointPolicy:AccessPointPolicy": _resource("access point policy"),
    "aws:s3control/bucketPolicy:BucketPolicy": _resource("bucket policy"),
    "aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy": _resource(
        "access point policy", "details.policy"
    ),
    "aws:s3control/objectLambdaAccessPointPolicy:ObjectLambdaAccessPointPolicy": _resource(
        "access point policy"
    ),
    "aws:s3tables/tableBucketPolicy:TableBucketPolicy": _resource("bucket policy", "resourcePolicy"),
    "aws:s3tables/tablePolicy:TablePolicy": _resource("table policy", "resourcePolicy"),
    "aws:glacier/vault:Vault": _resource("archive policy", "accessPolicy"),
    "aws:glacier/vaultLock:VaultLock": _resource("archive policy"),
}

MESSAGING_DOCUMENTS: Final[Mapping[str, tuple[Place, ...]]] = {
    "aws:sns/topic:Topic": _resource("topic policy"),
    "aws:sns/topicPolicy:TopicPolicy": _resource("topic policy"),
    "aws:sqs/queue:Queue": _resource("queue policy"),
    "aws:sqs/queuePolicy:QueuePolicy": _resource("queue policy"),
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": _resource("event bus policy"),
    "aws:kinesis/resourcePolicy:ResourcePolicy": _resource("stream policy"),
    "aws:msk/clusterPolicy:ClusterPolicy": _resource("cluster policy"),
    "aws:ses/identityPolicy:IdentityPolicy": _resource("sender policy"),
    "aws:sesv2/emailIdentityPolicy:EmailIdentityPolicy": _resource("sender policy"),
    "aws:pinpoint/smsvoicev2ResourcePolicy:Smsvoicev2ResourcePolicy": _resource("sender policy"),
}

REPOSITORY_DOCUMENTS: Final[Mapping[str, tuple[Place, ...]]] = {
    "aws:ecr/repositoryPolicy:RepositoryPolicy": _resource("repository policy"),
    "aws:ecr/registryPolicy:RegistryPolicy": _resource("registry policy"),
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": _resource(
        "repository policy", "repositoryPolicy"
    ),
    "aws:ecrpublic/repositoryPolicy:RepositoryPolicy": _resource("repository policy"),
    "aws:codeartifact/domainPermissions:DomainPermissions": _resource("repository policy", "policyDocument"),
    "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy": _resource(
        "repository policy", "policyDocument"
    ),
}

SECRET_DOCUMENTS: Final[Mapping[str, tuple[Place, ...]]] = {
    "aws:secretsmanager/secret:Secret": _resource("secret policy"),
    "aws:secretsmanager/secretPolicy:SecretPolicy": _resource("secret policy"),
}

VAULT_DOCUMENTS: Final[Mapping[str, tuple[Place, ...]]] = {
    "aws:backup/vaultPolicy:VaultPolicy": _resource("vault policy"),
}

FILE_DOCUMENTS: Final[Mapping[str, tuple[Place, ...]]] = {
    "aws:efs/fileSystemPolicy:FileSystemPolicy": _resource("file system policy"),
    "aws:s3/filesFileSystemPolicy:FilesFileSystemPolicy": _resource("file system policy"),
}

SEARCH_DOCUMENTS: Final[Mapping[str, tuple[Place, ...]]] = {
    "aws:opensearch/domain:Domain": _resource("access policy", "accessPolicies"),
    "aws:opensearch/domainPolicy:DomainPolicy": _resource("access policy", "accessPolicies"),
    "aws:elasticsearch/domain:Domain": _resource("access policy", "accessPolicies"),
    "aws:elasticsearch/domainPolicy:DomainPolicy": _resource("access policy", "accessPolicies"),
}

FUNCTION_DOCUMENTS: Final[Mapping[str, tuple[Place, ...]]] = {
    "aws:lambda/resourcePolicy:ResourcePolicy": _resource("function policy"),
}
"""`lambda.Permission` is one statement in properties of its own: see `permission_statement`."""

FUNCTION_PERMISSIONS: Final = ("aws:lambda/permission:Permission",)

OTHER_DOCUMENTS: Final[Mapping[str, tuple[Place, ...]]] = {
    "aws:acmpca/policy:Policy": _resource("authority policy"),
    "aws:amp/resourcePolicy:ResourcePolicy": _resource("workspace policy", "policyDocument"),
    "aws:apigateway/domainName:DomainName": _resource("API policy"),
    "aws:apigateway/restApi:RestApi": _resource("API policy"),
    "aws:apigateway/restApiPolicy:RestApiPolicy": _resource("API policy"),
    "aws:bedrock/agentcoreResourcePolicy:AgentcoreResourcePolicy": _resource("agent policy"),
    "aws:cloudsearch/domainServiceAccessPolicy:DomainServiceAccessPolicy": _resource(
        "access policy", "accessPolicy"
    ),
    "aws:cloudwatch/logDeliveryDestinationPolicy:LogDeliveryDestinationPolicy": _resource(
        "log destination policy", "deliveryDestinationPolicy"
    ),
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": _resource(
        "log destination policy", "accessPolicy"
    ),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": _resource("log policy", "policyDocument"),
    "aws:codebuild/resourcePolicy:ResourcePolicy": _resource("project policy"),
    "aws:dsql/clusterPolicy:ClusterPolicy": _resource("cluster policy"),
    "aws:dynamodb/resourcePolicy:ResourcePolicy": _resource("table policy"),
    "aws:glue/resourcePolicy:ResourcePolicy": _resource("catalogue policy"),
    "aws:mediastore/containerPolicy:ContainerPolicy": _resource("container policy"),
    "aws:networkfirewall/resourcePolicy:ResourcePolicy": _resource("firewall policy"),
    "aws:oam/sinkPolicy:SinkPolicy": _resource("sink policy"),
    "aws:opensearchingest/resourcePolicy:ResourcePolicy": _resource("pipeline policy"),
    "aws:organizations/resourcePolicy:ResourcePolicy": _resource("organization policy", "content"),
    "aws:redshift/resourcePolicy:ResourcePolicy": _resource("namespace policy"),
    "aws:redshiftserverless/resourcePolicy:ResourcePolicy": _resource("snapshot policy"),
    "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy": _resource(
        "model policy", "resourcePolicy"
    ),
    "aws:schemas/registryPolicy:RegistryPolicy": _resource("schema policy"),
    "aws:vpclattice/authPolicy:AuthPolicy": _resource("service policy"),
    "aws:vpclattice/resourcePolicy:ResourcePolicy": _resource("service policy"),
    "aws:xray/resourcePolicy:ResourcePolicy": _resource("trace policy", "policyDocument"),
}

ENDPOINT_DOCUMENTS: Final[Mapping[str, tuple[Place, ...]]] = {
    token: (Place("policy", Use.ENDPOINT, "endpoint policy"),)
    for token in ("aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy")
}

RESOURCE_DOCUMENTS: Final[Mapping[str, tuple[Place, ...]]] = {
    **KEY_DOCUMENTS,
    **BUCKET_DOCUMENTS,
    **MESSAGING_DOCUMENTS,
    **REPOSITORY_DOCUMENTS,
    **SECRET_DOCUMENTS,
    **VAULT_DOCUMENTS,
    **FILE_DOCUMENTS,
    **SEARCH_DOCUMENTS,
    **FUNCTION_DOCUMENTS,
    **OTHER_DOCUMENTS,
}
"""Every policy of a resource."""

PLACES: Final[Mapping[str, tuple[Place, ...]]] = {**PERMISSIONS, **RESOURCE_DOCUMENTS, **ENDPOINT_DOCUMENTS}
"""Type token → where its documents lie."""

OTHER_LANGUAGES: Final[Mapping[str, str]] = {
    "aws:bedrock/agentcorePolicy:AgentcorePolicy": "Cedar",
    "aws:cfg/organizationCustomPolicyRule:OrganizationCustomPolicyRule": "Guard",
    "aws:cloudformation/stack:Stack": "guards the updates of a stack, grants nothing",
    "aws:cloudwatch/logAccountPolicy:LogAccountPolicy": "log settings",
    "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy": "data identifiers",
    "aws:cloudwatch/logIndexPolicy:LogIndexPolicy": "field names",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": "ages of images",
    "aws:emr/instanceGroup:InstanceGroup": "scaling",
    "aws:iot/policy:Policy": "MQTT topics; the estate has no IoT Core",
    "aws:networkmanager/coreNetwork:CoreNetwork": "network segments",
    "aws:networkmanager/coreNetworkPolicyAttachment:CoreNetworkPolicyAttachment": "network segments",
    "aws:odb/network:Network": "endpoint access of an Oracle network; the estate has none",
    "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy": "OpenSearch's own form",
    "aws:opensearch/serverlessLifecyclePolicy:ServerlessLifecyclePolicy": "OpenSearch's own form",
    "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy": "OpenSearch's own form",
    "aws:organizations/policy:Policy": "a ceiling for accounts, grants nothing",
    "aws:ram/permission:Permission": "a template without principals",
    "aws:route53/trafficPolicy:TrafficPolicy": "routing",
    "aws:sns/dataProtectionPolicy:DataProtectionPolicy": "data identifiers",
    "aws:sns/topicSubscription:TopicSubscription": "filters and retries",
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": "dead letters",
    "aws:sqs/redrivePolicy:RedrivePolicy": "dead letters",
    "aws:verifiedaccess/endpoint:Endpoint": "Cedar",
    "aws:verifiedaccess/group:Group": "Cedar",
    "aws:workspacesweb/browserSettings:BrowserSettings": "browser settings",
}
"""Properties that look like documents but are in another language or grant nothing, and which it is."""
