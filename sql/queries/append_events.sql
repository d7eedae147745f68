-- append_events: stores the events of a batch. An aggregate's events are only
-- stored if the version before its first event of the batch is there; a version
-- that is there already is a unique violation. The check is a scalar subquery
-- so that it always looks one row up in the unique index. A moment goes in as
-- whole seconds and the rest, because an interval is multiplied in floating
-- point.
-- Run by: batch_writer, once a transaction.
-- $1 ids text[], $2 types text[], $3 occurred_at bigint[] (microseconds since
-- 1970), $4 aggregate ids text[], $5 aggregate types text[], $6 versions
-- bigint[], $7 versions before the aggregate's first event of the batch
-- bigint[], $8 data text[] (JSON), $9 metadata text[] (JSON), $10 schema
-- versions integer[], $11 whether they ask for an outbox row boolean[].
-- Rows: none; fewer written than given means that another writer was first.
INSERT INTO {events} (
  id,
  type,
  occurred_at,
  registered_at,
  aggregate_id,
  aggregate_type,
  aggregate_version,
  data,
  metadata,
  schema_version,
  publish
)
SELECT
  n.id,
  n.type,
  TIMESTAMPTZ 'epoch'
    + (n.occurred_at - n.occurred_at % 1000000) * INTERVAL '1 microsecond'
    + n.occurred_at % 1000000 * INTERVAL '1 microsecond',
  now(),
  n.aggregate_id,
  n.aggregate_type,
  n.aggregate_version,
  CAST(n.data AS JSONB),
  CAST(n.metadata AS JSONB),
  n.schema_version,
  n.publish
FROM unnest(
  CAST($1 AS TEXT[]),
  CAST($2 AS TEXT[]),
  CAST($3 AS BIGINT[]),
  CAST($4 AS TEXT[]),
  CAST($5 AS TEXT[]),
  CAST($6 AS BIGINT[]),
  CAST($7 AS BIGINT[]),
  CAST($8 AS TEXT[]),
  CAST($9 AS TEXT[]),
  CAST($10 AS INTEGER[]),
  CAST($11 AS BOOLEAN[])
) AS n (
  id,
  type,
  occurred_at,
  aggregate_id,
  aggregate_type,
  aggregate_version,
  base_version,
  data,
  metadata,
  schema_version,
  publish
)
WHERE COALESCE((
  SELECT p.aggregate_version
  FROM {events} AS p
  WHERE p.aggregate_id = n.aggregate_id
    AND p.aggregate_version = n.base_version
), 0) = n.base_version
