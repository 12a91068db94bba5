-- Why: every supplier is told what was collected for it, a closed day at a time. Which entries of the ledger
-- are of a day is settled by its seals, so no entry is told twice or left out; a registry that was made is kept
-- byte for byte and never made anew. What the agent keeps of it is data.
CREATE TABLE kabinet.supplier_registries (
  supplier_id uuid NOT NULL,
  day date NOT NULL,
  number int NOT NULL,
  made_at timestamptz NOT NULL,
  file_name text NOT NULL,
  rows int NOT NULL,
  sum_kopecks bigint NOT NULL,
  returned_kopecks bigint NOT NULL,
  fees_kopecks bigint NOT NULL,
  sha256 bytea NOT NULL,
  body bytea NOT NULL,
  CONSTRAINT supplier_registries_pk PRIMARY KEY (supplier_id, day),
  CONSTRAINT supplier_registries_number_uq UNIQUE (supplier_id, number)
);
CREATE TRIGGER supplier_registries_append_only BEFORE UPDATE OR DELETE ON kabinet.supplier_registries FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
GRANT SELECT, INSERT ON kabinet.supplier_registries TO kabinet_app;
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('payments.supplier-commission', '2025-01-01', '{"basis_points": {}}');
