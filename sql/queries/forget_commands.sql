-- forget_commands: forgets the command ids that were remembered longest ago.
-- Run by: postgres_store, now and then, in a transaction of its own.
-- $1 age in milliseconds bigint, $2 rows at most bigint.
-- Rows: none; as many written as were forgotten.
DELETE FROM {commands} AS c
USING (
  SELECT
    o.aggregate_id,
    o.command_id
  FROM {commands} AS o
  WHERE o.created_at <= now() - CAST($1 AS BIGINT) * INTERVAL '1 millisecond'
  ORDER BY o.created_at
  LIMIT CAST($2 AS BIGINT)
) AS old
WHERE c.aggregate_id = old.aggregate_id
  AND c.command_id = old.command_id
