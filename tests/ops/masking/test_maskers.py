"""What masked values look like, and that equals stay equal and unequals unequal."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from .conftest import KEY, Copies, Masking


def rows(copies: Copies, database: str, query: str) -> list[tuple]:
    with copies.connect(database) as connection:
        return connection.execute(query).fetchall()  # pyright: ignore[reportArgumentType, reportCallIssue]


def gstin_digit(body: str) -> str:
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    total = 0
    for place, letter in enumerate(body):
        product = alphabet.index(letter) * (1 + place % 2)
        total += product // 36 + product % 36
    return alphabet[(36 - total % 36) % 36]


def test_a_tax_number_keeps_its_state_has_a_right_check_digit_and_agrees_with_the_pan(
    copies: Copies, masked: str
) -> None:
    before = dict(rows(copies, "filled", "SELECT id, vat FROM res_partner"))
    seen = 0
    for partner, vat, pan in rows(copies, masked, "SELECT id, vat, l10n_in_pan FROM res_partner"):
        assert re.fullmatch(r"[0-3]\dZZ[A-Z][ABCFGHJLPT][A-Z]\d{4}[A-Z]1Z[0-9A-Z]", vat)
        assert vat[:2] == before[partner][:2]
        assert vat[14] == gstin_digit(vat[:14])
        assert vat[2:12] == pan
        seen += 1
    assert seen == 120


def test_a_telephone_number_cannot_be_dialled(copies: Copies, masked: str) -> None:
    phones = rows(copies, masked, "SELECT phone, mobile, phone_sanitized FROM res_partner")
    assert {re.sub(r"\d{7}$", "", phone) for three in phones for phone in three} == {"+91000"}
    # However it was written, the same number stays the same.
    assert all(len(set(three)) == 1 for three in phones)
    assert len({three[0] for three in phones}) == 120


def test_an_address_is_the_same_in_every_table(copies: Copies, masked: str) -> None:
    same = rows(
        copies,
        masked,
        "SELECT p.email = p.email_normalized, p.email LIKE 'u%@example.invalid', u.login = p.email"
        " FROM res_partner AS p LEFT JOIN res_users AS u ON u.partner_id = p.id AND u.id NOT IN (1, 2, 5)"
        " AND u.login NOT LIKE '%.%@%'",
    )
    assert {(normal, domain) for normal, domain, _ in same} == {(True, True)}
    assert {login for _, _, login in same} == {True, None}
    messages = (
        "SELECT count(*) FROM mail_message AS m JOIN res_partner AS p ON p.id = author_id"
        " WHERE m.email_from = p.email"
    )
    assert rows(copies, masked, messages) == [(60,)]
    names = (
        "SELECT count(*) FROM account_move AS m JOIN res_partner AS p ON p.id = m.partner_id"
        " WHERE invoice_partner_display_name = complete_name"
    )
    assert rows(copies, masked, names) == [(60,)]
    parents = (
        "SELECT count(*) FROM res_partner AS c JOIN res_partner AS p ON p.id = c.parent_id"
        " WHERE c.complete_name = p.name || ', ' || c.name"
    )
    assert rows(copies, masked, parents)[0][0] == rows(copies, "filled", parents)[0][0] > 20


def test_logins_stay_unique_when_they_differ_in_capitals_alone(copies: Copies, masked: str) -> None:
    before = [login for (login,) in rows(copies, "filled", "SELECT login FROM res_users")]
    after = [login for (login,) in rows(copies, masked, "SELECT login FROM res_users")]
    assert len({login.lower() for login in before}) < len(before) == len(set(after))
    assert {"__system__", "admin"} < set(after)
    assert all(
        re.fullmatch(r"u[0-9a-f]{16}(\.[0-9a-f]{16})?@example\.invalid|__system__|admin", login)
        for login in after
    )
    assert rows(copies, masked, "SELECT count(password), count(totp_secret) FROM res_users") == [(0, 0)]


def test_dates_of_a_person_move_together(copies: Copies, masked: str) -> None:
    query = "SELECT birthday, visa_expire, spouse_birthdate FROM hr_employee ORDER BY id"
    moved = [
        {(after - before).days for before, after in zip(*pair, strict=True)}
        for pair in zip(rows(copies, "filled", query), rows(copies, masked, query), strict=True)
    ]
    assert all(len(days) == 1 and 1 <= abs(next(iter(days))) <= 180 for days in moved)
    assert len({next(iter(days)) for days in moved}) > 5


def test_positions_keep_the_shape_of_a_trip_and_not_its_place(copies: Copies, masked: str) -> None:
    before = rows(copies, "filled", "SELECT vehicle_id, device_time, latitude, longitude FROM gps.positions")
    after = rows(copies, masked, "SELECT vehicle_id, device_time, latitude, longitude FROM gps.positions")
    assert len(after) == len(before) == 180
    assert {re.sub(r"\w", "", vehicle) for vehicle, *_ in after} == {""}
    assert all(re.fullmatch(r"ZZ\d\d[A-Z]{3}\d{4}", vehicle) for vehicle, *_ in after)

    def steps(positions: list[tuple]) -> list[float]:
        ordered = sorted(positions)
        return [
            step
            for axis in (2, 3)
            for one, next_one in pairwise(ordered)
            if one[0] == next_one[0]
            for step in [next_one[axis] - one[axis]]
        ]

    # All vehicles of the template drive alike, so their order does not matter.
    assert steps(after) == pytest.approx(steps(before), abs=0.0002)
    home = {(round(latitude, 1), round(longitude, 1)) for _, _, latitude, longitude in before}
    assert not home & {(round(latitude, 1), round(longitude, 1)) for _, _, latitude, longitude in after}
    assert rows(copies, masked, "SELECT count(details) FROM gps.positions") == [(0,)]
    assert (
        len(rows(copies, masked, "SELECT FROM pg_inherits WHERE inhparent = 'gps.positions'::regclass")) == 3
    )
    assert rows(copies, masked, "SELECT count(*) FROM gps.positions_2026_09") == [(90,)]


def test_accounts_letters_and_documents(copies: Copies, masked: str) -> None:
    accounts = rows(copies, masked, "SELECT acc_number, sanitized_acc_number FROM res_partner_bank")
    assert all(one == other and re.fullmatch(r"0000\d{14}", one) for one, other in accounts)
    assert rows(copies, masked, "SELECT DISTINCT body FROM mail_message") == [("<p>Masked text</p>",)]
    assert rows(copies, masked, "SELECT DISTINCT employee_properties FROM hr_employee") == [
        ({"a1b2": "Masked text", "c3d4": 0, "e5f6": ["Masked text", True]},)
    ]
    files = rows(
        copies, masked, "SELECT count(db_datas), count(store_fname), count(index_content) FROM ir_attachment"
    )
    assert files == [(1, 0, 0)]  # The bundle of the web client stays.


def test_an_iban_is_valid(copies: Copies, masking: Masking) -> None:
    database = copies.make()
    with copies.connect(database) as connection:
        connection.execute(
            "UPDATE res_partner_bank SET acc_number = 'GB29 NWBK 6016 1331 9268 19',"
            " sanitized_acc_number = 'GB29NWBK60161331926819' WHERE id = 1"
        )
    masking(database).run()
    [(iban,)] = rows(copies, database, "SELECT sanitized_acc_number FROM res_partner_bank WHERE id = 1")
    assert len(iban) == 22
    assert iban != "GB29NWBK60161331926819"
    number = "".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])
    assert int(number) % 97 == 1


def test_nothing_acts_on_the_world(copies: Copies, masked: str) -> None:
    assert rows(
        copies, masked, "SELECT smtp_host, smtp_user, smtp_pass FROM ir_mail_server WHERE active"
    ) == [("invalid", None, None)]
    assert rows(
        copies, masked, "SELECT count(*) FROM fetchmail_server WHERE active OR password IS NOT NULL"
    ) == [(0,)]
    assert rows(copies, masked, "SELECT cron_name FROM ir_cron WHERE active") == [("Base: auto-vacuum",)]
    assert rows(copies, masked, "SELECT state FROM payment_provider") == [("disabled",)]
    assert rows(copies, masked, "SELECT webhook_url LIKE '%.example.invalid' FROM ir_act_server") == [(True,)]
    settings = dict(rows(copies, masked, "SELECT key, value FROM ir_config_parameter"))
    before = dict(rows(copies, "filled", "SELECT key, value FROM ir_config_parameter"))
    changed = {key for key, value in settings.items() if before.get(key) != value}
    assert changed == {"database.secret", "database.uuid", "maps.api_key", "database.is_neutralized"}
    emptied = (
        "bus_bus",
        "res_users_apikeys",
        "auth_totp_device",
        "res_device_log",
        "mail_mail",
        "ir_logging",
        "sms_sms",
    )
    assert [
        rows(copies, masked, f"SELECT count(*) FROM {table}")  # noqa: S608  (our names)
        for table in emptied
    ] == [[(0,)]] * len(emptied)


def test_the_key_is_in_no_statement_of_the_log(copies: Copies, masked: str) -> None:
    log = (copies.server.folder / "log").read_text(errors="replace")
    assert masked
    assert "set_config('ops_masking.inner'" in log
    assert KEY.inner.hex() not in log
    assert KEY.outer.hex() not in log
    assert KEY.secret.hex() not in log


MASKERS = {
    "account": "(30000000000000 + n)::text",
    "code": "'P' || n",
    "email": "n || '@haulage.example.com'",
    "login": "'driver' || n",
    "name": "'Person ' || n",
    "phone": "'+919' || lpad(n::text, 9, '0')",
    "plate": "'MH12AB' || n",
    "street": "n || ' Tilak Marg'",
    "tax_id": "'27AAPFU' || lpad((n % 10000)::text, 4, '0') || 'F1ZV'",
    "token": "md5(n::text)",
    "url": "'https://www' || n || '.example.com'",
}


@pytest.mark.requirement("SEC-09")
@pytest.mark.parametrize("masker", MASKERS)
def test_no_masked_value_looks_personal_by_chance(
    copies: Copies, masking: Masking, masked: str, masker: str
) -> None:
    # One token of ten thousand did when tokens had digits.
    many = 40_000 if masker == "token" else 4_000
    with masking(masked).session() as connection:
        query = (
            f"SELECT count(*) FROM generate_series(1, {many}) AS n,"  # noqa: S608  (our own)
            f" ops_masking.detect(ops_masking.{masker}({MASKERS[masker]}))"
        )
        found = connection.execute(query.encode()).fetchone()
    assert found == (0,)
