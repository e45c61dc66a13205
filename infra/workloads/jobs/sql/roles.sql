-- Login roles and what owns the GPS database. None may make roles or databases, none is a superuser.
--
-- | role        | who logs in                    | may                                                       |
-- |-------------|--------------------------------|-----------------------------------------------------------|
-- | odoo        | Odoo                           | everything in its own database, LISTEN/NOTIFY in postgres |
-- | gps_owner   | nobody                         | owns the GPS database                                     |
-- | gps         | the consumers of positions     | insert and read positions, make coming partitions         |
-- | gps_archive | the archive job                | read positions, drop partitions older than the online time |
-- | exporter    | the metrics exporter           | read statistics                                           |
-- | grafana     | dashboards                     | read views of the schema bi, 15 s at most, read-only      |
-- | restore_validation | the check of a restored copy | read Odoo's tables and where vehicles were, read-only |
--
-- restore_validation has no password. On RDS it logs in with a token of IAM; it is in every backup for that.

SELECT format('CREATE ROLE %I', wanted.name)
FROM (VALUES ('odoo'), ('gps_owner'), ('gps'), ('gps_archive'), ('exporter'), ('grafana'),
    ('restore_validation')) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name)
\gexec

-- SUPERUSER, REPLICATION and BYPASSRLS are not named: only a superuser may even take them away, and the master
-- of RDS is none. checks.sql fails when a role has them.
ALTER ROLE odoo LOGIN NOCREATEDB NOCREATEROLE INHERIT CONNECTION LIMIT -1 PASSWORD :'odoo_verifier';
ALTER ROLE gps_owner NOLOGIN NOCREATEDB NOCREATEROLE;
ALTER ROLE gps LOGIN NOCREATEDB NOCREATEROLE CONNECTION LIMIT :gps_connections PASSWORD :'gps_verifier';
ALTER ROLE gps_archive LOGIN NOCREATEDB NOCREATEROLE CONNECTION LIMIT 2 PASSWORD :'gps_archive_verifier';
ALTER ROLE exporter LOGIN NOCREATEDB NOCREATEROLE INHERIT CONNECTION LIMIT :exporter_connections
    PASSWORD :'exporter_verifier';
ALTER ROLE grafana LOGIN NOCREATEDB NOCREATEROLE NOINHERIT CONNECTION LIMIT :grafana_connections
    PASSWORD :'grafana_verifier';
ALTER ROLE restore_validation LOGIN NOCREATEDB NOCREATEROLE CONNECTION LIMIT 4;
-- Only RDS has this role; whoever is a member logs in by IAM, and by nothing else.
SELECT 'GRANT rds_iam TO restore_validation' WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam')
\gexec

-- A forgotten transaction would keep VACUUM from cleaning up; Odoo has none that idles for ten minutes.
ALTER ROLE odoo SET idle_in_transaction_session_timeout = '10min';
ALTER ROLE gps SET idle_in_transaction_session_timeout = '1min';
ALTER ROLE gps SET statement_timeout = '30s';
ALTER ROLE exporter SET statement_timeout = '15s';
ALTER ROLE exporter SET default_transaction_read_only = on;
ALTER ROLE grafana SET default_transaction_read_only = on;
ALTER ROLE grafana SET statement_timeout = '15s';
ALTER ROLE restore_validation SET default_transaction_read_only = on;

-- Statistics of every database, and of what other roles run.
GRANT pg_monitor TO exporter;

-- From PostgreSQL 16 whoever makes a role may give it away, but is no member: without this the master could
-- neither make a database that the role owns nor set its default privileges.
GRANT odoo, gps_owner TO CURRENT_USER WITH INHERIT TRUE, SET TRUE;
