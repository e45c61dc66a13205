"""Positions that wait, and positions that nobody could store (OBS-06, SCALE-01)."""

from __future__ import annotations

from typing import Final

from .context import RuleContext
from .model import GPS, RuleGroup

NEARLY_FULL_PERCENT: Final = 80
DEAD_LETTER_QUEUES: Final = 'queue=~".*[.]dlq"'


def queue_rules(context: RuleContext) -> tuple[RuleGroup, ...]:
    """Give the rules about queues; nothing where no positions arrive."""
    if not context.serving:
        return ()
    waiting = f'mq:queue_messages{{queue="{context.queue}"}}'
    return (
        RuleGroup(
            name="fleet-erp-queues",
            rules=(
                context.alert(
                    # The strategy's thresholds of warning and critical are both 0.
                    "DeadLetterQueueNotEmpty",
                    f"mq:queue_messages{{{DEAD_LETTER_QUEUES}}} > 0",
                    hold=None,
                    severity="critical",
                    owner=GPS,
                    runbook="queues",
                    summary="{{ $labels.queue }} holds messages that nobody could process",
                    description=(
                        "{{ $value }} messages in {{ $labels.vhost }}/{{ $labels.queue }}: each was refused"
                        " until the broker gave up on it. They are kept, and are missing in the database."
                    ),
                ),
                context.alert(
                    "DeadLetterQueueMetricsMissing",
                    f"absent(rabbitmq_detailed_queue_messages{{{DEAD_LETTER_QUEUES}}})",
                    hold="10m",
                    severity="warning",
                    owner=GPS,
                    runbook="queues",
                    summary="Nobody knows whether there are dead letters",
                    description=(
                        "No depth of a dead-letter queue has arrived for 10 minutes: the scrape of the broker"
                        " is broken, or the queue was never made. DeadLetterQueueNotEmpty cannot fire."
                    ),
                ),
                context.alert(
                    "QueueDepthHigh",
                    f"{waiting} > {context.queue_depth}",
                    hold="5m",
                    severity="warning",
                    owner=GPS,
                    runbook="queues",
                    summary="Positions wait in {{ $labels.queue }}",
                    description=(
                        "{{ $value }} positions have waited for 5 minutes, more than"
                        f" {context.queue_depth}, at which consumers are added: they are too few or too slow."
                    ),
                ),
                context.alert(
                    "QueueNearlyFull",
                    f"{waiting} > {context.queue_limit * NEARLY_FULL_PERCENT // 100}",
                    hold="2m",
                    severity="critical",
                    owner=GPS,
                    runbook="queues",
                    summary="{{ $labels.queue }} will soon refuse positions",
                    description=(
                        f"{{{{ $value }}}} positions wait, above {NEARLY_FULL_PERCENT} % of the"
                        f" {context.queue_limit} that the queue takes. Then vehicles get 503 and must keep"
                        " what they have."
                    ),
                ),
                context.alert(
                    "QueueWithoutConsumers",
                    "max by (vhost, queue) (max_over_time"
                    f'(rabbitmq_detailed_queue_consumers{{queue="{context.queue}"}}[2m])) < 1',
                    hold="5m",
                    severity="critical",
                    owner=GPS,
                    runbook="queues",
                    summary="Nobody takes positions from {{ $labels.queue }}",
                    description=(
                        "{{ $labels.vhost }}/{{ $labels.queue }} has had {{ $value }} consumers for 5"
                        " minutes: every position waits."
                    ),
                ),
            ),
        ),
    )
