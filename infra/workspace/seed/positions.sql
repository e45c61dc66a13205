-- Made-up positions of the made-up vehicles: each drives in a circle around a point in the Arabian Sea, where no
-- road is. The last hour, one position a minute; a second run adds the minutes since then.
\set ON_ERROR_STOP on

INSERT INTO gps.positions (vehicle_id, device_time, accepted_at, latitude, longitude, speed_kmh, heading_degrees, details)
SELECT
    'XX00ZZ' || lpad(vehicle::text, 4, '0'),
    minute,
    minute + interval '1 second',
    15.0 + 0.05 * vehicle + 0.02 * sin(turn),
    70.0 + 0.02 * cos(turn),
    40 + (vehicle * 7 + extract(minute FROM minute)::integer) % 40,
    mod((degrees(turn) + 360)::numeric, 360)::real,
    '{"source": "made-up"}'
FROM generate_series(1, :vehicles) AS vehicle
CROSS JOIN generate_series(
    date_trunc('minute', now()) - interval '59 minutes', date_trunc('minute', now()), interval '1 minute'
) AS minute
CROSS JOIN LATERAL (SELECT 2 * pi() * extract(minute FROM minute)::double precision / 60 AS turn) AS circle
ON CONFLICT (vehicle_id, device_time) DO NOTHING;
