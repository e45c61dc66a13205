"""What the cluster offers to everything that runs in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi

from ..cluster import Cluster, ServiceAccountRole
from ..cluster.access import REHEARSAL
from ..identity import Statement
from ..keys import Keys
from ..naming import Naming
from ..network import Network
from ..settings import EstateSettings
from . import (
    charts,
    cluster_autoscaler,
    external_secrets,
    keda,
    load_balancer_controller,
    secret_stores,
    trivy,
)
from .addresses import Addresses
from .admission import guard_target_groups
from .labels import ERP, GPS, NAMESPACES, NODE_AGENTS, OBSERVABILITY, SYSTEM
from .namespaces import READINESS_GATE, GuardedNamespace, Quota, Share
from .paths import paths
from .priorities import create_priorities
from .quotas import node_agents_quota, observability_quota, rehearsal_quota, system_quota
from .secret_stores import READABLE, STORE, SecretStore
from .storage import FILES, VOLUMES, create_file_class, create_volume_class

CLAIMS: Final = {ERP: 2, GPS: 0}
"""Claims that business namespaces may hold: Odoo's filestore, and another while one is moved."""


class Platform(pulumi.ComponentResource):
    """Namespaces, their guards, and the controllers (NET-06, ISO-03, SEC-03, SEC-11, AUTO-01).

    | part | what it gives |
    |---|---|
    | namespaces `erp`, `gps`, `platform-system`, `observability` | closed, but for the ways they need |
    | namespace `recovery-drill`, where recovery is rehearsed | open to the database alone |
    | namespace `node-agents`, where logs and metrics are kept | the same, for what mounts the node |
    | priorities | transactions before reports (LOAD-03) |
    | storage classes | volumes under our key, directories of the file system by TLS and IAM |
    | AWS Load Balancer Controller | pods in the target groups that the edge declares |
    | External Secrets | secrets from Secrets Manager, a store for each namespace |
    | Trivy operator | scans of what runs |
    | kinds of the Prometheus operator, where metrics are kept | controllers are watched from the start |
    | Cluster Autoscaler, KEDA | where the environment scales by itself |

    Everything comes after the guards of its namespace; what others make comes after `ready`.
    """

    namespaces: dict[str, pulumi.Output[str]]
    """Names of the namespaces, by the same name; known once they exist."""
    ready: list[pulumi.Resource]
    """What workloads depend on: guards of the namespaces, controllers with their definitions, stores."""
    secret_store_name: str
    """Name of the SecretStore in each namespace that has one."""
    storage_class_volumes: str
    """The default class: encrypted volumes of one zone."""
    storage_class_efs: str
    """Directories that pods of all zones share."""

    def __init__(
        self,
        name: str,
        *,
        settings: EstateSettings,
        quotas: Mapping[str, Share],
        naming: Naming,
        cluster: Cluster,
        network: Network,
        keys: Keys,
        file_system_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the platform; `quotas` are those of `erp` and `gps`, which the load decides."""
        super().__init__("fleet:cluster_platform:Platform", name, None, opts)
        self._settings = settings
        self._naming = naming
        self._cluster = cluster
        self._child = pulumi.ResourceOptions(parent=self)
        self._replicas = settings.cluster.controller_replicas
        self._autoscaled = settings.workloads.scaling == "autoscaled"
        self._watched = settings.observability is not None
        priorities = create_priorities(opts=self._child)
        storage_classes = [
            create_volume_class(key_arn=keys.data.arn, opts=self._child),
            create_file_class(file_system_id=file_system_id, opts=self._child),
        ]
        guarded = self._namespaces(quotas)
        self.namespaces = {space: made.name for space, made in guarded.items()}
        guards = [guard for made in guarded.values() for guard in made.ready]
        before = [*guards, *priorities, *storage_classes]
        definitions = self._definitions(after=before)
        controllers = self._controllers(vpc_id=network.vpc_id, after=[*before, *definitions])
        stores = self._stores(after=[controllers["external-secrets"]])
        self.secret_store_name = STORE
        self.storage_class_volumes = VOLUMES
        self.storage_class_efs = FILES
        self.ready = [
            *guards,
            *priorities,
            *storage_classes,
            *definitions,
            *guard_target_groups(naming=naming, opts=self._child),
            *controllers.values(),
            *stores,
        ]
        self.register_outputs({"namespaces": self.namespaces})

    def _namespaces(self, quotas: Mapping[str, Share]) -> dict[str, GuardedNamespace]:
        settings = self._settings
        addresses = Addresses.of(settings.network, settings.cluster)
        ways = paths(
            addresses,
            mail=settings.workloads.odoo.mail,
            autoscaled=self._autoscaled,
            monitored=self._watched,
        )
        metrics = settings.observability.metrics if settings.observability is not None else None
        shares = {
            **{space: Quota.of(quotas[space], claims=claims) for space, claims in CLAIMS.items()},
            SYSTEM: system_quota(autoscaled=self._autoscaled, replicas=self._replicas),
            OBSERVABILITY: observability_quota(metrics),
            REHEARSAL: rehearsal_quota(),
            NODE_AGENTS: node_agents_quota(settings.cluster),
        }
        made = (
            *NAMESPACES,
            *((REHEARSAL,) if settings.recovery.rehearsed else ()),
            *((NODE_AGENTS,) if self._watched else ()),
        )
        return {
            space: GuardedNamespace(
                space,
                quota=shares[space],
                paths=ways[space],
                kubernetes_version=settings.versions.kubernetes,
                labels=READINESS_GATE if space in {ERP, GPS} else None,
                sees_the_node=space == NODE_AGENTS,
                opts=self._child,
            )
            for space in made
        }

    def _definitions(self, *, after: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
        """Install the kinds of the Prometheus operator, which service monitors of the controllers need."""
        if not self._watched:
            return []
        version = self._settings.versions.charts.prometheus_operator_crds
        return [self._install(charts.PROMETHEUS_OPERATOR_CRDS, version, {}, after=after)[1]]

    def _controllers(
        self, *, vpc_id: pulumi.Input[str], after: Sequence[pulumi.Resource]
    ) -> dict[str, pulumi.Resource]:
        naming, versions = self._naming, self._settings.versions
        balancing = self._role(
            load_balancer_controller.SERVICE_ACCOUNT, load_balancer_controller.statements(naming)
        )
        scanning = self._role(trivy.SERVICE_ACCOUNT, trivy.statements(naming))
        releases = [
            self._install(
                charts.LOAD_BALANCER_CONTROLLER,
                versions.charts.aws_load_balancer_controller,
                load_balancer_controller.values(
                    naming=naming,
                    vpc_id=vpc_id,
                    role_arn=balancing.plain_arn,
                    replicas=self._replicas,
                    watched=self._watched,
                ),
                after=[balancing, *after],
            ),
            self._install(
                charts.EXTERNAL_SECRETS,
                versions.charts.external_secrets,
                external_secrets.values(replicas=self._replicas, watched=self._watched),
                after=after,
            ),
            self._install(
                charts.TRIVY_OPERATOR,
                versions.charts.trivy_operator,
                trivy.values(role_arn=scanning.plain_arn, watched=self._watched),
                after=[scanning, *after],
            ),
        ]
        if self._autoscaled:
            scaling = self._role(cluster_autoscaler.SERVICE_ACCOUNT, cluster_autoscaler.statements(naming))
            releases += [
                self._install(
                    charts.CLUSTER_AUTOSCALER,
                    versions.charts.cluster_autoscaler,
                    cluster_autoscaler.values(
                        naming=naming,
                        image_tag=versions.cluster_autoscaler,
                        role_arn=scaling.plain_arn,
                        watched=self._watched,
                    ),
                    after=[scaling, *after],
                ),
                self._install(
                    charts.KEDA,
                    versions.charts.keda,
                    keda.values(naming=naming, replicas=self._replicas, watched=self._watched),
                    after=after,
                ),
            ]
        return dict(releases)

    def _role(self, service_account: str, statements: Sequence[Statement]) -> ServiceAccountRole:
        return ServiceAccountRole(
            service_account,
            naming=self._naming,
            oidc_provider_arn=self._cluster.oidc_provider_arn,
            oidc_issuer=self._cluster.oidc_issuer,
            namespace=SYSTEM,
            service_account=service_account,
            statements=statements,
            opts=self._child,
        )

    def _install(
        self, chart: charts.Chart, version: str, values: charts.Values, *, after: Sequence[pulumi.Resource]
    ) -> tuple[str, pulumi.Resource]:
        release = charts.install(
            chart,
            version=version,
            values=values,
            namespace=self.namespaces[SYSTEM],
            opts=pulumi.ResourceOptions.merge(self._child, pulumi.ResourceOptions(depends_on=list(after))),
        )
        return chart.release, release

    def _stores(self, *, after: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
        recovery = self._settings.recovery
        return [
            SecretStore(
                f"{space}-secrets",
                namespace=space,
                namespace_name=self.namespaces[space],
                operator_namespace=self.namespaces[SYSTEM],
                permissions=secret_stores.statements(
                    self._naming,
                    space,
                    home=None if recovery.home else recovery.peer_environment,
                    managed_master_password=self._settings.database.master_password == "managed",
                ),
                naming=self._naming,
                cluster=self._cluster,
                after=after,
                opts=self._child,
            ).resource
            for space in READABLE
        ]
