-- The databases, and who may connect to them at all.

-- Odoo wants the collation C: it sorts in Python by code point, and its LIKE searches can use indices.
SELECT format('CREATE DATABASE %I OWNER odoo TEMPLATE template0 ENCODING ''UTF8'' LC_COLLATE ''C''', :'odoo_database')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'odoo_database')
\gexec
SELECT format('CREATE DATABASE %I OWNER gps_owner TEMPLATE template0 ENCODING ''UTF8'' LC_COLLATE ''C''', :'gps_database')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'gps_database')
\gexec

-- Every role is a member of PUBLIC, so each database is closed to it first.
REVOKE ALL ON DATABASE :"odoo_database", :"gps_database", postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE :"odoo_database" TO exporter, grafana, restore_validation;
GRANT CONNECT ON DATABASE :"gps_database" TO gps, gps_archive, exporter, restore_validation;
-- Odoo's cron and bus listen in the database postgres, whatever database they work for.
GRANT CONNECT ON DATABASE postgres TO odoo, exporter;
