"""Everything that notices intrusion, mistakes and drift, as far as this stack owns its account and region."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from ..data import AccessLogs
from ..keys import Keys
from ..naming import Naming
from ..observability.alarms.component import RUNBOOKS_IN_REPOSITORY
from ..observability.alarms.metric_alarm import Bell
from ..settings import DetectionSettings, EstateSettings
from . import recorder, trail
from .access_analyzer import AccessAnalyzer
from .guard_duty import GuardDuty
from .inspector import Inspector
from .recorder import Recorder
from .security_hub import SecurityHub
from .trail import Trail


class Detection(pulumi.ComponentResource):
    """The security services of the account and region, each where its settings say (SEC-10, SEC-11, SEC-14).

    | service | one for each | finds |
    |---|---|---|
    | GuardDuty | account and region | who behaves like an intruder |
    | CloudTrail | account | who called what, and acts that nobody should do |
    | AWS Config, Security Hub | account and region | what differs from this program and from a standard |
    | Inspector | account and region | known weaknesses of images, nodes, functions |
    | Access Analyzer | account and region | access from outside the account |

    The settings admit them only where the stack owns its account's or region's singletons; findings reach
    the topic of alarms by the event rules of `infra/observability/alarms`, and by alarms on the trail.
    """

    def __init__(
        self,
        name: str,
        *,
        settings: EstateSettings,
        naming: Naming,
        keys: Keys,
        access_logs: AccessLogs,
        alarm_topic_arn: pulumi.Input[str],
        service_linked_roles: pulumi.Resource,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:protection:Detection", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        wanted = settings.protection.detection
        environment, objects = settings.environment, settings.objects
        if wanted.guardduty is not None:
            GuardDuty("guardduty", settings=wanted.guardduty, opts=child)
        if wanted.trail is not None:
            observability = settings.observability
            Trail(
                "trail",
                settings=wanted.trail,
                naming=naming,
                key_arn=keys.logs.arn,
                access_logs=access_logs,
                bell=Bell(
                    naming=naming,
                    topic_arn=alarm_topic_arn,
                    runbooks=observability.alerting.runbooks_url if observability else RUNBOOKS_IN_REPOSITORY,
                    opts=child,
                ),
                break_glass_role=settings.cluster.break_glass_role,
                deployer_role=settings.cluster.deployer_role,
                noncurrent_days=objects.noncurrent_version_days,
                force_destroy=objects.force_destroy,
                protect=environment.protect_stateful,
                opts=child,
            )
        if wanted.recorder is not None:
            recording = Recorder(
                "config",
                settings=wanted.recorder,
                oldest_kubernetes=settings.versions.kubernetes,
                record_globals=environment.account_globals,
                naming=naming,
                key_arn=keys.logs.arn,
                access_logs=access_logs,
                noncurrent_days=objects.noncurrent_version_days,
                force_destroy=objects.force_destroy,
                protect=environment.protect_stateful,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[service_linked_roles]),
            )
            if wanted.security_hub is not None:
                SecurityHub(
                    "security-hub",
                    settings=wanted.security_hub,
                    naming=naming,
                    recorder=recording.running,
                    opts=child,
                )
        if wanted.inspector:
            Inspector("inspector", targets=wanted.inspector, naming=naming, opts=child)
        if wanted.access_analyzer:
            AccessAnalyzer("access-analyzer", naming=naming, opts=child)
        self.register_outputs({})


def buckets_of(settings: DetectionSettings) -> Sequence[str]:
    """Give the purposes of the buckets that detection makes and that write access logs."""
    return [
        *((trail.PURPOSE,) if settings.trail is not None else ()),
        *((recorder.PURPOSE,) if settings.recorder is not None else ()),
    ]
