-- What a run has done, in the database that it works on: whoever is killed goes on from here.
CREATE TABLE IF NOT EXISTS ops_masking.run (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    key_check text NOT NULL,
    manifest text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    verified_at timestamptz);
CREATE TABLE IF NOT EXISTS ops_masking.step (
    number integer PRIMARY KEY,
    kind text NOT NULL,
    subject text NOT NULL,
    planned_at timestamptz,
    done_at timestamptz,
    rows bigint NOT NULL DEFAULT 0,
    UNIQUE (kind, subject));
CREATE TABLE IF NOT EXISTS ops_masking.batch (
    step integer NOT NULL REFERENCES ops_masking.step,
    number integer NOT NULL,
    lower bigint,
    upper bigint,
    rows bigint,
    done_at timestamptz,
    PRIMARY KEY (step, number));
-- Keyed hashes of marks of originals, taken before anything was masked.
CREATE TABLE IF NOT EXISTS ops_masking.sample (hash bigint PRIMARY KEY);
