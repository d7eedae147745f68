-- copy_outbox: notes which events of a large batch have to be published;
-- insert_outbox does so for a small one.
-- Run by: batch_writer, once a transaction that has such events.
-- Rows in: as the columns.
-- Rows: none.
COPY {outbox} (
  event_id,
  aggregate_id,
  aggregate_version
) FROM STDIN
