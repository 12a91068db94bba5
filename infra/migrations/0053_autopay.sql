-- Why: a customer may leave paying to us, by a method that was saved with their consent while they paid. The
-- method belongs to the person; the rule to the account. A rule never pays twice: each of its occasions has
-- one run, and each try of a run one payment with an id that follows from both.
CREATE TABLE kabinet.saved_methods (
  user_id uuid NOT NULL,
  method_id uuid NOT NULL,
  provider text NOT NULL,
  token text NOT NULL,
  method text NOT NULL,
  title text NOT NULL,
  payment_id uuid NOT NULL,
  saved_at timestamptz NOT NULL,
  deleted_at timestamptz,
  CONSTRAINT saved_methods_pk PRIMARY KEY (user_id, method_id)
);
SELECT kabinet.shard_table('kabinet.saved_methods', 'user_id', 'kabinet.users');
ALTER TABLE kabinet.saved_methods ADD CONSTRAINT saved_methods_user_fk FOREIGN KEY (user_id) REFERENCES kabinet.users (user_id);
CREATE TABLE kabinet.autopays (
  account_id uuid NOT NULL,
  autopay_id uuid NOT NULL,
  user_id uuid NOT NULL,
  method_id uuid NOT NULL,
  supplier_account_id uuid,
  limit_kopecks bigint NOT NULL,
  day_of_month int,
  days_before_due int,
  state text NOT NULL,
  reason text,
  steps_count int NOT NULL,
  created_at timestamptz NOT NULL,
  occasion date NOT NULL,
  next_at timestamptz,
  CONSTRAINT autopays_pk PRIMARY KEY (account_id, autopay_id),
  CONSTRAINT autopays_limit_ck CHECK (limit_kopecks > 0),
  CONSTRAINT autopays_when_ck CHECK ((day_of_month IS NULL) <> (days_before_due IS NULL)),
  CONSTRAINT autopays_state_ck CHECK (state IN ('active', 'paused', 'stopped'))
);
SELECT kabinet.shard_table('kabinet.autopays', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.autopays ADD CONSTRAINT autopays_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
CREATE INDEX autopays_next_ix ON kabinet.autopays (next_at) WHERE next_at IS NOT NULL;
CREATE TABLE kabinet.autopay_steps (
  account_id uuid NOT NULL,
  autopay_id uuid NOT NULL,
  step_no int NOT NULL,
  state text NOT NULL,
  reason text,
  at timestamptz NOT NULL,
  by_id uuid,
  CONSTRAINT autopay_steps_pk PRIMARY KEY (account_id, autopay_id, step_no)
);
SELECT kabinet.shard_table('kabinet.autopay_steps', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.autopay_steps ADD CONSTRAINT autopay_steps_autopay_fk FOREIGN KEY (account_id, autopay_id) REFERENCES kabinet.autopays (account_id, autopay_id);
CREATE TRIGGER autopay_steps_append_only BEFORE UPDATE OR DELETE ON kabinet.autopay_steps FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
CREATE TABLE kabinet.autopay_runs (
  account_id uuid NOT NULL,
  autopay_id uuid NOT NULL,
  occasion date NOT NULL,
  pay_on date NOT NULL,
  amount_kopecks bigint NOT NULL,
  state text NOT NULL,
  attempt int NOT NULL,
  payment_id uuid,
  note text,
  announced_at timestamptz NOT NULL,
  ended_at timestamptz,
  CONSTRAINT autopay_runs_pk PRIMARY KEY (account_id, autopay_id, occasion),
  CONSTRAINT autopay_runs_state_ck CHECK (state IN ('announced', 'paying', 'paid', 'skipped', 'failed', 'above-limit'))
);
SELECT kabinet.shard_table('kabinet.autopay_runs', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.autopay_runs ADD CONSTRAINT autopay_runs_autopay_fk FOREIGN KEY (account_id, autopay_id) REFERENCES kabinet.autopays (account_id, autopay_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON kabinet.saved_methods TO kabinet_app;
GRANT SELECT, INSERT, UPDATE ON kabinet.autopays, kabinet.autopay_runs TO kabinet_app;
GRANT SELECT, INSERT ON kabinet.autopay_steps TO kabinet_app;
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('payments.autopay', '2025-01-01', '{"told_days_before": 2, "hour": 10, "retry_after_days": [1, 3], "wait_hours": 24, "most_rules": 10}');
