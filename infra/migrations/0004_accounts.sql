-- Why: a resident has one unified account and under it one account per supplier; a legal entity's
-- contract is an account of its own kind. Billing sends the charges, keyed by supplier's INN,
-- supplier account, service and period.
CREATE TABLE kabinet.suppliers (
  supplier_id uuid NOT NULL,
  inn text NOT NULL,
  name text NOT NULL,
  CONSTRAINT suppliers_pk PRIMARY KEY (supplier_id),
  CONSTRAINT suppliers_inn_uq UNIQUE (inn)
);
SELECT kabinet.shard_table('kabinet.suppliers', NULL);
-- Bank details and the way money is collected, as they hold from a day on.
CREATE TABLE kabinet.supplier_terms (
  supplier_id uuid NOT NULL,
  valid_from date NOT NULL,
  collection text NOT NULL,
  details jsonb NOT NULL,
  CONSTRAINT supplier_terms_pk PRIMARY KEY (supplier_id, valid_from),
  CONSTRAINT supplier_terms_collection_ck CHECK (collection IN ('agent', 'direct'))
);
SELECT kabinet.shard_table('kabinet.supplier_terms', NULL);
ALTER TABLE kabinet.supplier_terms ADD CONSTRAINT supplier_terms_supplier_fk FOREIGN KEY (supplier_id) REFERENCES kabinet.suppliers (supplier_id);
CREATE TABLE kabinet.services (
  service_code text NOT NULL,
  name text NOT NULL,
  unit text NOT NULL,
  CONSTRAINT services_pk PRIMARY KEY (service_code)
);
SELECT kabinet.shard_table('kabinet.services', NULL);
CREATE TABLE kabinet.tariffs (
  supplier_id uuid NOT NULL,
  service_code text NOT NULL,
  valid_from date NOT NULL,
  price_roubles numeric(14, 6) NOT NULL,
  unit text NOT NULL,
  CONSTRAINT tariffs_pk PRIMARY KEY (supplier_id, service_code, valid_from)
);
SELECT kabinet.shard_table('kabinet.tariffs', NULL);
ALTER TABLE kabinet.tariffs ADD CONSTRAINT tariffs_supplier_fk FOREIGN KEY (supplier_id) REFERENCES kabinet.suppliers (supplier_id);
CREATE TABLE kabinet.accounts (
  account_id uuid NOT NULL,
  number text NOT NULL,
  kind text NOT NULL,
  gis_number text,
  address text NOT NULL,
  holder_name text NOT NULL,
  holder_inn text,
  email text,
  phone text,
  opened_at timestamptz NOT NULL,
  CONSTRAINT accounts_pk PRIMARY KEY (account_id),
  CONSTRAINT accounts_kind_ck CHECK (kind IN ('unified', 'contract'))
);
SELECT kabinet.shard_table('kabinet.accounts', 'account_id');
-- The number on the bill is unique among all accounts: it has a registry row of its own.
CREATE TABLE kabinet.account_numbers (
  number text NOT NULL,
  account_id uuid NOT NULL,
  CONSTRAINT account_numbers_pk PRIMARY KEY (number)
);
SELECT kabinet.shard_table('kabinet.account_numbers', 'number');
CREATE TABLE kabinet.account_members (
  account_id uuid NOT NULL,
  user_id uuid NOT NULL,
  scopes text[] NOT NULL,
  role text NOT NULL,
  valid_until timestamptz,
  added_at timestamptz NOT NULL,
  CONSTRAINT account_members_pk PRIMARY KEY (account_id, user_id)
);
SELECT kabinet.shard_table('kabinet.account_members', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.account_members ADD CONSTRAINT account_members_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
-- The mirror of account_members on the user's side; both rows are written in one transaction.
CREATE TABLE kabinet.user_accounts (
  user_id uuid NOT NULL,
  account_id uuid NOT NULL,
  added_at timestamptz NOT NULL,
  CONSTRAINT user_accounts_pk PRIMARY KEY (user_id, account_id)
);
SELECT kabinet.shard_table('kabinet.user_accounts', 'user_id', 'kabinet.users');
ALTER TABLE kabinet.user_accounts ADD CONSTRAINT user_accounts_user_fk FOREIGN KEY (user_id) REFERENCES kabinet.users (user_id);
CREATE TABLE kabinet.supplier_accounts (
  account_id uuid NOT NULL,
  supplier_account_id uuid NOT NULL,
  supplier_id uuid NOT NULL,
  number text NOT NULL,
  gis_service_id text,
  CONSTRAINT supplier_accounts_pk PRIMARY KEY (account_id, supplier_account_id)
);
SELECT kabinet.shard_table('kabinet.supplier_accounts', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.supplier_accounts ADD CONSTRAINT supplier_accounts_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
ALTER TABLE kabinet.supplier_accounts ADD CONSTRAINT supplier_accounts_supplier_fk FOREIGN KEY (supplier_id) REFERENCES kabinet.suppliers (supplier_id);
CREATE TABLE kabinet.supplier_account_numbers (
  number text NOT NULL,
  supplier_id uuid NOT NULL,
  account_id uuid NOT NULL,
  supplier_account_id uuid NOT NULL,
  CONSTRAINT supplier_account_numbers_pk PRIMARY KEY (number, supplier_id)
);
SELECT kabinet.shard_table('kabinet.supplier_account_numbers', 'number', 'kabinet.account_numbers');
-- A charge as it stands now; its history is the ledger. principal = amount + recalculation.
-- What is open on a line is greatest(principal, 0) - paid; the sum of open lines is the receivable.
CREATE TABLE kabinet.charges (
  account_id uuid NOT NULL,
  charge_id uuid NOT NULL,
  supplier_account_id uuid NOT NULL,
  service_code text NOT NULL,
  period text NOT NULL,
  bill_number text NOT NULL,
  volume numeric(18, 6),
  unit text NOT NULL,
  tariff numeric(14, 6),
  amount_kopecks bigint NOT NULL,
  recalculation_kopecks bigint NOT NULL,
  penalty_kopecks bigint NOT NULL,
  paid_kopecks bigint NOT NULL,
  penalty_paid_kopecks bigint NOT NULL,
  revision int NOT NULL,
  posted_at timestamptz NOT NULL,
  CONSTRAINT charges_pk PRIMARY KEY (account_id, charge_id),
  CONSTRAINT charges_paid_ck CHECK (paid_kopecks BETWEEN 0 AND greatest(amount_kopecks + recalculation_kopecks, 0)),
  CONSTRAINT charges_penalty_paid_ck CHECK (penalty_paid_kopecks BETWEEN 0 AND penalty_kopecks)
);
SELECT kabinet.shard_table('kabinet.charges', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.charges ADD CONSTRAINT charges_supplier_account_fk FOREIGN KEY (account_id, supplier_account_id) REFERENCES kabinet.supplier_accounts (account_id, supplier_account_id);
-- Every look of staff at a customer's data.
CREATE TABLE kabinet.account_views (
  account_id uuid NOT NULL,
  view_id uuid NOT NULL,
  staff_id uuid NOT NULL,
  staff_name text NOT NULL,
  what text NOT NULL,
  at timestamptz NOT NULL,
  CONSTRAINT account_views_pk PRIMARY KEY (account_id, view_id)
);
SELECT kabinet.shard_table('kabinet.account_views', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.account_views ADD CONSTRAINT account_views_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
GRANT SELECT, INSERT, UPDATE ON kabinet.suppliers, kabinet.supplier_terms, kabinet.services, kabinet.tariffs, kabinet.accounts, kabinet.account_numbers, kabinet.supplier_accounts, kabinet.supplier_account_numbers, kabinet.charges TO kabinet_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON kabinet.account_members, kabinet.user_accounts TO kabinet_app;
GRANT SELECT, INSERT ON kabinet.account_views TO kabinet_app;
