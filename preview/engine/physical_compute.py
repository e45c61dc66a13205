"""Physical identities of computing: EKS, load balancing, functions, images, scaling."""

from __future__ import annotations

from typing import Any, Final

from preview.engine.physical import AUTONAME, Identity, Template
from preview.graph import plain

_AUTHORITY: Final = (
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tClQwWkdURWxPUlE9PQotLS0tLUVORCBDRVJUSUZJQ0FURS0tLS0tCg=="
)
"""A PEM block that says OFFLINE, in base64."""

_APPLICATION_ZONES: Final = {
    "us-east-1": "Z35SXDOTRQ7X7K",
    "eu-central-1": "Z215JYRZR1TBD5",
    "eu-west-1": "Z32O12XQLNTSW2",
    "ap-south-1": "ZP97RAFLXTNZK",
    "ap-southeast-1": "Z1LMS91P8CMLE5",
}
"""Hosted zones of Application Load Balancers (AWS General Reference, Elastic Load Balancing endpoints)."""

_LB: Final = "arn:{@partition}:elasticloadbalancing:{@region}:{@account}"


def _is_network(identity: Identity) -> bool:
    return plain(identity.properties.get("loadBalancerType")) == "network"


def _balancer_suffix(identity: Identity) -> Any:  # noqa: ANN401
    return identity.fill(f"{'net' if _is_network(identity) else 'app'}/{{name}}/{{@hex16}}")


def _balancer_dns(identity: Identity) -> Any:  # noqa: ANN401
    prefix = "internal-" if plain(identity.properties.get("internal")) else ""
    if _is_network(identity):
        return identity.fill("{name}-{@hex16}.elb.{@region}.{@dns}")
    return identity.fill(f"{prefix}{{name}}-{{@num10}}.{{@region}}.elb.{{@dns}}")


def _balancer_zone(identity: Identity) -> str:
    known = None if _is_network(identity) else _APPLICATION_ZONES.get(identity.where.region)
    return known or f"Z{identity.derived('upper13')}"


def _below(parent: str, kind: str, child: str) -> Template:
    """Give an ARN that repeats its parent's and goes one level deeper: a listener, a listener rule."""

    def arn(identity: Identity) -> Any:  # noqa: ANN401
        text = identity.fill(f"{{{parent}}}/{{@hex16}}")
        return text.replace(f":{kind}/", f":{child}/", 1) if isinstance(text, str) else text

    return arn


_BALANCER: Final[dict[str, Template]] = {
    "name": AUTONAME,
    "arnSuffix": _balancer_suffix,
    "arn": f"{_LB}:loadbalancer/{{arnSuffix}}",
    "id": "{arn}",
    "dnsName": _balancer_dns,
    "zoneId": _balancer_zone,
}
_TARGETS: Final[dict[str, Template]] = {
    "name": AUTONAME,
    "arnSuffix": "targetgroup/{name}/{@hex16}",
    "arn": f"{_LB}:{{arnSuffix}}",
    "id": "{arn}",
}
_LISTENER: Final[dict[str, Template]] = {
    "arn": _below("loadBalancerArn", "loadbalancer", "listener"),
    "id": "{arn}",
}
_LISTENER_RULE: Final[dict[str, Template]] = {
    "arn": _below("listenerArn", "listener", "listener-rule"),
    "id": "{arn}",
}

COMPUTE: Final[dict[str, dict[str, Template]]] = {
    "aws:eks/cluster:Cluster": {
        "name": AUTONAME,
        "id": "{name}",
        "arn": "arn:{@partition}:eks:{@region}:{@account}:cluster/{name}",
        "endpoint": "https://{@heximal32}.gr7.{@region}.eks.{@dns}",
        "identities": [{"oidcs": [{"issuer": "https://oidc.eks.{@region}.{@dns}/id/{@heximal32}"}]}],
        "certificateAuthority": {"data": _AUTHORITY},
        "vpcConfig": {"clusterSecurityGroupId": "sg-{@hex17}"},
        "platformVersion": "eks.1",
        "status": "ACTIVE",
    },
    "aws:eks/addon:Addon": {
        "id": "{clusterName}:{addonName}",
        "arn": "arn:{@partition}:eks:{@region}:{@account}:addon/{clusterName}/{addonName}/{@uuid}",
    },
    "aws:eks/accessEntry:AccessEntry": {
        "id": "{clusterName}:{principalArn}",
        "accessEntryArn": "arn:{@partition}:eks:{@region}:{@account}:access-entry/{clusterName}/{@uuid}",
    },
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": {
        "id": "{clusterName}#{principalArn}#{policyArn}",
    },
    "aws:eks/nodeGroup:NodeGroup": {
        "nodeGroupName": AUTONAME,
        "id": "{clusterName}:{nodeGroupName}",
        "arn": "arn:{@partition}:eks:{@region}:{@account}:nodegroup/{clusterName}/{nodeGroupName}/{@uuid}",
        "resources": [{"autoscalingGroups": [{"name": "eks-{nodeGroupName}-{@uuid}"}]}],
        "status": "ACTIVE",
    },
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": {
        "associationId": "a-{@lower17}",
        "id": "{associationId}",
        "associationArn": "arn:{@partition}:eks:{@region}:{@account}"
        ":podidentityassociation/{clusterName}/{associationId}",
    },
    "aws:lb/loadBalancer:LoadBalancer": _BALANCER,
    "aws:alb/loadBalancer:LoadBalancer": _BALANCER,
    "aws:lb/targetGroup:TargetGroup": _TARGETS,
    "aws:alb/targetGroup:TargetGroup": _TARGETS,
    "aws:lb/listener:Listener": _LISTENER,
    "aws:alb/listener:Listener": _LISTENER,
    "aws:lb/listenerRule:ListenerRule": _LISTENER_RULE,
    "aws:alb/listenerRule:ListenerRule": _LISTENER_RULE,
    "aws:lb/listenerCertificate:ListenerCertificate": {"id": "{listenerArn}_{certificateArn}"},
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": {"id": "{targetGroupArn}-{@num20}"},
    "aws:lb/trustStore:TrustStore": {
        "name": AUTONAME,
        "arn": f"{_LB}:truststore/{{name}}/{{@hex16}}",
        "id": "{arn}",
    },
    "aws:ec2/launchTemplate:LaunchTemplate": {
        "id": "lt-{@hex17}",
        "arn": "arn:{@partition}:ec2:{@region}:{@account}:launch-template/{id}",
        "latestVersion": 1,
        "defaultVersion": 1,
    },
    "aws:ec2/instance:Instance": {
        "id": "i-{@hex17}",
        "arn": "arn:{@partition}:ec2:{@region}:{@account}:instance/{id}",
        "privateIp": "10.0.0.{@octet}",
        "primaryNetworkInterfaceId": "eni-{@hex17}",
    },
    "aws:ec2/keyPair:KeyPair": {
        "keyName": AUTONAME,
        "id": "{keyName}",
        "keyPairId": "key-{@hex17}",
        "arn": "arn:{@partition}:ec2:{@region}:{@account}:key-pair/{keyName}",
    },
    "aws:ebs/volume:Volume": {
        "id": "vol-{@hex17}",
        "arn": "arn:{@partition}:ec2:{@region}:{@account}:volume/{id}",
    },
    "aws:autoscaling/group:Group": {
        "id": "{name}",
        "arn": "arn:{@partition}:autoscaling:{@region}:{@account}"
        ":autoScalingGroup:{@uuid}:autoScalingGroupName/{name}",
    },
    "aws:ecr/repository:Repository": {
        "name": AUTONAME,
        "id": "{name}",
        "arn": "arn:{@partition}:ecr:{@region}:{@account}:repository/{name}",
        "registryId": "{@account}",
        "repositoryUrl": "{@account}.dkr.ecr.{@region}.{@dns}/{name}",
    },
    "aws:ecr/repositoryPolicy:RepositoryPolicy": {"id": "{repository}", "registryId": "{@account}"},
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": {"id": "{repository}", "registryId": "{@account}"},
    "aws:ecr/registryPolicy:RegistryPolicy": {"id": "{@account}", "registryId": "{@account}"},
    "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration": {
        "id": "{@account}",
        "registryId": "{@account}",
    },
    "aws:ecr/replicationConfiguration:ReplicationConfiguration": {
        "id": "{@account}",
        "registryId": "{@account}",
    },
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": {
        "id": "{ecrRepositoryPrefix}",
        "registryId": "{@account}",
    },
    "aws:lambda/function:Function": {
        "name": AUTONAME,
        "id": "{name}",
        "arn": "arn:{@partition}:lambda:{@region}:{@account}:function:{name}",
        "invokeArn": "arn:{@partition}:apigateway:{@region}:lambda:path/2015-03-31"
        "/functions/{arn}/invocations",
        "qualifiedArn": "{arn}:$LATEST",
        "version": "$LATEST",
    },
    "aws:lambda/permission:Permission": {"statementId": AUTONAME, "id": "{statementId}"},
    "aws:sfn/stateMachine:StateMachine": {
        "name": AUTONAME,
        "arn": "arn:{@partition}:states:{@region}:{@account}:stateMachine:{name}",
        "id": "{arn}",
        "status": "ACTIVE",
    },
    "aws:scheduler/schedule:Schedule": {
        "name": AUTONAME,
        "groupName": "default",
        "id": "{groupName}/{name}",
        "arn": "arn:{@partition}:scheduler:{@region}:{@account}:schedule/{groupName}/{name}",
    },
    "aws:scheduler/scheduleGroup:ScheduleGroup": {
        "name": AUTONAME,
        "id": "{name}",
        "arn": "arn:{@partition}:scheduler:{@region}:{@account}:schedule-group/{name}",
        "state": "ACTIVE",
    },
    "aws:autoscaling/tag:Tag": {"id": "{autoscalingGroupName},{@name}"},
    "aws:appautoscaling/target:Target": {
        "id": "{resourceId}",
        "arn": "arn:{@partition}:application-autoscaling:{@region}:{@account}:scalable-target/{@lower32}",
    },
    "aws:fis/experimentTemplate:ExperimentTemplate": {"id": "EXT{@mixed15}"},
    "aws:codebuild/project:Project": {
        "name": AUTONAME,
        "arn": "arn:{@partition}:codebuild:{@region}:{@account}:project/{name}",
        "id": "{arn}",
    },
}
