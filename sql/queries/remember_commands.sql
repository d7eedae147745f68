-- remember_commands: notes the command ids of a batch.
-- Run by: batch_writer, once a transaction that has command ids.
-- $1 aggregate ids text[], $2 command ids text[], $3 versions after the command
-- bigint[], $4 numbers of events integer[].
-- Rows: none; fewer written than given means that one was executed before.
INSERT INTO {commands} (
  aggregate_id,
  command_id,
  aggregate_version,
  event_count
)
SELECT
  n.aggregate_id,
  n.command_id,
  n.aggregate_version,
  n.event_count
FROM unnest(
  CAST($1 AS TEXT[]),
  CAST($2 AS TEXT[]),
  CAST($3 AS BIGINT[]),
  CAST($4 AS INTEGER[])
) AS n (
  aggregate_id,
  command_id,
  aggregate_version,
  event_count
)
ON CONFLICT (aggregate_id, command_id) DO NOTHING
