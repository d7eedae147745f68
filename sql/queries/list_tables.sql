-- list_tables: the tables of both schemas.
-- Run by: table_scanner, for statistics.
-- $1 schema text, $2 projection schema text.
-- Rows: schema, table.
SELECT
  t.table_schema,
  t.table_name
FROM information_schema.tables AS t
WHERE t.table_schema IN (CAST($1 AS TEXT), CAST($2 AS TEXT))
  AND t.table_type = 'BASE TABLE'
ORDER BY
  t.table_schema,
  t.table_name
