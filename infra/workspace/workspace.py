"""A developer's workspace: what it consists of, and in which order."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes

from ..cluster_platform.namespaces import GuardedNamespace
from ..cluster_platform.storage import VOLUMES
from ..settings import DevelopmentSettings, ScheduleSettings
from ..workloads.capacity import Capacity
from ..workloads.gps import PARTNER_KEY, Gps
from ..workloads.jobs import BrokerBootstrap, DatabaseBootstrap
from ..workloads.odoo import GSP_KEY, Entrance, Odoo, OdooDatabase, SmallVolume
from ..workloads.store_authority import StoreAuthority
from . import postgres, rabbitmq, redis
from .cluster_access import kubeconfig
from .developer_access import developer_access
from .generated_secrets import (
    AUTHORITY,
    AUTHORITY_FILE,
    CERTIFICATE,
    generated_secret,
    password_generator,
    stores_authority,
    stores_certificate,
)
from .names import WorkspaceNaming, host_of, namespace_of
from .paths import workspace_paths
from .placement import on_workspace_nodes
from .quota import RABBITMQ_GIB, files_gib, postgres_gib, workspace_quota
from .secret_store import NamespaceSecretStore
from .secrets import secrets_of
from .seed import Seed
from .store import Store

HOST_ENVIRONMENT: Final = "testing"
"""The environment whose VPC and cluster workspaces share (ISO-03)."""
IDLE_TIMEOUT_SECONDS: Final = 300
"""How long `kubectl port-forward` and a browser wait for a report, as the balancer does elsewhere."""


class Workspace:
    """One namespace with stores, Odoo and GPS of its own; it owns no AWS resource (ENV-01, ISO-03).

    Namespace and guards → generated secrets → stores → the workloads of every environment → made-up data.
    """

    def __init__(self, settings: DevelopmentSettings) -> None:
        naming = WorkspaceNaming.of(settings.environment, ScheduleSettings(awake=None))
        host = naming.peer(environment=HOST_ENVIRONMENT, account_id=naming.account_id, region=naming.region)
        self._settings = settings
        self._naming = naming
        self.name = namespace_of(settings.workspace.developer)
        self.capacity = Capacity.of_workspace(settings.load, settings.workspace, settings.workloads)
        provider = kubernetes.Provider(
            "kubernetes",
            kubernetes.ProviderArgs(
                kubeconfig=kubeconfig(
                    cluster=host.cluster, region=host.region, settings=settings.workspace.cluster
                ),
                # Another endpoint of the same cluster must not replace everything in it.
                cluster_identifier=host.cluster_arn(),
                enable_server_side_apply=True,
            ),
        )
        self._opts = pulumi.ResourceOptions(providers=[provider], transforms=[on_workspace_nodes])
        self.namespace = GuardedNamespace(
            self.name,
            quota=workspace_quota(settings.workspace, self.capacity),
            paths=workspace_paths(settings.workloads.odoo.mail),
            kubernetes_version=settings.versions.kubernetes,
            labels=self._labels(),
            opts=self._opts,
        )
        developer_access(namespace=self.namespace.name, opts=self._after())
        secrets = self._secrets()
        stores = self._stores(after=secrets)
        self._workloads(after=[*self.namespace.ready, *secrets, *stores])
        self.exports: dict[str, pulumi.Input[object]] = {
            "namespace": self.name,
            "cluster_name": host.cluster,
            "expires_on": settings.workspace.expires_on,
        }

    def _labels(self) -> dict[str, str]:
        """Say whose it is and when it ends: what has expired is destroyed by the pipeline."""
        workspace = self._settings.workspace
        return {"fleet-erp/owner": workspace.developer, "fleet-erp/expires": workspace.expires_on}

    def _after(self, *others: pulumi.Resource) -> pulumi.ResourceOptions:
        """Give the options of what comes after the guards of the namespace, and after `others`."""
        return pulumi.ResourceOptions.merge(
            self._opts, pulumi.ResourceOptions(depends_on=[*self.namespace.ready, *others])
        )

    def _secrets(self) -> list[pulumi.Resource]:
        """Generate secrets and certificate, and declare the store through which workloads read them."""
        generator = password_generator(namespace=self.namespace.name, opts=self._after())
        members = secrets_of(self._naming, self.name)
        generated = [
            generated_secret(name, namespace=self.namespace.name, members=texts, opts=self._after(generator))
            for name, texts in members.items()
        ]
        certificate = stores_certificate(
            hosts=[
                host
                for store in (postgres.NAME, rabbitmq.NAME, redis.NAME)
                for host in (host_of(store, self.name), store)
            ],
            namespace=self.namespace.name,
            opts=self._after(generator),
        )
        self.secret_store = NamespaceSecretStore(
            "secret-store",
            namespace=self.name,
            namespace_name=self.namespace.name,
            secrets=sorted({*members, CERTIFICATE}),
            after=[*generated, certificate],
            opts=self._after(),
        )
        authority = stores_authority(
            namespace=self.namespace.name,
            store=self.secret_store.name,
            opts=self._after(self.secret_store.resource),
        )
        return [*generated, certificate, self.secret_store.resource, authority]

    def _stores(self, *, after: list[pulumi.Resource]) -> list[pulumi.Resource]:
        workspace, naming = self._settings.workspace, self._naming
        access = postgres.access_rules(namespace=self.namespace.name, opts=self._after())
        definitions = (
            postgres.postgres(
                image=naming.image(workspace.images.postgres), storage_gib=postgres_gib(workspace)
            ),
            rabbitmq.rabbitmq(image=naming.image(workspace.images.rabbitmq), storage_gib=RABBITMQ_GIB),
            redis.redis(image=naming.image(workspace.images.redis)),
        )
        return [
            Store(definition, namespace=self.namespace.name, after=[access, *after], opts=self._opts).resource
            for definition in definitions
        ]

    def _workloads(self, *, after: list[pulumi.Resource]) -> None:
        """Declare what every environment runs, then the data that only workspaces have."""
        settings, namespace, store = self._settings, self.namespace.name, self.secret_store.name
        database = host_of(postgres.NAME, self.name)
        authority = StoreAuthority(secret=AUTHORITY, file=AUTHORITY_FILE)
        database_bootstrap = DatabaseBootstrap(
            "database-bootstrap",
            settings=settings.workloads,
            capacity=self.capacity,
            naming=self._naming,
            namespace=namespace,
            secret_store=store,
            host=database,
            master_secret=postgres.MASTER_SECRET,
            authority=authority,
            after=after,
            opts=self._opts,
        )
        broker_bootstrap = BrokerBootstrap(
            "broker-bootstrap",
            settings=settings.workloads,
            load=settings.load,
            capacity=self.capacity,
            naming=self._naming,
            namespace=namespace,
            secret_store=store,
            authority=authority,
            after=after,
            opts=self._opts,
        )
        odoo = Odoo(
            "odoo",
            settings=settings.workloads,
            capacity=self.capacity,
            naming=self._naming,
            namespace=namespace,
            secret_store=store,
            database=OdooDatabase(host=database, authority=authority),
            volume=SmallVolume(storage_class=VOLUMES, size_gib=files_gib(settings.workspace)),
            entrance=Entrance(
                target_group_arn=None,
                # Whoever forwards the port is his own host.
                hostname="localhost",
                balancer_networks=[],
                pod_networks=[],
                idle_timeout_seconds=IDLE_TIMEOUT_SECONDS,
            ),
            gsp_key=self._naming.secret(GSP_KEY),
            secrets_key_arn=None,
            secret_recovery_window_days=0,
            protect=False,
            after=[*after, *database_bootstrap.done],
            opts=self._opts,
        )
        prepared = [*after, *database_bootstrap.done, *broker_bootstrap.done]
        Gps(
            "gps",
            settings=settings.workloads,
            capacity=self.capacity,
            naming=self._naming,
            namespace=namespace,
            secret_store=store,
            database_host=database,
            target_group_arn=None,
            partner_key=self._naming.secret(PARTNER_KEY),
            authority=authority,
            after=prepared,
            opts=self._opts,
        )
        Seed(
            "seed",
            settings=settings.workloads,
            vehicles=settings.load.fleet.vehicles,
            capacity=self.capacity,
            naming=self._naming,
            namespace=namespace,
            secret_store=store,
            database_host=database,
            authority=authority,
            odoo=odoo,
            after=prepared,
            opts=self._opts,
        )
