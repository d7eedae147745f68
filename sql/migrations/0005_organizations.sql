-- The current state of the reference aggregate, one row an organization. The
-- first eleven columns are those of the original schema.
CREATE TABLE IF NOT EXISTS {projection_schema}.organizations (
  id                  VARCHAR{byte_order} PRIMARY KEY,
  name                VARCHAR,
  registration_number VARCHAR,
  vat_number          VARCHAR,
  vat_is_intra_com    VARCHAR,
  country             VARCHAR,
  created_by          VARCHAR,
  updated_at          TIMESTAMPTZ,
  created_at          TIMESTAMPTZ,
  version             BIGINT,
  registered_at       TIMESTAMPTZ
);

ALTER TABLE {projection_schema}.organizations
  ADD COLUMN IF NOT EXISTS dissolved_at TIMESTAMPTZ;
