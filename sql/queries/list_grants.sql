-- list_grants: who may do what with a table.
-- Run by: projected_rows, so that the table that takes its place is as open.
-- $1 quoted schema and table text.
-- Rows: privilege, quoted role or PUBLIC.
SELECT
  a.privilege_type,
  CASE
    WHEN a.grantee = 0 THEN 'PUBLIC'
    ELSE quote_ident(pg_get_userbyid(a.grantee))
  END
FROM pg_class AS c
CROSS JOIN LATERAL aclexplode(c.relacl) AS a
WHERE c.oid = CAST(CAST($1 AS TEXT) AS REGCLASS)
  AND a.grantee <> c.relowner
