-- copy_events: stores the events of a large batch; append_events does so for a
-- small one. A version that is there already is a unique violation; that the
-- version before is there is what count_bases has to find out first.
-- Run by: batch_writer, once a transaction.
-- Rows in: as the columns; occurred_at in ISO 8601, data and metadata as JSON.
-- Rows: none.
COPY {events} (
  id,
  type,
  occurred_at,
  aggregate_id,
  aggregate_type,
  aggregate_version,
  data,
  metadata,
  schema_version,
  publish
) FROM STDIN
