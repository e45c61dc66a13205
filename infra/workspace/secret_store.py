"""The store that ExternalSecrets of a workspace read: the generated Secrets of its own namespace (SEC-02)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import apiextensions, core, rbac

from ..cluster_platform.external_secrets import SERVICE_ACCOUNT as OPERATOR
from ..cluster_platform.labels import SYSTEM
from ..workloads.secret_delivery import API_VERSION

STORE: Final = "workspace"
READER: Final = "secret-reader"
"""The service account of the store. No pod runs under it."""
READS: Final = "read-generated-secrets"
TOKEN: Final = "external-secrets-token"
ROLE_API: Final = "rbac.authorization.k8s.io"


class NamespaceSecretStore(pulumi.ComponentResource):
    """What is Secrets Manager elsewhere: the same ExternalSecrets of Odoo and GPS read here.

    The operator speaks for the service account of this namespace alone, which may read the named Secrets and
    nothing else; so a workspace gets at no other one's secrets, nor at testing's.
    """

    name: str
    """Name of the SecretStore; whoever reads through it comes after `resource`."""
    resource: pulumi.Resource

    def __init__(
        self,
        name: str,
        *,
        namespace: str,
        namespace_name: pulumi.Input[str],
        secrets: Sequence[str],
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the store of `namespace`; `secrets` are the names that may be read."""
        super().__init__("fleet:workspace:NamespaceSecretStore", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = core.v1.ServiceAccount(
            name,
            core.v1.ServiceAccountInitArgs(
                metadata=_metadata(READER, namespace_name), automount_service_account_token=False
            ),
            opts=child,
        )
        roles = [
            *_grant(
                f"{name}-read",
                READS,
                namespace_name=namespace_name,
                rule=rbac.v1.PolicyRuleArgs(
                    api_groups=[""], resources=["secrets"], resource_names=list(secrets), verbs=["get"]
                ),
                subject=rbac.v1.SubjectArgs(kind="ServiceAccount", name=READER, namespace=namespace_name),
                opts=child,
            ),
            *_grant(
                f"{name}-token",
                TOKEN,
                namespace_name=namespace_name,
                rule=rbac.v1.PolicyRuleArgs(
                    api_groups=[""],
                    resources=["serviceaccounts/token"],
                    resource_names=[READER],
                    verbs=["create"],
                ),
                # The operator belongs to the host's platform.
                subject=rbac.v1.SubjectArgs(kind="ServiceAccount", name=OPERATOR, namespace=SYSTEM),
                opts=child,
            ),
        ]
        store = apiextensions.CustomResource(
            name,
            api_version=API_VERSION,
            kind="SecretStore",
            metadata=_metadata(STORE, namespace_name),
            spec={
                "provider": {
                    "kubernetes": {
                        "remoteNamespace": namespace,
                        "server": {
                            "caProvider": {
                                "type": "ConfigMap",
                                # Kubernetes itself puts it into every namespace.
                                "name": "kube-root-ca.crt",
                                "key": "ca.crt",
                            }
                        },
                        "auth": {"serviceAccount": {"name": READER}},
                    }
                }
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account, *roles, *after]),
        )
        self.resource = store
        self.name = STORE
        self.register_outputs({"name": self.name})


def _grant(
    logical_name: str,
    name: str,
    *,
    namespace_name: pulumi.Input[str],
    rule: rbac.v1.PolicyRuleArgs,
    subject: rbac.v1.SubjectArgs,
    opts: pulumi.ResourceOptions,
) -> list[pulumi.Resource]:
    role = rbac.v1.Role(
        logical_name,
        rbac.v1.RoleInitArgs(metadata=_metadata(name, namespace_name), rules=[rule]),
        opts=opts,
    )
    binding = rbac.v1.RoleBinding(
        logical_name,
        rbac.v1.RoleBindingInitArgs(
            metadata=_metadata(name, namespace_name),
            role_ref=rbac.v1.RoleRefArgs(api_group=ROLE_API, kind="Role", name=name),
            subjects=[subject],
        ),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[role])),
    )
    return [role, binding]


def _metadata(name: str, namespace: pulumi.Input[str]) -> kubernetes.meta.v1.ObjectMetaArgs:
    return kubernetes.meta.v1.ObjectMetaArgs(name=name, namespace=namespace)
