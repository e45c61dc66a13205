"""What the API server refuses, whoever asks."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import admissionregistration

from ..naming import Naming
from .load_balancer_controller import TARGET_GROUPS, target_group_arn_prefix

POLICY: Final = "target-group-bindings"


def guard_target_groups(*, naming: Naming, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Let a namespace bind its own target group only, by pod address, and leave security groups alone.

    A binding decides which pods the internet reaches. No role in the cluster but the administrator's may make
    one; this holds for administrators too. `spec.networking` would have the controller open ports in groups
    whose rules are declared elsewhere.
    """
    policy = admissionregistration.v1.ValidatingAdmissionPolicy(
        POLICY,
        admissionregistration.v1.ValidatingAdmissionPolicyInitArgs(
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=POLICY),
            spec=admissionregistration.v1.ValidatingAdmissionPolicySpecArgs(
                failure_policy="Fail",
                match_constraints=admissionregistration.v1.MatchResourcesArgs(
                    resource_rules=[
                        admissionregistration.v1.NamedRuleWithOperationsArgs(
                            api_groups=["elbv2.k8s.aws"],
                            api_versions=["*"],
                            operations=["CREATE", "UPDATE"],
                            resources=["targetgroupbindings"],
                        )
                    ]
                ),
                validations=[
                    admissionregistration.v1.ValidationArgs(expression=expression, message=message)
                    for expression, message in _validations(naming)
                ],
            ),
        ),
        opts=opts,
    )
    binding = admissionregistration.v1.ValidatingAdmissionPolicyBinding(
        POLICY,
        admissionregistration.v1.ValidatingAdmissionPolicyBindingInitArgs(
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=POLICY),
            spec=admissionregistration.v1.ValidatingAdmissionPolicyBindingSpecArgs(
                policy_name=POLICY, validation_actions=["Deny"]
            ),
        ),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[policy])),
    )
    return [policy, binding]


def _validations(naming: Naming) -> tuple[tuple[str, str], ...]:
    own = " || ".join(
        f"(request.namespace == '{namespace}' &&"
        f" object.spec.targetGroupARN.startsWith('{target_group_arn_prefix(naming, service)}'))"
        for namespace, service in TARGET_GROUPS.items()
    )
    return (
        (f"has(object.spec.targetGroupARN) && ({own})", "a namespace binds its own target group only"),
        (
            "!has(object.spec.targetType) || object.spec.targetType == 'ip'",
            "pods are registered by their own address",
        ),
        ("!has(object.spec.networking)", "security groups are declared outside the cluster"),
    )
