-- Rows of the reference aggregate's async projections.
CREATE TABLE {projection_schema}.organizations_per_country (
  country    VARCHAR{byte_order},
  day        VARCHAR{byte_order},
  registered BIGINT NOT NULL,
  moved_in   BIGINT NOT NULL,
  moved_out  BIGINT NOT NULL,
  dissolved  BIGINT NOT NULL,
  PRIMARY KEY (country, day)
);

CREATE TABLE {projection_schema}.organization_names (
  id   VARCHAR{byte_order} PRIMARY KEY,
  name VARCHAR NOT NULL
);

-- For search_rows: built-in full text, which needs no extension and no rights.
CREATE INDEX ON {projection_schema}.organization_names
  USING gin (to_tsvector('simple', CAST(name AS TEXT)));
