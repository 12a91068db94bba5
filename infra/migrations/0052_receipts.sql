-- Why: each settlement with a person is written down by a cash register (54-FZ). A receipt has a state of its
-- own: the payment is valid whether or not the register answers. It is made from the payment's frozen parts
-- and never changes; a wrong one is taken back by another and made anew.
CREATE TABLE kabinet.fiscal_receipts (
  account_id uuid NOT NULL,
  receipt_id uuid NOT NULL,
  payment_id uuid,
  refund_id uuid,
  type text NOT NULL,
  issued_by text NOT NULL,
  issuer_id uuid,
  generation int NOT NULL,
  reverses uuid,
  amount_kopecks bigint NOT NULL,
  items jsonb NOT NULL,
  state text NOT NULL,
  steps_count int NOT NULL,
  attempt int NOT NULL,
  attempt_at timestamptz,
  contact jsonb,
  provider_receipt_id text,
  fiscal jsonb,
  failure text,
  wanted_at timestamptz NOT NULL,
  next_try_at timestamptz,
  register_silent_since timestamptz,
  CONSTRAINT fiscal_receipts_pk PRIMARY KEY (account_id, receipt_id),
  CONSTRAINT fiscal_receipts_amount_ck CHECK (amount_kopecks > 0),
  CONSTRAINT fiscal_receipts_type_ck CHECK (type IN ('payment', 'refund')),
  CONSTRAINT fiscal_receipts_state_ck CHECK (state IN ('wanted', 'sent', 'registered', 'failed', 'elsewhere', 'withdrawn'))
);
SELECT kabinet.shard_table('kabinet.fiscal_receipts', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.fiscal_receipts ADD CONSTRAINT fiscal_receipts_payment_fk FOREIGN KEY (account_id, payment_id) REFERENCES kabinet.payments (account_id, payment_id);
ALTER TABLE kabinet.fiscal_receipts ADD CONSTRAINT fiscal_receipts_refund_fk FOREIGN KEY (account_id, refund_id) REFERENCES kabinet.refunds (account_id, refund_id);
CREATE INDEX fiscal_receipts_payment_ix ON kabinet.fiscal_receipts (account_id, payment_id);
CREATE INDEX fiscal_receipts_next_try_ix ON kabinet.fiscal_receipts (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX fiscal_receipts_state_ix ON kabinet.fiscal_receipts (state, wanted_at, receipt_id) WHERE state <> 'registered';
CREATE TABLE kabinet.fiscal_receipt_steps (
  account_id uuid NOT NULL,
  receipt_id uuid NOT NULL,
  step_no int NOT NULL,
  state text NOT NULL,
  at timestamptz NOT NULL,
  by_id uuid,
  note text,
  CONSTRAINT fiscal_receipt_steps_pk PRIMARY KEY (account_id, receipt_id, step_no)
);
SELECT kabinet.shard_table('kabinet.fiscal_receipt_steps', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.fiscal_receipt_steps ADD CONSTRAINT fiscal_receipt_steps_receipt_fk FOREIGN KEY (account_id, receipt_id) REFERENCES kabinet.fiscal_receipts (account_id, receipt_id);
CREATE TRIGGER fiscal_receipt_steps_append_only BEFORE UPDATE OR DELETE ON kabinet.fiscal_receipt_steps FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
-- Who issues a supplier's receipts and what stands in them, from a day on; without a row: we do, as its agent.
CREATE TABLE kabinet.supplier_receipts (
  supplier_id uuid NOT NULL,
  valid_from date NOT NULL,
  issued_by text NOT NULL,
  agent_type text,
  vat text NOT NULL,
  phone text,
  shop_id text,
  CONSTRAINT supplier_receipts_pk PRIMARY KEY (supplier_id, valid_from),
  CONSTRAINT supplier_receipts_by_ck CHECK (issued_by IN ('us', 'supplier', 'elsewhere')),
  CONSTRAINT supplier_receipts_shop_ck CHECK (issued_by <> 'supplier' OR shop_id IS NOT NULL)
);
SELECT kabinet.shard_table('kabinet.supplier_receipts', NULL);
ALTER TABLE kabinet.supplier_receipts ADD CONSTRAINT supplier_receipts_supplier_fk FOREIGN KEY (supplier_id) REFERENCES kabinet.suppliers (supplier_id);
GRANT SELECT, INSERT, UPDATE ON kabinet.fiscal_receipts, kabinet.supplier_receipts TO kabinet_app;
GRANT SELECT, INSERT ON kabinet.fiscal_receipt_steps TO kabinet_app;
-- The main rate of value added tax (Tax Code, art. 164 p. 3; 425-FZ of 28.11.2025). Cash registers know no 18 % any more.
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('payments.vat', '2015-01-01', '{"main": [{"since": "2000-01-01", "vat": "20"}, {"since": "2026-01-01", "vat": "22"}]}');
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('payments.receipts', '2015-01-01', '{"tax_system": 1, "agent_type": "payment_agent", "vat": "main", "check_link": "https://kkt-online.nalog.ru/"}');
