-- Why: money goes back to whoever paid it, once and never above what was paid; and a payment that somebody
-- misses is found by what its payer knows of it. A refund stands beside its account and is written under
-- the account's head lock.
CREATE TABLE kabinet.refunds (
  account_id uuid NOT NULL,
  refund_id uuid NOT NULL,
  case_id uuid NOT NULL,
  supplier_account_id uuid NOT NULL,
  amount_kopecks bigint NOT NULL,
  rail text NOT NULL,
  payment_id uuid,
  provider_payment_id text,
  payee jsonb,
  prepared_by uuid NOT NULL,
  prepared_at timestamptz NOT NULL,
  state text NOT NULL,
  steps_count int NOT NULL,
  attempt int NOT NULL,
  attempt_at timestamptz,
  provider_refund_id text,
  order_number text,
  failure text,
  ended_on date,
  next_check_at timestamptz,
  provider_unreachable_since timestamptz,
  CONSTRAINT refunds_pk PRIMARY KEY (account_id, refund_id),
  CONSTRAINT refunds_amount_ck CHECK (amount_kopecks > 0)
);
SELECT kabinet.shard_table('kabinet.refunds', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.refunds ADD CONSTRAINT refunds_supplier_account_fk FOREIGN KEY (account_id, supplier_account_id) REFERENCES kabinet.supplier_accounts (account_id, supplier_account_id);
ALTER TABLE kabinet.refunds ADD CONSTRAINT refunds_payment_fk FOREIGN KEY (account_id, payment_id) REFERENCES kabinet.payments (account_id, payment_id);
CREATE INDEX refunds_next_check_ix ON kabinet.refunds (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE INDEX refunds_by_bank_ix ON kabinet.refunds (state, prepared_at, refund_id) WHERE rail = 'bank';
CREATE TABLE kabinet.refund_steps (
  account_id uuid NOT NULL,
  refund_id uuid NOT NULL,
  step_no int NOT NULL,
  state text NOT NULL,
  at timestamptz NOT NULL,
  by_id uuid,
  note text,
  CONSTRAINT refund_steps_pk PRIMARY KEY (account_id, refund_id, step_no)
);
SELECT kabinet.shard_table('kabinet.refund_steps', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.refund_steps ADD CONSTRAINT refund_steps_refund_fk FOREIGN KEY (account_id, refund_id) REFERENCES kabinet.refunds (account_id, refund_id);
CREATE TRIGGER refund_steps_append_only BEFORE UPDATE OR DELETE ON kabinet.refund_steps FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
GRANT SELECT, INSERT, UPDATE ON kabinet.refunds TO kabinet_app;
GRANT SELECT, INSERT ON kabinet.refund_steps TO kabinet_app;
-- What the payer's bank calls a payment, and that its money was another account's.
ALTER TABLE kabinet.payments ADD COLUMN operation_id text, ADD COLUMN payer_digits text, ADD COLUMN moved_at timestamptz;
CREATE INDEX payments_operation_ix ON kabinet.payments (operation_id) WHERE operation_id IS NOT NULL;
CREATE INDEX payments_amount_ix ON kabinet.payments (amount_kopecks, created_at);
-- What a provider sent and no payment of ours was found for: a search looks there too.
CREATE INDEX provider_events_stray_ix ON kabinet.provider_events (received_at) WHERE verdict IS NULL OR verdict <> 'check-promised';
-- https://yookassa.ru/developers/payments/basics/refunds: three years, one year for SberPay.
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('payments.refunds', '2025-01-01', '{"days": {"sberbank": 365}, "otherwise_days": 1095}');
