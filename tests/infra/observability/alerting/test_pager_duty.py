"""Escalation in PagerDuty as the stack files declare it: who is called how many minutes after an incident."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.observability.alerting import PagerDuty
from infra.observability.alerting.pager_duty import escalation_delays, first_handover
from infra.settings.observability import PagerDutySettings, ResponderSettings
from preview.graph import ResourceGraph, is_secret
from tests.conftest import ComponentRenderer

from .conftest import alerting_settings, naming_of
from .escalation import INTEGRATION, POLICY, PROVIDER, SCHEDULE, SERVICE, USER, begins, called_at, the


def settings_of_production(**changes: Any) -> PagerDutySettings:
    settings = alerting_settings("prod").pagerduty
    assert settings is not None
    return settings.model_copy(update=changes)


def declared(component: ComponentRenderer, **changes: Any) -> ResourceGraph:
    """Render the component with production's settings, but for some changes."""
    settings = settings_of_production(**changes)
    return component(lambda: _declare(settings))


def _declare(settings: PagerDutySettings) -> None:
    PagerDuty("pager-duty", settings=settings, naming=naming_of("prod"))


@pytest.mark.requirement("OBS-13")
def test_production_calls_on_call_then_the_lead_then_the_head(component: ComponentRenderer) -> None:
    graph = declared(component)
    assert called_at(graph) == {0: "on call", 15: "Engineering Lead", 30: "Head of Engineering"}
    targets = [target for rule in the(graph, POLICY).inputs["rules"] for target in rule["targets"]]
    assert [each["type"] for each in targets] == ["schedule_reference", "user_reference", "user_reference"]


@pytest.mark.requirement("OBS-13")
def test_incidents_of_the_integration_follow_that_escalation(component: ComponentRenderer) -> None:
    graph = declared(component)
    service, integration = the(graph, SERVICE), the(graph, INTEGRATION)
    assert service.inputs["escalationPolicy"] == the(graph, POLICY).outputs["id"]
    assert service.inputs["incidentUrgencyRule"] == {"type": "constant", "urgency": "high"}
    assert integration.inputs["service"] == service.outputs["id"]
    assert integration.inputs["type"] == "events_api_v2_inbound_integration"


def test_the_head_is_called_when_the_settings_say_so(component: ComponentRenderer) -> None:
    graph = declared(component, lead_after_minutes=5, head_after_minutes=45, repeats=0)
    assert called_at(graph) == {0: "on call", 5: "Engineering Lead", 45: "Head of Engineering"}
    assert the(graph, POLICY).inputs["numLoops"] == 0


def test_a_delay_counted_from_the_incident_would_be_noticed() -> None:
    """PagerDuty counts from the step before: 30 minutes on the lead would call the head after 45."""
    settings = settings_of_production()
    assert begins([settings.lead_after_minutes, settings.head_after_minutes, 15]) == [0, 15, 45]


@given(lead=st.integers(1, 120), further=st.integers(1, 120))
def test_steps_add_up_to_what_the_settings_count_from_the_incident(lead: int, further: int) -> None:
    settings = settings_of_production(lead_after_minutes=lead, head_after_minutes=lead + further)
    to_lead, to_head, until_again = escalation_delays(settings)
    assert (to_lead, to_lead + to_head) == (lead, lead + further)
    assert until_again == to_head


def test_shifts_follow_the_settings_and_not_the_day_of_the_run(component: ComponentRenderer) -> None:
    schedule = the(declared(component), SCHEDULE).inputs
    (layer,) = schedule["layers"]
    assert schedule["timeZone"] == "Asia/Kolkata"
    assert layer["rotationTurnLengthSeconds"] == 7 * 24 * 3600
    assert layer["rotationVirtualStart"] == layer["start"] == "2026-01-05T10:00:00+05:30"


def test_people_take_turns_in_the_order_of_the_settings(component: ComponentRenderer) -> None:
    graph = declared(component)
    names = {each.outputs["id"]: each.inputs["email"] for each in graph.of_type(USER)}
    (layer,) = the(graph, SCHEDULE).inputs["layers"]
    assert [names[user] for user in layer["users"]] == [
        "first.engineer@example.com",
        "second.engineer@example.com",
    ]


def test_the_handover_is_in_the_time_of_the_schedule() -> None:
    on_call = settings_of_production().on_call.model_copy(
        update={"time_zone": "Etc/UTC", "handover": "06:30"}
    )
    assert first_handover(on_call) == "2026-01-05T06:30:00+00:00"


def test_a_lead_who_takes_turns_too_is_one_user(component: ComponentRenderer) -> None:
    lead = ResponderSettings(name="First Engineer", email="first.engineer@example.com")
    graph = declared(component, engineering_lead=lead)
    emails = [each.inputs["email"] for each in graph.of_type(USER)]
    assert len(emails) == len(set(emails)) == 3
    assert called_at(graph)[15] == "First Engineer"


def test_the_token_is_in_no_input_and_the_key_is_a_secret(component: ComponentRenderer) -> None:
    graph = declared(component)
    provider: Mapping[str, object] = the(graph, PROVIDER).inputs
    assert set(provider) == {"skipCredentialsValidation"}
    for resource in graph.resources:
        if resource.type.startswith("pagerduty:"):
            assert resource.provider is not None
            assert resource.provider.startswith(the(graph, PROVIDER).urn)
    assert is_secret(the(graph, INTEGRATION).outputs["integrationKey"])
