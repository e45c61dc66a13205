"""What stays online of a month: for each vehicle and hour how far, how fast, from where to where."""

from __future__ import annotations

from typing import Final

import psycopg

from .layout import Part

LONGEST_LEG: Final = "30 minutes"
"""Between positions further apart in time a vehicle may have gone anywhere: the leg counts as nothing."""

_AGGREGATE: Final = """
INSERT INTO gps.position_hours
SELECT vehicle_id, date_trunc('hour', device_time, 'UTC') AS hour, %(generation)s, count(*),
    min(device_time), max(device_time),
    (array_agg(latitude ORDER BY device_time))[1], (array_agg(longitude ORDER BY device_time))[1],
    (array_agg(latitude ORDER BY device_time DESC))[1], (array_agg(longitude ORDER BY device_time DESC))[1],
    coalesce(sum(12742.0176 * asin(least(1, sqrt(
        power(sin(radians(latitude - latitude_before) / 2), 2)
        + cos(radians(latitude_before)) * cos(radians(latitude))
            * power(sin(radians(longitude - longitude_before) / 2), 2)
    )))) FILTER (WHERE device_time - time_before <= %(longest)s::interval), 0),
    count(speed_kmh), avg(speed_kmh), max(speed_kmh), stddev_pop(speed_kmh)
FROM (
    SELECT vehicle_id, device_time, latitude, longitude, speed_kmh,
        lag(device_time) OVER leg AS time_before, lag(latitude) OVER leg AS latitude_before,
        lag(longitude) OVER leg AS longitude_before
    FROM gps.positions WHERE device_time >= %(begin)s AND device_time < %(end)s
    WINDOW leg AS (PARTITION BY vehicle_id ORDER BY device_time)
) AS legs
GROUP BY vehicle_id, hour
"""


def aggregate(connection: psycopg.Connection, part: Part) -> int:
    """Aggregate a month anew; give how many rows that makes."""
    connection.execute(
        "DELETE FROM gps.position_hours WHERE generation = %s AND hour >= %s AND hour < %s",
        [part.generation, part.begin, part.end],
    )
    return connection.execute(
        _AGGREGATE,
        {
            "generation": part.generation,
            "longest": LONGEST_LEG,
            "begin": part.begin,
            "end": part.end,
        },
    ).rowcount


def positions_aggregated(connection: psycopg.Connection, part: Part) -> int:
    """Give how many positions the rows of a month stand for."""
    found = connection.execute(
        "SELECT coalesce(sum(positions), 0)::bigint FROM gps.position_hours"
        " WHERE generation = %s AND hour >= %s AND hour < %s",
        [part.generation, part.begin, part.end],
    ).fetchone()
    return 0 if found is None else int(found[0])
