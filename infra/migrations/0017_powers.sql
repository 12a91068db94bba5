-- Why: people act for a company by a power of attorney, on paper or machine-readable (by its GUID in the
-- register). It is kept per contract account, so that one power covers several accounts of the same INN
-- by a row each, and ends on each at its next check. What the register answered is kept for ever.
CREATE TABLE kabinet.powers_of_attorney (
  account_id uuid NOT NULL,
  power_id uuid NOT NULL,
  user_id uuid NOT NULL,
  kind text NOT NULL,
  number text NOT NULL,
  issuer_inn text NOT NULL,
  representative_inn text NOT NULL,
  codes text[] NOT NULL,
  valid_from date NOT NULL,
  valid_until date NOT NULL,
  document_sha256 text,
  status text NOT NULL,
  entered_at timestamptz NOT NULL,
  checked_at timestamptz NOT NULL,
  decided_by uuid,
  decided_at timestamptz,
  reason text,
  CONSTRAINT powers_of_attorney_pk PRIMARY KEY (account_id, power_id)
);
SELECT kabinet.shard_table('kabinet.powers_of_attorney', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.powers_of_attorney ADD CONSTRAINT powers_of_attorney_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
CREATE TABLE kabinet.power_checks (
  account_id uuid NOT NULL,
  check_id uuid NOT NULL,
  power_id uuid NOT NULL,
  standing text NOT NULL,
  at timestamptz NOT NULL,
  CONSTRAINT power_checks_pk PRIMARY KEY (account_id, check_id)
);
SELECT kabinet.shard_table('kabinet.power_checks', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.power_checks ADD CONSTRAINT power_checks_power_fk FOREIGN KEY (account_id, power_id) REFERENCES kabinet.powers_of_attorney (account_id, power_id);
CREATE TRIGGER power_checks_append_only BEFORE UPDATE OR DELETE ON kabinet.power_checks FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
GRANT SELECT, INSERT, UPDATE ON kabinet.powers_of_attorney TO kabinet_app;
GRANT SELECT, INSERT ON kabinet.power_checks TO kabinet_app;
-- The codes are our own words for a power's clauses; the company adds those of the classifier it uses.
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('people.powers', '2025-01-01', '{"scopes": {"KAB-SEE": ["see"], "KAB-PAY": ["see", "pay"], "KAB-READINGS": ["see", "readings"], "KAB-APPLICATIONS": ["see", "applications"], "KAB-ADMIN": ["see", "pay", "readings", "applications", "manage"]}, "fresh_seconds": 300, "hold_seconds": 14400, "recheck_seconds": 3600}');
