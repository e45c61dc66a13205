-- Inside the GPS database: positions, one partition a month, so that a month leaves by dropping a table.

SELECT format('CREATE EXTENSION IF NOT EXISTS %I', available.name)
FROM pg_available_extensions AS available
WHERE available.name IN ('pg_stat_statements', 'pgaudit')
    AND available.name = ANY (string_to_array(replace(current_setting('shared_preload_libraries'), ' ', ''), ','))
\gexec

SET LOCAL ROLE gps_owner;
CREATE SCHEMA IF NOT EXISTS gps AUTHORIZATION gps_owner;
REVOKE ALL ON SCHEMA gps FROM PUBLIC;

CREATE TABLE IF NOT EXISTS gps.positions (
    vehicle_id text NOT NULL,
    device_time timestamptz NOT NULL,
    accepted_at timestamptz NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now(),
    latitude double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    speed_kmh real CHECK (speed_kmh >= 0),
    heading_degrees real CHECK (heading_degrees >= 0 AND heading_degrees < 360),
    details jsonb,
    -- A message that comes twice is stored once.
    PRIMARY KEY (vehicle_id, device_time)
) PARTITION BY RANGE (device_time);
-- Devices with a wrong clock: their positions are kept, and no insert fails for want of a partition.
CREATE TABLE IF NOT EXISTS gps.positions_other PARTITION OF gps.positions DEFAULT;

CREATE OR REPLACE FUNCTION gps.online_months() RETURNS integer LANGUAGE sql IMMUTABLE RETURN :online_months;

CREATE OR REPLACE FUNCTION gps.partition_of(month date) RETURNS text LANGUAGE sql IMMUTABLE
RETURN 'positions_' || to_char(date_trunc('month', month::timestamp), 'YYYY_MM');

-- Makes the partitions of last month, this month and some months ahead, and moves in what came too early.
-- Its rights are the owner's: the consumers call it and can make no other table. Months are those of UTC.
CREATE OR REPLACE FUNCTION gps.make_partitions(months_ahead integer DEFAULT 3) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    this_month timestamptz := date_trunc('month', now());
    begin_at timestamptz;
    end_at timestamptz;
    part text;
    made integer := 0;
BEGIN
    IF months_ahead NOT BETWEEN 0 AND 12 THEN
        RAISE EXCEPTION 'months_ahead is %, not between 0 and 12', months_ahead;
    END IF;
    FOR n IN -1..months_ahead LOOP
        begin_at := this_month + make_interval(months => n);
        end_at := this_month + make_interval(months => n + 1);
        part := gps.partition_of(begin_at::date);
        CONTINUE WHEN to_regclass(format('gps.%I', part)) IS NOT NULL;
        EXECUTE format('CREATE TABLE gps.%I (LIKE gps.positions INCLUDING ALL)', part);
        EXECUTE format(
            'WITH early AS (DELETE FROM gps.positions_other WHERE device_time >= %L AND device_time < %L RETURNING *)'
            ' INSERT INTO gps.%I SELECT * FROM early', begin_at, end_at, part);
        EXECUTE format(
            'ALTER TABLE gps.positions ATTACH PARTITION gps.%I FOR VALUES FROM (%L) TO (%L)', part, begin_at, end_at);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

SELECT format('COMMENT ON TABLE gps.positions IS %L', format(
    'By month of device_time (UTC); online for %s months, then aggregated, archived and dropped (DATA-06)',
    gps.online_months()))
\gexec

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA gps FROM PUBLIC;
GRANT USAGE ON SCHEMA gps TO gps, gps_archive;
GRANT SELECT, INSERT ON gps.positions TO gps;
GRANT SELECT ON gps.positions TO gps_archive;
GRANT EXECUTE ON FUNCTION gps.make_partitions TO gps;
GRANT EXECUTE ON FUNCTION gps.partition_of, gps.online_months TO gps_archive;

SELECT gps.make_partitions();
