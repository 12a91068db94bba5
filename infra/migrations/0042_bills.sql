-- Why: a bill once issued never changes: a corrected month shows in the next bill. So every word and
-- figure of its paper is kept as canonical bytes, and the paper is set anew from them byte for byte.
CREATE TABLE kabinet.bills (
  account_id uuid NOT NULL,
  period text NOT NULL,
  number text NOT NULL,
  issued_at timestamptz NOT NULL,
  due_on date NOT NULL,
  to_pay_kopecks bigint NOT NULL,
  version int NOT NULL,
  body bytea NOT NULL,
  CONSTRAINT bills_pk PRIMARY KEY (account_id, period),
  CONSTRAINT bills_to_pay_ck CHECK (to_pay_kopecks >= 0)
);
SELECT kabinet.shard_table('kabinet.bills', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.bills ADD CONSTRAINT bills_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
CREATE TRIGGER bills_append_only BEFORE UPDATE OR DELETE ON kabinet.bills FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
GRANT SELECT, INSERT ON kabinet.bills TO kabinet_app;
-- A benefit is the part of the recalculation that social support pays for; above zero it lowers the sum.
ALTER TABLE kabinet.charges ADD COLUMN benefit_kopecks bigint NOT NULL DEFAULT 0;
-- Asking whether a bill is ours is open to everybody, so it is counted by network.
UPDATE kabinet.terms SET value = jsonb_set(value, '{limits,bill-check}', '{"tries": 60, "window_seconds": 600, "lock_seconds": 60, "most_lock_seconds": 3600}') WHERE name = 'people.attempts';
