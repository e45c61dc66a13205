"""Cases of alerts about what users and vehicles notice."""

from __future__ import annotations

from infra.observability.rules import RuleContext

from .cases import Case, Series, held, rising

WEB = 'namespace="erp", service="odoo-web"'
API = 'namespace="gps", service="gps-api"'
CONSUMER = 'namespace="gps", pod="gps-consumer-a"'


def durations(metric: str, labels: str, *, limit: float, within: float) -> Series:
    """A histogram of 100 observations a minute of which `within` are not above `limit`."""
    return {
        f'{metric}_bucket{{{labels}, le="{limit / 2:g}"}}': rising(0),
        f'{metric}_bucket{{{labels}, le="{limit:g}"}}': rising(within),
        f'{metric}_bucket{{{labels}, le="{limit * 2:g}"}}': rising(100),
        f'{metric}_bucket{{{labels}, le="+Inf"}}': rising(100),
    }


def requests(labels: str, *, succeeded: float, failed: float) -> Series:
    """Counters of requests, by the minute."""
    return {
        f'http_requests_total{{{labels}, status="2xx"}}': rising(succeeded),
        f'http_requests_total{{{labels}, status="5xx"}}': rising(failed),
    }


def service_cases(context: RuleContext) -> dict[str, Case]:
    """Give the cases by alert."""
    if not context.serving:
        return {}
    return {
        **_latency(context),
        **_availability(context),
        **_gps(context),
        **_queues(context),
        **(_pods(context) if context.pods_autoscaled else {}),
    }


def _latency(context: RuleContext) -> dict[str, Case]:
    def case(limit: float) -> Case:
        metric = "http_request_duration_seconds"
        return Case(
            fires=durations(metric, WEB, limit=limit, within=94),
            quiet=(
                durations(metric, WEB, limit=limit, within=96),
                # A websocket lasts as long as somebody listens.
                durations(metric, f'{WEB}, handler="websocket"', limit=limit, within=94),
            ),
            minutes=12,
            labels={"service": "odoo-web", "owner": "erp"},
        )

    return {
        "ApiLatencyP95Warning": case(context.latency_warning_seconds),
        "ApiLatencyP95Critical": case(context.latency_critical_seconds),
    }


def _availability(context: RuleContext) -> dict[str, Case]:
    def burn(factor: float, minutes: int, clean_minutes: int, step: str = "1m") -> Case:
        failed = factor * context.error_budget * 100_000
        more, less = failed * 1.001, failed * 0.999
        over = requests(WEB, succeeded=100_000 - more, failed=more)
        ended = minutes - clean_minutes
        stopped = {
            f'http_requests_total{{{WEB}, status="2xx"}}': rising(100_000 - more),
            f'http_requests_total{{{WEB}, status="5xx"}}': (
                f"0+{more:.10g}x{ended} {more * ended:.10g}+0x400"
            ),
        }
        return Case(
            fires=over,
            quiet=(requests(WEB, succeeded=100_000 - less, failed=less), stopped),
            minutes=minutes,
            step=step,
            sample_step="1m",
            labels={"service": "odoo-web", "owner": "erp"},
        )

    shown = 'probe_success{instance="https://erp.example.com/web/login"}'
    reported = [
        f'http_requests_total{{namespace="erp", service="{service}", status="2xx"}}'
        for service in context.services
    ]
    missing = Case(
        fires={reported[0]: rising(1)},
        quiet=({series: rising(0.1) for series in reported},),
        minutes=25,
        labels={"service": context.services[1]},
    )
    return {
        "ErrorBudgetBurnFast": burn(14.4, 20, 14),
        "ErrorBudgetBurnSlow": burn(6, 60, 45, "5m"),
        "ErrorBudgetBurnSteady": burn(3, 200, 150, "10m"),
        "ErrorBudgetBurnDrip": burn(1, 390, 385, "10m"),
        "EndpointDown": Case(fires={shown: held(0)}, quiet=({shown: held(1)},), minutes=5),
        "EndpointProbeMissing": Case(fires={}, quiet=({shown: held(1)},), minutes=15),
        **({"RequestMetricsMissing": missing} if context.live else {}),
    }


def _gps(context: RuleContext) -> dict[str, Case]:
    metric = "gps_processing_latency_seconds"
    accepted = f'http_requests_total{{{API}, status="2xx"}}'
    refused = f'http_requests_total{{{API}, status="4xx"}}'
    stored = f"{metric}_count{{{CONSUMER}}}"
    silence = Case(
        fires={accepted: held(1000), refused: rising(50)},
        quiet=({accepted: rising(0.1)},),
        minutes=35,
    )
    archived = 'kube_job_status_completion_time{namespace="gps", job_name="gps-archive-29"}'
    # Time begins with nought in these cases.
    late = Case(fires={archived: held(-36 * 86400)}, quiet=({archived: held(-34 * 86400)},), minutes=65)
    return {
        "GpsLatencyP95": Case(
            fires=durations(metric, CONSUMER, limit=context.gps_seconds, within=94),
            quiet=(durations(metric, CONSUMER, limit=context.gps_seconds, within=96),),
            minutes=12,
        ),
        "GpsPositionsNotStored": Case(
            fires={accepted: rising(1000), stored: held(5)},
            quiet=(
                {accepted: rising(1000), stored: rising(1)},
                {accepted: held(1000), refused: rising(10), stored: held(5)},
            ),
            minutes=15,
        ),
        **({"GpsNoPositions": silence, "GpsArchiveLate": late} if context.live else {}),
        "GpsLatencyMetricsMissing": Case(fires={}, quiet=({stored: held(0)},), minutes=20),
    }


def _queues(context: RuleContext) -> dict[str, Case]:
    def depth(queue: str, *messages: int) -> Series:
        return {
            f'rabbitmq_detailed_queue_messages{{vhost="fleet", queue="{queue}", instance="node-{node}"}}': (
                held(count)
            )
            for node, count in enumerate(messages)
        }

    consumers = f'rabbitmq_detailed_queue_consumers{{vhost="fleet", queue="{context.queue}"}}'
    nearly_full = context.queue_limit * 80 // 100
    return {
        "DeadLetterQueueNotEmpty": Case(
            fires=depth(context.dead_letter_queue, 1),
            quiet=(depth(context.dead_letter_queue, 0), depth(context.queue, 500)),
            minutes=2,
            labels={"queue": context.dead_letter_queue},
        ),
        "DeadLetterQueueMetricsMissing": Case(
            fires=depth(context.queue, 5), quiet=(depth(context.dead_letter_queue, 0),), minutes=15
        ),
        "QueueDepthHigh": Case(
            fires=depth(context.queue, context.queue_depth + 1),
            # Two targets that are one node: its messages are not counted twice.
            quiet=(depth(context.queue, context.queue_depth, context.queue_depth),),
            minutes=10,
        ),
        "QueueNearlyFull": Case(
            fires=depth(context.queue, nearly_full + 1),
            quiet=(depth(context.queue, nearly_full),),
            minutes=10,
        ),
        "QueueWithoutConsumers": Case(fires={consumers: held(0)}, quiet=({consumers: held(1)},), minutes=10),
    }


def _pods(context: RuleContext) -> dict[str, Case]:
    def autoscaler(least: int, most: int, now: int, namespace: str = "erp") -> Series:
        labels = f'namespace="{namespace}", horizontalpodautoscaler="odoo-web"'
        return {
            f"kube_horizontalpodautoscaler_spec_min_replicas{{{labels}}}": held(least),
            f"kube_horizontalpodautoscaler_spec_max_replicas{{{labels}}}": held(most),
            f"kube_horizontalpodautoscaler_status_current_replicas{{{labels}}}": held(now),
        }

    def blind(yes: int) -> Series:
        labels = 'namespace="erp", horizontalpodautoscaler="odoo-web", condition="ScalingActive"'
        return {
            f'kube_horizontalpodautoscaler_status_condition{{{labels}, status="false"}}': held(yes),
            f'kube_horizontalpodautoscaler_status_condition{{{labels}, status="true"}}': held(1 - yes),
        }

    errors = 'keda_scaler_detail_errors_total{scaledObject="gps-consumer", scaler="rabbitMQScaler"}'
    return {
        "HpaAtLimit": Case(
            fires=autoscaler(3, 8, 8),
            quiet=(autoscaler(3, 8, 7), autoscaler(2, 2, 2), autoscaler(1, 1, 1, "other")),
            minutes=20,
            labels={"horizontalpodautoscaler": "odoo-web", "owner": "erp"},
        ),
        "HpaBlind": Case(fires=blind(1), quiet=(blind(0),), minutes=20),
        "ScalerErrors": Case(fires={errors: rising(1 / 3)}, quiet=({errors: rising(1 / 6)},), minutes=30),
    }
