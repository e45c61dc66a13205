-- Fails when something is not as the other files mean it, whoever changed it.

SELECT set_config('checks.databases', :'odoo_database' || ',' || :'gps_database', true);
DO $$
DECLARE
    ours text[] := ARRAY['odoo', 'gps_owner', 'gps', 'gps_archive', 'exporter', 'grafana', 'restore_validation'];
    databases text[] := string_to_array(current_setting('checks.databases'), ',');
    wrong text;
BEGIN
    SELECT string_agg(rolname, ', ') INTO wrong FROM pg_roles
    WHERE rolname = ANY (ours)
        AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'roles with rights over the whole server: %', wrong;
    END IF;

    SELECT string_agg(format('%s of %s', member.rolname, role.rolname), ', ') INTO wrong
    FROM pg_auth_members
    JOIN pg_roles AS member ON member.oid = pg_auth_members.member
    JOIN pg_roles AS role ON role.oid = pg_auth_members.roleid
    WHERE member.rolname = ANY (ours)
        AND NOT (member.rolname = 'exporter' AND role.rolname = 'pg_monitor')
        AND NOT (member.rolname = 'restore_validation' AND role.rolname = 'rds_iam');
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'memberships that nobody meant: %', wrong;
    END IF;

    -- Grantee 0 is PUBLIC; no list at all means the default, which lets everyone in.
    SELECT string_agg(datname, ', ') INTO wrong FROM pg_database
    WHERE datname = ANY (databases || '{postgres,template1}'::text[])
        AND (datacl IS NULL OR EXISTS (SELECT FROM aclexplode(datacl) AS entry WHERE entry.grantee = 0));
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'databases that are open to PUBLIC: %', wrong;
    END IF;

    SELECT string_agg(format('%s (%s)', datname, datcollate), ', ') INTO wrong FROM pg_database
    WHERE datname = ANY (databases) AND datcollate <> 'C';
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'databases whose collation is not C: %', wrong;
    END IF;
END $$;
