-- list_migrations: what was applied.
-- Run by: migrator.
-- Rows: component, number, name, checksum, applied_at (microseconds since
-- 1970); in the order of component and number.
SELECT
  m.component,
  m.number,
  m.name,
  m.checksum,
  CAST(EXTRACT(EPOCH FROM date_trunc('second', m.applied_at)) AS BIGINT)
    * 1000000 + CAST(EXTRACT(MICROSECONDS FROM m.applied_at) AS BIGINT)
    % 1000000
FROM {migrations} AS m
WHERE m.number > 0
ORDER BY
  m.component,
  m.number
