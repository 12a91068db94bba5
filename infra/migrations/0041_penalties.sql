-- Why: a posted penalty keeps how it was reckoned, so that it can be shown and reckoned again. A mark says
-- up to which entry and by which rules an account is reckoned: whoever runs next goes on from there.
CREATE TABLE kabinet.penalty_reckonings (
  account_id uuid NOT NULL,
  charge_id uuid NOT NULL,
  revision int NOT NULL,
  as_of date NOT NULL,
  total_kopecks bigint NOT NULL,
  reckoning jsonb NOT NULL,
  posted_at timestamptz NOT NULL,
  CONSTRAINT penalty_reckonings_pk PRIMARY KEY (account_id, charge_id, revision)
);
SELECT kabinet.shard_table('kabinet.penalty_reckonings', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.penalty_reckonings ADD CONSTRAINT penalty_reckonings_charge_fk FOREIGN KEY (account_id, charge_id) REFERENCES kabinet.charges (account_id, charge_id);
CREATE TRIGGER penalty_reckonings_append_only BEFORE UPDATE OR DELETE ON kabinet.penalty_reckonings FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
CREATE TABLE kabinet.penalty_marks (
  account_id uuid NOT NULL,
  as_of date NOT NULL,
  last_no bigint NOT NULL,
  rules text NOT NULL,
  CONSTRAINT penalty_marks_pk PRIMARY KEY (account_id)
);
SELECT kabinet.shard_table('kabinet.penalty_marks', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.penalty_marks ADD CONSTRAINT penalty_marks_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
-- A part of a charge that bears no penalty on some days: a bankruptcy from its cut-off on, a charge found
-- wrong until it was put right. Taken back by a row of its own with the sum below zero.
CREATE TABLE kabinet.penalty_reliefs (
  account_id uuid NOT NULL,
  relief_id uuid NOT NULL,
  charge_id uuid NOT NULL,
  amount_kopecks bigint NOT NULL,
  since date NOT NULL,
  until date NOT NULL,
  why text NOT NULL,
  cause_id uuid NOT NULL,
  kept_at timestamptz NOT NULL,
  CONSTRAINT penalty_reliefs_pk PRIMARY KEY (account_id, relief_id),
  CONSTRAINT penalty_reliefs_days_ck CHECK (since <= until)
);
SELECT kabinet.shard_table('kabinet.penalty_reliefs', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.penalty_reliefs ADD CONSTRAINT penalty_reliefs_charge_fk FOREIGN KEY (account_id, charge_id) REFERENCES kabinet.charges (account_id, charge_id);
CREATE TRIGGER penalty_reliefs_append_only BEFORE UPDATE OR DELETE ON kabinet.penalty_reliefs FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
-- What sort of debtor holds the account from a day on; without a row: a resident on a unified account, a
-- buyer on a contract.
CREATE TABLE kabinet.account_debtors (
  account_id uuid NOT NULL,
  valid_from date NOT NULL,
  debtor text NOT NULL,
  CONSTRAINT account_debtors_pk PRIMARY KEY (account_id, valid_from),
  CONSTRAINT account_debtors_debtor_ck CHECK (debtor IN ('resident', 'buyer', 'association', 'managing-company', 'utility'))
);
SELECT kabinet.shard_table('kabinet.account_debtors', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.account_debtors ADD CONSTRAINT account_debtors_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
GRANT SELECT, INSERT ON kabinet.penalty_reckonings, kabinet.penalty_reliefs TO kabinet_app;
GRANT SELECT, INSERT, UPDATE ON kabinet.penalty_marks, kabinet.account_debtors TO kabinet_app;
