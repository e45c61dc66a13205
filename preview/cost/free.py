"""Resource types that cost nothing by themselves, and why.

What they lead to is priced where it is declared: a role costs nothing, what it is allowed to run does.
A type that is neither here nor priced is reported as unpriced.
"""

from __future__ import annotations

from typing import Final

FREE: Final[dict[str, tuple[str, ...]]] = {
    "IAM is free": (
        "aws:iam/accountPasswordPolicy:AccountPasswordPolicy",
        "aws:iam/group:Group",
        "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
        "aws:iam/instanceProfile:InstanceProfile",
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        "aws:iam/policy:Policy",
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
        "aws:iam/serviceLinkedRole:ServiceLinkedRole",
    ),
    "the parts of a VPC are free; gateways, addresses and endpoints are priced": (
        "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
        "aws:ec2/defaultRouteTable:DefaultRouteTable",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "aws:ec2/eipAssociation:EipAssociation",
        "aws:ec2/internetGateway:InternetGateway",
        "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment",
        "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation",
        "aws:ec2/managedPrefixList:ManagedPrefixList",
        "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry",
        "aws:ec2/networkAcl:NetworkAcl",
        "aws:ec2/networkAclAssociation:NetworkAclAssociation",
        "aws:ec2/networkAclRule:NetworkAclRule",
        "aws:ec2/route:Route",
        "aws:ec2/routeTable:RouteTable",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/subnetCidrReservation:SubnetCidrReservation",
        "aws:ec2/tag:Tag",
        "aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions",
        "aws:ec2/vpcDhcpOptions:VpcDhcpOptions",
        "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation",
        "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy",
        "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",
        "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation",
        "aws:ec2/vpcSecurityGroupRulesExclusive:VpcSecurityGroupRulesExclusive",
        "aws:vpc/endpointPrivateDns:EndpointPrivateDns",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "aws:vpc/securityGroupVpcAssociation:SecurityGroupVpcAssociation",
    ),
    "a flow log costs what its log group takes in": ("aws:ec2/flowLog:FlowLog",),
    "a template; the instances made from it are priced": ("aws:ec2/launchTemplate:LaunchTemplate",),
    "an account setting": (
        "aws:account/alternativeContact:AlternativeContact",
        "aws:ebs/defaultKmsKey:DefaultKmsKey",
        "aws:ebs/encryptionByDefault:EncryptionByDefault",
        "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess",
        "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess",
        "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults",
        "aws:ec2/serialConsoleAccess:SerialConsoleAccess",
        "aws:ecr/accountSetting:AccountSetting",
        "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
        "aws:servicequotas/serviceQuota:ServiceQuota",
        "aws:backup/globalSettings:GlobalSettings",
        "aws:backup/regionSettings:RegionSettings",
    ),
    "part of the cluster's price": (
        "aws:eks/accessEntry:AccessEntry",
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "aws:eks/addon:Addon",
        "aws:eks/identityProviderConfig:IdentityProviderConfig",
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
    ),
    "a tag or setting of a group that is priced": (
        "aws:autoscaling/lifecycleHook:LifecycleHook",
        "aws:autoscaling/notification:Notification",
        "aws:autoscaling/schedule:Schedule",
        "aws:autoscaling/tag:Tag",
    ),
    "a setting of a data store that is priced": (
        "aws:elasticache/parameterGroup:ParameterGroup",
        "aws:elasticache/subnetGroup:SubnetGroup",
        "aws:elasticache/user:User",
        "aws:elasticache/userGroup:UserGroup",
        "aws:elasticache/userGroupAssociation:UserGroupAssociation",
        "aws:mq/configuration:Configuration",
        "aws:opensearch/domainPolicy:DomainPolicy",
        "aws:opensearch/domainSamlOptions:DomainSamlOptions",
        "aws:rds/eventSubscription:EventSubscription",
        "aws:rds/optionGroup:OptionGroup",
        "aws:rds/parameterGroup:ParameterGroup",
        "aws:rds/roleAssociation:RoleAssociation",
        "aws:rds/subnetGroup:SubnetGroup",
    ),
    "a setting of a bucket, file system or repository that is priced": (
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        "aws:ecr/registryPolicy:RegistryPolicy",
        "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        "aws:efs/accessPoint:AccessPoint",
        "aws:efs/fileSystemPolicy:FileSystemPolicy",
        "aws:efs/mountTarget:MountTarget",
        "aws:s3/bucketAcl:BucketAcl",
        "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "aws:s3/bucketLogging:BucketLogging",
        "aws:s3/bucketNotification:BucketNotification",
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "aws:s3/bucketVersioning:BucketVersioning",
    ),
    "part of the load balancer's price": (
        "aws:alb/listener:Listener",
        "aws:alb/listenerCertificate:ListenerCertificate",
        "aws:alb/listenerRule:ListenerRule",
        "aws:alb/targetGroup:TargetGroup",
        "aws:alb/targetGroupAttachment:TargetGroupAttachment",
        "aws:lb/listener:Listener",
        "aws:lb/listenerCertificate:ListenerCertificate",
        "aws:lb/listenerRule:ListenerRule",
        "aws:lb/targetGroup:TargetGroup",
        "aws:lb/targetGroupAttachment:TargetGroupAttachment",
    ),
    "part of the web ACL's price; its logs count where they go": (
        "aws:wafv2/ipSet:IpSet",
        "aws:wafv2/regexPatternSet:RegexPatternSet",
        "aws:wafv2/webAclAssociation:WebAclAssociation",
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    ),
    "not a thing that is billed: it waits for a certificate": (
        "aws:acm/certificateValidation:CertificateValidation",
    ),
    "records are part of the zone's price": ("aws:route53/record:Record",),
    "a setting of a key or secret that is priced": (
        "aws:kms/alias:Alias",
        "aws:kms/grant:Grant",
        "aws:kms/keyPolicy:KeyPolicy",
        "aws:secretsmanager/secretPolicy:SecretPolicy",
        "aws:secretsmanager/secretRotation:SecretRotation",
        "aws:secretsmanager/secretVersion:SecretVersion",
    ),
    "policies, rules for events of AWS services and their targets are free": (
        "aws:cloudwatch/eventPermission:EventPermission",
        "aws:cloudwatch/eventRule:EventRule",
        "aws:cloudwatch/eventTarget:EventTarget",
        "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy",
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        "aws:cloudwatch/logStream:LogStream",
        "aws:cloudwatch/queryDefinition:QueryDefinition",
        "aws:lambda/permission:Permission",
        "aws:sns/topicPolicy:TopicPolicy",
        "aws:sqs/queuePolicy:QueuePolicy",
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
        "aws:sqs/redrivePolicy:RedrivePolicy",
    ),
    "deliveries are billed by the topic": ("aws:sns/topicSubscription:TopicSubscription",),
    "far below the 14 million free invocations a month": (
        "aws:scheduler/schedule:Schedule",
        "aws:scheduler/scheduleGroup:ScheduleGroup",
    ),
    "budgets without actions and anomaly detection are free": (
        "aws:budgets/budget:Budget",
        "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
        "aws:costexplorer/anomalyMonitor:AnomalyMonitor",
        "aws:costexplorer/anomalySubscription:AnomalySubscription",
        "aws:costexplorer/costAllocationTag:CostAllocationTag",
        "aws:resourcegroups/group:Group",
    ),
    "a plan or rule; what it stores counts in the vault": (
        "aws:backup/plan:Plan",
        "aws:backup/restoreTestingSelection:RestoreTestingSelection",
        "aws:backup/selection:Selection",
        "aws:backup/vaultLockConfiguration:VaultLockConfiguration",
        "aws:backup/vaultNotifications:VaultNotifications",
        "aws:backup/vaultPolicy:VaultPolicy",
    ),
    "a setting of a security service that is priced": (
        "aws:accessanalyzer/archiveRule:ArchiveRule",
        "aws:cfg/deliveryChannel:DeliveryChannel",
        "aws:cfg/recorderStatus:RecorderStatus",
        "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",
        "aws:guardduty/filter:Filter",
        "aws:guardduty/publishingDestination:PublishingDestination",
        "aws:securityhub/standardsControl:StandardsControl",
        "aws:securityhub/standardsSubscription:StandardsSubscription",
    ),
    "a setting of a metrics workspace": (
        "aws:amp/alertManagerDefinition:AlertManagerDefinition",
        "aws:amp/ruleGroupNamespace:RuleGroupNamespace",
        "aws:amp/workspaceConfiguration:WorkspaceConfiguration",
    ),
}
"""Type tokens by the reason why they cost nothing."""

FREE_PREFIXES: Final[dict[str, str]] = {
    "pulumi:": "a stack, provider or reference of the engine",
    "random:": "exists in state only",
    "tls:": "exists in state only",
    "kubernetes:": "runs on nodes that are priced",
    "pagerduty:": "on no bill of AWS: what a user costs is in the contract with PagerDuty",
}
"""Beginnings of type tokens of which every type costs nothing, unless it has a pricer."""

FREE_TYPES: Final[dict[str, str]] = {token: why for why, tokens in FREE.items() for token in tokens}


def why_free(token: str) -> str | None:
    """Give the reason why a type costs nothing by itself; None when it is not known to."""
    found = FREE_TYPES.get(token)
    if found is not None:
        return found
    return next((why for prefix, why in FREE_PREFIXES.items() if token.startswith(prefix)), None)
