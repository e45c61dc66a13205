"""The business at a glance: what is pending, what is late, what is owed, what came in (OBS-14)."""

from __future__ import annotations

from typing import Final

from ..board import Dashboard, Link, Row
from ..context import DashboardContext
from ..panels import Column, Panel, Stat, Table, TimeSeries
from ..queries import SqlQuery
from ..thresholds import CRITICAL, GOOD, MUTED, WARNING, Thresholds, Unit

REFRESH: Final = "1m"
CURRENCY: Final = "INR"
"""Amounts of other currencies are never added to these; the tables show them by company."""
LATE_TRIP_MINUTES: Final = 60
"""A trip that is later than that is red."""
UNKNOWN: Final = "view not complete"
"""What stands instead of a number while the ERP lacks a table that the view reads: not a nought."""


def operational(context: DashboardContext) -> Dashboard:
    """Lay out the operational dashboard."""
    return Dashboard(
        uid="fleet-operational",
        title=context.title("Operations"),
        description=(
            "Pending deliveries, delayed trips, pending collections and revenue of this moment. "
            "Days and months begin at midnight in India, fiscal years on 1 April; revenue is without tax. "
            "No names, plates or addresses: the ERP has those."
        ),
        refresh=REFRESH,
        time_from="now-30d",
        rows=(
            Row(title="Now", lines=(_now(),)),
            Row(title="Revenue", lines=(_revenue(),)),
            Row(title="Last weeks", lines=(_trends(), (_collections_by_age(), _revenue_by_company()))),
            Row(title="A closer look", lines=((_delayed_trips(),), (_trips_by_state(), _deliveries()))),
        ),
        links=(
            Link(
                title="Business views",
                url=context.runbook("business-views"),
                tooltip="What each number means, and what to do when a view is not complete",
            ),
        ),
        tags=("business",),
    )


def _now() -> tuple[Panel, ...]:
    late = Thresholds.rising(warning=1)
    return (
        _number(
            "Pending deliveries",
            "pending_deliveries",
            "coalesce(sum(deliveries), 0)",
            "Deliveries that are due to be made, ready or waiting for goods.",
        ),
        _number(
            "Overdue deliveries",
            "pending_deliveries",
            "coalesce(sum(overdue), 0)",
            "Pending deliveries that were scheduled for an earlier moment.",
            thresholds=late,
        ),
        _number(
            "Delayed trips",
            "delayed_trips",
            "count(*)",
            "Trips that have not begun, or are not there, though they should.",
            thresholds=late,
        ),
        _number(
            "Longest delay",
            "delayed_trips",
            "coalesce(max(delay_minutes), 0)",
            "Of the trips that are late now.",
            unit=Unit.MINUTES,
            thresholds=Thresholds.rising(warning=1, critical=LATE_TRIP_MINUTES),
        ),
        _number(
            "Pending payment collections",
            "pending_collections",
            "coalesce(sum(amount), 0)",
            "What customers still owe on posted invoices, less open credit notes.",
            unit=Unit.RUPEES,
            currency=True,
        ),
        _number(
            "Overdue collections",
            "pending_collections",
            "coalesce(sum(overdue_amount), 0)",
            "What of it was due before today.",
            unit=Unit.RUPEES,
            currency=True,
            thresholds=late,
        ),
    )


def _revenue() -> tuple[Panel, ...]:
    growth = "(sum(year_to_date) - sum(previous_year_to_date)) / nullif(abs(sum(previous_year_to_date)), 0)"
    return (
        _number(
            "Total revenue, month to date",
            "revenue",
            "coalesce(sum(month_to_date), 0)",
            "Posted invoices less credit notes, without tax, from the first of the month until today.",
            unit=Unit.RUPEES,
            currency=True,
        ),
        _number(
            "Total revenue, fiscal year to date",
            "revenue",
            "coalesce(sum(year_to_date), 0)",
            "From 1 April until today.",
            unit=Unit.RUPEES,
            currency=True,
        ),
        _number(
            "Same days of the fiscal year before",
            "revenue",
            "coalesce(sum(previous_year_to_date), 0)",
            "From 1 April of last fiscal year until this day a year ago.",
            unit=Unit.RUPEES,
            currency=True,
        ),
        _number(
            "Growth over the fiscal year before",
            "revenue",
            growth,
            "Of revenue to date; empty while there was none the year before.",
            unit=Unit.SHARE,
            currency=True,
            thresholds=Thresholds(CRITICAL, ((0, GOOD),)),
        ),
        Stat(
            title="Views without data",
            description="Views whose tables the ERP lacks; their numbers above say so instead of 0.",
            queries=(
                SqlQuery(sql='SELECT count(*) AS "Views" FROM bi.contract\nWHERE complete IS NOT TRUE'),
            ),
            unit=Unit.COUNT,
            thresholds=Thresholds.rising(warning=1),
        ),
    )


def _number(
    title: str,
    view: str,
    value: str,
    description: str,
    *,
    unit: Unit = Unit.COUNT,
    currency: bool = False,
    thresholds: Thresholds | None = None,
) -> Stat:
    """Show one number of a view, and that it is not known while the view is not complete."""
    where = f"\n  WHERE currency = '{CURRENCY}'" if currency else ""
    sql = (
        f"SELECT CASE WHEN complete THEN\n  (SELECT {value}\n  FROM bi.{view}{where})\n"  # noqa: S608  (our own words)
        f'END AS "{title}"\n'
        f"FROM bi.contract WHERE view_name = '{view}'"
    )
    return Stat(
        title=title,
        description=description,
        queries=(SqlQuery(sql=sql),),
        unit=unit,
        thresholds=thresholds or Thresholds.none(),
        no_value=UNKNOWN,
    )


def _trends() -> tuple[Panel, ...]:
    return (
        TimeSeries(
            title="Revenue by day",
            description="Without tax; a negative day had more credit notes than invoices.",
            queries=(
                SqlQuery(
                    sql='SELECT time, sum(revenue) AS "Revenue"\n'
                    "FROM bi.revenue_by_day\n"
                    f"WHERE currency = '{CURRENCY}' AND $__timeFilter(time)\n"
                    "GROUP BY time ORDER BY time",
                    series=True,
                ),
            ),
            unit=Unit.RUPEES,
            bars=True,
            minimum=None,
        ),
        TimeSeries(
            title="Deliveries made by day",
            description="Late: after the day they were scheduled for.",
            queries=(
                SqlQuery(
                    sql='SELECT time, sum(deliveries - late) AS "As scheduled", sum(late) AS "Late"\n'
                    "FROM bi.deliveries_by_day\n"
                    "WHERE $__timeFilter(time)\n"
                    "GROUP BY time ORDER BY time",
                    series=True,
                ),
            ),
            bars=True,
            stacked=True,
            colours={"Late": WARNING, "Cancelled": MUTED},
        ),
        TimeSeries(
            title="Trips by day of departure",
            description="Trips still under way count on none of these.",
            queries=(
                SqlQuery(
                    sql='SELECT time, sum(on_time) AS "On time", sum(late) AS "Late",\n'
                    '  sum(cancelled) AS "Cancelled"\n'
                    "FROM bi.trips_by_day\n"
                    "WHERE $__timeFilter(time)\n"
                    "GROUP BY time ORDER BY time",
                    series=True,
                ),
            ),
            bars=True,
            stacked=True,
            colours={"Late": WARNING, "Cancelled": MUTED},
        ),
    )


def _collections_by_age() -> Panel:
    return Table(
        title="Pending collections by age",
        few_rows=True,
        description="What is open, by how long it is overdue.",
        queries=(
            SqlQuery(
                sql='SELECT bucket AS "Overdue since", sum(invoices) AS "Invoices", sum(amount) AS "Amount"\n'
                "FROM bi.collections_by_age\n"
                f"WHERE currency = '{CURRENCY}'\n"
                "GROUP BY bucket, bucket_order ORDER BY bucket_order"
            ),
        ),
        unit=Unit.COUNT,
        columns=(Column(name="Amount", unit=Unit.RUPEES),),
    )


def _revenue_by_company() -> Panel:
    return Table(
        title="Revenue by company",
        few_rows=True,
        description="Each in its own currency.",
        queries=(
            SqlQuery(
                sql='SELECT company_id AS "Company", currency AS "Currency", fiscal_year AS "Fiscal year",\n'
                '  month_to_date AS "Month to date", year_to_date AS "Year to date",\n'
                '  previous_year_to_date AS "Year before"\n'
                "FROM bi.revenue ORDER BY company_id"
            ),
        ),
        unit=Unit.SHORT,
        columns=(Column(name="Company", unit=Unit.COUNT),),
        weight=2,
    )


def _delayed_trips() -> Panel:
    return Table(
        title="Trips that are late now",
        description="Number and vehicle are those of the ERP, where the rest is found.",
        queries=(
            SqlQuery(
                sql='SELECT trip_id AS "Trip", vehicle_id AS "Vehicle", company_id AS "Company",\n'
                '  state AS "State", late_at AS "Late at", planned_at AS "Planned at",\n'
                '  delay_minutes AS "Delay"\n'
                "FROM bi.delayed_trips ORDER BY delay_minutes DESC LIMIT 200"
            ),
        ),
        unit=Unit.COUNT,
        columns=(
            Column(
                name="Delay",
                unit=Unit.MINUTES,
                thresholds=Thresholds(WARNING, ((LATE_TRIP_MINUTES, CRITICAL),)),
            ),
        ),
        sort_by="Delay",
    )


def _trips_by_state() -> Panel:
    return Table(
        title="Trips by state",
        few_rows=True,
        description="Of those that are over: the ones planned for today.",
        queries=(
            SqlQuery(
                sql='SELECT state AS "State", sum(trips) AS "Trips", sum(delayed) AS "Late"\n'
                "FROM bi.trips_by_state GROUP BY state ORDER BY state"
            ),
        ),
        unit=Unit.COUNT,
    )


def _deliveries() -> Panel:
    return Table(
        title="Pending deliveries by state",
        few_rows=True,
        queries=(
            SqlQuery(
                sql='SELECT state AS "State", sum(deliveries) AS "Deliveries", sum(overdue) AS "Overdue",\n'
                '  min(oldest_scheduled_at) AS "Oldest scheduled for"\n'
                "FROM bi.pending_deliveries GROUP BY state ORDER BY state"
            ),
        ),
        unit=Unit.COUNT,
    )
