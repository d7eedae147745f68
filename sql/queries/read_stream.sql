-- read_stream: the wanted events of one aggregate between two places. The order
-- of its versions is that of all events, and has an index of its own.
-- Run by: log_reader.
-- $1 epoch bigint, $2 transaction id, $3 position bigint to begin after, $4 to
-- $6 the same of the last place; $7 aggregate types text[], $8 event types
-- text[], $9 begin of aggregate ids text, $10 metadata key text, $11 its value
-- text, each NULL if all are wanted; $12 partition bigint of $13 partitions
-- bigint, $14 events at most bigint, $15 aggregate id text.
-- Rows: as scan_events, then epoch, transaction id, position.
SELECT
  e.id,
  e.type,
  e.schema_version,
  e.occurred_at,
  e.registered_at,
  e.aggregate_id,
  e.aggregate_type,
  e.aggregate_version,
  e.data,
  e.metadata,
  e.epoch,
  e.transaction_id,
  e.position
FROM {events} AS e{log_snapshot}
WHERE e.aggregate_id = CAST($15 AS TEXT)
  AND (e.epoch, e.transaction_id, e.position)
  > (CAST($1 AS BIGINT), CAST($2 AS {transaction_type}), CAST($3 AS BIGINT))
  AND (e.epoch, e.transaction_id, e.position)
  <= (CAST($4 AS BIGINT), CAST($5 AS {transaction_type}), CAST($6 AS BIGINT))
  AND (
    CAST($7 AS TEXT[]) IS NULL
    OR e.aggregate_type = ANY(CAST($7 AS TEXT[]))
  )
  AND (
    CAST($8 AS TEXT[]) IS NULL
    OR e.type = ANY(CAST($8 AS TEXT[]))
  )
  AND (
    CAST($9 AS TEXT) IS NULL
    OR substr(e.aggregate_id, 1, length(CAST($9 AS TEXT))) = CAST($9 AS TEXT)
  )
  AND (
    CAST($10 AS TEXT) IS NULL
    OR e.metadata -> CAST($10 AS TEXT) IS NOT NULL
  )
  AND (
    CAST($11 AS TEXT) IS NULL
    OR e.metadata ->> CAST($10 AS TEXT) = CAST($11 AS TEXT)
  )
  AND (
    CAST($13 AS BIGINT) = 1
    OR (
      get_byte(decode(md5(e.aggregate_id), 'hex'), 0) * 256
      + get_byte(decode(md5(e.aggregate_id), 'hex'), 1)
    ) % CAST($13 AS BIGINT) = CAST($12 AS BIGINT)
  )
ORDER BY e.aggregate_version
LIMIT CAST($14 AS BIGINT)
