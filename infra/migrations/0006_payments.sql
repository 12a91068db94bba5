-- Why: paying. The parts of a payment are frozen when it is created and posted unchanged; what the
-- provider sends is kept before it is judged.
CREATE TABLE kabinet.payments (
  account_id uuid NOT NULL,
  payment_id uuid NOT NULL,
  payer_id uuid NOT NULL,
  wish jsonb NOT NULL,
  method text NOT NULL,
  amount_kopecks bigint NOT NULL,
  parts jsonb NOT NULL,
  explanation jsonb NOT NULL,
  state text NOT NULL,
  steps_count int NOT NULL,
  late boolean NOT NULL,
  provider text NOT NULL,
  provider_payment_id text,
  confirmation jsonb,
  failure text,
  attempt int NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  paid_at timestamptz,
  next_check_at timestamptz,
  provider_unreachable_since timestamptz,
  CONSTRAINT payments_pk PRIMARY KEY (account_id, payment_id),
  CONSTRAINT payments_amount_ck CHECK (amount_kopecks > 0)
);
SELECT kabinet.shard_table('kabinet.payments', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.payments ADD CONSTRAINT payments_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
CREATE INDEX payments_next_check_ix ON kabinet.payments (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE INDEX payments_created_ix ON kabinet.payments (account_id, created_at DESC, payment_id DESC);
CREATE TABLE kabinet.payment_steps (
  account_id uuid NOT NULL,
  payment_id uuid NOT NULL,
  step_no int NOT NULL,
  state text NOT NULL,
  at timestamptz NOT NULL,
  note text,
  CONSTRAINT payment_steps_pk PRIMARY KEY (account_id, payment_id, step_no)
);
SELECT kabinet.shard_table('kabinet.payment_steps', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.payment_steps ADD CONSTRAINT payment_steps_payment_fk FOREIGN KEY (account_id, payment_id) REFERENCES kabinet.payments (account_id, payment_id);
-- The provider's id of a payment is unique among all accounts.
CREATE TABLE kabinet.provider_payment_ids (
  provider_payment_id text NOT NULL,
  provider text NOT NULL,
  account_id uuid NOT NULL,
  payment_id uuid NOT NULL,
  CONSTRAINT provider_payment_ids_pk PRIMARY KEY (provider_payment_id, provider)
);
SELECT kabinet.shard_table('kabinet.provider_payment_ids', 'provider_payment_id', 'kabinet.account_numbers');
-- What a provider sent, byte for byte, before anyone believed a word of it.
CREATE TABLE kabinet.provider_events (
  event_id uuid NOT NULL,
  provider text NOT NULL,
  received_at timestamptz NOT NULL,
  remote_ip text NOT NULL,
  body bytea NOT NULL,
  verdict text,
  read_at timestamptz,
  CONSTRAINT provider_events_pk PRIMARY KEY (event_id)
);
CREATE INDEX provider_events_unread_ix ON kabinet.provider_events (received_at) WHERE read_at IS NULL;
-- How each way to pay fared lately; a method that is down is offered last.
CREATE TABLE kabinet.method_health (
  method text NOT NULL,
  failures int NOT NULL,
  down_since timestamptz,
  CONSTRAINT method_health_pk PRIMARY KEY (method)
);
GRANT SELECT, INSERT, UPDATE ON kabinet.method_health, kabinet.payments, kabinet.provider_payment_ids, kabinet.provider_events TO kabinet_app;
GRANT SELECT, INSERT ON kabinet.payment_steps TO kabinet_app;
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('payments.methods', '2025-07-01', '{"methods": [{"method": "sbp"}, {"method": "bank_card"}, {"method": "sberbank"}, {"method": "tinkoff_bank"}]}');
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('payments.limits', '2025-01-01', '{"least": {"kopecks": 100}, "most": {"kopecks": 70000000}, "expires_after_seconds": 1200}');
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('payments.allocation', '2025-01-01', '{"rule": "bill-first", "version": 1}');
