"""The record of a failover or drill, as JSON and as a page; and the metric of the last drill."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from ..records import Figure, Record, Step
from . import drill, failover
from .estate import RPO_SECONDS, RTO_SECONDS
from .journal import Entries

NAMESPACE: Final = "FleetErp/Recovery"
METRIC: Final = "LastDrill"
"""When the last drill that passed was over, in seconds since 1970: what the alert on overdue drills reads."""

_RESULTS: Final[dict[str, Any]] = {
    "done": "passed",
    "failed": "failed",
    "begun": "aborted",
    "undone": "aborted",
}


def record_of(entries: Entries, environment: str, *, now: datetime) -> Record:
    """Give the record of work that has ended, or stands still.

    A drill that exceeds the recovery time or point has failed, however well its steps went.
    """
    serves = (drill if entries.kind == "drill" else failover).SERVES_AFTER
    served = entries.step(serves)
    figures: dict[str, Figure] = {
        **entries.figures,
        "rto_promised_seconds": RTO_SECONDS,
        "rpo_promised_seconds": RPO_SECONDS,
    }
    began = entries.outage_began or entries.started_at
    late = False
    if served.state == "done" and served.ended_at is not None:
        seconds = round((served.ended_at - began).total_seconds())
        figures["rto_seconds"] = seconds
        late = seconds > RTO_SECONDS
    state = entries.state
    reason = entries.reason
    if late:
        reason = "; ".join(filter(None, (reason, f"it took longer than {timedelta(seconds=RTO_SECONDS)}")))
    passed = state == "completed" and not (late and entries.kind == "drill")
    return Record(
        kind=entries.kind,
        environment=environment,
        started_at=entries.started_at,
        finished_at=max(entries.ended_at or now, entries.started_at),
        by=entries.by,
        result="passed"
        if passed
        else "aborted"
        if state == "unchanged" and entries.kind == "failover"
        else "failed",
        figures=figures,
        steps=tuple(
            Step(
                name=step.name,
                result=_RESULTS[step.state],
                started_at=step.began_at,
                finished_at=step.ended_at,
                detail=step.detail,
            )
            for step in entries.steps
            if step.state in _RESULTS
        ),
        details={
            "run": entries.run,
            "state": state,
            "reason": reason,
            "outage_began": None if entries.outage_began is None else entries.outage_began.isoformat(),
            "decisions": [decision.model_dump(mode="json") for decision in entries.decisions],
            "last_transaction": entries.memory.get("last_transaction"),
        },
    )


def markdown(record: Record) -> str:
    """Give the record as a page."""
    figures, details = record.figures, record.details
    lines = [
        f"# {record.kind.capitalize()} of {record.environment}, {record.started_at:%Y-%m-%d}",
        "",
        f"- Result: **{record.result}** ({details.get('state')})",
        *([f"- Reason: {details['reason']}"] if details.get("reason") else []),
        f"- By: {record.by}",
        f"- Began {_time(record.started_at)}, ended {_time(record.finished_at)}",
        f"- RTO: {_span(figures.get('rto_seconds'))}, promised {_span(RTO_SECONDS)}",
        f"- RPO: {_span(figures.get('rpo_seconds'))}, promised {_span(RPO_SECONDS)}",
        "",
        "## Steps",
        "",
        "| step | result | began | seconds | |",
        "|---|---|---|---|---|",
    ]
    for step in record.steps:
        seconds = (
            ""
            if step.started_at is None or step.finished_at is None
            else f"{(step.finished_at - step.started_at).total_seconds():.0f}"
        )
        began = "" if step.started_at is None else f"{step.started_at:%H:%M:%S}"
        lines.append(
            f"| {step.name} | {step.result} | {began} | {seconds} | {step.detail.replace('|', '/')} |"
        )
    decisions = details.get("decisions")
    lines += ["", "## Decisions", ""]
    if isinstance(decisions, list) and decisions:
        lines += [
            f"- {each['at']}, {each['by']}: {each['point']}: {each['choice']}"
            for each in decisions
            if isinstance(each, dict)
        ]
    else:
        lines.append("None had to be made.")
    lines += ["", "## Figures", "", "| figure | value |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in sorted(figures.items())]
    return "\n".join(lines) + "\n"


def last_drill(records: Iterable[Record], environment: str) -> datetime | None:
    """Give when the last drill of an environment that passed was over; None where none did."""
    return max(
        (
            record.finished_at
            for record in records
            if record.kind == "drill" and record.result == "passed" and record.environment == environment
        ),
        default=None,
    )


def tell_last_drill(last: datetime | None, environment: str, client: Any) -> None:  # noqa: ANN401  (boto3)
    """Tell CloudWatch when the last drill was, from which the alert on overdue drills knows it."""
    if last is None:
        return
    client.put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {
                "MetricName": METRIC,
                "Dimensions": [{"Name": "Environment", "Value": environment}],
                "Value": last.timestamp(),
                "Unit": "Seconds",
            }
        ],
    )


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}"


def _span(seconds: object) -> str:
    if not isinstance(seconds, int | float):
        return "not measured"
    return str(timedelta(seconds=round(seconds)))
