"""Logs of the cluster, from the files of containers to indices that go when they are old enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
from pulumi_kubernetes import helm

from ...cluster import Cluster, ServiceAccountRole
from ...cluster_platform.charts import install
from ...cluster_platform.labels import NODE_AGENTS, OBSERVABILITY
from ...data import SearchDomain
from ...data.search_domain import SETUP_ROLE
from ...identity import Statement
from ...naming import Kind, Naming
from ...settings import LogShippingSettings, SearchSettings, WorkloadsSettings
from . import chart_values, search_plan
from .search_jobs import CHECK, SETUP, declare_check, declare_files, declare_setup

GRAFANA: Final = "grafana"
"""Service account of Grafana in `observability`: its role searches."""


class Logs(pulumi.ComponentResource):
    """Fluent Bit on every node, and a search domain that is set up for it (OBS-02, OBS-11, OBS-12).

    | part | what it does |
    |---|---|
    | job `search-setup` | fields and retention of indices, and who may write and read them |
    | release `fluent-bit` | ships the lines of all containers, a share of successful GPS events alone |
    | job `search-retention-check` | fails when indices outlive the retention, or none is new |

    The job comes first: the first index finds its template and policy, and no chunk is turned away.
    """

    release: helm.v3.Release

    def __init__(
        self,
        name: str,
        *,
        settings: LogShippingSettings,
        search_settings: SearchSettings,
        workloads: WorkloadsSettings,
        chart_version: str,
        naming: Naming,
        cluster: Cluster,
        search: SearchDomain,
        agents_namespace: pulumi.Input[str],
        jobs_namespace: pulumi.Input[str],
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Ship logs; Fluent Bit runs in `agents_namespace`, the jobs in `jobs_namespace`, after `after`."""
        super().__init__("fleet:observability:Logs", name, None, opts)
        self._naming = naming
        self._cluster = cluster
        self._child = pulumi.ResourceOptions(parent=self)
        domain_arn = naming.arn("es", f"domain/{naming.name(Kind.SEARCH_DOMAIN, 'logs')}")
        shipper = self._role(
            NODE_AGENTS, chart_values.SERVICE_ACCOUNT, chart_values.statements(domain_arn=domain_arn)
        )
        master = self._role(
            OBSERVABILITY,
            SETUP,
            (
                Statement(
                    sid="BecomeMasterOfTheDomain",
                    actions=("sts:AssumeRole",),
                    resources=(search.master_role_arn,),
                ),
            ),
            role_name=naming.name(Kind.ROLE, SETUP_ROLE),
        )
        inspector = self._role(OBSERVABILITY, CHECK, _inspection(domain_arn))
        plan = search_plan.plan(
            naming=naming,
            settings=search_settings,
            retention_days=settings.retention_days,
            writer_role_arn=shipper.plain_arn,
            reader_role_arn=naming.role_arn(naming.service_account_role(OBSERVABILITY, GRAFANA)),
            inspector_role_arn=inspector.plain_arn,
        )
        before = [*after, search]
        files = declare_files(plan, namespace=jobs_namespace, opts=self._after(before))
        image = naming.image(workloads.images.ops)
        setup = declare_setup(
            plan,
            image=image,
            endpoint=search.endpoint,
            naming=naming,
            role_arn=master.arn,
            master_role_arn=search.master_role_arn,
            namespace=jobs_namespace,
            opts=self._after([*before, files]),
        )
        declare_check(
            plan,
            image=image,
            endpoint=search.endpoint,
            naming=naming,
            role_arn=inspector.arn,
            namespace=jobs_namespace,
            opts=self._after([*before, setup]),
        )
        self.release = install(
            chart_values.CHART,
            version=chart_version,
            values=chart_values.values(
                role_arn=shipper.plain_arn,
                search_host=search.endpoint,
                index_prefix=search_plan.index_prefix(naming),
                region=naming.region,
                success_sampling_percent=workloads.gps.success_sampling_percent,
            ),
            namespace=agents_namespace,
            opts=self._after([*before, setup, shipper]),
        )
        self.register_outputs({"indices": plan["pattern"]})

    def _role(
        self,
        namespace: str,
        service_account: str,
        statements: Sequence[Statement],
        *,
        role_name: str | None = None,
    ) -> ServiceAccountRole:
        return ServiceAccountRole(
            service_account,
            naming=self._naming,
            oidc_provider_arn=self._cluster.oidc_provider_arn,
            oidc_issuer=self._cluster.oidc_issuer,
            namespace=namespace,
            service_account=service_account,
            statements=statements,
            role_name=role_name,
            opts=self._child,
        )

    def _after(self, resources: Sequence[pulumi.Resource]) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions.merge(self._child, pulumi.ResourceOptions(depends_on=list(resources)))


def _inspection(domain_arn: str) -> tuple[Statement, ...]:
    """Ask for settings of indices and for what manages them; documents have other paths."""
    return (
        Statement(
            sid="SeeHowLogsAreKept",
            actions=("es:ESHttpGet",),
            resources=(f"{domain_arn}/*/_settings/*", f"{domain_arn}/_plugins/_ism/explain/*"),
        ),
    )
