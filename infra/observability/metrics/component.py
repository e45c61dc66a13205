"""Metrics of an environment, from the programs that serve them to where they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
from pulumi_kubernetes import helm

from ...cluster import Cluster, ServiceAccountRole
from ...cluster_platform import charts as platform_charts
from ...cluster_platform.charts import Chart, Values
from ...cluster_platform.labels import OBSERVABILITY
from ...data import Broker, Cache, Database, SearchDomain
from ...identity import Statement
from ...keys import Keys
from ...naming import Kind, Naming
from ...settings import EstateSettings
from ...workloads import pods
from ...workloads.capacity import Capacity
from ...workloads.certificates import rds_roots_config_map
from ...workloads.jobs.broker_plan import MONITORING
from ...workloads.jobs.users import EXPORTER
from ...workloads.secret_delivery import (
    RemoteValue,
    broker_user_secret,
    database_user_secret,
    external_secret,
)
from ..alerting import AlertReceivers, alertmanager_values
from ..dashboards import DashboardContext, create_dashboards, dashboards
from ..grafana import Asked, GrafanaAccess, grafana_values
from ..logs.search_plan import index_prefix
from ..rules import RuleContext, create_prometheus_rules, rule_groups
from . import charts, cloudwatch, exporters, scraping
from .long_term_store import LongTermStore, read_statements, write_statements
from .prometheus_values import SERVICE_ACCOUNT, stack_values

GRAFANA: Final = "grafana"
"""Service account of Grafana."""
CACHE_SECRET: Final = "cache-app"


class Monitoring(pulumi.ComponentResource):
    """Prometheus and everything around it (OBS-01, OBS-04, OBS-08).

    | part | what it does |
    |---|---|
    | release `kube-prometheus-stack` | Prometheus, Alertmanager, Grafana; nodes, pods, Kubernetes |
    | exporters | PostgreSQL, Redis, CloudWatch, what users see |
    | scrape configurations | RabbitMQ, the GPS service |
    | rules, dashboards | aggregates, alerts and what people look at |
    | workspace of Amazon Managed Prometheus | aggregates for a year |

    A recovery region at rest asks neither PostgreSQL nor RabbitMQ: their users come with the jobs that run
    when it takes over. CloudWatch tells how they are meanwhile.
    """

    stack: helm.v3.Release
    """The release; its pods answer when it is there."""
    long_term_url: pulumi.Output[str]
    """Where aggregates are asked for, as a Prometheus data source has it."""
    grafana_role_arn: str
    grafana_admin_secret_arn: pulumi.Output[str]
    """Where operators find the password of Grafana's administrator."""

    def __init__(
        self,
        name: str,
        *,
        settings: EstateSettings,
        capacity: Capacity,
        naming: Naming,
        cluster: Cluster,
        keys: Keys,
        database: Database,
        broker: Broker,
        cache: Cache,
        search: SearchDomain,
        namespace: pulumi.Input[str],
        secret_store: pulumi.Input[str],
        protect: bool,
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Watch an environment from `namespace`, after `after`: the platform, and users of the data stores.

        Raises ValueError for an environment that keeps no metrics.
        """
        super().__init__("fleet:observability:Monitoring", name, None, opts)
        watched = settings.observability
        if watched is None:
            raise ValueError(f"{settings.environment.name} keeps no metrics")
        self._settings = settings
        self._naming = naming
        self._cluster = cluster
        self._namespace = namespace
        self._store = secret_store
        self._child = pulumi.ResourceOptions(parent=self)
        self._before = list(after)
        long_term = LongTermStore(
            "long-term-store",
            retention_days=watched.metrics.long_term_retention_days,
            naming=naming,
            keys=keys,
            protect=protect,
            opts=self._child,
        )
        self.long_term_url = long_term.endpoint
        sending = self._role(SERVICE_ACCOUNT, write_statements(naming))
        asking = self._role(GRAFANA, (*read_statements(naming), *_search_statements(naming)))
        self.grafana_role_arn = asking.plain_arn
        receivers = AlertReceivers(
            "alert-receivers",
            settings=watched.alerting,
            naming=naming,
            namespace=namespace,
            secret_store=secret_store,
            key_arn=keys.secrets.arn,
            recovery_window_days=settings.secrets.recovery_window_days,
            after=after,
            protect=protect,
            opts=self._child,
        )
        certificates = rds_roots_config_map(
            f"{OBSERVABILITY}-rds-certificates",
            region=naming.region,
            namespace=namespace,
            opts=self._after(self._before),
        )
        access = GrafanaAccess(
            "grafana-access",
            asked=Asked(
                database_host=database.report_endpoint or database.endpoint,
                database=settings.workloads.odoo.database,
                long_term_url=long_term.endpoint,
                search_host=search.endpoint,
                search_version=settings.versions.opensearch,
                indices=f"{index_prefix(naming)}-*",
                scrape_seconds=watched.metrics.scrape_interval_seconds,
            ),
            naming=naming,
            namespace=namespace,
            secret_store=secret_store,
            key_arn=keys.secrets.arn,
            recovery_window_days=settings.secrets.recovery_window_days,
            after=after,
            protect=protect,
            opts=self._child,
        )
        self.grafana_admin_secret_arn = access.admin_secret_arn
        self.stack = self._install(
            charts.KUBE_PROMETHEUS_STACK,
            settings.versions.charts.kube_prometheus_stack,
            stack_values(
                settings=watched.metrics,
                naming=naming,
                role_arn=sending.plain_arn,
                long_term_url=pulumi.Output.concat(long_term.endpoint, "/api/v1/remote_write"),
                alertmanager=alertmanager_values(settings=watched.alerting, naming=naming),
                grafana=grafana_values(settings=watched, naming=naming, role_arn=asking.plain_arn),
            ),
            after=[sending, asking, certificates, *receivers.ready, *access.ready],
        )
        self._exporters(database=database, cache=cache, certificates=certificates)
        self._scraping(broker)
        create_dashboards(
            dashboards(DashboardContext.of(settings)),
            namespace_name=namespace,
            opts=self._after(self._before),
        )
        create_prometheus_rules(
            rule_groups(RuleContext.of(settings, capacity)),
            namespace_name=namespace,
            opts=self._after([self.stack]),
        )
        self.register_outputs({"longTermUrl": self.long_term_url})

    def _exporters(self, *, database: Database, cache: Cache, certificates: pulumi.Resource) -> None:
        versions, edge = self._settings.versions.charts, self._settings.edge
        if self._settings.recovery.serving:
            login = self._deliver(
                exporters.POSTGRES_SECRET,
                component="prometheus-postgres-exporter",
                secret=database_user_secret(self._naming, EXPORTER),
                members=[exporters.PASSWORD_KEY],
            )
            self._install(
                charts.POSTGRES_EXPORTER,
                versions.prometheus_postgres_exporter,
                exporters.postgres_values(host=database.endpoint),
                after=[certificates, login],
            )
        login = self._deliver(
            exporters.REDIS_SECRET,
            component="prometheus-redis-exporter",
            secret=self._naming.secret(CACHE_SECRET),
            members=[exporters.PASSWORD_KEY],
        )
        self._install(
            charts.REDIS_EXPORTER,
            versions.prometheus_redis_exporter,
            exporters.redis_values(address=exporters.redis_address(cache.endpoint)),
            after=[login],
        )
        reading = self._role(exporters.CLOUDWATCH_SERVICE_ACCOUNT, cloudwatch.statements())
        self._install(
            charts.CLOUDWATCH_EXPORTER,
            versions.prometheus_yet_another_cloudwatch_exporter,
            exporters.cloudwatch_values(naming=self._naming, role_arn=reading.plain_arn),
            after=[reading],
        )
        asked = exporters.probes(web_hostname=edge.web_hostname, gps_hostname=edge.gps_hostname)
        self._install(
            charts.BLACKBOX_EXPORTER,
            versions.prometheus_blackbox_exporter,
            exporters.blackbox_values(asked if self._settings.recovery.serving else asked[:2]),
            after=[],
        )

    def _scraping(self, broker: Broker) -> None:
        opts = self._after([self.stack])
        scraping.declare_pod_monitor(namespace=self._namespace, opts=opts)
        if self._settings.recovery.serving:
            login = self._deliver(
                scraping.BROKER_SECRET,
                component=scraping.BROKER,
                secret=broker_user_secret(self._naming, MONITORING),
                members=["username", "password"],
            )
            scraping.declare_broker_scraping(
                endpoint=broker.endpoint,
                namespace=self._namespace,
                opts=self._after([self.stack, login]),
            )

    def _deliver(self, name: str, *, component: str, secret: str, members: Sequence[str]) -> pulumi.Resource:
        """Deliver members of a value in Secrets Manager under their own names (SEC-02)."""
        return external_secret(
            name,
            name=name,
            namespace=self._namespace,
            labels=pods.labels("prometheus", component=component),
            store=self._store,
            values=[RemoteValue(name=member, secret=secret, member=member) for member in members],
            opts=self._after(self._before),
        )

    def _role(self, service_account: str, statements: Sequence[Statement]) -> ServiceAccountRole:
        return ServiceAccountRole(
            f"{OBSERVABILITY}-{service_account}",
            naming=self._naming,
            oidc_provider_arn=self._cluster.oidc_provider_arn,
            oidc_issuer=self._cluster.oidc_issuer,
            namespace=OBSERVABILITY,
            service_account=service_account,
            statements=statements,
            opts=self._child,
        )

    def _install(
        self, chart: Chart, version: str, values: Values, *, after: Sequence[pulumi.Resource]
    ) -> helm.v3.Release:
        return platform_charts.install(
            chart,
            version=version,
            values=values,
            namespace=self._namespace,
            opts=self._after([*self._before, *after]),
        )

    def _after(self, resources: Sequence[pulumi.Resource]) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions.merge(self._child, pulumi.ResourceOptions(depends_on=list(resources)))


def _search_statements(naming: Naming) -> tuple[Statement, ...]:
    """Search logs from a dashboard; what a reader sees says the search domain itself."""
    domain = naming.arn("es", f"domain/{naming.name(Kind.SEARCH_DOMAIN, 'logs')}")
    return (
        Statement(sid="ReadIndices", actions=("es:ESHttpGet",), resources=(f"{domain}/*",)),
        Statement(
            sid="SearchLogs",
            actions=("es:ESHttpPost",),
            resources=(f"{domain}/_msearch", f"{domain}/*/_search", f"{domain}/*/_msearch"),
        ),
    )
