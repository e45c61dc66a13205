"""The certificate of both host names, its proof of ownership in DNS, and the alarm before it expires."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
from pulumi_aws import acm, cloudwatch, route53

from ..naming import Kind, Naming
from ..settings.edge import EdgeSettings

RECORD_TTL_SECONDS: Final = 300
ONE_DAY_SECONDS: Final = 86_400

Option = acm.outputs.CertificateDomainValidationOption


def declare_certificate(
    *, settings: EdgeSettings, naming: Naming, shares_zone: bool, opts: pulumi.ResourceOptions
) -> acm.CertificateValidation:
    """Declare a certificate that ACM renews for as long as its records stay (SEC-04).

    `shares_zone`: another region proves the same names in the same zone. ACM gives one account the same
    record for a name in every region, so both stacks declare it, neither stumbles over the other's, and
    none takes it away when it goes: the other's renewal needs it.
    """
    certificate = acm.Certificate(
        "certificate",
        acm.CertificateArgs(
            domain_name=settings.web_hostname,
            subject_alternative_names=[settings.gps_hostname],
            validation_method="DNS",
            # Older trackers know no elliptic curves in certificates.
            key_algorithm="RSA_2048",
            tags=naming.tags(f"{naming.prefix}-edge"),
        ),
        opts=opts,
    )
    record_opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(retain_on_delete=shares_zone))
    records = [
        route53.Record(
            f"validation-{label}",
            route53.RecordArgs(
                zone_id=settings.zone_id,
                name=_name_for(certificate, hostname),
                # ACM proves ownership by a CNAME, always.
                type="CNAME",
                records=[_value_for(certificate, hostname)],
                ttl=RECORD_TTL_SECONDS,
                allow_overwrite=True,
            ),
            opts=record_opts,
        )
        for label, hostname in (("web", settings.web_hostname), ("gps", settings.gps_hostname))
    ]
    return acm.CertificateValidation(
        "certificate-validation",
        acm.CertificateValidationArgs(
            certificate_arn=certificate.arn, validation_record_fqdns=[record.fqdn for record in records]
        ),
        opts=opts,
    )


def declare_expiry_alarm(
    *,
    settings: EdgeSettings,
    naming: Naming,
    certificate_arn: pulumi.Input[str],
    topic_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> cloudwatch.MetricAlarm:
    """Declare the alarm that a renewal has failed (SEC-04).

    ACM renews sixty days before the end, so fewer days than the threshold mean that it could not.
    """
    days = settings.certificate_expiry_alarm_days
    return cloudwatch.MetricAlarm(
        "certificate-expiry",
        cloudwatch.MetricAlarmArgs(
            name=naming.name(Kind.METRIC_ALARM, "certificate-expiry"),
            alarm_description=(
                f"The certificate of {settings.web_hostname} and {settings.gps_hostname} ends in less than "
                f"{days} days: its renewal fails. Check the validation records in zone {settings.zone_name}. "
                "Runbook: docs/runbooks/certificates.md"
            ),
            namespace="AWS/CertificateManager",
            metric_name="DaysToExpiry",
            dimensions={"CertificateArn": certificate_arn},
            statistic="Minimum",
            period=ONE_DAY_SECONDS,
            evaluation_periods=1,
            comparison_operator="LessThanThreshold",
            threshold=days,
            # The metric ends with the certificate: an alarm that rang by then must not fall silent.
            treat_missing_data="ignore",
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
            tags=naming.tags(naming.name(Kind.METRIC_ALARM, "certificate-expiry")),
        ),
        opts=opts,
    )


def validation_option(options: Sequence[Option], hostname: str) -> Option:
    """Find what ACM asks for one name: the order of the options means nothing.

    Raises LookupError when ACM asks nothing for that name.
    """
    for option in options:
        if option.domain_name == hostname:
            return option
    raise LookupError(f"ACM gives no validation record for {hostname}")


def _name_for(certificate: acm.Certificate, hostname: str) -> pulumi.Output[str]:
    options = certificate.domain_validation_options
    return options.apply(lambda found: validation_option(found, hostname).resource_record_name or "")


def _value_for(certificate: acm.Certificate, hostname: str) -> pulumi.Output[str]:
    options = certificate.domain_validation_options
    return options.apply(lambda found: validation_option(found, hostname).resource_record_value or "")
