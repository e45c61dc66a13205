"""Ways from Secrets Manager into a namespace: one store, one service account, one role for each (SEC-02)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import apiextensions, core, rbac

from ..cluster import Cluster
from ..cluster.service_account_role import AUDIENCE, ServiceAccountRole
from ..identity import Condition, Statement
from ..naming import SECRET_REPLICAS, Naming
from . import external_secrets
from .charts import ROLE_ANNOTATION
from .labels import ERP, GPS, OBSERVABILITY

STORE: Final = "secrets-manager"
"""Name of the SecretStore in each namespace that has one."""
READER: Final = "secret-reader"
"""The service account of a store. No pod runs under it."""
TOKEN_ROLE: Final = "external-secrets-token"

READABLE: Final = {
    ERP: ("database-*", "odoo-*", "cache-*", "mail-*", "gsp-*"),
    GPS: ("broker-*", "database-gps*", "gps-*", "cache-*"),
    OBSERVABILITY: (
        "observability-*",
        "database-exporter-*",
        "database-grafana-*",
        "broker-monitoring-*",
        "cache-app-*",
    ),
}
"""Secrets that the pods of a namespace may be given, by what their names begin with."""
PARTNER_KEYS: Final = {ERP: "gsp-*", GPS: "gps-*"}
"""Those that a home replicates to the region of its standby, where they keep the home's name and key."""


def readable_arns(naming: Naming, namespace: str, *, home: str | None) -> tuple[str, ...]:
    """Give the secrets that the store of a namespace may read, as ARNs with a pattern at the end.

    `home` is the environment whose replicated keys a standby reads; None: it has keys of its own.
    """
    names = [naming.secret(name) for name in READABLE[namespace]]
    if home is not None and namespace in PARTNER_KEYS:
        names.append(_at(naming, home).secret(PARTNER_KEYS[namespace]))
    return tuple(naming.arn("secretsmanager", f"secret:{name}") for name in names)


def statements(
    naming: Naming, namespace: str, *, home: str | None, managed_master_password: bool
) -> tuple[Statement, ...]:
    """Read the namespace's secrets, and decrypt them through Secrets Manager with the secrets key alone.

    A master password that RDS manages lies under a name that RDS makes up: it is known by its tag.
    """
    read = ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue")
    keys = [naming.key_alias("secrets")]
    if home is not None and namespace in PARTNER_KEYS:
        keys.append(_at(naming, home).key_alias(SECRET_REPLICAS))
    managed = (
        Statement(
            sid="ReadMasterPassword",
            actions=read,
            resources=(naming.arn("secretsmanager", "secret:rds!db-*"),),
            conditions=(
                Condition(
                    operator="StringEquals",
                    key="aws:ResourceTag/aws:rds:primaryDBInstanceArn",
                    values=(naming.database_arn(),),
                ),
            ),
        ),
    )
    return (
        Statement(
            sid="ReadSecrets",
            actions=read,
            resources=readable_arns(naming, namespace, home=home),
        ),
        *(managed if managed_master_password and namespace == ERP else ()),
        Statement(
            sid="DecryptSecrets",
            actions=("kms:Decrypt",),
            resources=(naming.arn("kms", "key/*"),),
            conditions=(
                # By its alias: unlike the ARN, that is known before the key is made.
                Condition(
                    operator="ForAnyValue:StringEquals",
                    key="kms:ResourceAliases",
                    values=keys,
                ),
                Condition(
                    operator="StringEquals",
                    key="kms:ViaService",
                    values=(f"secretsmanager.{naming.region}.amazonaws.com",),
                ),
            ),
        ),
    )


def _at(naming: Naming, environment: str) -> Naming:
    """The names of another environment in this account and region."""
    return naming.peer(environment=environment, account_id=naming.account_id, region=naming.region)


class SecretStore(pulumi.ComponentResource):
    """The store of a namespace: what ExternalSecrets there may ask Secrets Manager for (SEC-02, SEC-03).

    The operator speaks for the store's service account: it asks Kubernetes for a token of that one account,
    which AWS takes for the account's role. So a secret of one namespace cannot be asked for in another.
    """

    name: pulumi.Output[str]
    """Name of the SecretStore, known once it exists."""

    def __init__(
        self,
        name: str,
        *,
        namespace: str,
        namespace_name: pulumi.Input[str],
        operator_namespace: pulumi.Input[str],
        permissions: Sequence[Statement],
        naming: Naming,
        cluster: Cluster,
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the store `name` of `namespace`; the operator in `operator_namespace` is among `after`."""
        super().__init__("fleet:cluster_platform:SecretStore", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = ServiceAccountRole(
            name,
            naming=naming,
            oidc_provider_arn=cluster.oidc_provider_arn,
            oidc_issuer=cluster.oidc_issuer,
            namespace=namespace,
            service_account=READER,
            statements=permissions,
            opts=child,
        )
        account = core.v1.ServiceAccount(
            name,
            core.v1.ServiceAccountInitArgs(
                metadata=kubernetes.meta.v1.ObjectMetaArgs(
                    name=READER, namespace=namespace_name, annotations={ROLE_ANNOTATION: role.arn}
                ),
                automount_service_account_token=False,
            ),
            opts=child,
        )
        binding = self._let_operator_speak(name, namespace_name, operator_namespace, child)
        store = apiextensions.CustomResource(
            name,
            api_version="external-secrets.io/v1",
            kind="SecretStore",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=STORE, namespace=namespace_name),
            spec={
                "provider": {
                    "aws": {
                        "service": "SecretsManager",
                        "region": naming.region,
                        "auth": {"jwt": {"serviceAccountRef": {"name": READER, "audiences": [AUDIENCE]}}},
                    }
                }
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account, binding, *after]),
        )
        self.resource = store
        self.name = store.id.apply(lambda _: STORE)
        self.register_outputs({"name": self.name})

    def _let_operator_speak(
        self,
        name: str,
        namespace_name: pulumi.Input[str],
        operator_namespace: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
    ) -> pulumi.Resource:
        role = rbac.v1.Role(
            f"{name}-token",
            rbac.v1.RoleInitArgs(
                metadata=kubernetes.meta.v1.ObjectMetaArgs(name=TOKEN_ROLE, namespace=namespace_name),
                rules=[
                    rbac.v1.PolicyRuleArgs(
                        api_groups=[""],
                        resources=["serviceaccounts/token"],
                        resource_names=[READER],
                        verbs=["create"],
                    )
                ],
            ),
            opts=opts,
        )
        return rbac.v1.RoleBinding(
            f"{name}-token",
            rbac.v1.RoleBindingInitArgs(
                metadata=kubernetes.meta.v1.ObjectMetaArgs(name=TOKEN_ROLE, namespace=namespace_name),
                role_ref=rbac.v1.RoleRefArgs(
                    api_group="rbac.authorization.k8s.io", kind="Role", name=TOKEN_ROLE
                ),
                subjects=[
                    rbac.v1.SubjectArgs(
                        kind="ServiceAccount",
                        name=external_secrets.SERVICE_ACCOUNT,
                        namespace=operator_namespace,
                    )
                ],
            ),
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[role])),
        )
