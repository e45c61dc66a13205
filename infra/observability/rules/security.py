"""Secrets that do not arrive, secrets that got out, and images with known holes (SEC-02, SEC-11)."""

from __future__ import annotations

from typing import Final

from .context import RuleContext
from .model import PLATFORM, RuleGroup

OBJECT: Final = "{{ $labels.namespace }}/{{ $labels.name }}"
IMAGE: Final = "{{ $labels.image_repository }}:{{ $labels.image_tag }}"


def security_rules(context: RuleContext) -> tuple[RuleGroup, ...]:
    """Give the rules about secrets and vulnerabilities."""
    return (
        RuleGroup(
            name="fleet-erp-security",
            rules=(
                context.alert(
                    "SecretNotSynced",
                    'externalsecret_status_condition{condition="Ready", status="False"} == 1',
                    hold="15m",
                    severity="warning",
                    owner=PLATFORM,
                    runbook="secrets",
                    summary=f"{OBJECT} does not follow Secrets Manager",
                    description=(
                        f"{OBJECT} has not been ready for 15 minutes: its pods keep the value that they have,"
                        " and new ones do not start where there is none."
                    ),
                ),
                context.alert(
                    "SecretMetricsMissing",
                    "absent(externalsecret_status_condition)",
                    hold="15m",
                    severity="warning",
                    owner=PLATFORM,
                    runbook="secrets",
                    summary="Nobody knows whether secrets arrive",
                    description=(
                        "External Secrets has not been scraped for 15 minutes. SecretNotSynced cannot fire."
                    ),
                ),
                context.alert(
                    "CriticalVulnerability",
                    "max by (image_repository, image_tag)"
                    ' (trivy_image_vulnerabilities{severity="Critical"}) > 0',
                    hold="1h",
                    severity="warning",
                    owner=PLATFORM,
                    runbook="vulnerabilities",
                    summary=f"{IMAGE} runs with critical vulnerabilities",
                    description=(
                        f"{{{{ $value }}}} critical vulnerabilities in {IMAGE} have a fix that is not"
                        " installed."
                    ),
                ),
                context.alert(
                    "ExposedSecret",
                    "max by (image_repository, image_tag)"
                    ' (trivy_image_exposedsecrets{severity=~"Critical|High"}) > 0',
                    hold=None,
                    severity="critical",
                    owner=PLATFORM,
                    runbook="vulnerabilities",
                    summary=f"{IMAGE} contains a secret",
                    description=(
                        f"{{{{ $value }}}} secrets were found in {IMAGE}: whoever may pull it can read them."
                    ),
                ),
                context.alert(
                    "VulnerabilityScansMissing",
                    "absent(trivy_image_vulnerabilities)",
                    hold="6h",
                    severity="warning",
                    owner=PLATFORM,
                    runbook="vulnerabilities",
                    summary="Images are not scanned",
                    description=(
                        "The Trivy operator has reported on no image for 6 hours. CriticalVulnerability"
                        " cannot"
                        " fire."
                    ),
                ),
            ),
        ),
    )
