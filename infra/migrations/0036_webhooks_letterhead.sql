-- Why: legal entities' own systems are told of each public step by signed calls. An endpoint numbers what it
-- is told; deliveries are made in that order, each attempt is written down. The letterhead stands on answers.
CREATE TABLE kabinet.webhook_endpoints (
  account_id uuid NOT NULL,
  endpoint_id uuid NOT NULL,
  url text NOT NULL,
  sealed bytea NOT NULL,
  former_sealed bytea,
  former_until timestamptz,
  made_at timestamptz NOT NULL,
  made_by text NOT NULL,
  ended_at timestamptz,
  last_no bigint NOT NULL,
  next_try_at timestamptz,
  busy_until timestamptz,
  failing_since timestamptz,
  CONSTRAINT webhook_endpoints_pk PRIMARY KEY (account_id, endpoint_id)
);
SELECT kabinet.shard_table('kabinet.webhook_endpoints', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.webhook_endpoints ADD CONSTRAINT webhook_endpoints_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
-- The body is kept as it is signed, byte for byte.
CREATE TABLE kabinet.webhook_deliveries (
  account_id uuid NOT NULL,
  endpoint_id uuid NOT NULL,
  delivery_no bigint NOT NULL,
  event_id uuid NOT NULL,
  event text NOT NULL,
  body text NOT NULL,
  made_at timestamptz NOT NULL,
  state text NOT NULL,
  tried_since timestamptz NOT NULL,
  attempts int NOT NULL,
  delivered_at timestamptz,
  CONSTRAINT webhook_deliveries_pk PRIMARY KEY (account_id, endpoint_id, delivery_no)
);
SELECT kabinet.shard_table('kabinet.webhook_deliveries', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.webhook_deliveries ADD CONSTRAINT webhook_deliveries_endpoint_fk FOREIGN KEY (account_id, endpoint_id) REFERENCES kabinet.webhook_endpoints (account_id, endpoint_id);
CREATE INDEX webhook_deliveries_waiting_ix ON kabinet.webhook_deliveries (account_id, endpoint_id, delivery_no) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_made_ix ON kabinet.webhook_deliveries (made_at);
CREATE TABLE kabinet.webhook_attempts (
  account_id uuid NOT NULL,
  endpoint_id uuid NOT NULL,
  delivery_no bigint NOT NULL,
  attempt_no int NOT NULL,
  at timestamptz NOT NULL,
  status int,
  fault text,
  took_ms int NOT NULL,
  CONSTRAINT webhook_attempts_pk PRIMARY KEY (account_id, endpoint_id, delivery_no, attempt_no)
);
SELECT kabinet.shard_table('kabinet.webhook_attempts', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.webhook_attempts ADD CONSTRAINT webhook_attempts_delivery_fk FOREIGN KEY (account_id, endpoint_id, delivery_no) REFERENCES kabinet.webhook_deliveries (account_id, endpoint_id, delivery_no);
GRANT SELECT, INSERT, UPDATE ON kabinet.webhook_endpoints TO kabinet_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON kabinet.webhook_deliveries TO kabinet_app;
GRANT SELECT, INSERT, DELETE ON kabinet.webhook_attempts TO kabinet_app;
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('webhooks.limits', '2025-01-01', '{"most_endpoints": 5, "tried_hours": 48, "former_secret_hours": 24}');
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('company.letterhead', '2025-01-01', '{"company": "Энергоснабжающая организация", "contacts": "", "appeal_words": "Если вы не согласны с ответом, обжалуйте его в личном кабинете: обращение рассмотрит другой сотрудник. Вы также вправе обратиться в Роспотребнадзор, государственную жилищную инспекцию или в суд."}');
