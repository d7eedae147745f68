-- list_migrations: what was applied.
-- Run by: migrator.
-- Rows: component, number, name, checksum, applied_at; in the order of
-- component and number.
SELECT
  m.component,
  m.number,
  m.name,
  m.checksum,
  m.applied_at
FROM {migrations} AS m
WHERE m.number > 0
ORDER BY
  m.component,
  m.number
