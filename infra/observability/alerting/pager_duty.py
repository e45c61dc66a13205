"""PagerDuty: who is on call, who is called next, and the key with which Alertmanager opens incidents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

import pulumi
import pulumi_pagerduty as pagerduty

from ...naming import Naming
from ...settings.observability import OnCallSettings, PagerDutySettings, ResponderSettings

ROTATION_DAY: Final = date(2026, 1, 5)
"""A Monday, from which shifts are counted: with a date of today every run would move the rotation."""
SECONDS_IN_DAY: Final = 24 * 60 * 60
FORGOTTEN_AFTER_SECONDS: Final = 30 * 60
"""An incident that somebody acknowledged and nobody closed calls again."""
NEVER: Final = "null"
"""What PagerDuty takes for no timeout: alerts resolve their incident, time does not."""


class PagerDuty(pulumi.ComponentResource):
    """Escalation of critical alerts (OBS-13).

    | minutes without acknowledgement | who is called |
    |---|---|
    | 0 | who is on call by the schedule |
    | `lead_after_minutes` (15) | engineering lead |
    | `head_after_minutes` (30) | head of engineering |

    Then it starts again, `repeats` times. The provider reads its token from PAGERDUTY_TOKEN and nowhere else,
    and only when something is created or changed. Responders are users of the account: those who exist
    already are imported first (docs/alerting.md).
    """

    routing_key: pulumi.Output[str]
    """The key of the integration, a secret output: whoever has it can open incidents, and nothing else."""

    def __init__(
        self,
        name: str,
        *,
        settings: PagerDutySettings,
        naming: Naming,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:observability:PagerDuty", name, None, opts)
        provider = pagerduty.Provider(
            "pagerduty", pagerduty.ProviderArgs(), opts=pulumi.ResourceOptions(parent=self)
        )
        self._child = pulumi.ResourceOptions(parent=self, provider=provider)
        users = self._users(settings)
        policy = self._escalation_policy(
            settings, users, self._schedule(settings.on_call, users, naming), naming
        )
        service = self._service(policy, naming)
        integration = pagerduty.ServiceIntegration(
            "alertmanager",
            pagerduty.ServiceIntegrationArgs(
                name=f"Alertmanager of {naming.prefix}",
                service=service.id,
                type="events_api_v2_inbound_integration",
            ),
            # The provider does not call its key a secret; without this it would be readable in state.
            opts=pulumi.ResourceOptions.merge(
                self._child, pulumi.ResourceOptions(additional_secret_outputs=["integration_key"])
            ),
        )
        self.routing_key = pulumi.Output.secret(integration.integration_key)
        self.register_outputs({"routingKey": self.routing_key})

    def _users(self, settings: PagerDutySettings) -> dict[str, pagerduty.User]:
        """Declare each responder once, by e-mail: the lead may be in the rotation too."""
        responders = (*settings.on_call.rotation, settings.engineering_lead, settings.head_of_engineering)
        return {
            email: pagerduty.User(
                email,
                pagerduty.UserArgs(
                    name=name,
                    email=email,
                    role="limited_user",
                    time_zone=settings.on_call.time_zone,
                    description="Responds to alerts of the ERP",
                ),
                opts=self._child,
            )
            for email, name in {responder.email: responder.name for responder in responders}.items()
        }

    def _schedule(
        self, settings: OnCallSettings, users: dict[str, pagerduty.User], naming: Naming
    ) -> pagerduty.Schedule:
        start = first_handover(settings)
        return pagerduty.Schedule(
            "on-call",
            pagerduty.ScheduleArgs(
                name=f"{naming.prefix} on call",
                description="Who is called first, one after another",
                time_zone=settings.time_zone,
                layers=[
                    pagerduty.ScheduleLayerArgs(
                        name="rotation",
                        # PagerDuty puts a start in the past to now, and the provider knows.
                        start=start,
                        rotation_virtual_start=start,
                        rotation_turn_length_seconds=settings.shift_days * SECONDS_IN_DAY,
                        users=[users[responder.email].id for responder in settings.rotation],
                    )
                ],
            ),
            opts=self._child,
        )

    def _escalation_policy(
        self,
        settings: PagerDutySettings,
        users: dict[str, pagerduty.User],
        schedule: pagerduty.Schedule,
        naming: Naming,
    ) -> pagerduty.EscalationPolicy:
        def user(responder: ResponderSettings) -> pagerduty.EscalationPolicyRuleTargetArgs:
            return pagerduty.EscalationPolicyRuleTargetArgs(
                type="user_reference", id=users[responder.email].id
            )

        targets = (
            pagerduty.EscalationPolicyRuleTargetArgs(type="schedule_reference", id=schedule.id),
            user(settings.engineering_lead),
            user(settings.head_of_engineering),
        )
        return pagerduty.EscalationPolicy(
            "critical",
            pagerduty.EscalationPolicyArgs(
                name=f"{naming.prefix} critical",
                description="On call, then the engineering lead, then the head of engineering",
                num_loops=settings.repeats,
                rules=[
                    pagerduty.EscalationPolicyRuleArgs(escalation_delay_in_minutes=delay, targets=[target])
                    for target, delay in zip(targets, escalation_delays(settings), strict=True)
                ],
            ),
            opts=self._child,
        )

    def _service(self, policy: pagerduty.EscalationPolicy, naming: Naming) -> pagerduty.Service:
        return pagerduty.Service(
            "erp",
            pagerduty.ServiceArgs(
                name=naming.prefix,
                description="Critical alerts of the ERP",
                escalation_policy=policy.id,
                # Only what must wake somebody comes here, and low urgency does not escalate.
                incident_urgency_rule=pagerduty.ServiceIncidentUrgencyRuleArgs(
                    type="constant", urgency="high"
                ),
                acknowledgement_timeout=str(FORGOTTEN_AFTER_SECONDS),
                auto_resolve_timeout=NEVER,
            ),
            opts=self._child,
        )


def escalation_delays(settings: PagerDutySettings) -> Sequence[int]:
    """Give the minutes that each step waits for an acknowledgement before the next one is called.

    PagerDuty counts them from the step before, the settings from the incident. The last step waits as long
    as the one before it until everything starts again.
    """
    to_head = settings.head_after_minutes - settings.lead_after_minutes
    return (settings.lead_after_minutes, to_head, to_head)


def first_handover(settings: OnCallSettings) -> str:
    """Give the time from which shifts are counted, with its offset: `2026-01-05T10:00:00+05:30`."""
    at = datetime.combine(
        ROTATION_DAY, time.fromisoformat(settings.handover), tzinfo=ZoneInfo(settings.time_zone)
    )
    return at.isoformat()
