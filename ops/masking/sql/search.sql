-- What `verify` looks for: marks of originals (kept as keyed hashes) and patterns that personal data has.

-- Words of a text in lower case. Separators are those of ASCII, so that words of every script stay whole whatever
-- the collation of the database.
CREATE OR REPLACE FUNCTION ops_masking.words(original text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_remove(regexp_split_to_array(
    lower(regexp_replace(regexp_replace(original, '<[^<>]*>', ' ', 'g'), '&nbsp;|\\[nrt]', ' ', 'g')), '[\s!-/:-@\[-`{-~]+'), '');

-- Every mark of a text: w: a word, b: two words in a row, d: a number as its digits, e: an address, w: a number plate.
CREATE OR REPLACE FUNCTION ops_masking.marks(original text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 20 AS $$
    WITH word AS (SELECT w, lead(w) OVER (ORDER BY n) AS next FROM unnest(ops_masking.words(original)) WITH ORDINALITY AS u (w, n))
    SELECT 'w:' || w FROM word WHERE length(w) >= 6
    UNION
    SELECT 'b:' || w || ' ' || next FROM word WHERE next IS NOT NULL AND length(w) >= 3 AND length(next) >= 3
    UNION
    SELECT 'd:' || ops_masking.digits(hit[1]) FROM regexp_matches(original, '\+?\d[\d ().-]{6,22}\d', 'g') AS hit WHERE original ~ '\d[\d ().-]{6,22}\d'
    UNION
    SELECT 'd:' || ops_masking.digits(hit[1]) FROM regexp_matches(original, '\d{8,}', 'g') AS hit WHERE original ~ '\d{8}'
    UNION
    SELECT 'e:' || lower(hit[1]) FROM regexp_matches(original, '[^\s<>"'',;:()\[\]{}\\]+@[^\s<>"'',;:()\[\]{}\\]+', 'g') AS hit WHERE strpos(original, '@') > 0
    UNION
    SELECT 'w:' || lower(ops_masking.compact(hit[1])) FROM regexp_matches(original, '\m[A-Za-z]{2}[ -]?\d{1,2}[ -]?[A-Za-z]{1,3}[ -]?\d{4}\M', 'g') AS hit
        WHERE original ~ '\d{4}\M'
$$;

-- The marks by which an original is recognised elsewhere. Words that say nothing about anybody are none.
CREATE OR REPLACE FUNCTION ops_masking.evidence(kind text, original text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT m FROM ops_masking.marks(original) AS m
    WHERE CASE
        -- Two words of letters in a row; a name of one word if it is long.
        WHEN kind IN ('name', 'street') AND m LIKE 'b:%' THEN m ~ '^b:\D+$'
            AND NOT string_to_array(substr(m, 3), ' ') && :generic
        WHEN kind = 'name' AND m LIKE 'w:%' THEN m ~ '^w:\D{6,}$' AND cardinality(ops_masking.words(original)) = 1
            AND NOT ARRAY[substr(m, 3)] && :generic
        -- A code is a word with three digits or more.
        WHEN m LIKE 'w:%' THEN kind = 'code' AND m ~ '(?:\d.*){3}' AND m !~ '^w:\d{6,7}$' OR kind <> 'street' AND m ~ '^w:[a-z]{2}\d{1,2}[a-z]{1,3}\d{4}$'
        -- A birthday in eight digits is no number of anybody.
        WHEN m LIKE 'd:%' THEN kind <> 'street' AND (length(m) >= 11 OR length(m) = 10 AND kind = 'code')
        WHEN m LIKE 'e:%' THEN true
        ELSE false END
    UNION
    SELECT 'w:' || lower(ops_masking.compact(original)) WHERE kind = 'code' AND ops_masking.compact(original) ~ '^(?=.*\d.*\d.*\d)[0-9A-Z]{6,40}$'
        AND ops_masking.compact(original) !~ '^\d{1,7}$'
$$;

CREATE OR REPLACE FUNCTION ops_masking.is_aadhaar(number text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    -- Verhoeff: multiplication in the dihedral group of ten, and its permutation.
    d constant text[] := '{0123456789,1234067895,2340178956,3401289567,4012395678,5987604321,6598710432,7659821043,8765932104,9876543210}';
    p constant text[] := '{0123456789,1576283094,5803796142,8916043527,9453126870,4286573901,2793806415,7046913258}';
    c integer := 0;
BEGIN
    FOR i IN 0..11 LOOP
        c := substr(d[c + 1], 1 + substr(p[i % 8 + 1], 1 + substr(number, 12 - i, 1)::int, 1)::int, 1)::int;
    END LOOP;
    RETURN c = 0;
END $$;

-- The patterns of personal data in a text. Masked values are none: series ZZ, +91 000…, example.invalid.
CREATE OR REPLACE FUNCTION ops_masking.detect(original text) RETURNS SETOF text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF strpos(original, '@') > 0 AND EXISTS (
        SELECT FROM regexp_matches(original, '[A-Za-z0-9._%+-]+@((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24})\M', 'g') AS hit
        WHERE lower(hit[1]) <> ALL (:domains)) THEN
        RETURN NEXT 'email';
    END IF;
    IF original ~ '\d{4}' THEN
        IF original ~ '(?:^|[^0-9A-Za-z.+])(?:(?:\+|00)?91[ -]?|0)?[6-9]\d{4}[ -]?\d{5}(?![0-9A-Za-z]|\.\d)' OR original ~ '\+91[ -]?[6-9]\d{2}[ -]?\d{3}[ -]?\d{4}(?!\d)' THEN
            RETURN NEXT 'phone';
        END IF;
        IF EXISTS (
            SELECT FROM regexp_matches(upper(original), '(?<![0-9A-Z])([0-3]\d[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z])(?![0-9A-Z])', 'g') AS hit
            WHERE substr(hit[1], 3, 2) <> 'ZZ' AND ops_masking.gstin_digit(hit[1]) = substr(hit[1], 15, 1)) THEN
            RETURN NEXT 'gstin';
        END IF;
        IF EXISTS (
            SELECT FROM regexp_matches(upper(original), '(?<![0-9A-Z])([A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z])(?![0-9A-Z])', 'g') AS hit
            WHERE left(hit[1], 2) <> 'ZZ') THEN
            RETURN NEXT 'pan';
        END IF;
        IF EXISTS (
            SELECT FROM regexp_matches(original, '(?<![0-9A-Za-z.+-])([2-9]\d{3}[ -]?\d{4}[ -]?\d{4})(?![0-9A-Za-z-]|\.\d)', 'g') AS hit
            WHERE ops_masking.is_aadhaar(regexp_replace(hit[1], '\D', '', 'g'))) THEN
            RETURN NEXT 'aadhaar';
        END IF;
    END IF;
END $$;
