-- insert_outbox: notes which events of a batch have to be published.
-- Run by: batch_writer, once a transaction that has such events.
-- $1 event ids text[], $2 aggregate ids text[], $3 versions bigint[].
-- Rows: none.
INSERT INTO {outbox} (
  event_id,
  aggregate_id,
  aggregate_version
)
SELECT
  unnest(CAST($1 AS TEXT[])),
  unnest(CAST($2 AS TEXT[])),
  unnest(CAST($3 AS BIGINT[]))
