-- Inside Odoo's database: extensions, and the schema that dashboards read.

CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
-- These need a library that the server loads at its start, which a developer's server may not have.
SELECT format('CREATE EXTENSION IF NOT EXISTS %I', available.name)
FROM pg_available_extensions AS available
WHERE available.name IN ('pg_stat_statements', 'pgaudit')
    AND available.name = ANY (string_to_array(replace(current_setting('shared_preload_libraries'), ' ', ''), ','))
\gexec

-- Views only, owned by odoo: whoever reads one needs no right on the tables below it.
CREATE SCHEMA IF NOT EXISTS bi AUTHORIZATION odoo;
REVOKE ALL ON SCHEMA bi FROM PUBLIC;
GRANT USAGE ON SCHEMA bi TO grafana;
GRANT SELECT ON ALL TABLES IN SCHEMA bi TO grafana;
ALTER DEFAULT PRIVILEGES FOR ROLE odoo IN SCHEMA bi GRANT SELECT ON TABLES TO grafana;
COMMENT ON SCHEMA bi IS 'What dashboards may read: views of odoo without personal data';

-- Whoever checks a restored copy counts rows and sums them up. In production nothing that may connect by IAM
-- as this role reaches the server: the function's security group lets it go to restored copies alone.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO restore_validation;
ALTER DEFAULT PRIVILEGES FOR ROLE odoo IN SCHEMA public GRANT SELECT ON TABLES TO restore_validation;
