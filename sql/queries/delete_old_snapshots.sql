-- delete_old_snapshots: keeps the newest snapshots of each aggregate.
-- Run by: batch_writer, after upsert_snapshots.
-- $1 aggregate ids text[], each once, $2 how many stay bigint[].
-- Rows: none.
DELETE FROM {snapshots} AS s
USING (
  SELECT
    p.aggregate_id,
    p.aggregate_version,
    k.keep,
    row_number() OVER (
      PARTITION BY p.aggregate_id
      ORDER BY p.aggregate_version DESC
    ) AS place
  FROM unnest(
    CAST($1 AS TEXT[]),
    CAST($2 AS BIGINT[])
  ) AS k (aggregate_id, keep)
  JOIN {snapshots} AS p
    ON p.aggregate_id = k.aggregate_id
) AS ranked
WHERE ranked.place > ranked.keep
  AND s.aggregate_id = ranked.aggregate_id
  AND s.aggregate_version = ranked.aggregate_version
