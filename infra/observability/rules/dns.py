"""CoreDNS: whether pods find services and the world (NET-08)."""

from __future__ import annotations

from typing import Final

from .context import RuleContext
from .model import PLATFORM, RuleGroup

FAILURES: Final = 0.05
SECONDS: Final = 1


def dns_rules(context: RuleContext) -> tuple[RuleGroup, ...]:
    """Give the rules about CoreDNS."""
    return (
        RuleGroup(
            name="fleet-erp-dns",
            rules=(
                context.alert(
                    "DnsDown",
                    'kube_deployment_status_replicas_available{namespace="kube-system", deployment="coredns"}'
                    " == 0",
                    hold="1m",
                    severity="critical",
                    owner=PLATFORM,
                    runbook="dns",
                    summary="No pod of CoreDNS is healthy",
                    description=(
                        "{{ $value }} pods of CoreDNS have passed their health checks for a minute: no pod"
                        " finds database, broker or cache."
                    ),
                ),
                context.alert(
                    "DnsMetricsMissing",
                    "absent(coredns_dns_responses_total)",
                    hold="10m",
                    severity="warning",
                    owner=PLATFORM,
                    runbook="dns",
                    summary="CoreDNS is not watched",
                    description=(
                        "No pod of CoreDNS has been scraped for 10 minutes. DnsServerFailures cannot fire."
                    ),
                ),
                context.alert(
                    "DnsServerFailures",
                    'sum(rate(coredns_dns_responses_total{rcode="SERVFAIL"}[5m]))'
                    f" / sum(rate(coredns_dns_responses_total[5m])) > {FAILURES:g}",
                    hold="5m",
                    severity="critical",
                    owner=PLATFORM,
                    runbook="dns",
                    summary="CoreDNS cannot resolve names",
                    description=(
                        "{{ $value | humanizePercentage }} of its answers have been SERVFAIL for 5 minutes,"
                        f" above {FAILURES:.0%}."
                    ),
                ),
                context.alert(
                    "DnsLatencyHigh",
                    "histogram_quantile(0.99, sum by (le)"
                    f" (rate(coredns_dns_request_duration_seconds_bucket[5m]))) > {SECONDS}",
                    hold="10m",
                    severity="warning",
                    owner=PLATFORM,
                    runbook="dns",
                    summary="CoreDNS answers slowly",
                    description=(
                        "p99 of its answers has been {{ $value | humanizeDuration }} for 10 minutes, above"
                        f" {SECONDS} s: every new connection waits that long."
                    ),
                ),
                context.alert(
                    "DnsForwardingBroken",
                    "sum(increase(coredns_forward_healthcheck_broken_total[5m])) > 0",
                    hold="5m",
                    severity="warning",
                    owner=PLATFORM,
                    runbook="dns",
                    summary="CoreDNS does not reach the resolver of the VPC",
                    description=(
                        "In 5 minutes all upstream servers failed their health check {{ $value | humanize }}"
                        " times: names outside the cluster are not resolved."
                    ),
                ),
            ),
        ),
    )
