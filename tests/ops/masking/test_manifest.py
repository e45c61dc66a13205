"""The manifest: one clear line for a mistake, and what stands in it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from ops.errors import OperatorError
from ops.masking.manifest import MANIFEST, Manifest, load, schema

LEAST = {
    "version": 1,
    "production_hosts": ["fleet-erp-prod-*"],
    "telling_names": ["phone"],
    "safe": [],
    "tables": {"res_partner": {"holds": "people", "mask": {"name": "name"}}},
}


def lines_of(tmp_path: Path, document: object) -> list[str]:
    path = tmp_path / "manifest.yaml"
    path.write_text(document if isinstance(document, str) else yaml.safe_dump(document))
    with pytest.raises(OperatorError) as caught:
        load(path)
    return [line.removeprefix(f"{path}: ") for line in str(caught.value).splitlines()]


def test_every_mistake_has_a_line_of_its_own(tmp_path: Path) -> None:
    table = {
        "holds": "people",
        "mask": {
            "name": "nmae",
            "email": {"as": "email", "wen": "true"},
            "birthday": "date",
            "city": {"as": "constant"},
        },
        "safe": {"lang": "a language"},
    }
    lines = lines_of(
        tmp_path, {**LEAST, "tables": {"res_partner": table, "Bad Name": table}, "telling_names": ["("]}
    )
    told = "\n".join(lines)
    assert "tables.res_partner.mask.name.as: 'nmae': Input should be" in told
    assert "tables.res_partner.mask.email.wen: no such key" in told
    assert "tables.res_partner.mask.birthday: `by` belongs to maskers date" in told
    assert "tables.res_partner.mask.city: `value` belongs to masker constant" in told
    assert "tables.Bad Name: 'Bad Name': String should match pattern" in told
    assert "telling_names: '(' is no regular expression" in told


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ({"holds": "people", "mask": {"a": "name"}, "safe": {"a": "why"}}, "a: both masked and safe"),
        (
            {"holds": "people", "empty": True, "mask": {"a": "name"}},
            "an emptied table has no columns to list",
        ),
        ({"holds": "people"}, "lists no column; empty: true takes the rows away"),
    ],
)
def test_a_table_says_one_thing(tmp_path: Path, table: dict, line: str) -> None:
    assert lines_of(tmp_path, {**LEAST, "tables": {"t": table}}) == [f"tables.t: {line}"]


def test_a_file_that_is_not_there_or_no_yaml_or_says_a_key_twice(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="there is no such manifest"):
        load(tmp_path / "none.yaml")
    assert "expected" in lines_of(tmp_path, "tables: [")[0]
    twice = "tables:\n  res_partner: {}\n  res_partner: {}\n"
    [line] = lines_of(tmp_path, twice)
    assert line.endswith("manifest.yaml:3: res_partner is listed twice")


def test_the_schema_for_editors_is_current_and_takes_the_manifest() -> None:
    written = MANIFEST.with_name("manifest.schema.json").read_text()
    assert written == schema()
    jsonschema.validate(yaml.safe_load(MANIFEST.read_text()), json.loads(written))


FACTS = {
    "res_partner": "name complete_name commercial_company_name company_name ref vat company_registry"
    " website comment function street street2 zip city partner_latitude"
    " partner_longitude email email_normalized phone mobile phone_sanitized barcode"
    " l10n_in_pan signup_type",
    "res_users": "login password signature totp_secret",
    "res_partner_bank": "acc_number sanitized_acc_number acc_holder_name",
    "hr_employee": "name work_phone mobile_phone work_email job_title private_street private_street2"
    " private_city private_zip private_phone private_email spouse_complete_name"
    " spouse_birthdate place_of_birth birthday ssnid sinid identification_id"
    " passport_id permit_no visa_no visa_expire work_permit_expiration_date"
    " additional_note emergency_contact emergency_phone notes barcode pin"
    " departure_description private_car_plate mobility_card l10n_in_uan l10n_in_pan"
    " l10n_in_esic_number l10n_in_relationship registration_number",
    "resource_resource": "name",
    "hr_candidate": "partner_name email_from email_normalized partner_phone partner_phone_sanitized"
    " linkedin_profile",
    "hr_leave": "private_name notes",
    "fleet_vehicle": "license_plate vin_sn location description name",
    "crm_lead": "name contact_name partner_name function email_from email_normalized phone mobile"
    " phone_sanitized website street street2 zip city description referred",
    "sale_order": "signed_by client_order_ref note",
    "account_move": "invoice_partner_display_name invoice_source_email l10n_in_gstin narration"
    " payment_reference ref",
    "account_bank_statement_line": "account_number partner_name payment_ref",
    "payment_transaction": "partner_name partner_email partner_address partner_zip partner_city"
    " partner_phone",
    "payment_token": "payment_details provider_ref",
    "mail_message": "subject body email_from reply_to record_name",
    "mail_tracking_value": "old_value_char new_value_char old_value_text new_value_text",
    "mail_activity": "summary note res_name",
    "mail_guest": "name",
    "mail_alias": "alias_name",
    "calendar_attendee": "common_name access_token",
    "res_company": "email phone mobile l10n_in_edi_username l10n_in_edi_password l10n_in_edi_token",
    "res_bank": "email phone street",
    "ir_attachment": "name description index_content db_datas",
    "ir_mail_server": "smtp_user smtp_pass",
    "fetchmail_server": "user password",
    "iap_account": "account_token",
    "ir_config_parameter": "value",
    "tms_trip": "origin_address destination_address consignee_name consignee_phone pod_signed_by note",
    "gps.positions": "vehicle_id latitude longitude details",
}
EMPTIED = (
    "res_users_apikeys auth_totp_device auth_totp_rate_limit_log res_users_log mail_mail mail_blacklist"
    " phone_blacklist mail_gateway_allowed mail_push mail_push_device bus_bus sms_sms snailmail_letter"
    " res_device_log"
)


@pytest.mark.requirement("DATA-03")
@pytest.mark.parametrize("table", FACTS)
def test_the_personal_columns_of_odoo_18_and_of_our_tables_are_masked(manifest: Manifest, table: str) -> None:
    assert set(FACTS[table].split()) <= manifest.tables[table].mask.keys()


@pytest.mark.requirement("DATA-03")
def test_tables_of_which_a_copy_needs_no_row_are_emptied(manifest: Manifest) -> None:
    assert [table for table in EMPTIED.split() if not manifest.tables[table].empty] == []
