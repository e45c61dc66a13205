"""Every type token that a thing goes by.

A rule that knows only one of them lets the same thing pass under another name: inline, older, alias and V2
forms are all listed. A test compares the lists with the aliases declared in the installed provider SDK.
"""

from __future__ import annotations

from typing import Final

# Databases
DATABASES: Final = ("aws:rds/instance:Instance",)
DATABASE_CLUSTERS: Final = ("aws:rds/cluster:Cluster",)
DATABASE_CLUSTER_INSTANCES: Final = ("aws:rds/clusterInstance:ClusterInstance",)
DATABASE_PARAMETER_GROUPS: Final = ("aws:rds/parameterGroup:ParameterGroup",)
DATABASE_CLUSTER_PARAMETER_GROUPS: Final = ("aws:rds/clusterParameterGroup:ClusterParameterGroup",)
DATABASE_SUBNET_GROUPS: Final = ("aws:rds/subnetGroup:SubnetGroup",)
BACKUP_REPLICATIONS: Final = (
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
)
DATABASE_SNAPSHOTS: Final = (
    "aws:rds/snapshot:Snapshot",
    "aws:rds/clusterSnapshot:ClusterSnapshot",
)
SNAPSHOT_COPIES: Final = (
    "aws:rds/snapshotCopy:SnapshotCopy",
    "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy",
)

# Cache, broker, search
CACHES: Final = ("aws:elasticache/replicationGroup:ReplicationGroup",)
CACHE_CLUSTERS: Final = ("aws:elasticache/cluster:Cluster",)
SERVERLESS_CACHES: Final = ("aws:elasticache/serverlessCache:ServerlessCache",)
CACHE_SUBNET_GROUPS: Final = ("aws:elasticache/subnetGroup:SubnetGroup",)
BROKERS: Final = ("aws:mq/broker:Broker",)
SEARCH_DOMAINS: Final = ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")
SEARCH_COLLECTIONS: Final = ("aws:opensearch/serverlessCollection:ServerlessCollection",)

# Keys and secrets
KEYS: Final = (
    "aws:kms/key:Key",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/externalKey:ExternalKey",
    "aws:kms/replicaExternalKey:ReplicaExternalKey",
)
KEY_ALIASES: Final = ("aws:kms/alias:Alias",)
SECRETS: Final = ("aws:secretsmanager/secret:Secret",)
PARAMETERS: Final = ("aws:ssm/parameter:Parameter",)

# Buckets: settings are resources of their own, V2 forms are older names of the same
BUCKETS: Final = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
BUCKET_ENCRYPTIONS: Final = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
BUCKET_POLICIES: Final = ("aws:s3/bucketPolicy:BucketPolicy",)
BUCKET_PUBLIC_ACCESS_BLOCKS: Final = ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",)
BUCKET_VERSIONINGS: Final = (
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:s3/bucketVersioningV2:BucketVersioningV2",
)
BUCKET_LOGGINGS: Final = (
    "aws:s3/bucketLogging:BucketLogging",
    "aws:s3/bucketLoggingV2:BucketLoggingV2",
)
BUCKET_LIFECYCLES: Final = (
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
)
BUCKET_OBJECT_LOCKS: Final = (
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    "aws:s3/bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2",
)
BUCKET_ACLS: Final = ("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2")
BUCKET_OWNERSHIPS: Final = ("aws:s3/bucketOwnershipControls:BucketOwnershipControls",)
ACCOUNT_PUBLIC_ACCESS_BLOCKS: Final = ("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",)
ACCESS_POINTS: Final = ("aws:s3/accessPoint:AccessPoint",)
BUCKET_REPLICATIONS: Final = ("aws:s3/bucketReplicationConfig:BucketReplicationConfig",)

# Volumes and machines
VOLUMES: Final = ("aws:ebs/volume:Volume",)
VOLUME_SNAPSHOT_COPIES: Final = ("aws:ebs/snapshotCopy:SnapshotCopy",)
VOLUME_SNAPSHOT_SHARES: Final = ("aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission",)
VOLUME_SNAPSHOT_BLOCKS: Final = ("aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess",)
IMAGE_BLOCKS: Final = ("aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess",)
IMAGE_SHARES: Final = ("aws:ec2/amiLaunchPermission:AmiLaunchPermission",)
VOLUME_ENCRYPTION_DEFAULTS: Final = ("aws:ebs/encryptionByDefault:EncryptionByDefault",)
VOLUME_DEFAULT_KEYS: Final = ("aws:ebs/defaultKmsKey:DefaultKmsKey",)
LAUNCH_TEMPLATES: Final = ("aws:ec2/launchTemplate:LaunchTemplate",)
LAUNCH_CONFIGURATIONS: Final = ("aws:ec2/launchConfiguration:LaunchConfiguration",)
MACHINES: Final = (
    "aws:ec2/instance:Instance",
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest",
)
FILE_SYSTEMS: Final = ("aws:efs/fileSystem:FileSystem",)
FILE_SYSTEM_BACKUPS: Final = ("aws:efs/backupPolicy:BackupPolicy",)
MOUNT_TARGETS: Final = ("aws:efs/mountTarget:MountTarget",)

# Messages, logs, images, functions, backups
TOPICS: Final = ("aws:sns/topic:Topic",)
TOPIC_POLICIES: Final = ("aws:sns/topicPolicy:TopicPolicy",)
QUEUES: Final = ("aws:sqs/queue:Queue",)
QUEUE_POLICIES: Final = ("aws:sqs/queuePolicy:QueuePolicy",)
LOG_GROUPS: Final = ("aws:cloudwatch/logGroup:LogGroup",)
ALARMS: Final = ("aws:cloudwatch/metricAlarm:MetricAlarm",)
TRAILS: Final = ("aws:cloudtrail/trail:Trail",)
EVENT_STORES: Final = ("aws:cloudtrail/eventDataStore:EventDataStore",)
REPOSITORIES: Final = ("aws:ecr/repository:Repository",)
REPOSITORY_TEMPLATES: Final = ("aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",)
REPOSITORY_LIFECYCLES: Final = ("aws:ecr/lifecyclePolicy:LifecyclePolicy",)
REGISTRY_SCANS: Final = ("aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",)
PUBLIC_REPOSITORIES: Final = ("aws:ecrpublic/repository:Repository",)
FUNCTIONS: Final = ("aws:lambda/function:Function",)
BACKUP_VAULTS: Final = ("aws:backup/vault:Vault",)
AIR_GAPPED_VAULTS: Final = ("aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault",)
BACKUP_VAULT_LOCKS: Final = ("aws:backup/vaultLockConfiguration:VaultLockConfiguration",)
BACKUP_PLANS: Final = ("aws:backup/plan:Plan",)
BACKUP_SELECTIONS: Final = ("aws:backup/selection:Selection",)
RESTORE_TESTS: Final = ("aws:backup/restoreTestingPlan:RestoreTestingPlan",)
RESTORE_TEST_SELECTIONS: Final = ("aws:backup/restoreTestingSelection:RestoreTestingSelection",)

# Cluster
CLUSTERS: Final = ("aws:eks/cluster:Cluster",)
CLUSTER_COMPONENTS: Final = ("eks:index:Cluster",)
NODE_GROUPS: Final = ("aws:eks/nodeGroup:NodeGroup",)
SERVERLESS_NODES: Final = ("aws:eks/fargateProfile:FargateProfile",)
MACHINE_GROUPS: Final = ("aws:autoscaling/group:Group",)

# Network
VPCS: Final = ("aws:ec2/vpc:Vpc",)
DEFAULT_VPCS: Final = ("aws:ec2/defaultVpc:DefaultVpc",)
SUBNETS: Final = ("aws:ec2/subnet:Subnet",)
DEFAULT_SUBNETS: Final = ("aws:ec2/defaultSubnet:DefaultSubnet",)
INTERNET_GATEWAYS: Final = ("aws:ec2/internetGateway:InternetGateway",)
NAT_GATEWAYS: Final = ("aws:ec2/natGateway:NatGateway",)
ROUTE_TABLES: Final = ("aws:ec2/routeTable:RouteTable", "aws:ec2/defaultRouteTable:DefaultRouteTable")
ROUTES: Final = ("aws:ec2/route:Route",)
ROUTE_TABLE_ASSOCIATIONS: Final = (
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation",
)
ENDPOINTS: Final = ("aws:ec2/vpcEndpoint:VpcEndpoint",)
SECURITY_GROUPS: Final = ("aws:ec2/securityGroup:SecurityGroup",)
DEFAULT_SECURITY_GROUPS: Final = ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",)
INGRESS_RULES: Final = ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",)
EGRESS_RULES: Final = ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",)
GROUP_RULES: Final = ("aws:ec2/securityGroupRule:SecurityGroupRule",)
NETWORK_ACLS: Final = ("aws:ec2/networkAcl:NetworkAcl",)
DEFAULT_NETWORK_ACLS: Final = ("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",)
NETWORK_ACL_RULES: Final = ("aws:ec2/networkAclRule:NetworkAclRule",)
NETWORK_ACL_ASSOCIATIONS: Final = ("aws:ec2/networkAclAssociation:NetworkAclAssociation",)
VPC_PEERINGS: Final = (
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
    "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
    "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions",
)
TRANSIT_ATTACHMENTS: Final = (
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
    "aws:ec2transitgateway/vpcAttachmentAccepter:VpcAttachmentAccepter",
    "aws:ec2transitgateway/peeringAttachment:PeeringAttachment",
    "aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter",
    "aws:ec2/transitGatewayPeeringAttachmentAccepter:TransitGatewayPeeringAttachmentAccepter",
)
ROLES: Final = ("aws:iam/role:Role",)

# Edge: alb and lb are the same classes under two names, each with an older one
LOAD_BALANCERS: Final = (
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:alb/loadBalancer:LoadBalancer",
    "aws:elasticloadbalancingv2/loadBalancer:LoadBalancer",
    "aws:applicationloadbalancing/loadBalancer:LoadBalancer",
)
CLASSIC_LOAD_BALANCERS: Final = (
    "aws:elb/loadBalancer:LoadBalancer",
    "aws:elasticloadbalancing/loadBalancer:LoadBalancer",
)
LISTENERS: Final = (
    "aws:lb/listener:Listener",
    "aws:alb/listener:Listener",
    "aws:elasticloadbalancingv2/listener:Listener",
    "aws:applicationloadbalancing/listener:Listener",
)
CERTIFICATES: Final = ("aws:acm/certificate:Certificate",)
SERVER_CERTIFICATES: Final = ("aws:iam/serverCertificate:ServerCertificate",)
WEB_ACLS: Final = ("aws:wafv2/webAcl:WebAcl",)
WEB_ACL_RULES: Final = ("aws:wafv2/webAclRule:WebAclRule",)
WEB_ACL_GROUP_ASSOCIATIONS: Final = ("aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation",)
WEB_ACL_ASSOCIATIONS: Final = ("aws:wafv2/webAclAssociation:WebAclAssociation",)

# Logging and detection
FLOW_LOGS: Final = ("aws:ec2/flowLog:FlowLog",)
LOG_METRIC_FILTERS: Final = ("aws:cloudwatch/logMetricFilter:LogMetricFilter",)
COMPOSITE_ALARMS: Final = ("aws:cloudwatch/compositeAlarm:CompositeAlarm",)
EVENT_RULES: Final = ("aws:cloudwatch/eventRule:EventRule",)
EVENT_TARGETS: Final = ("aws:cloudwatch/eventTarget:EventTarget",)
TOPIC_SUBSCRIPTIONS: Final = ("aws:sns/topicSubscription:TopicSubscription",)
DETECTORS: Final = ("aws:guardduty/detector:Detector",)
DETECTOR_FEATURES: Final = ("aws:guardduty/detectorFeature:DetectorFeature",)
INSPECTORS: Final = ("aws:inspector2/enabler:Enabler",)
CONFIG_RECORDERS: Final = ("aws:cfg/recorder:Recorder",)
CONFIG_RECORDER_STATES: Final = ("aws:cfg/recorderStatus:RecorderStatus",)
CONFIG_CHANNELS: Final = ("aws:cfg/deliveryChannel:DeliveryChannel",)
DATABASE_EVENTS: Final = ("aws:rds/eventSubscription:EventSubscription",)
ZONES: Final = ("aws:route53/zone:Zone",)
ZONE_QUERY_LOGS: Final = ("aws:route53/queryLog:QueryLog",)
RESOLVER_QUERY_LOGS: Final = (
    "aws:route53/resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation",
)
WEB_ACL_LOGGINGS: Final = ("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",)

# Money
BUDGETS: Final = ("aws:budgets/budget:Budget",)
SCHEDULES: Final = ("aws:scheduler/schedule:Schedule",)
STATE_MACHINES: Final = ("aws:sfn/stateMachine:StateMachine",)
ADDRESSES: Final = ("aws:ec2/eip:Eip",)
ADDRESS_ASSOCIATIONS: Final = ("aws:ec2/eipAssociation:EipAssociation",)
VOLUME_ATTACHMENTS: Final = ("aws:ec2/volumeAttachment:VolumeAttachment",)
TABLES: Final = ("aws:dynamodb/table:Table",)

ONE_THING: Final = (LOAD_BALANCERS, LISTENERS, BUCKETS)
"""Tokens that stand for one thing though the SDK declares no alias between some of them."""
