"""All alarms that AWS itself raises for one environment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pulumi

from ...cluster import Cluster
from ...data import Broker, Cache, Database, Filestore, SearchDomain
from ...edge import Edge
from ...naming import Naming
from ...network import Network
from ...settings import EstateSettings
from .broker import broker_alarms
from .cache import cache_alarms
from .control_plane import control_plane_alarms
from .database import database_alarms
from .database_events import declare_database_events
from .events import declare_event_alarms
from .filestore import filestore_alarms
from .firewall import firewall_alarms
from .load_balancer import load_balancer_alarms, parts_of_site_down
from .metric_alarm import Alarm, Bell
from .nat_gateways import nat_gateway_alarms
from .replication import replication_alarms
from .search import search_alarms
from .site_down import declare_site_down
from .situation import Situation

RUNBOOKS_IN_REPOSITORY: Final = "docs/runbooks"


class Alarms(pulumi.ComponentResource):
    """What must be seen when the cluster is down, at the topic of alarms (OBS-13, SEC-10, SEC-11).

    | part | watches |
    |---|---|
    | metric alarms | stores and their copies, load balancer, firewall, NAT, control plane |
    | composite alarm | whether the site is down, in one message |
    | subscriptions | what RDS reports about instances, parameter and security groups |
    | event rules | image scans, GuardDuty, Inspector, AWS Health, keys, rotation |

    The certificate's end (SEC-04) and the flow logs (NET-07) are alarmed where they are declared.

    Every alarm says when it is over too. What has no data is broken, or at rest, as each alarm means it: an
    environment that sleeps at night does so without a message, a standby has no users to miss.
    """

    arns: dict[str, pulumi.Output[str]]
    """ARN of each metric alarm by its name, such as `target-errors`: what an experiment stops at."""

    def __init__(
        self,
        name: str,
        *,
        settings: EstateSettings,
        naming: Naming,
        topic_arn: pulumi.Input[str],
        network: Network,
        cluster: Cluster,
        database: Database,
        broker: Broker,
        cache: Cache,
        filestore: Filestore,
        search: SearchDomain | None,
        edge: Edge,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:observability:Alarms", name, None, opts)
        situation = Situation.of(settings)
        observability = settings.observability
        bell = Bell(
            naming=naming,
            topic_arn=topic_arn,
            runbooks=observability.alerting.runbooks_url if observability else RUNBOOKS_IN_REPOSITORY,
            opts=pulumi.ResourceOptions(parent=self),
        )

        def of_stores() -> Iterator[Alarm]:
            yield from database_alarms(
                settings=settings.database,
                recovery=settings.recovery,
                identifier=database.identifier,
                report_identifier=database.report_identifier,
            )
            yield from broker_alarms(
                settings=settings.broker, load=settings.load, situation=situation, name=broker.name
            )
            yield from cache_alarms(settings=settings.cache, node_ids=cache.node_ids)
            yield from filestore_alarms(
                settings=settings.filestore, situation=situation, file_system_id=filestore.file_system_id
            )
            yield from replication_alarms(
                recovery=settings.recovery, naming=naming, file_system_id=filestore.file_system_id
            )
            if search is not None and settings.search is not None:
                yield from search_alarms(
                    settings=settings.search, domain_name=search.domain_name, account_id=naming.account_id
                )

        def of_ways() -> Iterator[Alarm]:
            yield from load_balancer_alarms(
                settings=observability,
                situation=situation,
                balancer=edge.load_balancer_suffix,
                target_groups=edge.target_group_suffixes,
            )
            yield from firewall_alarms(
                settings=settings.edge.firewall, web_acl=edge.web_acl_metric_name, region=naming.region
            )
            yield from nat_gateway_alarms(network.nat_gateway_ids)
            yield from control_plane_alarms(situation=situation, cluster_name=cluster.name)

        speaking = {alarm.name: bell.declare(alarm) for alarm in (*of_stores(), *of_ways())}
        parts = {
            part.name: bell.declare(part)
            for part in parts_of_site_down(
                situation=situation,
                balancer=edge.load_balancer_suffix,
                target_groups=edge.target_group_suffixes,
            )
        }
        if parts:
            declare_site_down(list(parts.values()), bell=bell)
        declare_database_events(situation=situation, bell=bell)
        declare_event_alarms(bell=bell)
        self.arns = {name: alarm.arn for name, alarm in (speaking | parts).items()}
        self.register_outputs({"arns": self.arns})
