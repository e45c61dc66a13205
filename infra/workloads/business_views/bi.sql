-- Makes the views of schema bi anew, in one transaction: readers see the old ones or the new ones.
--
-- Run by odoo, who owns schema and views, with contract.sql before it: that tells what each view reads and shows
-- (views.yaml). Views have the rights of their owner, so a reader needs none on the tables; the security barrier
-- keeps a reader's own conditions from seeing rows that the view leaves out.
--
-- time_zone      in which days begin; Odoo keeps moments in UTC, without saying so
-- fiscal_offset  how long after 1 January a fiscal year begins

SET LOCAL lock_timeout = '60s';

SELECT format('DROP VIEW IF EXISTS bi.%I CASCADE', viewname) FROM pg_views
WHERE schemaname = 'bi' AND viewowner = current_user
\gexec

-- What is not there, or is of another type. A table that is missing as a whole is named once.
CREATE TEMPORARY TABLE missing ON COMMIT DROP AS
SELECT view_name, string_agg(DISTINCT what, ', ' ORDER BY what) AS what
FROM (
    SELECT
        wanted.view_name,
        CASE
            WHEN found.oid IS NULL THEN wanted.table_name
            WHEN attribute.attnum IS NULL THEN format('%s.%s', wanted.table_name, wanted.column_name)
            WHEN NOT attribute.atttypid = ANY (families.members)
                THEN format('%s.%s (is %s, not %s)', wanted.table_name, wanted.column_name,
                    format_type(attribute.atttypid, NULL), wanted.family)
        END AS what
    FROM wanted
    LEFT JOIN (
        VALUES
            ('integer', ARRAY['smallint', 'integer', 'bigint']::regtype[]::oid[]),
            ('number', ARRAY['numeric', 'double precision', 'real', 'integer', 'bigint']::regtype[]::oid[]),
            ('text', ARRAY['text', 'character varying', 'character']::regtype[]::oid[]),
            ('date', ARRAY['date']::regtype[]::oid[]),
            ('timestamp', ARRAY['timestamp without time zone']::regtype[]::oid[])
    ) AS families (family, members) USING (family)
    LEFT JOIN pg_class AS found
        ON found.oid = to_regclass(format('public.%I', wanted.table_name)) AND found.relkind IN ('r', 'p', 'v', 'm')
    LEFT JOIN pg_attribute AS attribute
        ON attribute.attrelid = found.oid AND attribute.attname = wanted.column_name
        AND attribute.attnum > 0 AND NOT attribute.attisdropped
) AS looked_up
WHERE what IS NOT NULL
GROUP BY view_name;

-- Deliveries ------------------------------------------------------------------------------------------------------

SELECT NOT EXISTS (SELECT FROM missing WHERE view_name = 'pending_deliveries') AS complete \gset
\if :complete
CREATE VIEW bi.pending_deliveries WITH (security_barrier = true) AS
SELECT
    picking.company_id::integer AS company_id,
    CASE picking.state WHEN 'assigned' THEN 'ready' ELSE 'waiting' END AS state,
    count(*) AS deliveries,
    count(*) FILTER (WHERE picking.scheduled_date < now() AT TIME ZONE 'UTC') AS overdue,
    min(picking.scheduled_date) AT TIME ZONE 'UTC' AS oldest_scheduled_at
FROM public.stock_picking AS picking
JOIN public.stock_picking_type AS kind ON kind.id = picking.picking_type_id
WHERE kind.code = 'outgoing' AND picking.state IN ('waiting', 'confirmed', 'assigned')
GROUP BY 1, 2;
\endif

SELECT NOT EXISTS (SELECT FROM missing WHERE view_name = 'deliveries_by_day') AS complete \gset
\if :complete
CREATE VIEW bi.deliveries_by_day WITH (security_barrier = true) AS
SELECT
    made.day::timestamp AT TIME ZONE :'time_zone' AS "time",
    made.day,
    made.company_id,
    count(*) AS deliveries,
    count(*) FILTER (WHERE made.day > made.scheduled_day) AS late
FROM (
    SELECT
        picking.company_id::integer AS company_id,
        (picking.date_done AT TIME ZONE 'UTC' AT TIME ZONE :'time_zone')::date AS day,
        (picking.scheduled_date AT TIME ZONE 'UTC' AT TIME ZONE :'time_zone')::date AS scheduled_day
    FROM public.stock_picking AS picking
    JOIN public.stock_picking_type AS kind ON kind.id = picking.picking_type_id
    WHERE kind.code = 'outgoing' AND picking.state = 'done'
) AS made
WHERE made.day >= date_trunc(
    'year', (now() AT TIME ZONE :'time_zone') - interval :'fiscal_offset') - interval '1 year' + interval :'fiscal_offset'
GROUP BY made.day, made.company_id;
\endif

-- Trips -----------------------------------------------------------------------------------------------------------

SELECT NOT EXISTS (SELECT FROM missing WHERE view_name = 'delayed_trips') AS complete \gset
\if :complete
-- Whoever has not arrived in time is late there, no matter when he left.
CREATE VIEW bi.delayed_trips WITH (security_barrier = true) AS
SELECT
    late.trip_id,
    late.company_id,
    late.vehicle_id,
    late.state,
    late.late_at,
    late.planned AT TIME ZONE 'UTC' AS planned_at,
    floor(extract(epoch FROM late.utc_now - late.planned) / 60)::integer AS delay_minutes
FROM (
    SELECT
        trip.id::integer AS trip_id,
        trip.company_id::integer AS company_id,
        trip.vehicle_id::integer AS vehicle_id,
        trip.state::text AS state,
        'arrival' AS late_at,
        trip.planned_arrival AS planned,
        now() AT TIME ZONE 'UTC' AS utc_now
    FROM public.tms_trip AS trip
    WHERE trip.state IN ('planned', 'under_way') AND trip.arrival IS NULL
        AND trip.planned_arrival < now() AT TIME ZONE 'UTC'
    UNION ALL
    SELECT
        trip.id::integer,
        trip.company_id::integer,
        trip.vehicle_id::integer,
        trip.state::text,
        'departure',
        trip.planned_departure,
        now() AT TIME ZONE 'UTC'
    FROM public.tms_trip AS trip
    WHERE trip.state = 'planned' AND trip.departure IS NULL
        AND trip.planned_departure < now() AT TIME ZONE 'UTC'
        AND (trip.planned_arrival >= now() AT TIME ZONE 'UTC' OR trip.planned_arrival IS NULL)
) AS late;
\endif

SELECT NOT EXISTS (SELECT FROM missing WHERE view_name = 'trips_by_state') AS complete \gset
\if :complete
CREATE VIEW bi.trips_by_state WITH (security_barrier = true) AS
SELECT
    trip.company_id::integer AS company_id,
    trip.state::text AS state,
    count(*) AS trips,
    count(late.trip_id) AS delayed
FROM public.tms_trip AS trip
LEFT JOIN bi.delayed_trips AS late ON late.trip_id = trip.id
WHERE trip.state NOT IN ('arrived', 'closed', 'cancelled')
    OR (trip.planned_departure AT TIME ZONE 'UTC' AT TIME ZONE :'time_zone')::date
        = (now() AT TIME ZONE :'time_zone')::date
GROUP BY 1, 2;
\endif

SELECT NOT EXISTS (SELECT FROM missing WHERE view_name = 'trips_by_day') AS complete \gset
\if :complete
CREATE VIEW bi.trips_by_day WITH (security_barrier = true) AS
SELECT
    planned.day::timestamp AT TIME ZONE :'time_zone' AS "time",
    planned.day,
    planned.company_id,
    count(*) AS trips,
    count(*) FILTER (WHERE planned.state <> 'cancelled' AND planned.arrival <= planned.planned_arrival) AS on_time,
    count(*) FILTER (WHERE planned.state <> 'cancelled' AND planned.arrival > planned.planned_arrival) AS late,
    count(*) FILTER (WHERE planned.state = 'cancelled') AS cancelled
FROM (
    SELECT
        trip.company_id::integer AS company_id,
        (trip.planned_departure AT TIME ZONE 'UTC' AT TIME ZONE :'time_zone')::date AS day,
        trip.state,
        trip.arrival,
        trip.planned_arrival
    FROM public.tms_trip AS trip
    WHERE trip.state <> 'draft'
) AS planned
WHERE planned.day >= date_trunc(
    'year', (now() AT TIME ZONE :'time_zone') - interval :'fiscal_offset') - interval '1 year' + interval :'fiscal_offset'
GROUP BY planned.day, planned.company_id;
\endif

-- Collections -----------------------------------------------------------------------------------------------------

SELECT NOT EXISTS (SELECT FROM missing WHERE view_name = 'pending_collections') AS complete \gset
\if :complete
CREATE VIEW bi.pending_collections WITH (security_barrier = true) AS
SELECT
    open.company_id,
    currency.name::text AS currency,
    count(*) FILTER (WHERE open.move_type = 'out_invoice') AS invoices,
    sum(open.amount) AS amount,
    count(*) FILTER (WHERE open.move_type = 'out_invoice' AND open.overdue) AS overdue_invoices,
    coalesce(sum(open.amount) FILTER (WHERE open.overdue), 0) AS overdue_amount
FROM (
    SELECT
        move.company_id::integer AS company_id,
        move.move_type,
        move.amount_residual_signed::numeric AS amount,
        coalesce(move.invoice_date_due, move.date) < (now() AT TIME ZONE :'time_zone')::date AS overdue
    FROM public.account_move AS move
    WHERE move.state = 'posted' AND move.move_type IN ('out_invoice', 'out_refund')
        AND move.payment_state IN ('not_paid', 'partial')
) AS open
JOIN public.res_company AS company ON company.id = open.company_id
JOIN public.res_currency AS currency ON currency.id = company.currency_id
GROUP BY open.company_id, currency.name;
\endif

SELECT NOT EXISTS (SELECT FROM missing WHERE view_name = 'collections_by_age') AS complete \gset
\if :complete
CREATE VIEW bi.collections_by_age WITH (security_barrier = true) AS
WITH open AS (
    SELECT
        move.company_id::integer AS company_id,
        move.move_type,
        move.amount_residual_signed::numeric AS amount,
        (now() AT TIME ZONE :'time_zone')::date - coalesce(move.invoice_date_due, move.date) AS days_overdue
    FROM public.account_move AS move
    WHERE move.state = 'posted' AND move.move_type IN ('out_invoice', 'out_refund')
        AND move.payment_state IN ('not_paid', 'partial')
)
SELECT
    company.id::integer AS company_id,
    currency.name::text AS currency,
    age.bucket,
    age.bucket_order,
    count(*) FILTER (WHERE open.move_type = 'out_invoice') AS invoices,
    coalesce(sum(open.amount), 0) AS amount
FROM public.res_company AS company
JOIN public.res_currency AS currency ON currency.id = company.currency_id
CROSS JOIN (
    VALUES
        (1, 'not due', '-infinity'::double precision, 0::double precision),
        (2, '1-30 days', 1, 30),
        (3, '31-60 days', 31, 60),
        (4, '61-90 days', 61, 90),
        (5, 'over 90 days', 91, 'infinity')
) AS age (bucket_order, bucket, first_day, last_day)
LEFT JOIN open ON open.company_id = company.id AND open.days_overdue BETWEEN age.first_day AND age.last_day
WHERE company.id IN (SELECT with_any.company_id FROM open AS with_any)
GROUP BY company.id, currency.name, age.bucket, age.bucket_order;
\endif

-- Revenue ---------------------------------------------------------------------------------------------------------

SELECT NOT EXISTS (SELECT FROM missing WHERE view_name = 'revenue') AS complete \gset
\if :complete
CREATE VIEW bi.revenue WITH (security_barrier = true) AS
WITH clock AS (
    SELECT
        today,
        date_trunc('month', today::timestamp)::date AS month_start,
        (date_trunc('year', today - interval :'fiscal_offset') + interval :'fiscal_offset')::date AS year_start,
        (today - interval '1 year')::date AS a_year_ago
    FROM (SELECT (now() AT TIME ZONE :'time_zone')::date AS today) AS here
)
SELECT
    company.id::integer AS company_id,
    currency.name::text AS currency,
    to_char(clock.year_start, 'YYYY') || '-' || to_char(clock.year_start + interval '1 year', 'YY') AS fiscal_year,
    coalesce(sum(move.amount_untaxed_signed) FILTER (WHERE move.date >= clock.month_start), 0)::numeric
        AS month_to_date,
    coalesce(sum(move.amount_untaxed_signed) FILTER (WHERE move.date >= clock.year_start), 0)::numeric
        AS year_to_date,
    coalesce(sum(move.amount_untaxed_signed) FILTER (WHERE move.date <= clock.a_year_ago), 0)::numeric
        AS previous_year_to_date
FROM clock
CROSS JOIN public.res_company AS company
JOIN public.res_currency AS currency ON currency.id = company.currency_id
LEFT JOIN public.account_move AS move
    ON move.company_id = company.id AND move.state = 'posted' AND move.move_type IN ('out_invoice', 'out_refund')
    AND move.date BETWEEN clock.year_start - interval '1 year' AND clock.today
    AND (move.date >= clock.year_start OR move.date <= clock.a_year_ago)
GROUP BY company.id, currency.name, clock.year_start;
\endif

SELECT NOT EXISTS (SELECT FROM missing WHERE view_name = 'revenue_by_day') AS complete \gset
\if :complete
CREATE VIEW bi.revenue_by_day WITH (security_barrier = true) AS
SELECT
    move.date::timestamp AT TIME ZONE :'time_zone' AS "time",
    move.date AS day,
    move.company_id::integer AS company_id,
    currency.name::text AS currency,
    to_char(move.date - interval :'fiscal_offset', 'YYYY') || '-'
        || to_char(move.date - interval :'fiscal_offset' + interval '1 year', 'YY') AS fiscal_year,
    coalesce(sum(move.amount_untaxed_signed) FILTER (WHERE move.move_type = 'out_invoice'), 0)::numeric AS invoiced,
    coalesce(-sum(move.amount_untaxed_signed) FILTER (WHERE move.move_type = 'out_refund'), 0)::numeric AS credited,
    sum(move.amount_untaxed_signed)::numeric AS revenue
FROM public.account_move AS move
JOIN public.res_company AS company ON company.id = move.company_id
JOIN public.res_currency AS currency ON currency.id = company.currency_id
WHERE move.state = 'posted' AND move.move_type IN ('out_invoice', 'out_refund')
    AND move.date <= (now() AT TIME ZONE :'time_zone')::date
    AND move.date >= date_trunc(
        'year', (now() AT TIME ZONE :'time_zone') - interval :'fiscal_offset') - interval '1 year' + interval :'fiscal_offset'
GROUP BY move.date, move.company_id, currency.name;
\endif

-- What could not be made, and what was ----------------------------------------------------------------------------

SELECT format(
    'CREATE VIEW bi.%I WITH (security_barrier = true) AS SELECT %s WHERE false', view_name,
    string_agg(format('NULL::%s AS %I', type, column_name), ', ' ORDER BY position))
FROM shown JOIN missing USING (view_name)
GROUP BY view_name
\gexec

SELECT 'CREATE VIEW bi.contract WITH (security_barrier = true) AS ' || string_agg(
    format('SELECT %L::text AS view_name, %L::boolean AS complete, %L::text AS missing',
        view_name, missing.what IS NULL, coalesce(missing.what, '')),
    ' UNION ALL ' ORDER BY view_name)
FROM (SELECT DISTINCT view_name FROM shown WHERE view_name <> 'contract') AS views
LEFT JOIN missing USING (view_name)
\gexec

SELECT format('COMMENT ON VIEW bi.%I IS %L', view_name, meaning) FROM meanings WHERE column_name IS NULL
UNION ALL
SELECT format('COMMENT ON COLUMN bi.%I.%I IS %L', view_name, column_name, meaning) FROM meanings
WHERE column_name IS NOT NULL
\gexec

-- The contract is what dashboards were written against: a view that shows anything else is not left behind.
DO $$
DECLARE
    wrong text;
BEGIN
    SELECT string_agg(format('%s.%s', view_name, column_name), ', ') INTO wrong
    FROM shown
    FULL JOIN (
        SELECT view.relname::text AS view_name, attribute.attnum::integer AS position,
            attribute.attname::text AS column_name, format_type(attribute.atttypid, attribute.atttypmod) AS type
        FROM pg_class AS view
        JOIN pg_attribute AS attribute ON attribute.attrelid = view.oid AND attribute.attnum > 0
        WHERE view.relnamespace = 'bi'::regnamespace AND view.relowner = current_user::regrole
    ) AS found USING (view_name, position, column_name, type)
    WHERE found.view_name IS NULL OR shown.view_name IS NULL;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'views are not as the contract says: %', wrong;
    END IF;
END $$;

GRANT SELECT ON ALL TABLES IN SCHEMA bi TO grafana;

SELECT format('business-views: bi.%s %s', view_name,
    CASE WHEN complete THEN 'is complete' ELSE 'IS INCOMPLETE and has no rows; missing: ' || missing END)
FROM bi.contract ORDER BY view_name;
