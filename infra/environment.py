"""The order of the layers of one environment, and what each hands to the next."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from .cluster import Cluster
from .cluster_platform import Platform
from .cluster_platform.labels import ERP, GPS, NODE_AGENTS, OBSERVABILITY
from .data import Broker, Cache, Database, Filestore, ObjectStore, Registry, SearchDomain, Secrets
from .edge import Edge
from .exports import exports_of
from .keys import Keys
from .naming import Naming
from .network import Network
from .observability import AlarmTopic
from .observability.alarms import Alarms
from .observability.alarms.component import RUNBOOKS_IN_REPOSITORY
from .observability.logs import Logs
from .observability.metrics import Monitoring
from .operations import Schedules
from .protection import AccountBaseline, Detection, ServiceLinkedRoles, buckets_of
from .protection.backup import Backups
from .protection.refresh import Refresh
from .settings import EstateSettings
from .workloads.business_views import BusinessViews
from .workloads.capacity import Capacity
from .workloads.gps import PARTNER_KEY, Gps
from .workloads.gps_archive import GpsArchive, archives_positions
from .workloads.jobs import BrokerBootstrap, DatabaseBootstrap, WorkloadCredentials
from .workloads.odoo import GSP_KEY, Entrance, Odoo, OdooDatabase, SharedFiles
from .workloads.secret_delivery import partner_secret


class Environment:
    """Everything AWS runs for prod, staging, testing or dr, built layer by layer.

    Attributes are the layers; `exports` is what people and other stacks read (docs/exports.md).
    """

    def __init__(self, settings: EstateSettings) -> None:
        naming = Naming.of(settings.environment, settings.schedule)
        serving = settings.recovery.serving
        protect = settings.environment.protect_stateful
        provider = aws.Provider(
            "aws",
            aws.ProviderArgs(
                region=settings.environment.region,
                allowed_account_ids=[settings.environment.account_id],
                default_tags=aws.ProviderDefaultTagsArgs(tags=naming.default_tags),
            ),
        )
        opts = pulumi.ResourceOptions(providers=[provider])

        self.service_linked_roles = ServiceLinkedRoles(
            "service-linked-roles", settings=settings.environment, opts=opts
        )
        self.keys = Keys(
            "keys",
            settings=settings.encryption,
            naming=naming,
            service_linked_roles=self.service_linked_roles,
            protect=protect,
            opts=opts,
        )
        self.alarms = AlarmTopic(
            "alarms",
            emails=settings.environment.alarm_emails,
            naming=naming,
            key_arn=self.keys.logs.arn,
            opts=opts,
        )
        self.baseline = AccountBaseline(
            "account-baseline",
            settings=settings.environment,
            naming=naming,
            volume_key_arn=self.keys.data.arn,
            opts=opts,
        )
        self.network = Network(
            "network",
            settings=settings.network,
            naming=naming,
            logs_key_arn=self.keys.logs.arn,
            alarm_topic_arn=self.alarms.arn,
            allowed_cidrs=settings.edge.allowed_cidrs,
            protect=protect,
            opts=opts,
        )
        self.cluster = Cluster(
            "cluster",
            settings=settings.cluster,
            versions=settings.versions,
            naming=naming,
            network=self.network,
            keys=self.keys,
            serving=serving,
            scheduled=settings.schedule.awake is not None,
            protect=protect,
            opts=opts,
        )
        self.database = Database(
            "database",
            settings=settings.database,
            recovery=settings.recovery,
            versions=settings.versions,
            naming=naming,
            network=self.network,
            keys=self.keys,
            secret_recovery_window_days=settings.secrets.recovery_window_days,
            protect=protect,
            opts=opts,
        )
        self.broker = Broker(
            "broker",
            settings=settings.broker,
            versions=settings.versions,
            naming=naming,
            network=self.network,
            keys=self.keys,
            secret_recovery_window_days=settings.secrets.recovery_window_days,
            protect=protect,
            opts=opts,
        )
        self.cache = Cache(
            "cache",
            settings=settings.cache,
            versions=settings.versions,
            naming=naming,
            network=self.network,
            keys=self.keys,
            secret_recovery_window_days=settings.secrets.recovery_window_days,
            protect=protect,
            opts=opts,
        )
        self.objects = ObjectStore(
            "objects",
            settings=settings.objects,
            naming=naming,
            keys=self.keys,
            protect=protect,
            others_logged=buckets_of(settings.protection.detection),
            opts=opts,
        )
        self.detection = Detection(
            "detection",
            settings=settings,
            naming=naming,
            keys=self.keys,
            access_logs=self.objects.access_logs,
            alarm_topic_arn=self.alarms.arn,
            service_linked_roles=self.service_linked_roles,
            opts=opts,
        )
        self.filestore = Filestore(
            "filestore",
            settings=settings.filestore,
            naming=naming,
            network=self.network,
            keys=self.keys,
            protect=protect,
            opts=opts,
        )
        self.backups = (
            Backups(
                "backups",
                backup=settings.protection.backup,
                settings=settings,
                naming=naming,
                keys=self.keys,
                network=self.network,
                database=self.database,
                filestore=self.filestore,
                objects=self.objects,
                topic_arn=self.alarms.arn,
                protect=protect,
                recovery_provider=self._recovery_provider(settings, naming),
                opts=opts,
            )
            if settings.protection.backup is not None
            else None
        )
        self.refresh = (
            Refresh(
                "refresh",
                refresh=settings.refresh,
                settings=settings,
                naming=naming,
                flow_logs=self.network.flow_logs,
                data_key_arn=self.keys.data.arn,
                logs_key_arn=self.keys.logs.arn,
                topic_arn=self.alarms.arn,
                runbooks=(
                    settings.observability.alerting.runbooks_url
                    if settings.observability is not None
                    else RUNBOOKS_IN_REPOSITORY
                ),
                protect=protect,
                opts=opts,
            )
            if settings.refresh is not None
            else None
        )
        self.secrets = Secrets(
            "secrets", settings=settings.secrets, naming=naming, keys=self.keys, protect=protect, opts=opts
        )
        self.registry = Registry(
            "registry", settings=settings.registry, naming=naming, keys=self.keys, opts=opts
        )
        self.search = (
            SearchDomain(
                "search",
                settings=settings.search,
                versions=settings.versions,
                naming=naming,
                network=self.network,
                keys=self.keys,
                protect=protect,
                opts=opts,
            )
            if settings.search is not None
            else None
        )
        self.edge = Edge(
            "edge",
            settings=settings.edge,
            load=settings.load,
            recovery=settings.recovery,
            naming=naming,
            network=self.network,
            access_logs=self.objects.access_logs,
            logs_key_arn=self.keys.logs.arn,
            alarm_topic_arn=self.alarms.arn,
            opts=opts,
        )
        self.cloudwatch_alarms = Alarms(
            "cloudwatch-alarms",
            settings=settings,
            naming=naming,
            topic_arn=self.alarms.arn,
            network=self.network,
            cluster=self.cluster,
            database=self.database,
            broker=self.broker,
            cache=self.cache,
            filestore=self.filestore,
            search=self.search,
            edge=self.edge,
            opts=opts,
        )
        self.capacity = Capacity.of(
            settings.load,
            settings.cluster,
            settings.database,
            settings.workloads,
            serving=serving,
            monitored=settings.observability is not None,
            guarded=settings.protection.detection.agent_on_every_node,
        )
        in_cluster = pulumi.ResourceOptions(providers=[provider, self._kubernetes_provider(naming)])
        self.platform = Platform(
            "platform",
            settings=settings,
            quotas=self.capacity.quotas,
            naming=naming,
            cluster=self.cluster,
            network=self.network,
            keys=self.keys,
            file_system_id=self.filestore.file_system_id,
            opts=in_cluster,
        )
        self.credentials = WorkloadCredentials(
            "workload-credentials",
            odoo_database=settings.workloads.odoo.database,
            database_host=self.database.endpoint,
            broker_endpoint=self.broker.endpoint,
            naming=naming,
            keys=self.keys,
            secret_recovery_window_days=settings.secrets.recovery_window_days,
            protect=protect,
            opts=opts,
        )
        self.database_bootstrap = DatabaseBootstrap(
            "database-bootstrap",
            settings=settings.workloads,
            capacity=self.capacity,
            naming=naming,
            namespace=self.platform.namespaces[ERP],
            secret_store=self.platform.secret_store_name,
            host=self.database.endpoint,
            master_secret=self.database.master_secret_arn,
            after=[*self.platform.ready, self.credentials, self.database],
            opts=in_cluster,
        )
        self.broker_bootstrap = BrokerBootstrap(
            "broker-bootstrap",
            settings=settings.workloads,
            load=settings.load,
            capacity=self.capacity,
            naming=naming,
            namespace=self.platform.namespaces[GPS],
            secret_store=self.platform.secret_store_name,
            after=[*self.platform.ready, self.credentials, self.broker],
            opts=in_cluster,
        )
        self.odoo = self._odoo(settings, naming, opts=in_cluster)
        self.business_views = (
            BusinessViews(
                "business-views",
                settings=settings.workloads,
                capacity=self.capacity,
                naming=naming,
                namespace=self.platform.namespaces[ERP],
                secret_store=self.platform.secret_store_name,
                host=self.database.endpoint,
                odoo=self.odoo.preparation,
                after=[*self.platform.ready, self.credentials],
                opts=in_cluster,
            )
            if settings.observability is not None
            else None
        )
        self.gps = Gps(
            "gps",
            settings=settings.workloads,
            capacity=self.capacity,
            naming=naming,
            namespace=self.platform.namespaces[GPS],
            secret_store=self.platform.secret_store_name,
            database_host=self.database.endpoint,
            target_group_arn=self.edge.target_group_arns["gps"],
            partner_key=partner_secret(naming, settings.recovery, PARTNER_KEY),
            after=[
                *self.platform.ready,
                self.credentials,
                *self.database_bootstrap.done,
                *self.broker_bootstrap.done,
            ],
            opts=in_cluster,
        )
        self.gps_archive = (
            GpsArchive(
                "gps-archive",
                settings=settings.workloads,
                capacity=self.capacity,
                naming=naming,
                cluster=self.cluster,
                namespace=self.platform.namespaces[GPS],
                secret_store=self.platform.secret_store_name,
                database_host=self.database.endpoint,
                after=[*self.platform.ready, self.objects, self.gps, *self.database_bootstrap.done],
                opts=in_cluster,
            )
            if archives_positions(settings)
            else None
        )
        self.logs = self._logs(settings, naming, opts=in_cluster)
        self.monitoring = self._monitoring(settings, naming, opts=in_cluster)
        self.schedules = (
            Schedules(
                "schedules",
                settings=settings.schedule.awake,
                naming=naming,
                node_groups=self.cluster.node_groups,
                database_identifier=naming.database,
                key_arn=self.keys.data.arn,
                opts=opts,
            )
            if settings.schedule.awake is not None
            else None
        )

    @staticmethod
    def _recovery_provider(settings: EstateSettings, naming: Naming) -> aws.Provider | None:
        """Make the provider of the region that a primary's copies go to."""
        recovery = settings.recovery
        if recovery.role != "primary" or recovery.peer_region is None:
            return None
        return aws.Provider(
            "aws-recovery",
            aws.ProviderArgs(
                region=recovery.peer_region,
                allowed_account_ids=[settings.environment.account_id],
                default_tags=aws.ProviderDefaultTagsArgs(tags=naming.default_tags),
            ),
        )

    def _kubernetes_provider(self, naming: Naming) -> kubernetes.Provider:
        """Make the provider of everything in the cluster.

        It comes after the whole cluster: without the deployer's access entry the API answers nobody, without
        nodes and CoreDNS no controller becomes ready. On the way down the cluster goes last.
        """
        return kubernetes.Provider(
            "kubernetes",
            kubernetes.ProviderArgs(
                kubeconfig=self.cluster.kubeconfig,
                # Another kubeconfig for the same cluster must not replace everything in it.
                cluster_identifier=naming.cluster_arn(),
                enable_server_side_apply=True,
            ),
            opts=pulumi.ResourceOptions(depends_on=[self.cluster]),
        )

    def _odoo(self, settings: EstateSettings, naming: Naming, *, opts: pulumi.ResourceOptions) -> Odoo:
        return Odoo(
            "odoo",
            settings=settings.workloads,
            capacity=self.capacity,
            naming=naming,
            namespace=self.platform.namespaces[ERP],
            secret_store=self.platform.secret_store_name,
            database=OdooDatabase(host=self.database.endpoint, report_host=self.database.report_endpoint),
            volume=SharedFiles(
                file_system_id=self.filestore.file_system_id,
                access_point_id=self.filestore.access_point_id,
                storage_class=self.platform.storage_class_efs,
                volume_name=f"{naming.prefix}-odoo",
            ),
            entrance=Entrance(
                target_group_arn=self.edge.target_group_arns["odoo"],
                hostname=settings.edge.web_hostname,
                balancer_networks=[str(subnet.cidr) for subnet in settings.network.public_subnets],
                pod_networks=[str(subnet.cidr) for subnet in settings.network.private_subnets],
                idle_timeout_seconds=settings.edge.idle_timeout_seconds,
            ),
            gsp_key=partner_secret(naming, settings.recovery, GSP_KEY),
            secrets_key_arn=self.keys.secrets.arn,
            secret_recovery_window_days=settings.secrets.recovery_window_days,
            protect=settings.environment.protect_stateful,
            after=[*self.platform.ready, self.credentials, *self.database_bootstrap.done],
            opts=opts,
        )

    def _logs(self, settings: EstateSettings, naming: Naming, *, opts: pulumi.ResourceOptions) -> Logs | None:
        if settings.observability is None or settings.search is None or self.search is None:
            return None
        return Logs(
            "logs",
            settings=settings.observability.logs,
            search_settings=settings.search,
            workloads=settings.workloads,
            chart_version=settings.versions.charts.fluent_bit,
            naming=naming,
            cluster=self.cluster,
            search=self.search,
            agents_namespace=self.platform.namespaces[NODE_AGENTS],
            jobs_namespace=self.platform.namespaces[OBSERVABILITY],
            after=self.platform.ready,
            opts=opts,
        )

    def _monitoring(
        self, settings: EstateSettings, naming: Naming, *, opts: pulumi.ResourceOptions
    ) -> Monitoring | None:
        if settings.observability is None or self.search is None:
            return None
        return Monitoring(
            "monitoring",
            settings=settings,
            capacity=self.capacity,
            naming=naming,
            cluster=self.cluster,
            keys=self.keys,
            database=self.database,
            broker=self.broker,
            cache=self.cache,
            search=self.search,
            namespace=self.platform.namespaces[OBSERVABILITY],
            secret_store=self.platform.secret_store_name,
            protect=settings.environment.protect_stateful,
            after=[
                *self.platform.ready,
                self.credentials,
                *self.database_bootstrap.done,
                *self.broker_bootstrap.done,
            ],
            opts=opts,
        )

    @property
    def exports(self) -> dict[str, pulumi.Input[object]]:
        """What people and other stacks read, by export name."""
        return exports_of(self)
