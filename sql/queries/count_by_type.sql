-- count_by_type: figures per aggregate type.
-- Run by: table_scanner, for statistics.
-- Rows: aggregate type, aggregates, events, snapshots; in the order of type.
SELECT
  t.aggregate_type,
  sum(t.aggregates),
  sum(t.events),
  sum(t.snapshots)
FROM (
  SELECT
    COALESCE(e.aggregate_type, '') AS aggregate_type,
    count(DISTINCT e.aggregate_id) AS aggregates,
    count(*) AS events,
    0 AS snapshots
  FROM {events} AS e
  GROUP BY COALESCE(e.aggregate_type, '')
  UNION ALL
  SELECT
    COALESCE(s.aggregate_type, ''),
    0,
    0,
    count(*)
  FROM {snapshots} AS s
  GROUP BY COALESCE(s.aggregate_type, '')
) AS t
GROUP BY t.aggregate_type
ORDER BY t.aggregate_type{byte_order}
