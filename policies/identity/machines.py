"""Instance metadata: where a process on a node could take the node's credentials."""

from __future__ import annotations

from typing import Final

from policies.aws.tokens import LAUNCH_CONFIGURATIONS, LAUNCH_TEMPLATES, MACHINES
from policies.framework import (
    Block,
    Controls,
    Findings,
    ResourceView,
    Setting,
    Settings,
    Severity,
    everywhere,
    resource_rule,
)

METADATA_DEFAULTS: Final = ("aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults",)
_MACHINES: Final = (*LAUNCH_TEMPLATES, *LAUNCH_CONFIGURATIONS, *MACHINES, *METADATA_DEFAULTS)


def _options(machine: ResourceView) -> Block:
    """Give the metadata options; those of an account lie in the resource itself."""
    return machine if machine.type in METADATA_DEFAULTS else machine.block("metadataOptions")


def _switched_off(options: Block) -> bool:
    return options.text("httpEndpoint") == "disabled"


@resource_rule(
    "iam-imdsv2",
    subjects=_MACHINES,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("EC2.8", "EC2.170"), ("CKV_AWS_79",), ("SEC-03", "OPS-04")),
    remedy="Set metadata_options with http_tokens='required'.",
)
def imdsv2(machine: ResourceView) -> Findings:
    """Instance metadata asks for a session token (IMDSv2), which a forged request cannot get."""
    options = _options(machine)
    tokens = options.text("httpTokens")
    if not _switched_off(options) and tokens != "required":
        yield f"httpTokens is {tokens or 'not set'}, not required"


@resource_rule(
    "iam-imds-hop-limit",
    subjects=_MACHINES,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_341",), ("SEC-03", "OPS-04")),
    remedy="Set http_put_response_hop_limit=1; pods take the role of their service account instead.",
    settings={"max_hops": Setting(1, "Hops that an answer of the metadata service may travel")},
)
def imds_hop_limit(machine: ResourceView, settings: Settings) -> Findings:
    """The answers of the metadata service end at the node, so that no pod can take the node's credentials."""
    options = _options(machine)
    hops = options.number("httpPutResponseHopLimit")
    if not _switched_off(options) and (hops is None or hops > settings["max_hops"]):
        yield (
            "httpPutResponseHopLimit is not set"
            if hops is None
            else f"httpPutResponseHopLimit is {hops}: pods reach the node's credentials"
        )
