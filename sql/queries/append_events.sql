-- append_events: stores the events of a batch. The first event that a batch has
-- of an aggregate is only stored if the version before it is there; a version
-- that is there already is a unique violation. The check is a scalar subquery
-- so that it always looks one row up in the unique index. Arrays are unnested
-- side by side in a SELECT list, since FROM keeps each of them once more.
-- Run by: batch_writer, once a transaction.
-- $1 ids text[], $2 types text[], $3 occurred_at timestamptz[], $4 aggregate ids
-- text[], $5 aggregate types text[], $6 versions bigint[], $7 data text[] (JSON),
-- $8 metadata text[] (JSON, or NULL for {}, which is not read then), $9 schema
-- versions integer[], $10 whether they ask for an outbox row boolean[],
-- $11 versions to look for bigint[], NULL where there is none, or this session
-- has stored it.
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
  n.occurred_at,
  now(),
  n.aggregate_id,
  n.aggregate_type,
  n.aggregate_version,
  CAST(n.data AS JSONB),
  COALESCE(CAST(n.metadata AS JSONB), '{}'),
  n.schema_version,
  n.publish
FROM (
  SELECT
    unnest(CAST($1 AS TEXT[])) AS id,
    unnest(CAST($2 AS TEXT[])) AS type,
    unnest(CAST($3 AS TIMESTAMPTZ[])) AS occurred_at,
    unnest(CAST($4 AS TEXT[])) AS aggregate_id,
    unnest(CAST($5 AS TEXT[])) AS aggregate_type,
    unnest(CAST($6 AS BIGINT[])) AS aggregate_version,
    unnest(CAST($7 AS TEXT[])) AS data,
    unnest(CAST($8 AS TEXT[])) AS metadata,
    unnest(CAST($9 AS INTEGER[])) AS schema_version,
    unnest(CAST($10 AS BOOLEAN[])) AS publish,
    unnest(CAST($11 AS BIGINT[])) AS base_version
) AS n
WHERE n.base_version IS NULL
  OR n.base_version = (
    SELECT p.aggregate_version
    FROM {events} AS p
    WHERE p.aggregate_id = n.aggregate_id
      AND p.aggregate_version = n.base_version
  )
