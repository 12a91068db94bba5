-- Why: banks and agents tell in files what was paid to them. A file is kept, byte for byte, before it is
-- judged; its rows stand beside a synthetic account of the file, whose books hold what could not be brought
-- home yet. An operation of an agent is one for ever: it has a registry row of its own. Layouts of files and
-- agents are data: a new bank is a row here.
CREATE TABLE kabinet.registry_layouts (
  layout_code text NOT NULL,
  valid_from date NOT NULL,
  layout jsonb NOT NULL,
  CONSTRAINT registry_layouts_pk PRIMARY KEY (layout_code, valid_from)
);
SELECT kabinet.shard_table('kabinet.registry_layouts', NULL);
CREATE TABLE kabinet.payment_agents (
  agent_code text NOT NULL,
  valid_from date NOT NULL,
  name text NOT NULL,
  inn text NOT NULL,
  layout_code text NOT NULL,
  zone text NOT NULL,
  commission_basis_points int NOT NULL,
  bank_account text,
  supplier_inn text,
  closed boolean NOT NULL,
  CONSTRAINT payment_agents_pk PRIMARY KEY (agent_code, valid_from),
  CONSTRAINT payment_agents_commission_ck CHECK (commission_basis_points BETWEEN 0 AND 10000)
);
SELECT kabinet.shard_table('kabinet.payment_agents', NULL);
CREATE TABLE kabinet.payment_registries (
  registry_id uuid NOT NULL,
  agent_code text NOT NULL,
  file_name text NOT NULL,
  sha256 bytea NOT NULL,
  size_bytes int NOT NULL,
  who text NOT NULL,
  received_at timestamptz NOT NULL,
  expected_rows int,
  expected_kopecks bigint,
  state text NOT NULL,
  judging int NOT NULL,
  judged_at timestamptz,
  posted_at timestamptz,
  rows int NOT NULL,
  sum_kopecks bigint NOT NULL,
  out_kopecks bigint NOT NULL,
  fees_kopecks bigint NOT NULL,
  order_number text,
  order_date date,
  faults int NOT NULL,
  CONSTRAINT payment_registries_pk PRIMARY KEY (registry_id),
  CONSTRAINT payment_registries_sha256_uq UNIQUE (agent_code, sha256),
  CONSTRAINT payment_registries_state_ck CHECK (state IN ('received', 'quarantined', 'posting', 'posted')),
  CONSTRAINT payment_registries_size_ck CHECK (size_bytes BETWEEN 1 AND 33554432)
);
CREATE INDEX payment_registries_received_ix ON kabinet.payment_registries (received_at DESC, registry_id DESC);
CREATE INDEX payment_registries_state_ix ON kabinet.payment_registries (state, received_at) WHERE state <> 'posted';
CREATE TABLE kabinet.payment_registry_bodies (
  registry_id uuid NOT NULL,
  body bytea NOT NULL,
  CONSTRAINT payment_registry_bodies_pk PRIMARY KEY (registry_id),
  CONSTRAINT payment_registry_bodies_registry_fk FOREIGN KEY (registry_id) REFERENCES kabinet.payment_registries (registry_id)
);
-- Why a file stands in quarantine.
CREATE TABLE kabinet.payment_registry_faults (
  registry_id uuid NOT NULL,
  fault_no int NOT NULL,
  line_no int NOT NULL,
  field text NOT NULL,
  code text NOT NULL,
  value text NOT NULL,
  CONSTRAINT payment_registry_faults_pk PRIMARY KEY (registry_id, fault_no),
  CONSTRAINT payment_registry_faults_registry_fk FOREIGN KEY (registry_id) REFERENCES kabinet.payment_registries (registry_id)
);
-- A file's synthetic account bears the file's id.
ALTER TABLE kabinet.accounts DROP CONSTRAINT accounts_kind_ck;
ALTER TABLE kabinet.accounts ADD CONSTRAINT accounts_kind_ck CHECK (kind IN ('unified', 'contract', 'registry'));
CREATE INDEX accounts_gis_number_ix ON kabinet.accounts (gis_number) WHERE gis_number IS NOT NULL;
CREATE INDEX supplier_accounts_gis_service_ix ON kabinet.supplier_accounts (gis_service_id) WHERE gis_service_id IS NOT NULL;
CREATE TABLE kabinet.registry_rows (
  account_id uuid NOT NULL,
  row_no int NOT NULL,
  line_no int NOT NULL,
  operation_id text NOT NULL,
  agent_code text NOT NULL,
  direction text NOT NULL,
  paid_at timestamptz NOT NULL,
  amount_kopecks bigint NOT NULL,
  fee_kopecks bigint,
  account_text text NOT NULL,
  period text,
  reference text NOT NULL,
  purpose text NOT NULL,
  payer jsonb,
  payer_key bytea,
  payment_id uuid NOT NULL,
  state text NOT NULL,
  code text,
  settled_at timestamptz,
  to_account_id uuid,
  to_supplier_account_id uuid,
  steps_count int NOT NULL,
  CONSTRAINT registry_rows_pk PRIMARY KEY (account_id, row_no),
  CONSTRAINT registry_rows_direction_ck CHECK (direction IN ('in', 'out')),
  CONSTRAINT registry_rows_amount_ck CHECK (amount_kopecks > 0),
  CONSTRAINT registry_rows_state_ck CHECK (state IN ('waiting', 'posted', 'matched', 'suspense', 'resolved', 'returned', 'repeated', 'refused'))
);
SELECT kabinet.shard_table('kabinet.registry_rows', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.registry_rows ADD CONSTRAINT registry_rows_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
CREATE INDEX registry_rows_waiting_ix ON kabinet.registry_rows (account_id, to_account_id, row_no) WHERE state = 'waiting';
CREATE INDEX registry_rows_suspense_ix ON kabinet.registry_rows (paid_at, account_id, row_no) WHERE state = 'suspense';
CREATE INDEX registry_rows_sum_ix ON kabinet.registry_rows (amount_kopecks, paid_at) WHERE state IN ('waiting', 'suspense');
CREATE INDEX registry_rows_payer_ix ON kabinet.registry_rows (payer_key) WHERE payer_key IS NOT NULL AND to_account_id IS NOT NULL;
CREATE INDEX registry_rows_payment_ix ON kabinet.registry_rows (payment_id);
-- Which row brought an operation in: once for each agent.
CREATE TABLE kabinet.registry_operations (
  operation_id text NOT NULL,
  agent_code text NOT NULL,
  account_id uuid NOT NULL,
  row_no int NOT NULL,
  CONSTRAINT registry_operations_pk PRIMARY KEY (operation_id, agent_code)
);
SELECT kabinet.shard_table('kabinet.registry_operations', 'operation_id', 'kabinet.account_numbers');
GRANT SELECT, INSERT, UPDATE ON kabinet.registry_layouts, kabinet.payment_agents, kabinet.payment_registries, kabinet.registry_rows TO kabinet_app;
GRANT SELECT, INSERT ON kabinet.payment_registry_bodies, kabinet.registry_operations TO kabinet_app;
GRANT SELECT, INSERT, DELETE ON kabinet.payment_registry_faults TO kabinet_app;
