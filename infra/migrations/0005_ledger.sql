-- Why: each rouble's path. A transfer is one row that debits one book and credits another; a posting
-- is the transfers of one cause. One head row per account serialises, numbers and chains them.
CREATE TABLE kabinet.account_heads (
  account_id uuid NOT NULL,
  last_no bigint NOT NULL,
  last_hash bytea NOT NULL,
  CONSTRAINT account_heads_pk PRIMARY KEY (account_id)
);
SELECT kabinet.shard_table('kabinet.account_heads', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.account_heads ADD CONSTRAINT account_heads_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
-- balance = debits - credits, kept in the same transaction as the transfers.
CREATE TABLE kabinet.books (
  account_id uuid NOT NULL,
  book text NOT NULL,
  balance_kopecks bigint NOT NULL,
  CONSTRAINT books_pk PRIMARY KEY (account_id, book)
);
SELECT kabinet.shard_table('kabinet.books', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.books ADD CONSTRAINT books_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
CREATE TABLE kabinet.transfers (
  account_id uuid NOT NULL,
  posting_id uuid NOT NULL,
  line_no int NOT NULL,
  entry_no bigint NOT NULL,
  debit_book text NOT NULL,
  credit_book text NOT NULL,
  amount_kopecks bigint NOT NULL,
  charge_id uuid,
  cause_kind text NOT NULL,
  cause_id uuid NOT NULL,
  cause_version int NOT NULL,
  value_date date NOT NULL,
  posted_at timestamptz NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT transfers_pk PRIMARY KEY (account_id, posting_id, line_no),
  CONSTRAINT transfers_entry_uq UNIQUE (account_id, entry_no),
  CONSTRAINT transfers_amount_ck CHECK (amount_kopecks > 0),
  CONSTRAINT transfers_books_ck CHECK (debit_book <> credit_book)
);
SELECT kabinet.shard_table('kabinet.transfers', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.transfers ADD CONSTRAINT transfers_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
CREATE TRIGGER transfers_append_only BEFORE UPDATE OR DELETE ON kabinet.transfers FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
GRANT SELECT, INSERT, UPDATE ON kabinet.account_heads, kabinet.books TO kabinet_app;
GRANT SELECT, INSERT ON kabinet.transfers TO kabinet_app;
