-- Why: billing answers which readings it has used, and what it has counted from instead of others.
ALTER TABLE kabinet.imports DROP CONSTRAINT imports_kind_ck;
ALTER TABLE kabinet.imports ADD CONSTRAINT imports_kind_ck CHECK (kind IN ('suppliers', 'accounts', 'contacts', 'opening-balances', 'charges', 'tariffs', 'meters', 'readings'));
