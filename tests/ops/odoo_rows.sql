-- Invented people and companies, as many as wanted; {partners}, {employees}, {vehicles}, {invoices}, {messages} and {trips} are counts.
-- Every value is made of the row's number, so that two databases filled alike are alike.
CREATE FUNCTION pg_temp.pick(n bigint, words text[]) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT words[1 + (n % array_length(words, 1))::int] $$;
CREATE FUNCTION pg_temp.person(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_temp.pick(n, '{{Ramesh,Lakshmi,Mohammed,Gurpreet,Ananya,Venkatesh,Fatima,Joseph,Kavita,Suresh,Deepa,Harish}}') || ' '
        || pg_temp.pick(n / 12, '{{Iyer,Krishnamurthy,Qureshi,Sandhu,Mukherjee,Raghavan,Shaikh,Fernandes,Deshpande,Patil,Menon,Bhandari}}')
        || CASE WHEN n >= 144 THEN ' ' || chr(65 + (n % 26)::int) || lower(to_hex(n)) ELSE '' END $$;
CREATE FUNCTION pg_temp.firm(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_temp.pick(n, '{{Shreeji,Coromandel,Deccan,Konkan,Malabar,Vindhya}}') || ' ' || pg_temp.pick(n / 6, '{{Roadlines,Freight,Cargo}}')
        || ' ' || n || ' Pvt Ltd' $$;
CREATE FUNCTION pg_temp.mobile(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT '+919' || lpad(((n * 7919 + 812345678) % 1000000000)::text, 9, '0') $$;
CREATE FUNCTION pg_temp.mail(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'person' || n || '@haulage.example.com' $$;
CREATE FUNCTION pg_temp.pan(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT 'A' || chr(65 + (n % 26)::int) || chr(65 + (n / 26 % 26)::int) || 'P' || chr(65 + (n / 676 % 26)::int) || lpad((n % 9973)::text, 4, '0')
        || chr(65 + (n % 25)::int) $$;
CREATE FUNCTION pg_temp.gstin(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    WITH body AS (SELECT pg_temp.pick(n, '{{27,29,33,07,24}}') || pg_temp.pan(n) || '1Z' AS b),
    digit AS (SELECT b, (strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', substr(b, i, 1)) - 1) * (2 - i % 2) AS product
        FROM body, generate_series(1, 14) AS i)
    SELECT b || substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', 1 + ((36 - sum(product / 36 + product % 36) % 36) % 36)::int, 1) FROM digit GROUP BY b $$;
CREATE FUNCTION pg_temp.plate(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_temp.pick(n, '{{MH,KA,TN,DL,GJ}}') || lpad((1 + n % 49)::text, 2, '0') || chr(65 + (n % 26)::int) || chr(65 + (n / 26 % 26)::int)
        || lpad((1 + n * 37 % 9999)::text, 4, '0') $$;

INSERT INTO res_currency (name, symbol, active) VALUES ('INR', '₹', true);
INSERT INTO res_country (name, code) VALUES ('{{"en_US": "India"}}', 'IN');
INSERT INTO res_country_state (country_id, name, code) VALUES (1, 'Maharashtra', 'MH'), (1, 'Karnataka', 'KA');

INSERT INTO res_partner (company_id, state_id, country_id, name, complete_name, ref, lang, tz, vat, website, function, type, street, street2, zip, city,
    email, phone, mobile, commercial_company_name, barcode, comment, partner_latitude, partner_longitude, active, is_company, email_normalized,
    phone_sanitized, l10n_in_pan, customer_rank, create_date, write_date)
SELECT 1, 1 + n % 2, 1, who, who, 'CUST/' || n, 'en_IN', 'Asia/Kolkata', pg_temp.gstin(n), 'https://www.firm' || n || '.example.com',
    CASE WHEN NOT firm THEN 'Fleet owner' END, 'contact', n || ' Tilak Marg', 'Behind the Temple of Lane ' || n, lpad((400001 + n % 9000)::text, 6, '0'), 'Pune',
    CASE n % 3 WHEN 0 THEN initcap(pg_temp.mail(n)) WHEN 1 THEN '"' || who || '" <' || pg_temp.mail(n) || '>' ELSE pg_temp.mail(n) END,
    '+91 ' || substr(pg_temp.mobile(n), 4, 5) || ' ' || substr(pg_temp.mobile(n), 9), pg_temp.mobile(n), CASE WHEN firm THEN who END,
    jsonb_build_object('1', '0421' || lpad(n::text, 8, '0')),
    '<p>Speak to ' || pg_temp.person(n + 7) || ', ' || pg_temp.mobile(n + 7) || ', about the cheque.</p>',
    18.5 + n % 1000 / 10000.0, 73.8 + n % 777 / 10000.0, true, firm, pg_temp.mail(n), pg_temp.mobile(n), pg_temp.pan(n), 1, now(), now()
FROM (SELECT n, n % 4 = 0 AS firm, CASE WHEN n % 4 = 0 THEN pg_temp.firm(n) ELSE pg_temp.person(n) END AS who
    FROM generate_series(1, {partners}) AS n) AS made;
UPDATE res_partner SET commercial_partner_id = id;
UPDATE res_partner AS child SET parent_id = firm.id, commercial_partner_id = firm.id, commercial_company_name = firm.name, complete_name = firm.name || ', ' || child.name
FROM res_partner AS firm WHERE firm.id = child.id - 1 AND child.id % 4 = 1 AND child.id > 4;

INSERT INTO res_company (partner_id, currency_id, name, email, phone, report_footer, invoice_terms, logo_web, l10n_in_edi_username, l10n_in_edi_password)
SELECT id, 1, name, email_normalized, phone, '{{"en_US": "Our house"}}', '{{"en_US": "Pay soon"}}', '\x89504e47', 'gsp-user', 'gsp-secret' FROM res_partner WHERE id = 4;
INSERT INTO res_users (company_id, partner_id, active, login, password, signature, totp_secret, notification_type)
SELECT 1, id, true, CASE id WHEN 1 THEN '__system__' WHEN 2 THEN 'admin' ELSE CASE WHEN id % 5 = 0 THEN initcap(pg_temp.mail(id)) ELSE pg_temp.mail(id) END END,
    '$pbkdf2-sha512$600000$abcdefgh$' || md5(id::text), '<p>--<br>' || name || '</p>', 'JBSWY3DPEHPK' || id, 'email'
FROM res_partner WHERE id <= greatest(2, {partners} / 20);
INSERT INTO res_users (company_id, partner_id, active, login, notification_type)
SELECT 1, id, true, upper(pg_temp.mail(id)), 'inbox' FROM res_partner WHERE id BETWEEN 3 AND 4;
INSERT INTO res_users_apikeys (name, user_id, index, key) SELECT 'key of ' || login, id, lpad(id::text, 8, '0'), md5(id::text) FROM res_users WHERE id < 20;
INSERT INTO auth_totp_device (name, user_id, index, key) SELECT 'Pixel of ' || login, id, lpad(id::text, 8, '0'), md5(id::text) FROM res_users WHERE id < 20;
INSERT INTO res_device_log (session_identifier, ip_address, city, country) SELECT md5(n::text), '203.0.113.' || n, 'Pune', 'India' FROM generate_series(1, 50) AS n;
INSERT INTO res_users_log (create_date) SELECT now() FROM generate_series(1, 50);
INSERT INTO res_bank (name, street, email, phone, bic) VALUES ('Bank of Examples', '1 Fort Road', 'branch@bank.example.com', '+91 22 5550 1234', 'EXAMINBB');
INSERT INTO res_partner_bank (partner_id, bank_id, acc_number, sanitized_acc_number, acc_holder_name)
SELECT id, 1, substr(acc, 1, 4) || ' ' || substr(acc, 5), acc, name
FROM (SELECT id, name, (30000000000000 + id::bigint * 7919)::text AS acc FROM res_partner WHERE id % 3 = 0) AS a;

INSERT INTO ir_config_parameter (key, value) VALUES ('database.secret', '2f1c1d3e-0000-4000-8000-aaaabbbbcccc'), ('database.uuid', 'c0ffee00-0000-4000-8000-aaaabbbbcccc'),
    ('web.base.url', 'https://erp.example.com'), ('auth_totp.policy', 'all_required'), ('maps.api_key', 'AIzaSy-not-a-real-key-but-long'), ('mail.catchall.domain', 'example.com');
INSERT INTO ir_module_module (name, state, author, website) SELECT unnest('{{base,web,mail,account,sale_management,stock,fleet,hr,l10n_in,tms_trip}}'::text[]), 'installed', 'Odoo S.A.', 'https://www.example.com';
INSERT INTO ir_model (model, name, state) VALUES ('res.partner', '{{"en_US": "Contact"}}', 'base');
INSERT INTO ir_model_data (name, module, model, res_id) VALUES ('autovacuum_job', 'base', 'ir.cron', 1), ('mail_cron', 'mail', 'ir.cron', 2);
INSERT INTO ir_ui_view (name, type, arch_db, mode, priority, active) VALUES ('res.partner.form', 'form', '{{"en_US": "<form/>"}}', 'primary', 16, true);
INSERT INTO ir_cron (cron_name, active, user_id) VALUES ('Base: auto-vacuum', true, 1), ('Mail: queue', true, 1);
INSERT INTO ir_act_server (name, type, binding_type, usage, state, webhook_url) VALUES ('{{"en_US": "Tell"}}', 'ir.actions.server', 'action', 'base_automation', 'webhook', 'https://hooks.example.com/T0');
INSERT INTO ir_logging (name, type, message, path, func, line) VALUES ('odoo', 'server', 'mail to person1@haulage.example.com bounced', 'mail', 'send', '1');
INSERT INTO ir_mail_server (name, smtp_host, smtp_user, smtp_pass, smtp_encryption, smtp_authentication, active) VALUES ('SES', 'email.example.com', 'AKIAEXAMPLE', 'hunter2', 'starttls', 'login', true);
INSERT INTO fetchmail_server (name, active, server, server_type, "user", password) VALUES ('Inbox', true, 'imap.example.com', 'imap', 'office@example.com', 'hunter3');
INSERT INTO iap_account (name, service_name, account_token) VALUES ('SMS', 'sms', 'abcdef0123456789');
INSERT INTO ir_attachment (name, res_model, res_field, res_id, type, db_datas, store_fname, checksum, mimetype, index_content, file_size)
SELECT CASE WHEN n % 3 = 0 THEN 'image_1920' ELSE 'POD ' || pg_temp.person(n) || '.pdf' END, 'res.partner', CASE WHEN n % 3 = 0 THEN 'image_1920' END, n, 'binary',
    CASE WHEN n % 2 = 0 THEN convert_to('%PDF received by ' || pg_temp.person(n), 'UTF8') END, CASE WHEN n % 2 = 1 THEN left(md5(n::text), 2) || '/' || md5(n::text) END,
    md5(n::text), 'application/pdf', 'received by ' || pg_temp.person(n) || ' ' || pg_temp.mobile(n), 100
FROM generate_series(1, greatest({partners} / 10, 10)) AS n;
INSERT INTO ir_attachment (name, res_model, res_id, type, url, db_datas, mimetype) VALUES ('web.assets_web.min.js', 'ir.ui.view', 0, 'binary', '/web/assets/1/web.assets_web.min.js', 'var x', 'application/javascript');

INSERT INTO resource_resource (name, active, company_id, resource_type, tz) SELECT pg_temp.person(n + 3), true, 1, 'user', 'Asia/Kolkata' FROM generate_series(1, {employees}) AS n;
INSERT INTO hr_department (name, complete_name) VALUES ('{{"en_US": "Drivers"}}', 'Drivers');
INSERT INTO hr_job (name) VALUES ('{{"en_US": "Driver"}}');
INSERT INTO hr_employee (resource_id, company_id, work_contact_id, name, job_title, work_phone, mobile_phone, work_email, private_street, private_city, private_zip, private_phone,
    private_email, gender, marital, spouse_complete_name, place_of_birth, identification_id, passport_id, emergency_contact, emergency_phone, barcode, pin,
    private_car_plate, employee_type, registration_number, spouse_birthdate, birthday, visa_expire, additional_note, notes, employee_properties, km_home_work, active)
SELECT id, 1, 1 + id % {partners}, name, 'Driver', pg_temp.mobile(id + 9), pg_temp.mobile(id + 10), pg_temp.mail(id + 3), id || ' Gandhi Chowk', 'Nashik', '422001', pg_temp.mobile(id + 11),
    'home' || id || '@haulage.example.com', 'male', 'married', pg_temp.person(id + 50), 'Nagpur', 'DL-1420' || lpad(id::text, 9, '0'), 'P' || lpad((id * 31 + 1000000)::text, 7, '0'), pg_temp.person(id + 51),
    pg_temp.mobile(id + 12), '041' || lpad(id::text, 9, '0'), lpad((id % 10000)::text, 4, '0'), pg_temp.plate(id + 5), 'employee', 'EMP' || lpad(id::text, 5, '0'), date '1985-03-01' + (id % 3000)::int,
    date '1980-06-01' + (id % 5000)::int, date '2030-01-01' + (id % 300)::int, 'Blood group B+', '<p>Lives with ' || pg_temp.person(id + 52) || '</p>',
    jsonb_build_object('a1b2', 'shoe size of ' || name, 'c3d4', 7, 'e5f6', jsonb_build_array(name, true)), 12, true
FROM resource_resource;
INSERT INTO fleet_vehicle_model_brand (name) VALUES ('Tata');
INSERT INTO fleet_vehicle (company_id, driver_id, name, license_plate, vin_sn, location, description, odometer_unit, fuel_type, acquisition_date, vehicle_properties, active)
SELECT 1, 1 + n % {partners}, 'Tata/LPT/' || pg_temp.plate(n), pg_temp.plate(n), 'MAT' || lpad(n::text, 14, '4'), 'Yard behind the house of ' || pg_temp.person(n), 'Spare key with ' || pg_temp.person(n + 1),
    'kilometers', 'diesel', date '2020-01-01', '{{"p1": "x"}}', true FROM generate_series(1, {vehicles}) AS n;
INSERT INTO account_journal (company_id, name, code, type) VALUES (1, '{{"en_US": "Customer Invoices"}}', 'INV', 'sale');
INSERT INTO account_move (company_id, partner_id, journal_id, currency_id, sequence_number, sequence_prefix, access_token, name, ref, state, move_type, payment_reference, payment_state,
    invoice_source_email, invoice_partner_display_name, date, invoice_date, invoice_date_due, narration, amount_untaxed, amount_tax, amount_total, amount_residual, amount_untaxed_signed,
    amount_total_signed, amount_residual_signed, l10n_in_gstin, create_date)
SELECT 1, p.id, 1, 1, n, 'INV/2026/', md5('t' || n), 'INV/2026/' || lpad(n::text, 7, '0'), 'PO of ' || p.name, 'posted', 'out_invoice', 'INV/2026/' || lpad(n::text, 7, '0'),
    CASE n % 3 WHEN 0 THEN 'paid' ELSE 'not_paid' END, p.email, p.complete_name, date '2019-04-01' + (n % 2700)::int, date '2019-04-01' + (n % 2700)::int, date '2019-05-01' + (n % 2700)::int,
    '<p>Goods received by ' || pg_temp.person(n) || ' ' || pg_temp.mobile(n) || '</p>', 1000 + n % 977, (1000 + n % 977) * 0.05, (1000 + n % 977) * 1.05, CASE n % 3 WHEN 0 THEN 0 ELSE (1000 + n % 977) * 1.05 END,
    1000 + n % 977, (1000 + n % 977) * 1.05, CASE n % 3 WHEN 0 THEN 0 ELSE (1000 + n % 977) * 1.05 END, p.vat, timestamp '2019-04-01' + n * interval '1 minute'
FROM generate_series(1, {invoices}) AS n JOIN res_partner AS p ON p.id = 1 + n % {partners};
INSERT INTO account_move_line (move_id, partner_id, company_id, move_name, parent_state, ref, name, display_type, date, quantity, price_unit, debit, credit, balance, analytic_distribution)
SELECT id, partner_id, 1, name, state, ref, CASE leg WHEN 1 THEN 'Freight for ' || invoice_partner_display_name ELSE payment_reference END, CASE leg WHEN 1 THEN 'product' ELSE 'payment_term' END,
    date, 1, amount_total, CASE leg WHEN 2 THEN amount_total ELSE 0 END, CASE leg WHEN 1 THEN amount_total ELSE 0 END, CASE leg WHEN 1 THEN -amount_total ELSE amount_total END, '{{"1": 100.0}}'
FROM account_move, generate_series(1, 2) AS leg;
INSERT INTO account_bank_statement_line (move_id, partner_id, account_number, partner_name, payment_ref, transaction_details, amount)
SELECT id, partner_id, '3000' || lpad(id::text, 10, '7'), invoice_partner_display_name, 'NEFT ' || invoice_partner_display_name, jsonb_build_object('from', invoice_partner_display_name), amount_total
FROM account_move WHERE id % 10 = 0;
INSERT INTO payment_provider (name, code, state) VALUES ('{{"en_US": "Razorpay"}}', 'razorpay', 'enabled');
INSERT INTO payment_transaction (provider_id, partner_id, reference, provider_reference, state, partner_name, partner_email, partner_address, partner_zip, partner_city, partner_phone, amount)
SELECT 1, id, 'TX' || id, 'pay_' || md5(id::text), 'done', name, email_normalized, street, zip, city, mobile, 100 FROM res_partner WHERE id % 7 = 0;
INSERT INTO payment_token (provider_id, partner_id, payment_details, provider_ref, active) SELECT 1, id, '4242', 'cust_' || md5(id::text), true FROM res_partner WHERE id % 9 = 0;
INSERT INTO sale_order (company_id, partner_id, name, access_token, state, client_order_ref, signed_by, note, amount_total, date_order)
SELECT 1, id, 'S' || lpad(id::text, 5, '0'), md5('s' || id), 'sale', 'Order of ' || name, name, 'Ring ' || mobile || ' before delivery', 100, now() FROM res_partner WHERE id % 2 = 0;
INSERT INTO stock_picking_type (name, code, sequence_code, company_id) VALUES ('{{"en_US": "Delivery Orders"}}', 'outgoing', 'OUT', 1);
INSERT INTO stock_picking (company_id, partner_id, picking_type_id, name, origin, move_type, state, note, picking_properties, scheduled_date)
SELECT 1, id, 1, 'WH/OUT/' || lpad(id::text, 5, '0'), 'S' || lpad(id::text, 5, '0'), 'direct', 'done', 'Leave with ' || name, '{{}}', now() FROM res_partner WHERE id % 2 = 0;
INSERT INTO mail_message (res_id, author_id, subject, model, record_name, message_type, email_from, message_id, reply_to, body, date)
SELECT p.id, p.id, 'About ' || p.name, 'res.partner', p.name, 'comment', p.email, '<' || n || '@erp.example.com>', '"' || p.name || '" <' || p.email_normalized || '>',
    '<p>' || p.name || ' called from ' || p.mobile || ' and gave GSTIN ' || p.vat || '. ' || repeat('The lorry is late. ', (n % 20)::int) || '</p>', now()
FROM generate_series(1, {messages}) AS n JOIN res_partner AS p ON p.id = 1 + n % {partners};
INSERT INTO mail_mail (mail_message_id, body_html, email_to, state) SELECT id, body, email_from, 'outgoing' FROM mail_message WHERE id % 50 = 0;
INSERT INTO mail_notification (mail_message_id, mail_mail_id, res_partner_id, notification_type, failure_reason)
SELECT mail_message_id, id, 1, 'email', 'refused: ' || email_to FROM mail_mail;
INSERT INTO mail_tracking_value (mail_message_id, old_value_char, new_value_char, new_value_text) SELECT id, record_name, email_from, body FROM mail_message WHERE id % 5 = 0;
INSERT INTO mail_activity (res_model, res_name, summary, note, date_deadline) SELECT 'res.partner', name, 'Call ' || name, '<p>' || mobile || '</p>', date '2026-01-01' FROM res_partner WHERE id % 11 = 0;
INSERT INTO mail_blacklist (email) SELECT email_normalized FROM res_partner WHERE id % 13 = 0;
INSERT INTO phone_blacklist (number) SELECT DISTINCT mobile FROM res_partner WHERE id % 13 = 0;
INSERT INTO mail_guest (name, access_token) SELECT name, md5(name) FROM res_partner WHERE id % 17 = 0;
INSERT INTO mail_alias (alias_name, alias_full_name, alias_contact, alias_defaults) VALUES ('ramesh.iyer', 'ramesh.iyer@example.com', 'everyone', '{{}}');
INSERT INTO mail_push_device (partner_id, endpoint, keys) VALUES (1, 'https://push.example.com/1', 'k');
INSERT INTO bus_bus (channel, message) VALUES ('["odoo","res.partner",1]', '{{"author": "Ramesh Iyer"}}');
INSERT INTO sms_sms (uuid, number, body, state) SELECT md5(id::text), mobile, 'Dear ' || name, 'sent' FROM res_partner WHERE id % 19 = 0;
INSERT INTO tms_trip (company_id, vehicle_id, driver_id, partner_id, name, state, origin_address, destination_address, consignee_name, consignee_phone, pod_signed_by, note, access_token,
    trip_properties, planned_departure, planned_arrival, departure, arrival)
SELECT 1, 1 + n % {vehicles}, 1 + n % {partners}, 1 + (n + 1) % {partners}, 'TRIP/' || lpad(n::text, 7, '0'), 'closed', n || ' Tilak Marg, Pune', (n + 1) || ' Gandhi Chowk, Nashik', pg_temp.person(n),
    pg_temp.mobile(n), pg_temp.person(n + 1), 'Ask for ' || pg_temp.person(n + 2), md5('trip' || n), jsonb_build_object('gate', pg_temp.person(n + 3)), at, at + interval '8 hours', at, at + interval '9 hours'
FROM (SELECT n, timestamp '2019-04-01' + n * interval '1 minute' AS at FROM generate_series(1, {trips}) AS n) AS t;
