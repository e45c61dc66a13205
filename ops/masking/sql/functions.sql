-- Maskers. Each is a function of the original and the key of this refresh: the same original gives the same masked
-- value in every table. `ops_masking.inner` and `ops_masking.outer` are the padded keys of HMAC-SHA256 (RFC 2104).
CREATE OR REPLACE FUNCTION ops_masking.mac(kind text, original text) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
RETURN sha256(decode(current_setting('ops_masking.outer'), 'hex')
    || sha256(decode(current_setting('ops_masking.inner'), 'hex') || convert_to(kind || ':' || original, 'UTF8')));

-- A number below a bound, out of seven bytes of a mac.
CREATE OR REPLACE FUNCTION ops_masking.number(mac bytea, at integer, below bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('x' || encode(substr(mac, at, 7), 'hex'))::bit(56)::bigint % below;

CREATE OR REPLACE FUNCTION ops_masking.hash(token text) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
RETURN ('x' || encode(substr(ops_masking.mac('sample', token), 1, 8), 'hex'))::bit(64)::bigint;

CREATE OR REPLACE FUNCTION ops_masking.plain(original text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(btrim(regexp_replace(original, '\s+', ' ', 'g')));

CREATE OR REPLACE FUNCTION ops_masking.compact(original text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN upper(regexp_replace(original, '[^0-9A-Za-z]', '', 'g'));

-- The digits of a telephone number without the ways to say India, or those of any other number.
CREATE OR REPLACE FUNCTION ops_masking.digits(original text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(regexp_replace(original, '\D', '', 'g'), '^(?:91|0)(?=\d{10}$)', '');

CREATE OR REPLACE FUNCTION ops_masking.one_name(original text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    mac bytea := ops_masking.mac('name', ops_masking.plain(original));
    first constant text[] := :first;
    last constant text[] := :last;
    firm constant text[] := :firm;
    trade constant text[] := :trade;
BEGIN
    IF original ~* '\m(ltd|limited|pvt|llp|inc|gmbh|traders?|transport|logistics|roadlines|carriers|cargo|freight|industries|enterprises|corporation|company|agencies|motors|stores?)\M|& co' THEN
        RETURN firm[1 + ops_masking.number(mac, 1, cardinality(firm))] || ' ' || last[1 + ops_masking.number(mac, 9, cardinality(last))]
            || ' ' || trade[1 + ops_masking.number(mac, 17, cardinality(trade))];
    END IF;
    RETURN first[1 + ops_masking.number(mac, 1, cardinality(first))] || ' ' || last[1 + ops_masking.number(mac, 9, cardinality(last))];
END $$;

-- "Firm, Person" becomes the firm's masked name, a comma and the person's.
CREATE OR REPLACE FUNCTION ops_masking.name(original text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF btrim(original) = '' OR original IS NULL THEN RETURN original; END IF;
    IF strpos(original, ', ') = 0 THEN RETURN ops_masking.one_name(original); END IF;
    RETURN (SELECT string_agg(ops_masking.one_name(part), ', ' ORDER BY n) FROM string_to_table(original, ', ') WITH ORDINALITY AS p (part, n) WHERE part <> '');
END $$;

-- Domain example.invalid is no domain (RFC 2606). With or without a display name, and for several addresses at once.
CREATE OR REPLACE FUNCTION ops_masking.email(original text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF btrim(original) = '' OR original IS NULL THEN RETURN original; END IF;
    RETURN coalesce(
        (SELECT string_agg(DISTINCT 'u' || encode(substr(ops_masking.mac('email', lower(hit[1])), 1, 8), 'hex') || '@example.invalid', ', ')
            FROM regexp_matches(original, '[^\s<>"'',;:()]+@[^\s<>"'',;:()]+', 'g') AS hit),
        'u' || encode(substr(ops_masking.mac('email', ops_masking.plain(original)), 1, 8), 'hex') || '@example.invalid');
END $$;

-- A login that is an address masks as the address does; others as a name of the software.
CREATE OR REPLACE FUNCTION ops_masking.login(original text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF strpos(original, '@') > 0 OR original IS NULL THEN RETURN ops_masking.email(original); END IF;
    RETURN 'user_' || encode(substr(ops_masking.mac('login', ops_masking.plain(original)), 1, 8), 'hex');
END $$;

-- +91 000…: after a country code no number begins with 0, and inside India 000 leads to country code 0, which is
-- nobody's: what is dialled by mistake reaches no one.
CREATE OR REPLACE FUNCTION ops_masking.phone(original text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF btrim(original) = '' OR original IS NULL THEN RETURN original; END IF;
    RETURN '+91000' || lpad(ops_masking.number(ops_masking.mac('phone', ops_masking.digits(original)), 1, 10000000)::text, 7, '0');
END $$;

-- Series ZZ of permanent account numbers is not issued. The fourth letter says what kind of person it is, and stays.
CREATE OR REPLACE FUNCTION ops_masking.pan(original text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    mac bytea := ops_masking.mac('pan', original);
BEGIN
    RETURN 'ZZ' || chr(65 + ops_masking.number(mac, 1, 26)::int) || substr(original, 4, 1) || chr(65 + ops_masking.number(mac, 8, 26)::int)
        || lpad(ops_masking.number(mac, 15, 10000)::text, 4, '0') || chr(65 + ops_masking.number(mac, 22, 26)::int);
END $$;

CREATE OR REPLACE FUNCTION ops_masking.gstin_digit(body text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    alphabet constant text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
    total integer := 0;
    product integer;
BEGIN
    FOR i IN 1..14 LOOP
        product := (strpos(alphabet, substr(body, i, 1)) - 1) * (2 - i % 2);
        total := total + product / 36 + product % 36;
    END LOOP;
    RETURN substr(alphabet, 1 + (36 - total % 36) % 36, 1);
END $$;

-- GSTIN with its state, the masked PAN of its PAN and a right check digit; PAN; else letters and digits alike.
CREATE OR REPLACE FUNCTION ops_masking.tax_id(original text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    c text := ops_masking.compact(original);
    body text;
BEGIN
    IF length(c) < 2 THEN RETURN original; END IF;
    IF c ~ '^\d\d[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z]$' THEN
        body := substr(c, 1, 2) || ops_masking.pan(substr(c, 3, 10)) || '1Z';
        RETURN body || ops_masking.gstin_digit(body);
    ELSIF c ~ '^[A-Z]{5}\d{4}[A-Z]$' THEN
        RETURN ops_masking.pan(c);
    END IF;
    RETURN ops_masking.code(original);
END $$;

-- Letters stay letters and digits digits, in twelve characters at least, so that two originals seldom meet.
CREATE OR REPLACE FUNCTION ops_masking.code(original text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF btrim(original) = '' OR original IS NULL THEN RETURN original; END IF;
    RETURN 'M' || upper(encode(substr(ops_masking.mac('code', ops_masking.compact(original) || CASE WHEN ops_masking.compact(original) = '' THEN original ELSE '' END), 1, 8), 'hex'));
END $$;

CREATE OR REPLACE FUNCTION ops_masking.account(original text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    c text := ops_masking.compact(original);
    mac bytea := ops_masking.mac('account', c);
    digits text := lpad(ops_masking.number(mac, 1, 100000000000000)::text, 14, '0') || lpad(ops_masking.number(mac, 9, 100000000000000)::text, 14, '0');
    body text;
BEGIN
    IF c = '' OR c IS NULL THEN RETURN original; END IF;
    IF c ~ '^[A-Z]{2}\d\d[0-9A-Z]{11,30}$' THEN
        body := rpad(digits, length(c) - 4, '0');
        RETURN left(c, 2) || lpad((98 - (body || (ascii(c) - 55)::text || (ascii(substr(c, 2)) - 55)::text || '00')::numeric % 97)::text, 2, '0') || body;
    END IF;
    -- No bank of India has accounts that begin so; they have up to eighteen digits.
    RETURN '0000' || left(digits, 14);
END $$;

-- ZZ is no state.
CREATE OR REPLACE FUNCTION ops_masking.plate(original text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    mac bytea := ops_masking.mac('plate', ops_masking.compact(original));
BEGIN
    IF btrim(original) = '' OR original IS NULL THEN RETURN original; END IF;
    RETURN 'ZZ' || lpad(ops_masking.number(mac, 1, 100)::text, 2, '0') || chr(65 + ops_masking.number(mac, 8, 26)::int)
        || chr(65 + ops_masking.number(mac, 14, 26)::int) || chr(65 + ops_masking.number(mac, 20, 26)::int)
        || lpad(ops_masking.number(mac, 26, 10000)::text, 4, '0');
END $$;

-- What a device calls its vehicle: a number of ours tells nothing, a plate masks as in the ERP.
CREATE OR REPLACE FUNCTION ops_masking.vehicle(original text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF original ~ '^\d{1,7}$' THEN RETURN original; END IF;
    IF ops_masking.compact(original) ~ '^[A-Z]{2}\d{1,2}[A-Z]{1,3}\d{4}$' THEN RETURN ops_masking.plate(original); END IF;
    RETURN ops_masking.code(original);
END $$;

CREATE OR REPLACE FUNCTION ops_masking.street(original text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    mac bytea := ops_masking.mac('street', ops_masking.plain(original));
    street constant text[] := :street;
BEGIN
    IF btrim(original) = '' OR original IS NULL THEN RETURN original; END IF;
    RETURN 1 + ops_masking.number(mac, 1, 400) || ', ' || street[1 + ops_masking.number(mac, 9, cardinality(street))] || ' Marg';
END $$;

CREATE OR REPLACE FUNCTION ops_masking.city(original text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    town constant text[] := :town;
BEGIN
    IF btrim(original) = '' OR original IS NULL THEN RETURN original; END IF;
    RETURN town[1 + ops_masking.number(ops_masking.mac('city', ops_masking.plain(original)), 1, cardinality(town))];
END $$;

-- The postal region, no office.
CREATE OR REPLACE FUNCTION ops_masking.zip(original text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN ops_masking.compact(original) ~ '^[1-9]\d{5}$' THEN left(ops_masking.compact(original), 1) || '00000' WHEN original = '' THEN '' ELSE '000000' END;

CREATE OR REPLACE FUNCTION ops_masking.url(original text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF btrim(original) = '' OR original IS NULL THEN RETURN original; END IF;
    RETURN 'https://w' || encode(substr(ops_masking.mac('url', ops_masking.plain(original)), 1, 6), 'hex') || '.example.invalid';
END $$;

CREATE OR REPLACE FUNCTION ops_masking.text(original text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN btrim(original) = '' THEN original ELSE 'Masked text' END;

CREATE OR REPLACE FUNCTION ops_masking.html(original text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN btrim(original) = '' THEN original ELSE '<p>Masked text</p>' END;

-- Another token, so that no link that somebody has opens the copy. Letters only: among millions of tokens with
-- digits some would look like a telephone number.
CREATE OR REPLACE FUNCTION ops_masking.token(original text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF original = '' OR original IS NULL THEN RETURN original; END IF;
    RETURN translate(encode(substr(ops_masking.mac('token', original), 1, 16), 'hex'), '0123456789', 'ghijklmnop');
END $$;

-- Every string in a document is replaced, keys and structure stay; numbers and booleans too become empty where a
-- string could have been: a telephone number is a number as well.
CREATE OR REPLACE FUNCTION ops_masking.json(original jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    CASE jsonb_typeof(original)
        WHEN 'object' THEN
            RETURN (SELECT coalesce(jsonb_object_agg(key, ops_masking.json(value)), '{}') FROM jsonb_each(original));
        WHEN 'array' THEN
            RETURN (SELECT coalesce(jsonb_agg(ops_masking.json(value) ORDER BY n), '[]') FROM jsonb_array_elements(original) WITH ORDINALITY AS e (value, n));
        WHEN 'string' THEN
            RETURN to_jsonb(ops_masking.text(original #>> '{}'));
        WHEN 'number' THEN
            RETURN to_jsonb(0);
        ELSE RETURN original;
    END CASE;
END $$;

-- One to 180 days earlier or later, the same for all dates of a person.
CREATE OR REPLACE FUNCTION ops_masking.days(person text) RETURNS integer LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    mac bytea := ops_masking.mac('days', person);
BEGIN
    RETURN (1 + ops_masking.number(mac, 1, 180)) * (1 - 2 * (get_byte(mac, 20) % 2));
END $$;

-- All positions of a vehicle move by the same half to two degrees: trips keep their length and shape, no home is hit.
CREATE OR REPLACE FUNCTION ops_masking.degrees(axis text, vehicle text) RETURNS double precision LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    mac bytea := ops_masking.mac(axis, vehicle);
BEGIN
    RETURN (0.5 + ops_masking.number(mac, 1, 1500000) / 1000000.0) * (1 - 2 * (get_byte(mac, 20) % 2));
END $$;
