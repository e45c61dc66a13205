"""Cache and broker: Redis on ElastiCache, RabbitMQ on Amazon MQ (OBS-01)."""

from __future__ import annotations

from typing import Final

from .context import RuleContext
from .model import GPS, PLATFORM, Alert, RuleGroup

CACHE_MEMORY_PERCENT: Final = 80
CACHE_CPU_PERCENT: Final = 90
CACHE_LAG_SECONDS: Final = 10
BROKER_MEMORY: Final = 0.8
"""Of the mark at which RabbitMQ blocks whoever publishes."""
BROKER_DISK_FACTOR: Final = 2
"""Times the free space at which RabbitMQ blocks."""


def store_rules(context: RuleContext) -> tuple[RuleGroup, ...]:
    """Give the rules about cache and broker; a broker's users, metrics among them, come when it serves."""
    return (
        RuleGroup(name="fleet-erp-cache", rules=_cache(context)),
        *((RuleGroup(name="fleet-erp-broker", rules=_broker(context)),) if context.serving else ()),
    )


def _cache(context: RuleContext) -> tuple[Alert, ...]:
    lag = context.alert(
        "CacheReplicaLag",
        f"aws_elasticache_replication_lag_maximum > {CACHE_LAG_SECONDS}",
        hold="10m",
        severity="warning",
        owner=PLATFORM,
        runbook="cache",
        summary="A replica of the cache falls behind",
        description=(
            "{{ $labels.dimension_CacheClusterId }} is {{ $value | humanizeDuration }} behind, more than"
            f" {CACHE_LAG_SECONDS} s: a failover would forget that much."
        ),
    )
    return (
        context.alert(
            "CacheDown",
            "redis_up == 0",
            hold="2m",
            severity="critical",
            owner=PLATFORM,
            runbook="cache",
            summary="Redis does not answer",
            description="The exporter has not reached the cache for 2 minutes: API keys cannot be counted.",
        ),
        context.alert(
            "CacheMetricsMissing",
            "absent(redis_up)",
            hold="10m",
            severity="warning",
            owner=PLATFORM,
            runbook="cache",
            summary="Redis is not watched",
            description="Its exporter has not been scraped for 10 minutes. CacheDown cannot fire.",
        ),
        context.alert(
            "CacheMemoryHigh",
            f"aws_elasticache_database_memory_usage_percentage_maximum > {CACHE_MEMORY_PERCENT}",
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="cache",
            summary="The cache fills up",
            description=(
                "{{ $labels.dimension_CacheClusterId }} has used {{ $value | humanize }} % of its memory"
                " for 15"
                f" minutes, above {CACHE_MEMORY_PERCENT} %."
            ),
        ),
        context.alert(
            "CacheEvictions",
            "sum(increase(redis_evicted_keys_total[15m])) > 0",
            hold="5m",
            severity="warning",
            owner=PLATFORM,
            runbook="cache",
            summary="The cache throws keys away",
            description=(
                "{{ $value | humanize }} keys were evicted in 15 minutes for want of memory; counters of API"
                " keys are among what may go."
            ),
        ),
        context.alert(
            "CacheCpuHigh",
            f"aws_elasticache_engine_cpuutilization_maximum > {CACHE_CPU_PERCENT}",
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="cache",
            summary="Redis works at its limit",
            description=(
                "{{ $labels.dimension_CacheClusterId }}: the one core that serves commands has been"
                f" {{{{ $value | humanize }}}} % busy for 15 minutes, above {CACHE_CPU_PERCENT} %."
            ),
        ),
        *((lag,) if context.cache_replicated else ()),
    )


def _broker(context: RuleContext) -> tuple[Alert, ...]:
    return (
        context.alert(
            "BrokerBlocksPublishers",
            "max(rabbitmq_alarms_memory_used_watermark) == 1"
            " or max(rabbitmq_alarms_free_disk_space_watermark) == 1",
            hold="1m",
            severity="critical",
            owner=GPS,
            runbook="broker",
            summary="RabbitMQ takes no more messages",
            description=(
                "A node has passed its mark of memory or disk: whoever publishes is blocked, vehicles"
                " get 503."
            ),
        ),
        context.alert(
            "BrokerMemoryHigh",
            "max by (instance) (rabbitmq_process_resident_memory_bytes"
            f" / rabbitmq_resident_memory_limit_bytes) > {BROKER_MEMORY:g}",
            hold="10m",
            severity="warning",
            owner=PLATFORM,
            runbook="broker",
            summary="RabbitMQ runs short of memory",
            description=(
                "{{ $labels.instance }} has used {{ $value | humanizePercentage }} of what it may for 10"
                " minutes,"
                f" above {BROKER_MEMORY:.0%}; at 100 % it blocks publishers."
            ),
        ),
        context.alert(
            "BrokerDiskLow",
            "min by (instance) (rabbitmq_disk_space_available_bytes"
            f" / rabbitmq_disk_space_available_limit_bytes) < {BROKER_DISK_FACTOR}",
            hold="10m",
            severity="warning",
            owner=PLATFORM,
            runbook="broker",
            summary="RabbitMQ runs short of disk",
            description=(
                "{{ $labels.instance }} has had {{ $value | humanize }} times the free space at which it"
                " blocks"
                f" publishers, less than {BROKER_DISK_FACTOR} times, for 10 minutes."
            ),
        ),
        context.alert(
            "BrokerMetricsMissing",
            "absent(rabbitmq_alarms_memory_used_watermark)",
            hold="10m",
            severity="warning",
            owner=PLATFORM,
            runbook="broker",
            summary="RabbitMQ is not watched",
            description=(
                "The broker's own endpoint has not been scraped for 10 minutes: it is down, or refuses the"
                " login of metrics."
            ),
        ),
    )
