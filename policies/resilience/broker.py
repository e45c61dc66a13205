"""The message broker: its nodes, its version, its upgrades."""

from __future__ import annotations

import re
from typing import Final

from policies.aws.placement import zones_of
from policies.aws.tokens import BROKERS
from policies.aws.windows import refused_begin, window_settings
from policies.framework import (
    Controls,
    Findings,
    Level,
    ResourceView,
    Setting,
    Settings,
    Severity,
    everywhere,
    mandatory_in,
    resource_rule,
)

_CLUSTERS: Final = {"rabbitmq": "CLUSTER_MULTI_AZ", "activemq": "ACTIVE_STANDBY_MULTI_AZ"}
_FOR_TESTS: Final = re.compile(r"\.(micro|medium)$")
_WINDOW_MINUTES: Final = 120
"""Amazon MQ's maintenance window is two hours long."""


@resource_rule(
    "avl-mq-cluster",
    subjects=BROKERS,
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "dr", otherwise=Level.DISABLED),
    controls=Controls(("MQ.6",), (), ("SLO-01", "SCALE-01")),
    remedy="Set deployment_mode='CLUSTER_MULTI_AZ' with subnets in two zones and mq.m7g.large or larger.",
    by_reference=True,
)
def mq_cluster(broker: ResourceView) -> Findings:
    """The broker is a cluster over two zones, on machines that are made for production."""
    wanted = _CLUSTERS.get(broker.text("engineType").lower(), _CLUSTERS["rabbitmq"])
    mode = broker.text("deploymentMode", "SINGLE_INSTANCE")
    if mode != wanted:
        yield f"deploymentMode is {mode}, so the loss of a zone stops the queues"
    machine = broker.text("hostInstanceType")
    if _FOR_TESTS.search(machine):
        yield f"hostInstanceType is {machine}, which is made for tests"
    if mode == wanted and len(zones_of(broker, "subnetIds")) < 2:  # noqa: PLR2004  (two zones)
        yield "subnetIds lie in one zone"


@resource_rule(
    "avl-mq-version",
    subjects=BROKERS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_208",), ("SLO-01", "SCALE-01")),
    remedy="Set engine_version='4.2', without a patch number, on an mq.m7g machine.",
    settings={"versions": Setting(["4.2"], "versions of RabbitMQ that may run")},
)
def mq_version(broker: ResourceView, settings: Settings) -> Findings:
    """The broker runs a supported RabbitMQ, the same in every environment.

    A patch number in the version fails at the next update. RabbitMQ 4 runs on mq.m7g only.
    """
    engine = broker.text("engineType")
    if engine.lower() != "rabbitmq":
        yield f"engineType is {engine or 'not set'}, and the program speaks to RabbitMQ"
        return
    version = broker.text("engineVersion")
    if version not in settings["versions"]:
        yield f"engineVersion is {version or 'not set'}, not one of {', '.join(settings['versions'])}"
    machine = broker.text("hostInstanceType")
    if not version.startswith("3.") and not machine.startswith("mq.m7g."):
        yield f"hostInstanceType is {machine or 'not set'}, and RabbitMQ {version} runs on mq.m7g only"


@resource_rule(
    "avl-mq-minor-upgrade",
    subjects=BROKERS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls(("MQ.3",), ("CKV_AWS_207",), ("SLO-01",)),
    remedy="Set auto_minor_version_upgrade=True.",
)
def mq_minor_upgrade(broker: ResourceView) -> Findings:
    """The broker takes minor upgrades by itself; AWS refuses anything else from RabbitMQ 3.13 on."""
    if not broker.flag("autoMinorVersionUpgrade"):
        yield "autoMinorVersionUpgrade is not true"


@resource_rule(
    "avl-mq-window",
    subjects=BROKERS,
    severity=Severity.LOW,
    levels=everywhere(),
    controls=Controls((), (), ("SLO-01",)),
    remedy="Set maintenance_window_start_time so that its two hours fall into the hours named.",
    settings=window_settings(),
)
def mq_window(broker: ResourceView, settings: Settings) -> Findings:
    """The broker is maintained, and so restarted, at a good hour."""
    window = broker.block("maintenanceWindowStartTime")
    if not window.has("timeOfDay"):
        yield "maintenanceWindowStartTime is not set, so AWS picks one"
        return
    at, day, zone = window.text("timeOfDay"), window.text("dayOfWeek"), window.text("timeZone", "UTC")
    if why := refused_begin(day, at, zone, _WINDOW_MINUTES, settings):
        yield f"maintenanceWindowStartTime is {day.lower()} {at} {zone}: {why}"
