"""What `verify` finds: everything that was planted, by place and count, and never the value itself."""

from __future__ import annotations

import pytest

from ops.errors import OperatorError
from ops.masking.verify import Verification, verify

from .conftest import Copies, Masking


def planted(copies: Copies, masking: Masking, masked: str, *statements: str) -> Verification:
    database = copies.make(marked=False, template=masked)
    with copies.connect(database) as connection:
        connection.execute("UPDATE ops_masking.copy SET database = current_database()")
        for statement in statements:
            connection.execute(statement)  # pyright: ignore[reportArgumentType, reportCallIssue]
        connection.commit()
        result = verify(masking(database))
        [verdict] = connection.execute("SELECT verified_at IS NOT NULL FROM ops_masking.run").fetchall()
    assert verdict == (result.passed,)
    return result


@pytest.mark.requirement("SEC-09", "DATA-03")
def test_a_masked_copy_is_proven_clean(copies: Copies, masking: Masking, masked: str) -> None:
    result = planted(copies, masking, masked)
    assert result.findings == []
    assert result.marks > 500
    assert result.rows > 500


PLANTS = (
    # An original: a name of two words, in a body, in JSON, in bytes, in columns that are declared safe.
    ("mail_message.body", "'<p>Please ask <b>Lakshmi</b> Iyer about it</p>' WHERE id < 4", {"original": 3}),
    ("hr_employee.employee_properties", """'{"a": {"b": ["LAKSHMI IYER"]}}' WHERE id = 1""", {"original": 1}),
    ("ir_attachment.db_datas", "convert_to('%PDF Lakshmi Iyer', 'UTF8') WHERE id = 1", {"original": 1}),
    ("account_journal.name", """'{"en_US": "Lakshmi Iyer"}'""", {"original": 1}),
    ("stock_picking.name", "'Lakshmi Iyer' WHERE id = 2", {"original": 1}),
    # An original telephone number, however it is written; and one that was never sampled.
    ("sale_order.origin", "'tel 98123-53597' WHERE id = 1", {"original": 1, "phone": 1}),
    ("account_move.invoice_origin", "'SO, +91 98765 43210' WHERE id < 3", {"phone": 2}),
    ("ir_model.info", "'call 09876543210'", {"phone": 1}),
    # Addresses: an original, any other, and where addresses belong an original still.
    ("stock_picking.origin", "'person7@haulage.example.com' WHERE id = 1", {"original": 1, "email": 1}),
    ("account_move_line.matching_number", "'somebody@elsewhere.example.org' WHERE id = 1", {"email": 1}),
    ("ir_ui_view.arch_prev", "'person7@haulage.example.com'", {"original": 1}),
    ("ir_ui_view.warning_info", "'somebody@elsewhere.example.org'", {}),
    # Patterns, with check digits where they have any.
    ("sale_order.reference", "'GST 27aapfu0939f1zv' WHERE id = 1", {"gstin": 1}),
    ("sale_order.state", "'GST 27AAPFU0939F1ZW' WHERE id = 1", {}),
    ("account_move.incoterm_location", "'PAN: ABCPK1234L' WHERE id = 1", {"pan": 1}),
    ("account_move.qr_code_method", "'2341 2341 2346' WHERE id = 1", {"aadhaar": 1}),
    ("account_move.auto_post", "'2341 2341 2347' WHERE id = 1", {}),
    # A plate with spaces, a bank account without.
    ("tms_trip.name", "'lorry KA 02 BA 0038' WHERE id = 2", {"original": 1}),
    ("tms_trip.state", "'30000000023757' WHERE id = 2", {"original": 1}),
)


@pytest.mark.requirement("SEC-09", "DATA-03")
def test_what_was_planted_is_found_where_it_was_planted_and_nothing_else(
    copies: Copies, masking: Masking, masked: str
) -> None:
    statements = [
        f"UPDATE {table} SET {column} = {value}"  # noqa: S608  (our own)
        for place, value, _ in PLANTS
        for table, column in [place.split(".")]
    ]
    result = planted(copies, masking, masked, *statements)
    assert {(finding.place, finding.what): finding.rows for finding in result.findings} == {
        (place, what): rows for place, _, whats in PLANTS for what, rows in whats.items()
    }


UNLISTED = {
    "address": "inet",
    "dob": "timestamp",
    "extra": "json",
    "fingerprint": "bytea",
    "form": "xml",
    "friends": "text[]",
    "home": "point",
    "home_latitude": "double precision",
    "initials": "char(10)",
    "mobile_2": "bigint",
    "more": "jsonb",
    "nickname": "varchar",
    "numbers": "integer[]",
    "wedding": "date",
    "x_father": "text",
}


@pytest.mark.requirement("SEC-09", "DATA-03")
def test_a_column_that_nobody_listed_fails_by_its_name(copies: Copies, masking: Masking, masked: str) -> None:
    statements = [f"ALTER TABLE res_partner ADD COLUMN {name} {kind}" for name, kind in UNLISTED.items()]
    result = planted(copies, masking, masked, *statements)
    assert [finding.place for finding in result.findings] == [f"res_partner.{name}" for name in UNLISTED]
    assert all("neither masked nor declared safe" in finding.line for finding in result.findings)


def test_a_column_of_a_number_needs_no_entry(copies: Copies, masking: Masking, masked: str) -> None:
    statements = (
        "ALTER TABLE res_partner ADD COLUMN credit numeric",
        "ALTER TABLE ir_model ADD COLUMN note text",
    )
    assert planted(copies, masking, masked, *statements).findings == []


@pytest.mark.requirement("SEC-09")
def test_tables_in_other_schemas_and_columns_of_users_are_listed_too(
    copies: Copies, masking: Masking, masked: str
) -> None:
    result = planted(
        copies,
        masking,
        masked,
        "CREATE SCHEMA old",
        "CREATE TABLE old.res_partner (id int, name text)",
        "ALTER TABLE ir_model ADD COLUMN x_wife varchar",
        "CREATE MATERIALIZED VIEW phones AS SELECT id, phone FROM res_partner",
        "SELECT lo_create(0)",
    )
    places = [finding.place for finding in result.findings]
    assert places == ["ir_model.x_wife", "old.res_partner.name", "pg_largeobject", "phones.phone"]


def test_nothing_personal_is_told(copies: Copies, masking: Masking, masked: str) -> None:
    result = planted(
        copies, masking, masked, "UPDATE mail_message SET body = 'Lakshmi Iyer +91 98765 43210' WHERE id < 9"
    )
    lines = [finding.line for finding in result.findings]
    assert lines == [
        "mail_message.body: 8 rows hold an original that was sampled before masking",
        "mail_message.body: 8 rows hold an Indian mobile number",
    ]


def test_what_the_planner_remembers_is_masked_too(copies: Copies, masking: Masking, masked: str) -> None:
    with copies.connect("filled") as connection:
        known = (
            "SELECT count(*) FROM pg_stats WHERE schemaname = 'public'"
            " AND concat(most_common_vals, histogram_bounds) LIKE '%Lakshmi%'"
        )
        before = connection.execute(known).fetchone()
    with copies.connect(masked) as connection:
        after = connection.execute(known).fetchone()
        emptied = connection.execute(
            "SELECT count(*) FROM pg_stats WHERE tablename IN ('mail_mail', 'mail_blacklist', 'sms_sms')"
        ).fetchone()
    assert before is not None
    assert before[0] > 5
    assert after == emptied == (0,)
    database = copies.make()
    masking(database).run()
    with copies.connect(database) as connection:
        connection.execute(
            "CREATE TABLE later AS SELECT i AS id, 'Lakshmi Iyer'::text AS ref"
            " FROM generate_series(1, 9) AS i"
        )
        connection.execute("ANALYZE later")
        connection.execute("TRUNCATE later")
        connection.commit()
    places = [finding.place for finding in verify(masking(database)).findings]
    assert places == ["later.ref", "later.ref (planner statistics)"]


def test_a_copy_that_is_not_masked_is_not_verified(copies: Copies, masking: Masking) -> None:
    with pytest.raises(OperatorError, match="not masked to the end"):
        verify(masking(copies.make()))


def test_samples_are_no_clear_text(copies: Copies, masked: str) -> None:
    with copies.connect(masked) as connection:
        columns = connection.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'ops_masking' AND table_name = 'sample'"
        ).fetchall()
    assert columns == [("hash", "bigint")]
