-- Inside the GPS database: messages that must not be lost with a region (DATA-08). RabbitMQ is not copied to the
-- recovery region; this table is, with everything else in the database.
--
-- The contract of whoever sends a message that must survive:
--   1. It inserts the message here, in the transaction of the change that the message tells of.
--   2. After the commit it sends the message with `id` as its message id, and sets sent_at after the confirm.
--   3. Whoever processes it deletes the row in the transaction of the effect. No row: the message came twice.
-- So the rows that are left are exactly the messages without an effect. `python -m ops recovery replay` sends
-- them again after a failover, once for each run, which it notes in replayed_by.
--
-- Positions do not pass through here: the API hands them to the broker alone, and what waits there is lost with
-- its region (docs/runbooks/failover.md).

SET LOCAL ROLE gps_owner;
CREATE SCHEMA IF NOT EXISTS outbox AUTHORIZATION gps_owner;
REVOKE ALL ON SCHEMA outbox FROM PUBLIC;

CREATE TABLE IF NOT EXISTS outbox.messages (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    exchange text NOT NULL,
    routing_key text NOT NULL,
    content_type text NOT NULL DEFAULT 'application/json',
    body bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at timestamptz,
    replayed_by text
);
CREATE INDEX IF NOT EXISTS messages_created_at ON outbox.messages (created_at, id);

GRANT USAGE ON SCHEMA outbox TO gps;
GRANT SELECT, INSERT, DELETE ON outbox.messages TO gps;
GRANT UPDATE (sent_at, replayed_by) ON outbox.messages TO gps;
