-- list_indexes: the indexes of a table that only speed up reading.
-- Run by: projected_rows, for a table that is rebuilt.
-- $1 quoted schema and table text.
-- Rows: the index's name as SQL text, its definition from USING on.
SELECT
  CAST(CAST(i.indexrelid AS REGCLASS) AS TEXT),
  substr(d.text, strpos(d.text, ' USING '))
FROM pg_index AS i
CROSS JOIN LATERAL (
  SELECT pg_get_indexdef(i.indexrelid) AS text
) AS d
WHERE i.indrelid = CAST(CAST($1 AS TEXT) AS REGCLASS)
  AND NOT i.indisunique
  AND NOT i.indisexclusion
