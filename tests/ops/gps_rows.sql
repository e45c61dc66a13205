-- A position of each vehicle every so many seconds from a moment on; vehicles are named by their plates.
INSERT INTO gps.positions (
    vehicle_id, device_time, accepted_at, stored_at, latitude, longitude, speed_kmh, heading_degrees, details)
SELECT 'MH' || lpad((1 + v %% 49)::text, 2, '0') || 'AB' || lpad(v::text, 4, '0'), at, at + interval '2 s', at + interval '3 s',
    18.5 + v / 1000.0 + extract(epoch FROM at)::bigint %% 86400 / 100000.0, 73.8 + v / 1000.0, (v * 7) %% 90, (v * 13) %% 360,
    jsonb_build_object('driver', 'Ramesh Iyer', 'ignition', true)
FROM generate_series(1, %(vehicles)s) AS v,
    generate_series(
        %(begin)s::timestamptz, %(begin)s::timestamptz + %(seconds)s * interval '1 s' - interval '1 ms',
        %(every)s * interval '1 s') AS at
