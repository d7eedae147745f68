-- list_indexes: the indexes of a table that only speed up reading.
-- Run by: shadow_tables, for a table that is rebuilt.
-- $1 quoted schema and table text.
-- Rows: the index's name as SQL text, its definition from USING on, whether it
-- takes new rows into a list first.
SELECT
  CAST(CAST(i.indexrelid AS REGCLASS) AS TEXT),
  substr(d.text, strpos(d.text, ' USING ')),
  a.amname = 'gin'
    AND COALESCE('fastupdate=off' <> ALL(c.reloptions), TRUE)
FROM pg_index AS i
INNER JOIN pg_class AS c ON c.oid = i.indexrelid
INNER JOIN pg_am AS a ON a.oid = c.relam
CROSS JOIN LATERAL (
  SELECT pg_get_indexdef(i.indexrelid) AS text
) AS d
WHERE i.indrelid = CAST(CAST($1 AS TEXT) AS REGCLASS)
  AND NOT i.indisunique
  AND NOT i.indisexclusion
