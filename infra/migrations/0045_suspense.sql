-- Why: money whose account is not known waits on its file's synthetic account until somebody finds whose it
-- is, or it goes back. What becomes of such a row is told step by step and never rewritten.
CREATE TABLE kabinet.registry_row_steps (
  account_id uuid NOT NULL,
  row_no int NOT NULL,
  step_no int NOT NULL,
  state text NOT NULL,
  at timestamptz NOT NULL,
  by_id uuid NOT NULL,
  by_name text NOT NULL,
  note text NOT NULL,
  CONSTRAINT registry_row_steps_pk PRIMARY KEY (account_id, row_no, step_no)
);
SELECT kabinet.shard_table('kabinet.registry_row_steps', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.registry_row_steps ADD CONSTRAINT registry_row_steps_row_fk FOREIGN KEY (account_id, row_no) REFERENCES kabinet.registry_rows (account_id, row_no);
CREATE TRIGGER registry_row_steps_append_only BEFORE UPDATE OR DELETE ON kabinet.registry_row_steps FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
GRANT SELECT, INSERT ON kabinet.registry_row_steps TO kabinet_app;
-- The synthetic account a payment's money came from, when it was found to be this account's.
ALTER TABLE kabinet.payments ADD COLUMN brought_from uuid;
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('payments.suspense', '2025-01-01', '{"post_from_score": 90, "ahead_by": 25, "alone_up_to": {"kopecks": 1500000}, "number_check": "none"}');
