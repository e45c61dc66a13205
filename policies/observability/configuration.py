"""AWS Config: what the account's resources looked like, and when."""

from __future__ import annotations

from typing import Final

from policies.aws.tokens import CONFIG_CHANNELS, CONFIG_RECORDER_STATES, CONFIG_RECORDERS
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Setting,
    Settings,
    Severity,
    advisory_in,
    joined_rule,
    resource_rule,
    stack_rule,
)

_REQUIREMENTS: Final = ("SEC-14",)
_LEVELS: Final = advisory_in("prod", "dr")


@stack_rule(
    "log-config",
    subjects=CONFIG_RECORDERS,
    severity=Severity.MEDIUM,
    levels=_LEVELS,
    controls=Controls(("Config.1",), (), _REQUIREMENTS, ("8(5)",)),
    remedy="Declare cfg.Recorder, cfg.DeliveryChannel and cfg.RecorderStatus, or record why not.",
)
def config(graph: Graph) -> Findings:
    """AWS Config records the account, or a decision says why not."""
    if not graph.of(*CONFIG_RECORDERS):
        yield "the stack declares no cfg.Recorder"


@joined_rule(
    "log-config-running",
    subjects=CONFIG_RECORDERS,
    severity=Severity.MEDIUM,
    levels=_LEVELS,
    controls=Controls(("Config.1",), (), _REQUIREMENTS, ("8(5)",)),
    remedy="Declare cfg.DeliveryChannel and cfg.RecorderStatus(is_enabled=True) for the recorder.",
)
def config_running(recorder: ResourceView, graph: Graph) -> Findings:
    """A recorder has somewhere to deliver to, and is switched on."""
    if not graph.of(*CONFIG_CHANNELS):
        yield "the stack declares no cfg.DeliveryChannel, without which the recorder cannot start"
    states = graph.attached(recorder, "name", *CONFIG_RECORDER_STATES)
    if not any(state.flag("isEnabled") for state in states):
        yield "no cfg.RecorderStatus switches it on"


@resource_rule(
    "log-config-everything",
    subjects=CONFIG_RECORDERS,
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls(("Config.1",), ("CKV2_AWS_45",), _REQUIREMENTS),
    remedy=(
        "Set recording_group with all_supported=True, and include_global_resource_types=True in one region of"
        " the account."
    ),
    settings={
        "globals": Setting(
            True,
            "Whether IAM is recorded here: once for each account is enough, and each region would be billed.",
            {"dr": False},
        )
    },
)
def config_everything(recorder: ResourceView, settings: Settings) -> Findings:
    """A recorder records every supported type, and IAM in one region of the account."""
    if not recorder.flag("recordingGroup.allSupported", default=True):
        yield "recordingGroup.allSupported is false"
    if settings["globals"] and not recorder.flag("recordingGroup.includeGlobalResourceTypes"):
        yield "recordingGroup.includeGlobalResourceTypes is not true, so IAM is left out"
