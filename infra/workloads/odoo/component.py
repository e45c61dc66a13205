"""Odoo in the cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import pulumi
import pulumi_aws as aws
from pulumi_kubernetes import apiextensions, apps, batch, core

from ...naming import Naming
from ...network import ports
from ...settings import WorkloadsSettings
from .. import certificates, pods, serving
from ..capacity import Capacity
from ..content import content_hash
from ..secret_delivery import RemoteValue, database_user_secret, external_secret
from ..store_authority import StoreAuthority
from . import configuration, pod, proxy
from .configuration import Processes, odoo_configuration, sends_mail_outside
from .mail_catcher import declare_mail_catcher
from .parts import APPLICATION, WEB_LIMITS, Part, parts
from .preparation import COMPONENT as JOBS
from .preparation import LABELS as JOB_LABELS
from .preparation import Preparation
from .scaling import declare_autoscaler, replicas, scales
from .volume import CLAIM

DATABASE_USER: Final = "odoo"
GSP_KEY: Final = "gsp-api-key"
"""The partner key of the GST Suvidha Provider, through whom Odoo files invoices and e-way bills."""
GSP_SECRET: Final = "odoo-gsp"
GSP_LABELS: Final = pods.labels(APPLICATION, component="odoo-gsp")
WEB: Final = "odoo-web"
"""The part that the load balancer speaks to."""


class Volume(Protocol):
    """Where the data directory comes from: `SharedFiles` or `SmallVolume`."""

    def declare(self, *, namespace: pulumi.Input[str], protect: bool, opts: pulumi.ResourceOptions) -> None:
        """Declare the claim `odoo-data`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OdooDatabase:
    """The PostgreSQL server of Odoo. Its user and database exist before: the bootstrap job makes them."""

    host: pulumi.Input[str]
    report_host: pulumi.Input[str] | None = None
    """The replica that reports read (LOAD-03)."""
    authority: StoreAuthority | None = None
    """Who signed the server's certificate, where it is not Amazon RDS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """How requests come in through the load balancer."""

    target_group_arn: pulumi.Input[str] | None
    """None: there is no balancer, as in a developer's workspace."""
    hostname: str
    balancer_networks: Sequence[str]
    """The balancer's subnets: what it says of clients is believed."""
    pod_networks: Sequence[str]
    """Where pods are: report pods believe the web pods' proxy."""
    idle_timeout_seconds: int


class Odoo(pulumi.ComponentResource):
    """Odoo's pods, what prepares their database, and the way to them.

    | object | requirement |
    |---|---|
    | Deployments web, cron and report, sized from the load | LOAD-01, LOAD-03 |
    | autoscalers, or numbers | SCALE-01..03, AUTO-01 |
    | probes | OBS-09 |
    | odoo.conf, rendered in the cluster from Secrets Manager | SEC-02, SEC-05, OBS-11, OBS-12 |
    | jobs init, upgrade, config: two-factor authentication for everybody | SEC-01 |
    | a service account for each part; no AWS role, for Odoo calls nothing of AWS | SEC-03 |
    | the proxy's one port, bound to the load balancer's target group | NET-04 |

    A recovery environment at rest has everything but running pods and jobs: its database is read-only.
    """

    deployments: dict[str, apps.v1.Deployment]
    """By part: `odoo-web`, `odoo-cron`, `odoo-report`."""
    preparation: Preparation | None = None
    """The jobs; None in a recovery environment at rest, whose database takes no writes."""
    mail_secret_arn: pulumi.Output[str] | None
    """Secret for the mail server's credentials; its value (JSON with `username` and `password`) is put by
    an operator. None where mail ends in the catcher."""

    def __init__(
        self,
        name: str,
        *,
        settings: WorkloadsSettings,
        capacity: Capacity,
        naming: Naming,
        namespace: pulumi.Input[str],
        secret_store: pulumi.Input[str],
        database: OdooDatabase,
        volume: Volume,
        entrance: Entrance,
        gsp_key: str,
        secrets_key_arn: pulumi.Input[str] | None,
        secret_recovery_window_days: int,
        protect: bool,
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare Odoo in `namespace`, after `after`: what the platform makes, and the database's bootstrap.

        `gsp_key` names the partner's key in Secrets Manager, which may have no value yet. `protect` guards
        the claim of the data and the mail secret.
        """
        super().__init__("fleet:workloads:Odoo", name, None, opts)
        self._settings = settings
        self._capacity = capacity
        self._naming = naming
        self._namespace = namespace
        self._store = secret_store
        self._database = database
        self._entrance = entrance
        self._child = pulumi.ResourceOptions(parent=self, depends_on=list(after))
        self._autoscaled = settings.scaling == "autoscaled"
        self._running = capacity.serving and not settings.odoo.maintenance
        self._parts = parts(capacity, idle_timeout_seconds=entrance.idle_timeout_seconds)
        self.mail_secret_arn = None
        if sends_mail_outside(settings.odoo):
            self._declare_mail_secret(secrets_key_arn, secret_recovery_window_days, protect=protect)
        else:
            declare_mail_catcher(
                image=naming.image(settings.images.ops),
                port=settings.odoo.mail.smtp_port,
                namespace=namespace,
                running=capacity.serving,
                opts=self._child,
            )
        volume.declare(namespace=namespace, protect=protect, opts=self._child)
        self._surroundings = pod.Surroundings(
            image=naming.image(settings.images.odoo),
            proxy_image=naming.image(settings.images.nginx),
            database_host=database.host,
            report_database_host=database.report_host,
            authority=database.authority,
            claim=CLAIM,
            gsp_secret=GSP_SECRET,
        )
        self._shared: list[pulumi.Resource] = [
            *self._certificates(),
            external_secret(
                GSP_SECRET,
                name=GSP_SECRET,
                namespace=namespace,
                labels=GSP_LABELS,
                store=secret_store,
                values=[RemoteValue(name=pod.GSP_FILE, secret=gsp_key)],
                opts=self._child,
            ),
        ]
        # They have no endpoints before the jobs are done, and the jobs do not need any.
        services = {
            part.name: serving.declare_service(
                part.name,
                namespace=namespace,
                labels=part.labels,
                selector=part.selector,
                port=ports.ODOO,
                opts=self._child,
            )
            for part in self._parts
            if part.serves
        }
        self._shared += services.values()
        if settings.odoo.maintenance:
            self.deployments = self._declare_parts(after=[])
            self._prepare(after=list(self.deployments.values()))
        else:
            prepared = self._prepare(after=[])
            self.deployments = self._declare_parts(after=prepared)
        if entrance.target_group_arn is not None:
            serving.bind_target_group(
                APPLICATION,
                service=WEB,
                port=ports.ODOO,
                target_group_arn=entrance.target_group_arn,
                namespace=namespace,
                opts=self._after(services[WEB]),
            )
        self.register_outputs({"deployments": list(self.deployments)})

    def _prepare(self, *, after: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
        """Declare the jobs; none where the database takes no writes."""
        if not self._capacity.serving:
            return []
        account = pods.service_account(JOBS, namespace=self._namespace, labels=JOB_LABELS, opts=self._child)
        processes = Processes(workers=0, cron_threads=0, limits=WEB_LIMITS, proxied=False)
        delivered, secret = self._configuration(JOBS, processes, JOB_LABELS)
        self.preparation = Preparation(
            surroundings=self._surroundings,
            size=self._capacity.job,
            modules=self._settings.odoo.modules,
            addresses={
                "ODOO_BASE_URL": f"https://{self._entrance.hostname}",
                # The web pods, not the pod itself: a report pod whose workers all compute could not answer
                # the style sheets that their own wkhtmltopdf asks for.
                "ODOO_REPORT_URL": f"http://{WEB}:{ports.ODOO.first}",
            },
            configuration_secret=secret,
            namespace=self._namespace,
            service_account=account.metadata.name,
            after=[delivered, *self._shared, *after],
            opts=self._child,
        )
        return [self.preparation.done]

    def run_in_shell(
        self, name: str, *, script: str, variables: Mapping[str, str], opts: pulumi.ResourceOptions
    ) -> batch.v1.Job:
        """Run a script in Odoo's shell once the database is prepared. Raises ValueError where it is not."""
        if self.preparation is None:
            raise ValueError(f"{name} cannot run: the database takes no writes")
        return self.preparation.run_in_shell(name, text=script, variables=variables, opts=opts)

    def _declare_parts(self, *, after: Sequence[pulumi.Resource]) -> dict[str, apps.v1.Deployment]:
        return {part.name: self._declare_part(part, after=after) for part in self._parts}

    def _declare_part(self, part: Part, *, after: Sequence[pulumi.Resource]) -> apps.v1.Deployment:
        account = pods.service_account(
            part.name, namespace=self._namespace, labels=part.labels, opts=self._child
        )
        delivered, secret = self._configuration(part.name, part.processes, part.labels)
        files = self._proxy_configuration(part) if part.processes.proxied else None
        template = pod.part_template(
            part,
            self._surroundings,
            configuration_secret=secret,
            proxy_config_map=None if files is None else files[1],
            service_account=account.metadata.name,
        )
        deployment = serving.declare_deployment(
            part.name,
            namespace=self._namespace,
            labels=part.labels,
            selector=part.selector,
            template=template,
            replicas=replicas(part, running=self._running, autoscaled=self._autoscaled),
            after=[delivered, *self._shared, *([] if files is None else [files[0]]), *after],
            opts=self._child,
        )
        if self._running and scales(part, autoscaled=self._autoscaled):
            declare_autoscaler(
                part,
                self._settings.autoscaling,
                namespace=self._namespace,
                opts=self._after(deployment),
            )
        return deployment

    def _configuration(
        self, name: str, processes: Processes, labels: dict[str, str]
    ) -> tuple[apiextensions.CustomResource, str]:
        """Deliver odoo.conf; its name changes with its content, so pods never start with an older one."""
        text = odoo_configuration(
            self._settings.odoo,
            processes,
            log_level=self._settings.log_level,
            db_maxconn=self._capacity.db_maxconn,
        )
        secret = f"{name}-{content_hash(text)}"
        user = database_user_secret(self._naming, DATABASE_USER)
        values = [
            RemoteValue(name="username", secret=user, member="username"),
            RemoteValue(name="password", secret=user, member="password"),
        ]
        if sends_mail_outside(self._settings.odoo):
            mail = self._naming.secret("mail-smtp")
            values += [
                RemoteValue(name="mail_username", secret=mail, member="username"),
                RemoteValue(name="mail_password", secret=mail, member="password"),
            ]
        delivered = external_secret(
            f"{name}-configuration",
            name=secret,
            namespace=self._namespace,
            labels=labels,
            store=self._store,
            values=values,
            files={configuration.FILE_NAME: text},
            opts=self._child,
        )
        return delivered, secret

    def _proxy_configuration(self, part: Part) -> tuple[core.v1.ConfigMap, str]:
        web = part.name == WEB
        entrance = self._entrance
        report = next((other for other in self._parts if other.name == "odoo-report"), None)
        text = proxy.nginx_configuration(
            trusted=entrance.balancer_networks if web else entrance.pod_networks,
            idle_timeout_seconds=entrance.idle_timeout_seconds,
            response_seconds=part.response_seconds,
            report_address=f"{report.name}:{ports.ODOO.first}" if web and report is not None else None,
            report_seconds=report.response_seconds + pods.DRAIN_SECONDS if report is not None else 0,
        )
        name = f"{part.name}-proxy-{content_hash(text)}"
        files = core.v1.ConfigMap(
            f"{part.name}-proxy",
            core.v1.ConfigMapInitArgs(
                metadata=pods.metadata(name, namespace=self._namespace, labels=part.labels),
                immutable=True,
                data={pod.PROXY_FILE: text},
            ),
            opts=self._child,
        )
        return files, name

    def _certificates(self) -> list[pulumi.Resource]:
        if self._database.authority is not None:
            return []
        return [
            certificates.rds_roots_config_map(
                "odoo-rds-certificates",
                region=self._naming.region,
                namespace=self._namespace,
                opts=self._child,
            )
        ]

    def _declare_mail_secret(
        self, key_arn: pulumi.Input[str] | None, recovery_window_days: int, *, protect: bool
    ) -> None:
        """Declare the place for the mail server's credentials: nobody logs in without mail (SEC-01)."""
        name = self._naming.secret("mail-smtp")
        secret = aws.secretsmanager.Secret(
            "mail-smtp",
            aws.secretsmanager.SecretArgs(
                name=name,
                description="SMTP user of Odoo; the value is put by an operator",
                kms_key_id=key_arn,
                recovery_window_in_days=recovery_window_days,
                tags=self._naming.tags(name, classification="restricted"),
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        self.mail_secret_arn = secret.arn

    def _after(self, resource: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions.merge(self._child, pulumi.ResourceOptions(depends_on=[resource]))
