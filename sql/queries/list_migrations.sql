-- list_migrations: what was applied.
-- Run by: migrator.
-- Rows: component, number, name, checksum, applied_at (microseconds since
-- 1970); in the order of component and number.
SELECT
  m.component,
  m.number,
  m.name,
  m.checksum,
  CAST(EXTRACT(EPOCH FROM m.applied_at) * 1000000 AS BIGINT)
FROM {migrations} AS m
WHERE m.number > 0
ORDER BY
  m.component,
  m.number
