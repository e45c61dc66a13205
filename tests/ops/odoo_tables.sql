-- Tables of Odoo 18 as its ORM makes them: varchar for Char and Selection, text for Text and Html, jsonb for
-- translated, company-dependent and properties fields, bytea for binary fields; every table has the four columns
-- that log who wrote it. Columns without which no room has a question are left out.
CREATE TABLE res_currency (id serial PRIMARY KEY, name varchar NOT NULL UNIQUE, symbol varchar NOT NULL, active boolean);
CREATE TABLE res_country (id serial PRIMARY KEY, name jsonb NOT NULL, code varchar(2) UNIQUE, address_format text);
CREATE TABLE res_country_state (
    id serial PRIMARY KEY, country_id int NOT NULL REFERENCES res_country, name varchar NOT NULL, code varchar NOT NULL,
    UNIQUE (country_id, code));
CREATE TABLE res_partner (
    id serial PRIMARY KEY, company_id int, parent_id int REFERENCES res_partner ON DELETE SET NULL, user_id int,
    state_id int REFERENCES res_country_state ON DELETE RESTRICT, country_id int REFERENCES res_country ON DELETE RESTRICT,
    commercial_partner_id int REFERENCES res_partner ON DELETE SET NULL, color int,
    name varchar, complete_name varchar, ref varchar, lang varchar, tz varchar, vat varchar, company_registry varchar,
    website varchar, "function" varchar, type varchar, street varchar, street2 varchar, zip varchar, city varchar,
    email varchar, phone varchar, mobile varchar, commercial_company_name varchar, company_name varchar, barcode jsonb,
    comment text, partner_latitude numeric, partner_longitude numeric, active boolean, is_company boolean,
    partner_share boolean, email_normalized varchar, phone_sanitized varchar, signup_type varchar, l10n_in_pan varchar,
    l10n_in_gst_treatment varchar, peppol_endpoint varchar, customer_rank int, supplier_rank int, calendar_last_notif_ack timestamp,
    CONSTRAINT res_partner_check_name CHECK ((type = 'contact' AND name IS NOT NULL) OR type <> 'contact'));
CREATE INDEX res_partner_complete_name_index ON res_partner (complete_name);
CREATE INDEX res_partner_email_normalized_index ON res_partner (email_normalized);
CREATE INDEX res_partner_phone_sanitized_index ON res_partner (phone_sanitized);
CREATE INDEX res_partner_vat_index ON res_partner (vat);
CREATE TABLE res_company (
    id serial PRIMARY KEY, partner_id int NOT NULL REFERENCES res_partner ON DELETE RESTRICT,
    currency_id int NOT NULL REFERENCES res_currency ON DELETE RESTRICT, name varchar NOT NULL UNIQUE, email varchar, phone varchar,
    mobile varchar, font varchar, layout_background varchar, report_header jsonb, report_footer jsonb, company_details jsonb,
    invoice_terms jsonb, invoice_terms_html jsonb, logo_web bytea, uses_default_logo boolean, fiscalyear_last_month varchar,
    l10n_in_edi_username varchar, l10n_in_edi_password varchar, l10n_in_edi_token varchar, l10n_in_edi_token_validity timestamp,
    l10n_in_edi_production_env boolean, parent_path varchar);
CREATE TABLE res_users (
    id serial PRIMARY KEY, company_id int NOT NULL REFERENCES res_company ON DELETE RESTRICT,
    partner_id int NOT NULL REFERENCES res_partner ON DELETE RESTRICT, active boolean, login varchar NOT NULL,
    password varchar, action_id int, signature text, share boolean, totp_secret varchar, totp_last_counter int,
    notification_type varchar NOT NULL, odoobot_state varchar, CONSTRAINT res_users_login_key UNIQUE (login),
    CONSTRAINT res_users_notification_type CHECK (notification_type IN ('email', 'inbox')));
CREATE TABLE res_users_apikeys (
    id serial PRIMARY KEY, name varchar NOT NULL, user_id int NOT NULL REFERENCES res_users ON DELETE CASCADE, scope varchar,
    expiration_date timestamp, index varchar(8), key varchar, create_date timestamp DEFAULT now(), CHECK (char_length(index) = 8));
CREATE TABLE auth_totp_device (
    id serial PRIMARY KEY, name varchar NOT NULL, user_id int NOT NULL REFERENCES res_users ON DELETE CASCADE, scope varchar,
    expiration_date timestamp, index varchar(8), key varchar, create_date timestamp DEFAULT now());
CREATE TABLE auth_totp_rate_limit_log (id serial PRIMARY KEY, user_id int NOT NULL REFERENCES res_users, ip varchar, scope varchar, limit_type varchar);
CREATE TABLE res_users_log (id serial PRIMARY KEY);
CREATE TABLE res_device_log (
    id serial PRIMARY KEY, session_identifier varchar NOT NULL, platform varchar, browser varchar, ip_address varchar,
    country varchar, city varchar, device_type varchar, user_id int, first_activity timestamp, last_activity timestamp, revoked boolean);
CREATE TABLE res_bank (
    id serial PRIMARY KEY, state int, country int, name varchar NOT NULL, street varchar, street2 varchar, zip varchar, city varchar,
    email varchar, phone varchar, bic varchar, active boolean);
CREATE TABLE res_partner_bank (
    id serial PRIMARY KEY, partner_id int NOT NULL REFERENCES res_partner ON DELETE CASCADE, bank_id int REFERENCES res_bank,
    acc_number varchar NOT NULL, sanitized_acc_number varchar, acc_holder_name varchar, active boolean, allow_out_payment boolean,
    CONSTRAINT res_partner_bank_unique_number UNIQUE (sanitized_acc_number, partner_id));
CREATE TABLE ir_config_parameter (id serial PRIMARY KEY, key varchar NOT NULL UNIQUE, value text NOT NULL);
CREATE TABLE ir_module_module (
    id serial PRIMARY KEY, name varchar NOT NULL UNIQUE, website varchar, summary jsonb, author varchar, icon varchar, state varchar(16),
    latest_version varchar, shortdesc jsonb, category_id int, description jsonb, application boolean, license varchar(32),
    maintainer varchar, published_version varchar, url varchar, contributors text, menus_by_module text, reports_by_module text, views_by_module text);
CREATE TABLE ir_model (id serial PRIMARY KEY, model varchar NOT NULL UNIQUE, name jsonb NOT NULL, state varchar, info text, "order" varchar);
CREATE TABLE ir_model_data (
    id serial PRIMARY KEY, noupdate boolean, name varchar NOT NULL, module varchar NOT NULL, model varchar NOT NULL, res_id int,
    UNIQUE (module, name));
CREATE TABLE ir_ui_view (
    id serial PRIMARY KEY, name varchar NOT NULL, model varchar, key varchar, type varchar, arch_fs varchar, arch_db jsonb,
    arch_prev text, mode varchar NOT NULL, priority int NOT NULL, active boolean, warning_info text);
CREATE TABLE ir_cron (
    id serial PRIMARY KEY, ir_actions_server_id int, cron_name varchar, user_id int, interval_type varchar, interval_number int,
    active boolean, nextcall timestamp, lastcall timestamp, priority int);
CREATE TABLE ir_act_server (
    id serial PRIMARY KEY, name jsonb NOT NULL, type varchar NOT NULL, help jsonb, binding_type varchar NOT NULL, binding_view_types varchar,
    usage varchar NOT NULL, state varchar NOT NULL, code text, webhook_url varchar, value text, path varchar);
CREATE TABLE ir_logging (
    id serial PRIMARY KEY, create_uid int, create_date timestamp, write_uid int, write_date timestamp, name varchar NOT NULL, type varchar NOT NULL,
    dbname varchar, level varchar, message text NOT NULL, path varchar NOT NULL, func varchar NOT NULL, line varchar NOT NULL);
CREATE TABLE ir_mail_server (
    id serial PRIMARY KEY, name varchar NOT NULL, from_filter varchar, smtp_host varchar, smtp_port int, smtp_authentication varchar NOT NULL,
    smtp_user varchar, smtp_pass varchar, smtp_encryption varchar NOT NULL, smtp_ssl_certificate bytea, smtp_ssl_private_key bytea,
    smtp_debug boolean, active boolean, sequence int);
CREATE TABLE fetchmail_server (
    id serial PRIMARY KEY, name varchar NOT NULL, active boolean, state varchar, server varchar, port int, server_type varchar NOT NULL,
    "user" varchar, password varchar, script varchar, configuration text);
CREATE TABLE iap_account (id serial PRIMARY KEY, name varchar, service_name varchar, account_token varchar(43), state varchar);
CREATE TABLE ir_attachment (
    id serial PRIMARY KEY, name varchar NOT NULL, description text, res_model varchar, res_field varchar, res_id int, company_id int,
    type varchar NOT NULL, url varchar(1024), public boolean, access_token varchar, db_datas bytea, store_fname varchar, file_size int,
    checksum varchar(40), mimetype varchar, index_content text, original_id int);
CREATE TABLE resource_resource (id serial PRIMARY KEY, name varchar NOT NULL, active boolean, company_id int, resource_type varchar NOT NULL, user_id int, tz varchar NOT NULL);
CREATE TABLE hr_department (id serial PRIMARY KEY, name jsonb NOT NULL, complete_name varchar, note text, parent_path varchar, active boolean);
CREATE TABLE hr_job (id serial PRIMARY KEY, name jsonb NOT NULL, description jsonb, requirements text, active boolean);
CREATE TABLE hr_employee (
    id serial PRIMARY KEY, resource_id int NOT NULL REFERENCES resource_resource ON DELETE RESTRICT, company_id int NOT NULL,
    user_id int, department_id int, work_contact_id int REFERENCES res_partner, name varchar, job_title varchar, work_phone varchar,
    mobile_phone varchar, work_email varchar, private_street varchar, private_street2 varchar, private_city varchar, private_zip varchar,
    private_phone varchar, private_email varchar, lang varchar, gender varchar, marital varchar NOT NULL, spouse_complete_name varchar,
    place_of_birth varchar, ssnid varchar, sinid varchar, identification_id varchar, passport_id varchar, permit_no varchar,
    visa_no varchar, certificate varchar, study_field varchar, study_school varchar, emergency_contact varchar, emergency_phone varchar,
    barcode varchar, pin varchar, private_car_plate varchar, mobility_card varchar, employee_type varchar NOT NULL, registration_number varchar,
    spouse_birthdate date, birthday date, visa_expire date, work_permit_expiration_date date, departure_date date,
    additional_note text, notes text, departure_description text, employee_properties jsonb, km_home_work int, distance_home_work int,
    distance_home_work_unit varchar, color int, active boolean, children int,
    CONSTRAINT hr_employee_barcode_uniq UNIQUE (barcode));
CREATE UNIQUE INDEX hr_employee_registration_number_uniq ON hr_employee (registration_number, company_id);
CREATE TABLE fleet_vehicle_model_brand (id serial PRIMARY KEY, name varchar NOT NULL);
CREATE TABLE fleet_vehicle (
    id serial PRIMARY KEY, company_id int, driver_id int REFERENCES res_partner, future_driver_id int, manager_id int, model_id int, name varchar,
    license_plate varchar, vin_sn varchar, location varchar, description text, color varchar, odometer_unit varchar NOT NULL,
    transmission varchar, model_year varchar, fuel_type varchar, trailer_hook boolean, acquisition_date date, write_off_date date,
    first_contract_date date, next_assignation_date date, order_date date, co2_standard varchar, electric_assistance boolean,
    range_unit varchar, power_unit varchar, category_id int, vehicle_properties jsonb, frame_type varchar, active boolean);
CREATE TABLE account_journal (id serial PRIMARY KEY, company_id int, name jsonb NOT NULL, code varchar(5) NOT NULL, type varchar NOT NULL, active boolean);
CREATE TABLE account_move (
    id serial PRIMARY KEY, company_id int REFERENCES res_company, partner_id int REFERENCES res_partner ON DELETE RESTRICT, journal_id int,
    currency_id int, commercial_partner_id int, sequence_number int, sequence_prefix varchar, access_token varchar, name varchar, ref varchar,
    state varchar NOT NULL, move_type varchar NOT NULL, auto_post varchar, inalterable_hash varchar, payment_reference varchar,
    qr_code_method varchar, payment_state varchar, invoice_source_email varchar, invoice_partner_display_name varchar, invoice_origin varchar,
    incoterm_location varchar, date date NOT NULL, invoice_date date, invoice_date_due date, delivery_date date, auto_post_until date,
    narration text, amount_untaxed numeric, amount_tax numeric, amount_total numeric, amount_residual numeric, amount_untaxed_signed numeric,
    amount_total_signed numeric, amount_residual_signed numeric, sending_data jsonb, l10n_in_gstin varchar, l10n_in_state_id int,
    l10n_in_gst_treatment varchar, posted_before boolean, is_move_sent boolean);
CREATE UNIQUE INDEX account_move_unique_name ON account_move (name, journal_id) WHERE state = 'posted' AND name <> '/';
CREATE INDEX account_move_partner_id_index ON account_move (partner_id);
CREATE TABLE account_move_line (
    id serial PRIMARY KEY, move_id int NOT NULL REFERENCES account_move ON DELETE CASCADE, partner_id int REFERENCES res_partner,
    account_id int, company_id int, move_name varchar, parent_state varchar, ref varchar, name varchar, matching_number varchar,
    display_type varchar NOT NULL, date date, invoice_date date, date_maturity date, discount_date date, quantity numeric, price_unit numeric,
    debit numeric, credit numeric, balance numeric, analytic_distribution jsonb);
CREATE TABLE account_bank_statement_line (
    id serial PRIMARY KEY, move_id int NOT NULL REFERENCES account_move, partner_id int, account_number varchar, partner_name varchar,
    payment_ref varchar, transaction_type varchar, internal_index varchar, transaction_details jsonb, amount numeric);
CREATE TABLE payment_provider (
    id serial PRIMARY KEY, company_id int, name jsonb NOT NULL, code varchar NOT NULL, state varchar NOT NULL, pre_msg jsonb, pending_msg jsonb, is_published boolean);
CREATE TABLE payment_transaction (
    id serial PRIMARY KEY, provider_id int, partner_id int, reference varchar NOT NULL UNIQUE, provider_reference varchar, state varchar NOT NULL,
    operation varchar, landing_route varchar, partner_name varchar, partner_lang varchar, partner_email varchar, partner_address varchar,
    partner_zip varchar, partner_city varchar, partner_phone varchar, state_message text, amount numeric NOT NULL, last_state_change timestamp);
CREATE TABLE payment_token (id serial PRIMARY KEY, provider_id int, partner_id int, payment_details varchar, provider_ref varchar NOT NULL, active boolean);
CREATE TABLE sale_order (
    id serial PRIMARY KEY, company_id int, partner_id int NOT NULL REFERENCES res_partner, name varchar NOT NULL, access_token varchar,
    state varchar, client_order_ref varchar, origin varchar, reference varchar, signed_by varchar, invoice_status varchar, validity_date date,
    note text, amount_total numeric, date_order timestamp NOT NULL, signed_on timestamp);
CREATE TABLE stock_picking_type (id serial PRIMARY KEY, name jsonb NOT NULL, code varchar NOT NULL, sequence_code varchar NOT NULL, company_id int);
CREATE TABLE stock_picking (
    id serial PRIMARY KEY, company_id int, partner_id int REFERENCES res_partner, picking_type_id int NOT NULL, name varchar, origin varchar,
    move_type varchar NOT NULL, state varchar, priority varchar, note text, picking_properties jsonb, scheduled_date timestamp, date_done timestamp,
    UNIQUE (name, company_id));
CREATE TABLE mail_message (
    id serial PRIMARY KEY, parent_id int REFERENCES mail_message ON DELETE SET NULL, res_id int, author_id int REFERENCES res_partner,
    subject varchar, model varchar, record_name varchar, message_type varchar NOT NULL, email_from varchar, message_id varchar,
    reply_to varchar, email_layout_xmlid varchar, body text, is_internal boolean, date timestamp);
CREATE INDEX mail_message_message_id_index ON mail_message (message_id);
CREATE TABLE mail_mail (
    id serial PRIMARY KEY, mail_message_id int NOT NULL REFERENCES mail_message ON DELETE CASCADE, body_html text, email_to text, email_cc varchar,
    headers text, "references" text, state varchar, failure_type varchar, failure_reason text);
CREATE TABLE mail_notification (
    id serial PRIMARY KEY, mail_message_id int NOT NULL REFERENCES mail_message ON DELETE CASCADE, mail_mail_id int REFERENCES mail_mail ON DELETE SET NULL,
    res_partner_id int REFERENCES res_partner ON DELETE CASCADE, notification_type varchar NOT NULL, notification_status varchar,
    failure_type varchar, failure_reason text);
CREATE TABLE mail_tracking_value (
    id serial PRIMARY KEY, field_id int, mail_message_id int NOT NULL REFERENCES mail_message ON DELETE CASCADE, old_value_char varchar,
    new_value_char varchar, old_value_text text, new_value_text text, old_value_integer int, new_value_integer int, field_info jsonb);
CREATE TABLE mail_activity (
    id serial PRIMARY KEY, res_model varchar, res_name varchar, summary varchar, note text, date_deadline date NOT NULL, date_done date,
    feedback text, user_tz varchar, res_id int, active boolean);
CREATE TABLE mail_blacklist (id serial PRIMARY KEY, email varchar NOT NULL UNIQUE, active boolean);
CREATE TABLE phone_blacklist (id serial PRIMARY KEY, number varchar NOT NULL UNIQUE, active boolean);
CREATE TABLE mail_guest (id serial PRIMARY KEY, name varchar NOT NULL, access_token varchar NOT NULL, lang varchar, timezone varchar);
CREATE TABLE mail_alias (
    id serial PRIMARY KEY, alias_name varchar, alias_full_name varchar, alias_contact varchar NOT NULL, alias_status varchar,
    alias_bounced_content jsonb, alias_defaults text NOT NULL);
CREATE UNIQUE INDEX mail_alias_name_unique ON mail_alias (alias_name);
CREATE TABLE mail_push_device (id serial PRIMARY KEY, partner_id int, endpoint varchar NOT NULL, keys varchar NOT NULL);
CREATE TABLE bus_bus (id serial PRIMARY KEY, channel varchar, message varchar);
CREATE TABLE sms_sms (id serial PRIMARY KEY, uuid varchar UNIQUE, number varchar, body text, state varchar NOT NULL, failure_type varchar, partner_id int);

-- Our own module tms_trip.
CREATE TABLE tms_trip (
    id serial PRIMARY KEY, company_id int NOT NULL REFERENCES res_company, vehicle_id int REFERENCES fleet_vehicle, driver_id int REFERENCES res_partner,
    partner_id int REFERENCES res_partner, name varchar NOT NULL UNIQUE, state varchar NOT NULL, origin_address varchar,
    destination_address varchar, consignee_name varchar, consignee_phone varchar, pod_signed_by varchar, note text, access_token varchar,
    trip_properties jsonb, planned_departure timestamp, planned_arrival timestamp, departure timestamp, arrival timestamp);

DO $$
DECLARE
    t regclass;
BEGIN
    FOR t IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
        EXECUTE format('ALTER TABLE %s ADD COLUMN IF NOT EXISTS create_uid int, ADD COLUMN IF NOT EXISTS create_date timestamp,'
            ' ADD COLUMN IF NOT EXISTS write_uid int, ADD COLUMN IF NOT EXISTS write_date timestamp', t);
    END LOOP;
END $$;
