-- Why: a line whose volume no meter counted names the norm it was counted by, and for how many people or square
-- metres; the norm is the region's act, told by billing. The benefit of a charge comes with billing's file.
CREATE TABLE kabinet.consumption_norms (
  supplier_id uuid NOT NULL,
  service_code text NOT NULL,
  norm_code text NOT NULL,
  valid_from date NOT NULL,
  name text NOT NULL,
  volume numeric NOT NULL,
  per text NOT NULL,
  source text NOT NULL,
  CONSTRAINT consumption_norms_pk PRIMARY KEY (supplier_id, service_code, norm_code, valid_from)
);
SELECT kabinet.shard_table('kabinet.consumption_norms', NULL);
ALTER TABLE kabinet.consumption_norms ADD CONSTRAINT consumption_norms_supplier_fk FOREIGN KEY (supplier_id) REFERENCES kabinet.suppliers (supplier_id);
GRANT SELECT, INSERT, UPDATE ON kabinet.consumption_norms TO kabinet_app;
ALTER TABLE kabinet.charges ADD COLUMN norm text;
ALTER TABLE kabinet.charges ADD COLUMN norm_count numeric;
ALTER TABLE kabinet.imports DROP CONSTRAINT imports_kind_ck;
ALTER TABLE kabinet.imports ADD CONSTRAINT imports_kind_ck CHECK (kind IN ('suppliers', 'accounts', 'contacts', 'opening-balances', 'charges', 'tariffs', 'norms', 'meters', 'readings'));
