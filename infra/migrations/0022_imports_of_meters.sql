-- Why: billing's files tell of meters and of residential prices too.
ALTER TABLE kabinet.imports DROP CONSTRAINT imports_kind_ck;
ALTER TABLE kabinet.imports ADD CONSTRAINT imports_kind_ck CHECK (kind IN ('suppliers', 'accounts', 'contacts', 'opening-balances', 'charges', 'tariffs', 'meters'));
