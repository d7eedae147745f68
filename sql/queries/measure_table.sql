-- measure_table: what a table and its indexes take on disk. PostgreSQL only.
-- Run by: table_scanner, for statistics.
-- $1 quoted schema and table text.
-- Rows: bytes.
SELECT pg_total_relation_size(CAST(CAST($1 AS TEXT) AS REGCLASS))
