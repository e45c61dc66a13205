-- Inside the GPS database: what the archive of positions keeps of itself, and the few things it may do (DATA-06).
--
-- A month leaves in steps, each recorded in ops_archive.months, none of which can be skipped:
--
--   exporting -> exported -> verified -> detached -> dropped
--                    ^                      |
--                    +------ changed <------+   rows came after the export: attached again, nothing dropped
--
-- The role of the archive job can drop nothing itself. gps.drop_partition does, after it has counted and hashed
-- the detached month once more and found what was exported and read back. DETACH ... CONCURRENTLY is refused by
-- PostgreSQL where there is a default partition; a lock that does not come within seconds is given up instead.

SET LOCAL ROLE gps_owner;
CREATE SCHEMA IF NOT EXISTS ops_archive AUTHORIZATION gps_owner;
CREATE SCHEMA IF NOT EXISTS gps_restored AUTHORIZATION gps_owner;
REVOKE ALL ON SCHEMA ops_archive, gps_restored FROM PUBLIC;
COMMENT ON SCHEMA gps_restored IS 'Archived months, loaded again for an inquiry; drop what is no longer needed';

CREATE TABLE IF NOT EXISTS ops_archive.months (
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    -- Rows of a month that came after it was dropped are its next generation.
    generation integer NOT NULL CHECK (generation > 0),
    state text NOT NULL
        CHECK (state IN ('exporting', 'exported', 'verified', 'detached', 'dropped', 'changed')),
    attempts integer NOT NULL DEFAULT 1,
    bucket text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    exported_at timestamptz,
    verified_at timestamptz,
    detached_at timestamptz,
    dropped_at timestamptz,
    positions bigint,
    first_at timestamptz,
    last_at timestamptz,
    checksum numeric,
    read_back_positions bigint,
    read_back_checksum numeric,
    hours bigint,
    manifest_key text,
    manifest_version text,
    note text,
    PRIMARY KEY (month, generation)
);

CREATE TABLE IF NOT EXISTS ops_archive.files (
    month date NOT NULL,
    generation integer NOT NULL,
    part integer NOT NULL CHECK (part >= 0),
    key text NOT NULL,
    version text NOT NULL,
    bytes bigint NOT NULL,
    positions bigint NOT NULL,
    sha256 text NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (month, generation, part),
    FOREIGN KEY (month, generation) REFERENCES ops_archive.months
);

-- What stays online of a month that has left: a row for each vehicle and hour (UTC).
CREATE TABLE IF NOT EXISTS gps.position_hours (
    vehicle_id text NOT NULL,
    hour timestamptz NOT NULL,
    generation integer NOT NULL,
    positions integer NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    first_latitude double precision NOT NULL,
    first_longitude double precision NOT NULL,
    last_latitude double precision NOT NULL,
    last_longitude double precision NOT NULL,
    distance_km double precision NOT NULL,
    speed_samples integer NOT NULL,
    speed_mean_kmh double precision,
    speed_max_kmh real,
    speed_deviation_kmh double precision,
    PRIMARY KEY (vehicle_id, hour, generation)
);
CREATE INDEX IF NOT EXISTS position_hours_hour ON gps.position_hours USING brin (hour);
COMMENT ON TABLE gps.position_hours IS
    'Archived positions by vehicle and hour (UTC). distance_km: legs that end in the hour, great circles between '
    'positions at most half an hour apart. generation 2 and more: positions that came after the month had left';

CREATE OR REPLACE VIEW gps.position_days AS
SELECT vehicle_id, (hour AT TIME ZONE 'UTC')::date AS day,
    sum(positions) AS positions, min(first_at) AS first_at, max(last_at) AS last_at,
    (array_agg(first_latitude ORDER BY first_at))[1] AS first_latitude,
    (array_agg(first_longitude ORDER BY first_at))[1] AS first_longitude,
    (array_agg(last_latitude ORDER BY last_at DESC))[1] AS last_latitude,
    (array_agg(last_longitude ORDER BY last_at DESC))[1] AS last_longitude,
    sum(distance_km) AS distance_km, sum(speed_samples) AS speed_samples,
    sum(speed_mean_kmh * speed_samples) / nullif(sum(speed_samples), 0) AS speed_mean_kmh,
    max(speed_max_kmh) AS speed_max_kmh
FROM gps.position_hours GROUP BY vehicle_id, (hour AT TIME ZONE 'UTC')::date;

-- Half of an MD5 over every value of a row, as the archive job computes it from Parquet. Lengths and flags keep
-- two different rows from being the same bytes. STABLE, as convert_to is: else it would not be inlined.
CREATE OR REPLACE FUNCTION gps.position_hash(
    vehicle_id text, device_time timestamptz, accepted_at timestamptz, stored_at timestamptz,
    latitude double precision, longitude double precision, speed_kmh real, heading_degrees real, details text
) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
RETURN ('x' || left(md5(
    timestamptz_send(device_time) || timestamptz_send(accepted_at) || timestamptz_send(stored_at)
    || float8send(latitude) || float8send(longitude)
    || CASE WHEN speed_kmh IS NULL THEN '\x00'::bytea ELSE '\x01'::bytea || float4send(speed_kmh) END
    || CASE WHEN heading_degrees IS NULL THEN '\x00'::bytea ELSE '\x01'::bytea || float4send(heading_degrees) END
    || int4send(octet_length(vehicle_id)) || convert_to(vehicle_id, 'UTF8')
    || CASE WHEN details IS NULL THEN '\x00'::bytea ELSE '\x01'::bytea || convert_to(details, 'UTF8') END
), 16))::bit(64)::bigint;

-- Rows, first and last time, and the sum of all hashes, in which the order of rows does not matter.
CREATE OR REPLACE FUNCTION gps.content_of(
    part regclass, OUT positions bigint, OUT first_at timestamptz, OUT last_at timestamptz, OUT checksum numeric
) LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format(
        'SELECT count(*), min(device_time), max(device_time), coalesce(sum(gps.position_hash(vehicle_id, device_time,'
        ' accepted_at, stored_at, latitude, longitude, speed_kmh, heading_degrees, details::text)), 0) FROM %s', part)
    INTO positions, first_at, last_at, checksum;
END $$;

-- Raises an exception while any of the month must still be online.
CREATE OR REPLACE FUNCTION gps.check_month_is_old(month date) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
BEGIN
    IF date_trunc('month', month::timestamptz) + interval '1 month'
        > now() - make_interval(months => gps.online_months())
    THEN
        RAISE EXCEPTION 'positions of % stay online for % months', to_char(month, 'YYYY-MM'), gps.online_months();
    END IF;
END $$;

-- Old months whose rows lie in the default partition: they came after their month had left, or with a wrong clock.
CREATE OR REPLACE FUNCTION gps.straggler_months() RETURNS SETOF date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
    SELECT DISTINCT date_trunc('month', device_time)::date FROM gps.positions_other
    WHERE device_time >= '1970-01-01'
        AND device_time < date_trunc('month', now() - make_interval(months => gps.online_months()))
$$;

-- Gives stragglers of an old month a partition, in which they can be archived as any month.
CREATE OR REPLACE FUNCTION gps.collect_stragglers(month date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '5s'
AS $$
DECLARE
    begin_at timestamptz := date_trunc('month', month::timestamptz);
    end_at timestamptz := date_trunc('month', month::timestamptz) + interval '1 month';
    part text := gps.partition_of(month);
    moved bigint;
BEGIN
    PERFORM gps.check_month_is_old(month);
    EXECUTE format('CREATE TABLE gps.%I (LIKE gps.positions INCLUDING ALL)', part);
    EXECUTE format(
        'WITH late AS (DELETE FROM gps.positions_other WHERE device_time >= %L AND device_time < %L RETURNING *)'
        ' INSERT INTO gps.%I SELECT * FROM late', begin_at, end_at, part);
    GET DIAGNOSTICS moved = ROW_COUNT;
    EXECUTE format(
        'ALTER TABLE gps.positions ATTACH PARTITION gps.%I FOR VALUES FROM (%L) TO (%L)', part, begin_at, end_at);
    RETURN moved;
END $$;

-- Takes a verified month out of the table: from here on no row can come to it.
CREATE OR REPLACE FUNCTION gps.detach_partition(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '5s'
AS $$
DECLARE
    last_one record;
BEGIN
    PERFORM gps.check_month_is_old(month);
    SELECT * INTO last_one FROM ops_archive.months AS m
    WHERE m.month = detach_partition.month ORDER BY generation DESC LIMIT 1 FOR UPDATE;
    IF last_one.state IS DISTINCT FROM 'verified' THEN
        RAISE EXCEPTION 'positions of % were not verified', to_char(month, 'YYYY-MM');
    END IF;
    EXECUTE format('ALTER TABLE gps.positions DETACH PARTITION gps.%I', gps.partition_of(month));
    UPDATE ops_archive.months AS m SET state = 'detached', detached_at = clock_timestamp()
    WHERE m.month = detach_partition.month AND m.generation = last_one.generation;
END $$;

-- Puts a month back whose rows are not those that were verified, with what came to it meanwhile.
CREATE OR REPLACE FUNCTION gps.attach_partition(month date, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '5s'
AS $$
DECLARE
    begin_at timestamptz := date_trunc('month', month::timestamptz);
    end_at timestamptz := date_trunc('month', month::timestamptz) + interval '1 month';
    part text := gps.partition_of(month);
    changed integer;
BEGIN
    UPDATE ops_archive.months AS m SET state = 'changed', note = reason
    WHERE m.month = attach_partition.month AND m.state = 'detached';
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> 1 THEN
        RAISE EXCEPTION 'positions of % are not detached', to_char(month, 'YYYY-MM');
    END IF;
    EXECUTE format(
        'WITH late AS (DELETE FROM gps.positions_other WHERE device_time >= %L AND device_time < %L RETURNING *)'
        ' INSERT INTO gps.%I SELECT * FROM late ON CONFLICT DO NOTHING', begin_at, end_at, part);
    EXECUTE format(
        'ALTER TABLE gps.positions ATTACH PARTITION gps.%I FOR VALUES FROM (%L) TO (%L)', part, begin_at, end_at);
END $$;

-- Drops one month after it was archived and verified; counts and hashes it once more before.
CREATE OR REPLACE FUNCTION gps.drop_partition(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '5s'
AS $$
DECLARE
    part regclass := to_regclass(format('gps.%I', gps.partition_of(month)));
    last_one record;
    now_there record;
BEGIN
    PERFORM gps.check_month_is_old(month);
    SELECT * INTO last_one FROM ops_archive.months AS m
    WHERE m.month = drop_partition.month ORDER BY generation DESC LIMIT 1 FOR UPDATE;
    IF last_one.state IS DISTINCT FROM 'detached' OR last_one.verified_at IS NULL THEN
        RAISE EXCEPTION 'positions of % were not verified and detached', to_char(month, 'YYYY-MM');
    END IF;
    IF part IS NULL OR EXISTS (SELECT FROM pg_inherits WHERE inhrelid = part) THEN
        RAISE EXCEPTION 'positions of % are not in a table of their own', to_char(month, 'YYYY-MM');
    END IF;
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', part);
    now_there := gps.content_of(part);
    IF (now_there.positions, now_there.checksum) IS DISTINCT FROM (last_one.positions, last_one.checksum)
        OR (now_there.positions, now_there.checksum)
            IS DISTINCT FROM (last_one.read_back_positions, last_one.read_back_checksum)
    THEN
        RAISE EXCEPTION 'positions of % changed after they were verified', to_char(month, 'YYYY-MM')
            USING ERRCODE = 'integrity_constraint_violation',
            DETAIL = format('%s rows are there, %s were verified', now_there.positions, last_one.read_back_positions);
    END IF;
    EXECUTE format('DROP TABLE %s', part);
    UPDATE ops_archive.months AS m SET state = 'dropped', dropped_at = clock_timestamp()
    WHERE m.month = drop_partition.month AND m.generation = last_one.generation;
END $$;
COMMENT ON FUNCTION gps.drop_partition IS 'After the month was aggregated, archived and verified (DATA-06)';

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA gps FROM PUBLIC;
GRANT USAGE ON SCHEMA gps, ops_archive TO gps_archive;
GRANT USAGE, CREATE ON SCHEMA gps_restored TO gps_archive;
GRANT SELECT, INSERT, UPDATE ON ops_archive.months TO gps_archive;
GRANT SELECT, INSERT, DELETE ON ops_archive.files, gps.position_hours TO gps_archive;
GRANT SELECT ON gps.position_days TO gps_archive;
GRANT SELECT ON gps.position_hours, gps.position_days TO gps;
GRANT EXECUTE ON FUNCTION gps.position_hash, gps.straggler_months, gps.collect_stragglers, gps.detach_partition,
    gps.attach_partition, gps.drop_partition, gps.partition_of, gps.online_months TO gps_archive;
