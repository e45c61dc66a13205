"""Secrets that somebody wrote down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.plaintext import exposures
from policies.framework import (
    Controls,
    Finding,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    resource_rule,
    stack_rule,
)
from policies.k8s.tokens import CHARTS, RELEASES, WORKLOADS

HOLDERS: Final = (
    # what instances, functions and tasks start with
    "aws:ec2/launchTemplate:LaunchTemplate",
    "aws:ec2/launchConfiguration:LaunchConfiguration",
    "aws:ec2/instance:Instance",
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest",
    "aws:lambda/function:Function",
    "aws:ecs/taskDefinition:TaskDefinition",
    "aws:batch/jobDefinition:JobDefinition",
    "aws:codebuild/project:Project",
    "aws:apprunner/service:Service",
    "aws:ssm/document:Document",
    "aws:cloudformation/stack:Stack",
    "aws:scheduler/schedule:Schedule",
    "aws:sfn/stateMachine:StateMachine",
    # what takes a password or a key
    "aws:rds/instance:Instance",
    "aws:rds/cluster:Cluster",
    "aws:mq/broker:Broker",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "aws:elasticache/user:User",
    "aws:opensearch/domain:Domain",
    "aws:elasticsearch/domain:Domain",
    "aws:secretsmanager/secretVersion:SecretVersion",
    "aws:ssm/parameter:Parameter",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:cloudwatch/eventConnection:EventConnection",
    # what pods start with
    "kubernetes:core/v1:Secret",
    "kubernetes:core/v1:ConfigMap",
    *WORKLOADS,
    *RELEASES,
    *CHARTS,
)
"""Types in which secrets are usually written down: judged before they are made."""

_REMEDY: Final = (
    "Keep the value in Secrets Manager and hand over its ARN; where the program must know it, make it a"
    " secret Output. Change the value: it is in the history of the repository or of the state."
)
_CONTROLS: Final = Controls((), ("CKV_AWS_45", "CKV_AWS_46", "CKV_K8S_35"), ("SEC-02",), ("8(5)",))


def _found(resource: ResourceView) -> Iterator[Finding]:
    for exposure in exposures(resource.properties()):
        yield resource.finding(f"{exposure.path} holds {exposure.kind}")


@resource_rule(
    "iam-no-plaintext-secret",
    subjects=HOLDERS,
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=_CONTROLS,
    remedy=_REMEDY,
)
def no_plaintext_secret(resource: ResourceView) -> Findings:
    """No secret is written down in what starts a machine, a function or a pod, and secret inputs are marked.

    Known formats are found in any text; a name that says secret makes its value one unless it is marked or
    only points to one; in programs and environments long random texts count too.
    """
    yield from _found(resource)


@stack_rule(
    "iam-no-plaintext-secret-elsewhere",
    subjects=("pulumi:pulumi:Stack",),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=_CONTROLS,
    remedy=_REMEDY,
)
def no_plaintext_secret_elsewhere(graph: Graph) -> Findings:
    """No secret is written down in any other resource, provider or component."""
    for resource in graph.resources:
        if resource.type not in HOLDERS:
            yield from _found(resource)
