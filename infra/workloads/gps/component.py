"""The GPS service in the cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
from pulumi_kubernetes import apps

from ...cluster_platform.labels import ALLOWED, REACHES_PARTNERS
from ...naming import Naming
from ...network import ports
from ...settings import WorkloadsSettings
from .. import certificates, pods, serving
from ..capacity import Capacity
from ..content import content_hash
from ..jobs import broker_plan
from ..jobs.users import GPS as DATABASE_USER
from ..secret_delivery import RemoteValue, broker_user_secret, database_user_secret, external_secret
from ..store_authority import StoreAuthority
from . import configuration
from .partitions import declare_partitions
from .pod import ANSWER_SECONDS, APPLICATION, Folder, Part, part_template
from .replay import declare_replay
from .scaling import declare_api_autoscaler, declare_queue_scaler, replicas, scales

PARTNER_KEY: Final = "gps-api-key"
"""The partner key of the telematics providers: what their gateways show, and what their API is asked with."""
CACHE_SECRET: Final = "cache-app"
"""Purpose of the cache's secret."""


class Gps(pulumi.ComponentResource):
    """GPS ingestion: the API, the consumers, and the way to them.

    | object | requirement |
    |---|---|
    | Deployments of API and consumer, sized from the fleet; the rate of one API key | LOAD-02 |
    | autoscaler of the API; consumers follow the queue's depth; else numbers | SCALE-01..03, AUTO-01 |
    | probes | OBS-10 |
    | log level as a variable; for the shipper, the share of events to keep | OBS-11, OBS-12 |
    | logins from Secrets Manager, as files; TLS to broker, cache and database | SEC-02, SEC-05 |
    | a service account for each part; no AWS role, for the service calls nothing of AWS | SEC-03 |
    | the coming partitions of the table of positions | DATA-06 |

    A recovery environment at rest has everything but running pods.
    """

    deployments: dict[str, apps.v1.Deployment]
    """By part: `gps-api`, `gps-consumer`."""

    def __init__(
        self,
        name: str,
        *,
        settings: WorkloadsSettings,
        capacity: Capacity,
        naming: Naming,
        namespace: pulumi.Input[str],
        secret_store: pulumi.Input[str],
        database_host: pulumi.Input[str],
        target_group_arn: pulumi.Input[str] | None,
        partner_key: str,
        after: Sequence[pulumi.Resource],
        authority: StoreAuthority | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the service in `namespace`, after `after`: the platform and both bootstrap jobs.

        `partner_key` names the partners' key in Secrets Manager; it may have no value yet. Without a target
        group there is no balancer, as in a developer's workspace.
        """
        super().__init__("fleet:workloads:Gps", name, None, opts)
        self._settings = settings
        self._capacity = capacity
        self._naming = naming
        self._namespace = namespace
        self._store = secret_store
        self._authority = authority
        self._child = pulumi.ResourceOptions(parent=self, depends_on=list(after))
        self._delivered: list[pulumi.Resource] = []
        api, consumer = self._api(partner_key), self._consumer(database_host)
        service = serving.declare_service(
            api.name,
            namespace=namespace,
            labels=api.labels,
            selector=api.selector,
            port=ports.GPS,
            opts=self._child,
        )
        self.deployments = {part.name: self._declare_part(part) for part in (api, consumer)}
        if target_group_arn is not None:
            serving.bind_target_group(
                APPLICATION,
                service=api.name,
                port=ports.GPS,
                target_group_arn=target_group_arn,
                namespace=namespace,
                opts=self._after(service),
            )
        self._scale(api, consumer)
        declare_partitions(
            image=naming.image(settings.images.ops),
            size=capacity.job,
            database_host=database_host,
            folders=[folder for folder in consumer.folders if folder.name in {"database", "certificates"}]
            + ([] if authority is None else [_authority(authority)]),
            running=capacity.serving,
            namespace=namespace,
            opts=self._child,
        )
        if authority is None:
            # A developer's broker is lost with his workspace, and so is his database.
            declare_replay(
                image=naming.image(settings.images.ops),
                size=capacity.job,
                database_host=database_host,
                folders=[
                    *(folder for folder in consumer.folders if folder.name in {"database", "certificates"}),
                    *(folder for folder in api.folders if folder.name == "broker"),
                ],
                namespace=namespace,
                opts=self._child,
            )
        self.register_outputs({"deployments": list(self.deployments)})

    def _api(self, partner_key: str) -> Part:
        name = self._capacity.gps_api.name
        labels = pods.labels(APPLICATION, component=name)
        partner = self._deliver(
            f"{name}-partner",
            labels,
            [RemoteValue(name=configuration.API_KEYS_FILE, secret=partner_key)],
            files=None,
        )
        return Part(
            size=self._capacity.gps_api,
            argument="api",
            variables=configuration.api_variables(
                self._settings, self._capacity, answer_seconds=ANSWER_SECONDS
            ),
            folders=[
                self._broker_folder(name, labels, user=broker_plan.PUBLISHER),
                Folder(
                    name="cache",
                    path=configuration.CACHE_FOLDER,
                    secret=self._deliver(
                        f"{name}-cache",
                        labels,
                        [
                            RemoteValue(name=member, secret=self._naming.secret(CACHE_SECRET), member=member)
                            for member in ("host", "port", "username", "password")
                        ],
                        files={configuration.URL_FILE: configuration.CACHE_URL},
                    ),
                ),
                Folder(name="partner", path=configuration.PARTNER_FOLDER, secret=partner, optional=True),
            ],
            ways={REACHES_PARTNERS: ALLOWED},
            serves=True,
        )

    def _consumer(self, database_host: pulumi.Input[str]) -> Part:
        name = self._capacity.gps_consumer.name
        labels = pods.labels(APPLICATION, component=name)
        folders = [self._broker_folder(name, labels, user=broker_plan.CONSUMER)]
        if self._authority is None:
            self._delivered.append(
                certificates.rds_roots_config_map(
                    "gps-rds-certificates",
                    region=self._naming.region,
                    namespace=self._namespace,
                    opts=self._child,
                )
            )
            folders.append(
                Folder(
                    name="certificates",
                    path=configuration.CERTIFICATES_FOLDER,
                    config_map=certificates.CONFIG_MAP,
                )
            )
            roots = f"{configuration.CERTIFICATES_FOLDER}/{certificates.FILE_NAME}"
        else:
            roots = f"{configuration.AUTHORITY_FOLDER}/{self._authority.file}"
        database = self._deliver(
            f"{name}-database",
            labels,
            [
                RemoteValue(
                    name="password",
                    secret=database_user_secret(self._naming, DATABASE_USER),
                    member="password",
                )
            ],
            files={configuration.SERVICE_FILE: configuration.database_service(root_certificates=roots)},
        )
        folders.append(Folder(name="database", path=configuration.DATABASE_FOLDER, secret=database))
        return Part(
            size=self._capacity.gps_consumer,
            argument="consumer",
            variables={
                **configuration.consumer_variables(self._settings, self._capacity),
                "PGHOST": database_host,
            },
            folders=folders,
            ways={},
            serves=False,
        )

    def _broker_folder(self, name: str, labels: Mapping[str, str], *, user: str) -> Folder:
        secret = self._deliver(
            f"{name}-broker",
            labels,
            self._broker_values(user),
            files={configuration.URL_FILE: configuration.BROKER_URL},
        )
        return Folder(name="broker", path=configuration.BROKER_FOLDER, secret=secret)

    def _broker_values(self, user: str) -> list[RemoteValue]:
        return [
            RemoteValue(name=member, secret=broker_user_secret(self._naming, user), member=member)
            for member in ("endpoint", "username", "password")
        ]

    def _deliver(
        self,
        name: str,
        labels: Mapping[str, str],
        values: Sequence[RemoteValue],
        *,
        files: Mapping[str, str] | None,
    ) -> str:
        """Deliver a secret; its name changes with its files, so that pods never start with older ones."""
        secret = name if files is None else f"{name}-{content_hash(files)}"
        self._delivered.append(
            external_secret(
                name,
                name=secret,
                namespace=self._namespace,
                labels=labels,
                store=self._store,
                values=values,
                files=files,
                opts=self._child,
            )
        )
        return secret

    def _declare_part(self, part: Part) -> apps.v1.Deployment:
        account = pods.service_account(
            part.name, namespace=self._namespace, labels=part.labels, opts=self._child
        )
        template = part_template(
            part,
            image=self._naming.image(self._settings.images.gps),
            service_account=account.metadata.name,
            authority=self._authority,
            success_sampling_percent=self._settings.gps.success_sampling_percent,
        )
        return serving.declare_deployment(
            part.name,
            namespace=self._namespace,
            labels=part.labels,
            selector=part.selector,
            template=template,
            replicas=replicas(part.size, self._capacity),
            after=self._delivered,
            opts=self._child,
        )

    def _scale(self, api: Part, consumer: Part) -> None:
        settings, capacity = self._settings.autoscaling, self._capacity
        if scales(api.size, capacity):
            declare_api_autoscaler(
                api.size,
                settings,
                namespace=self._namespace,
                labels=api.labels,
                opts=self._after(self.deployments[api.name]),
            )
        if scales(consumer.size, capacity):
            secret = self._deliver(
                f"{consumer.name}-scaler",
                consumer.labels,
                self._broker_values(broker_plan.SCALER),
                files={
                    "host": configuration.BROKER_HOST,
                    "username": "{{ .username }}",
                    "password": "{{ .password }}",
                    "tls": "enable",
                },
            )
            declare_queue_scaler(
                capacity.gps_consumer,
                settings,
                secret=secret,
                namespace=self._namespace,
                labels=consumer.labels,
                opts=self._after(self.deployments[consumer.name]),
            )

    def _after(self, resource: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions.merge(self._child, pulumi.ResourceOptions(depends_on=[resource]))


def _authority(authority: StoreAuthority) -> Folder:
    return Folder(name="authority", path=configuration.AUTHORITY_FOLDER, secret=authority.secret)
