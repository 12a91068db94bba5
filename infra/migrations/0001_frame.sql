-- Why: everything of the product lives in a schema of its own, never in public, so that one
-- migration set serves plain PostgreSQL and Citus. The role kabinet_app exists before this runs.
CREATE SCHEMA kabinet;
GRANT USAGE ON SCHEMA kabinet TO kabinet_app;
-- Does nothing on plain PostgreSQL, and nothing on Citus until `kabinet shard` has run once.
CREATE FUNCTION kabinet.shard_table(shard_of regclass, key_column text, anchor text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus') THEN RETURN; END IF;
  IF NOT EXISTS (SELECT 1 FROM pg_dist_partition LIMIT 1) THEN RETURN; END IF;
  IF key_column IS NULL THEN
    EXECUTE 'SELECT create_reference_table($1)' USING shard_of;
  ELSE
    EXECUTE 'SELECT create_distributed_table($1, $2, colocate_with := $3)'
      USING shard_of, key_column, coalesce(anchor, 'none');
  END IF;
END $$;
-- The second line of defence behind the missing UPDATE and DELETE rights of kabinet_app.
CREATE FUNCTION kabinet.append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'this table is append only' USING ERRCODE = '23514';
END $$;
-- Rules that change by date: rates, windows, orders, limits. One row is one rule from a day on.
CREATE TABLE kabinet.terms (
  name text NOT NULL,
  valid_from date NOT NULL,
  value jsonb NOT NULL,
  CONSTRAINT terms_pk PRIMARY KEY (name, valid_from)
);
SELECT kabinet.shard_table('kabinet.terms', NULL);
GRANT SELECT, INSERT, UPDATE ON kabinet.terms TO kabinet_app;
