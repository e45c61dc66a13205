"""The order of the layers of one environment, and what each hands to the next."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from . import layers
from .cluster import Cluster
from .cluster_platform import Platform
from .cluster_platform.labels import ERP, GPS
from .data import Broker, Cache, Database, Filestore, ObjectStore, Registry, SearchDomain, Secrets
from .edge import Edge
from .exports import exports_of
from .keys import Keys
from .naming import Naming
from .network import Network
from .observability import AlarmTopic
from .observability.alarms import Alarms
from .operations import Schedules
from .protection import AccountBaseline, Detection, ServiceLinkedRoles, buckets_of
from .protection.intake import Intake
from .recovery import RecoveryOperator, Replication
from .settings import EstateSettings
from .workloads.business_views import BusinessViews
from .workloads.capacity import Capacity
from .workloads.gps import PARTNER_KEY, Gps
from .workloads.gps_archive import GpsArchive, archives_positions
from .workloads.jobs import BrokerBootstrap, DatabaseBootstrap, WorkloadCredentials
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
        recovery_provider = layers.recovery_provider(settings, naming)

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
            rehearsed=settings.recovery.rehearsed,
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
            recovery=settings.recovery,
            naming=naming,
            network=self.network,
            keys=self.keys,
            protect=protect,
            opts=opts,
        )
        self.backups = layers.backups(self, settings, naming, recovery_provider, opts=opts)
        self.refresh = layers.refresh(self, settings, naming, opts=opts)
        self.intake = Intake.where_set(
            settings,
            naming=naming,
            network=self.network,
            keys=self.keys,
            topic_arn=self.alarms.arn,
            opts=opts,
        )
        self.replication = (
            Replication(
                "replication",
                settings=settings,
                naming=naming,
                there=recovery_provider,
                region=settings.recovery.peer_region,
                objects=self.objects,
                filestore=self.filestore,
                protect=protect,
                opts=opts,
            )
            if recovery_provider is not None and settings.recovery.peer_region is not None
            else None
        )
        self.recovery_operator = (
            RecoveryOperator(
                "recovery-operator",
                settings=settings,
                naming=naming,
                opts=opts,
            )
            if settings.recovery.rehearsed
            else None
        )
        self.secrets = Secrets(
            "secrets",
            settings=settings.secrets,
            naming=naming,
            keys=self.keys,
            protect=protect,
            replica=self.replication.secret_replica if self.replication is not None else None,
            opts=opts,
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
            made_from=settings.database.snapshot,
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
        self.odoo = layers.odoo(self, settings, naming, opts=in_cluster)
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
        self.logs = layers.logs(self, settings, naming, opts=in_cluster)
        self.monitoring = layers.monitoring(self, settings, naming, opts=in_cluster)
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

    @property
    def exports(self) -> dict[str, pulumi.Input[object]]:
        """What people and other stacks read, by export name."""
        return exports_of(self)
