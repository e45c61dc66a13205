"""What the dashboards' role can reach of personal data, by any way: nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import pytest

from infra.workloads.business_views import contract
from tests.infra.workloads.jobs import postgres_server

from .sample import EXPECTED, MadeUpErp

pytestmark = pytest.mark.skipif(
    postgres_server.missing() is not None, reason=postgres_server.missing() or "PostgreSQL 16 is there"
)

PERSONAL: Final = {
    "res_partner": "name complete_name commercial_company_name company_name ref vat company_registry website"
    " comment function street street2 zip city partner_latitude partner_longitude email email_normalized"
    " phone mobile phone_sanitized barcode l10n_in_pan signup_type",
    "res_users": "login password signature totp_secret",
    "res_partner_bank": "acc_number sanitized_acc_number acc_holder_name",
    "hr_employee": "name work_phone mobile_phone work_email job_title private_street private_street2"
    " private_city private_zip private_phone private_email spouse_complete_name spouse_birthdate"
    " place_of_birth birthday ssnid sinid identification_id passport_id permit_no visa_no visa_expire"
    " work_permit_expiration_date additional_note emergency_contact emergency_phone notes barcode pin"
    " departure_description private_car_plate mobility_card l10n_in_uan l10n_in_pan l10n_in_esic_number"
    " l10n_in_relationship registration_number",
    "resource_resource": "name",
    "hr_candidate": "partner_name email_from email_normalized partner_phone partner_phone_sanitized"
    " linkedin_profile",
    "hr_leave": "private_name notes",
    "fleet_vehicle": "license_plate vin_sn location description name",
    "crm_lead": "name contact_name partner_name function email_from email_normalized phone mobile"
    " phone_sanitized website street street2 zip city description referred",
    "sale_order": "signed_by client_order_ref note",
    "account_bank_statement_line": "account_number partner_name payment_ref",
    "payment_transaction": "partner_name partner_email partner_address partner_zip partner_city"
    " partner_phone",
    "payment_token": "payment_details provider_ref",
    "mail_message": "subject body email_from reply_to record_name",
    "mail_mail": "body_html email_to email_cc headers",
    "mail_tracking_value": "old_value_char new_value_char old_value_text new_value_text",
    "mail_activity": "summary note res_name",
    "mail_blacklist": "email",
    "phone_blacklist": "number",
    "mail_gateway_allowed": "email",
    "mail_guest": "name",
    "mail_alias": "alias_name",
    "calendar_attendee": "common_name access_token",
    "sms_sms": "number body",
    "snailmail_letter": "street street2 zip city",
    "res_bank": "email phone street",
    "res_device_log": "ip_address city country session_identifier",
    "ir_attachment": "name description index_content db_datas",
    "ir_mail_server": "smtp_user smtp_pass",
    "fetchmail_server": '"user" password',
    "iap_account": "account_token",
    "ir_config_parameter": "key value",
}
"""Columns of Odoo 18 with personal data or secrets, by table; `IN_READ` has those of tables that are read."""
IN_READ: Final = {
    "account_move": ("invoice_partner_display_name", "ref", "narration"),
    "res_company": ("name", "email", "phone"),
    "stock_picking": ("note", "partner_id"),
    "tms_trip": ("driver_name",),
}
"""Columns that the sample's tables have beside those that views read."""
MARK: Final = "PersonalData"
"""Begins every value of `PERSONAL`."""


@pytest.fixture(scope="module")
def people(erp: MadeUpErp) -> Iterator[MadeUpErp]:
    """Give an ERP that knows people, whose statistics are as fresh as in production."""
    for table, columns in PERSONAL.items():
        names = columns.split()
        definition = ", ".join(f"{name} text" for name in names)
        values = ", ".join(f"'{MARK} of {table} {name.strip(chr(34))}'" for name in names)
        erp.as_odoo(
            f"CREATE TABLE {table} ({definition}); INSERT INTO {table} SELECT {values}"  # noqa: S608  (our names)
            " FROM generate_series(1, 20)"
        )
    erp.as_odoo("CREATE MATERIALIZED VIEW report_of_people AS SELECT name FROM res_partner; ANALYZE")
    yield erp
    erp.as_odoo("DROP MATERIALIZED VIEW report_of_people")
    erp.as_odoo("; ".join(f"DROP TABLE {table}" for table in PERSONAL))


def test_every_column_with_personal_data_is_refused(people: MadeUpErp) -> None:
    """Directly, all of them; and those of the tables that views read."""
    cases = [
        *((table, name) for table, columns in PERSONAL.items() for name in columns.split()),
        *((table, name) for table, columns in IN_READ.items() for name in columns),
    ]
    asked = ", ".join(f"('{table}', '{name.strip(chr(34))}')" for table, name in cases)
    readable = people.rows(
        f"SELECT * FROM (VALUES {asked}) AS asked (place, name)"  # noqa: S608  (our own names)
        " WHERE has_column_privilege('grafana', 'public.' || place, name, 'SELECT')"
    )
    assert readable == []
    for table, name in cases:
        refused = people.run(f"SELECT {name} FROM public.{table} LIMIT 1")  # noqa: S608  (our own names)
        assert f"permission denied for table {table}" in refused.stderr


def test_all_that_the_role_may_read_holds_no_personal_data(people: MadeUpErp) -> None:
    """Whatever it may select from, catalogues and statistics included, read to the last row."""
    relations = [
        name
        for (name,) in people.rows(
            "SELECT pg_class.oid::regclass FROM pg_class WHERE relkind IN ('r', 'v', 'm', 'p', 'f', 'S')"
            " AND relnamespace <> 'pg_toast'::regnamespace"
            " AND has_schema_privilege(relnamespace, 'USAGE')"
            " AND CASE relkind WHEN 'S' THEN has_sequence_privilege(oid, 'SELECT')"
            " ELSE has_table_privilege(oid, 'SELECT') OR has_any_column_privilege(oid, 'SELECT') END"
            " ORDER BY 1"
        )
    ]
    assert {f"bi.{name}" for name in EXPECTED} <= set(relations)
    assert "pg_stats" in relations
    read = 0
    for relation in relations:
        done = people.run(f"SELECT * FROM {relation}")  # noqa: S608  (from the catalogue)
        if done.returncode == 0:
            read += 1
            assert MARK not in done.stdout, relation
            assert "Made-up" not in done.stdout, relation
    assert read > 100


def test_nothing_outside_bi_is_readable_but_catalogues(people: MadeUpErp) -> None:
    readable = people.rows(
        "SELECT DISTINCT relnamespace::regnamespace::text FROM pg_class"
        " WHERE relkind IN ('r', 'v', 'm', 'p', 'f')"
        " AND has_schema_privilege(relnamespace, 'USAGE')"
        " AND (has_table_privilege(oid, 'SELECT') OR has_any_column_privilege(oid, 'SELECT')) ORDER BY 1"
    )
    assert readable == [("bi",), ("information_schema",), ("pg_catalog",)]


def test_the_role_may_select_from_views_and_do_nothing_else(people: MadeUpErp) -> None:
    """No other right on a view, none on a function of ours, none to make anything."""
    rights = people.rows(
        "SELECT DISTINCT relkind, acl.privilege_type FROM pg_class, aclexplode(relacl) AS acl"
        " WHERE acl.grantee = 'grafana'::regrole"
    )
    assert rights == [("v", "SELECT")]
    # Functions of extensions work on what they are given; none of ours exists.
    assert people.rows(
        "SELECT count(*) FROM pg_proc WHERE prosecdef AND pronamespace <> 'pg_catalog'::regnamespace"
    ) == [("0",)]
    for kind in ("TEMPORARY", "CREATE"):
        assert people.rows(f"SELECT has_database_privilege(current_database(), '{kind}')") == [("f",)]


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("SELECT query_to_xml('SELECT * FROM res_partner', true, true, '')", "permission denied"),
        ("SELECT ts_stat('SELECT to_tsvector(name) FROM res_partner')", "permission denied"),
        ("COPY res_partner TO STDOUT", "permission denied"),
        ("SELECT pg_read_file('PG_VERSION')", "permission denied"),
        ("SELECT lo_get(1)", "does not exist"),
        ("SET ROLE odoo; SELECT name FROM res_partner", "permission denied"),
        ("BEGIN READ WRITE; CREATE TEMPORARY TABLE t (id int)", "permission denied"),
        (
            "BEGIN READ WRITE; CREATE FUNCTION bi.leak() RETURNS int LANGUAGE sql RETURN 1",
            "permission denied",
        ),
        ("BEGIN READ WRITE; CREATE FUNCTION pg_temp.leak() RETURNS int LANGUAGE sql RETURN 1", "permission"),
        ("BEGIN READ WRITE; DO $$ BEGIN PERFORM name FROM res_partner; END $$", "permission denied"),
        ("BEGIN READ WRITE; ALTER VIEW bi.revenue RENAME TO mine", "must be owner"),
        ("BEGIN READ WRITE; GRANT SELECT ON res_partner TO PUBLIC", "permission denied"),
        ("BEGIN READ WRITE; INSERT INTO bi.contract VALUES ('x', true, '')", "cannot insert"),
        ("BEGIN READ WRITE; UPDATE bi.delayed_trips SET state = 'arrived'", "cannot update"),
    ],
)
def test_ways_round_are_closed(people: MadeUpErp, statement: str, refusal: str) -> None:
    done = people.run(statement)
    assert MARK not in done.stdout
    assert done.returncode != 0
    assert refusal in done.stderr


def test_statistics_show_no_values_of_tables(people: MadeUpErp) -> None:
    """`pg_stats` would list the most common names; it shows columns that the reader may read."""
    assert people.rows("SELECT count(*) FROM pg_stats WHERE schemaname = 'public'") == [("0",)]
    assert people.rows("SELECT count(*) FROM pg_stats WHERE schemaname = 'public'", user="odoo") != [("0",)]
    assert "permission denied" in people.run("SELECT * FROM pg_statistic").stderr


def test_a_condition_of_the_reader_sees_no_row_that_a_view_leaves_out(people: MadeUpErp) -> None:
    """The barrier: a drafted invoice's amount cannot be found by dividing through it."""
    plan = people.rows("EXPLAIN SELECT * FROM bi.delayed_trips WHERE 1 / (trip_id - 10) > 0", user="odoo")
    text = "\n".join(line for (line, *_) in plan)
    assert "Subquery Scan" in text
    assert people.run("SELECT * FROM bi.delayed_trips WHERE 1 / (trip_id - 10) > 5").returncode == 0


def test_no_view_shows_a_column_with_personal_data() -> None:
    """Neither by name, nor by what it reads: the contract names no such column of any table."""
    agreed = contract.load()
    for table, columns in IN_READ.items():
        assert set(agreed.reads[table]).isdisjoint(columns)
    assert set(agreed.reads).isdisjoint(PERSONAL)
    personal = re.compile(r"name|phone|mail|street|plate|driver|partner|address|ref$|note")
    shown = [column for view in agreed.views.values() for column in view.columns]
    assert [column for column in shown if personal.search(column)] == ["view_name"]


def test_views_read_what_the_contract_names_and_no_more(people: MadeUpErp) -> None:
    """PostgreSQL itself says on which columns a view depends."""
    agreed = contract.load()
    depends = people.rows(
        "SELECT DISTINCT view.relname, read.relname, attname FROM pg_depend"
        " JOIN pg_rewrite ON pg_rewrite.oid = objid JOIN pg_class AS view ON view.oid = ev_class"
        " JOIN pg_class AS read ON read.oid = refobjid AND read.relnamespace = 'public'::regnamespace"
        " JOIN pg_attribute ON attrelid = read.oid AND attnum = refobjsubid"
        " WHERE view.relnamespace = 'bi'::regnamespace"
    )
    assert depends
    for view, table, column in depends:
        assert table in agreed.views[view].reads, view
        assert column in agreed.reads[table], view
    used = {(table, column) for _, table, column in depends}
    named = {(table, column) for table, columns in agreed.reads.items() for column in columns}
    assert used == named
