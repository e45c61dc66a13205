"""Certificates that were not renewed in time (SEC-04)."""

from __future__ import annotations

from typing import Final

from .context import RuleContext
from .model import PLATFORM, Alert, RuleGroup

LAST_DAYS: Final = 7
SECONDS_PER_DAY: Final = 86_400


def certificate_rules(context: RuleContext) -> tuple[RuleGroup, ...]:
    """Give what ACM says of its certificates and, where users are served, what they are shown."""
    days = context.certificate_days
    managed = (
        context.alert(
            "CertificateNotRenewed",
            f"aws_certificatemanager_days_to_expiry_minimum < {days}",
            hold="1h",
            severity="warning",
            owner=PLATFORM,
            runbook="certificates",
            summary="ACM has not renewed a certificate",
            description=(
                "{{ $labels.dimension_CertificateArn }} ends in {{ $value }} days, fewer than"
                f" {days}. ACM renews 60 days before: its DNS record is missing or wrong."
            ),
        ),
        context.alert(
            "CertificateMetricsMissing",
            "absent(aws_certificatemanager_days_to_expiry_minimum)",
            hold="6h",
            severity="warning",
            owner=PLATFORM,
            runbook="certificates",
            summary="Nobody knows when certificates end",
            description=(
                "CloudWatch has given no days to expiry for 6 hours. CertificateNotRenewed cannot fire."
            ),
        ),
    )
    return (
        RuleGroup(
            name="fleet-erp-certificates",
            rules=(*managed, *(_shown(context) if context.serving else ())),
        ),
    )


def _shown(context: RuleContext) -> tuple[Alert, ...]:
    days = context.certificate_days
    left = f"(probe_ssl_earliest_cert_expiry - time()) / {SECONDS_PER_DAY}"
    return (
        context.alert(
            "CertificateExpiresSoon",
            f"{left} < {days}",
            hold="1h",
            severity="warning",
            owner=PLATFORM,
            runbook="certificates",
            summary="{{ $labels.instance }} shows a certificate that ends soon",
            description=(
                "The certificate that {{ $labels.instance }} shows ends in {{ $value | humanize }} days,"
                " fewer"
                f" than {days}."
            ),
        ),
        context.alert(
            "CertificateAboutToExpire",
            f"{left} < {LAST_DAYS}",
            hold="5m",
            severity="critical",
            owner=PLATFORM,
            runbook="certificates",
            summary="{{ $labels.instance }} will be refused by every browser",
            description=(
                "The certificate that {{ $labels.instance }} shows ends in {{ $value | humanize }} days,"
                " fewer"
                f" than {LAST_DAYS}."
            ),
        ),
    )
