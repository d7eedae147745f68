-- work_off_lists: puts what indexes of a table have taken into lists into its
-- place, so that whoever writes rows does not have to.
-- Run by: shadow_tables, beside the transactions of a rebuild; the server makes
-- its own way through the list while others add to it.
-- $1 quoted schema and table text.
-- Rows: one an index: the pages of its list.
SELECT gin_clean_pending_list(i.indexrelid)
FROM pg_index AS i
INNER JOIN pg_class AS c ON c.oid = i.indexrelid
INNER JOIN pg_am AS a ON a.oid = c.relam
WHERE i.indrelid = CAST(CAST($1 AS TEXT) AS REGCLASS)
  AND a.amname = 'gin'
