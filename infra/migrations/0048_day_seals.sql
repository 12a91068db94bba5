-- Why: every business day is closed by a seal on each account that changed. The seals of a day are the leaves
-- of a tree whose root is signed and published, so that nobody, ourselves included, can change a posted entry
-- unseen. An entry belongs to the first day whose seal covers its number, whatever a clock said.
ALTER TABLE kabinet.account_heads ADD COLUMN sealed_no bigint NOT NULL DEFAULT 0;
-- One seal: entries after `after_no` up to `last_no` belong to this day. `salt` keeps the leaf from being
-- guessed.
CREATE TABLE kabinet.day_seals (
  account_id uuid NOT NULL,
  day date NOT NULL,
  after_no bigint NOT NULL,
  last_no bigint NOT NULL,
  last_hash bytea NOT NULL,
  salt bytea NOT NULL,
  leaf bytea NOT NULL,
  CONSTRAINT day_seals_pk PRIMARY KEY (account_id, day),
  CONSTRAINT day_seals_last_uq UNIQUE (account_id, last_no),
  CONSTRAINT day_seals_order_ck CHECK (last_no > after_no)
);
SELECT kabinet.shard_table('kabinet.day_seals', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.day_seals ADD CONSTRAINT day_seals_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
CREATE INDEX day_seals_day_ix ON kabinet.day_seals (day, account_id);
CREATE TRIGGER day_seals_append_only BEFORE UPDATE OR DELETE ON kabinet.day_seals FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
-- How far the sealing of a day has come: the last account looked at. Its row is the lock of the day.
CREATE TABLE kabinet.day_sealings (
  day date NOT NULL,
  ends_at timestamptz NOT NULL,
  looked_to uuid NOT NULL,
  is_sealed boolean NOT NULL,
  CONSTRAINT day_sealings_pk PRIMARY KEY (day)
);
-- What was published of a day, as it was signed.
CREATE TABLE kabinet.day_roots (
  day date NOT NULL,
  seals bigint NOT NULL,
  root bytea NOT NULL,
  previous_day date,
  previous_root bytea,
  public_key bytea NOT NULL,
  signature bytea NOT NULL,
  published_at timestamptz NOT NULL,
  CONSTRAINT day_roots_pk PRIMARY KEY (day)
);
CREATE TRIGGER day_roots_append_only BEFORE UPDATE OR DELETE ON kabinet.day_roots FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
-- The leaves of a day in the tree's order, 1024 to a row, each row with the node over it: the way from one
-- leaf to the root is found without reading the others.
CREATE TABLE kabinet.day_leaves (
  day date NOT NULL,
  block_no int NOT NULL,
  first_leaf bytea NOT NULL,
  node bytea NOT NULL,
  leaves bytea NOT NULL,
  CONSTRAINT day_leaves_pk PRIMARY KEY (day, block_no)
);
CREATE TRIGGER day_leaves_append_only BEFORE UPDATE OR DELETE ON kabinet.day_leaves FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
GRANT SELECT, INSERT ON kabinet.day_seals, kabinet.day_roots, kabinet.day_leaves TO kabinet_app;
GRANT SELECT, INSERT, UPDATE ON kabinet.day_sealings TO kabinet_app;
