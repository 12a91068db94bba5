-- Why: a file with readings is kept, byte for byte, before it is judged, in the transaction that promises
-- the judging; so nothing that was received is lost. It stands beside its account, unlike letters and
-- notices of providers, because it is sent to an account: file, promise and verdicts are one shard's. The
-- bytes say which file it is: the same ones again, on whatever way, are the file that is known.
CREATE TABLE kabinet.reading_files (
  account_id uuid NOT NULL,
  file_id uuid NOT NULL,
  sha256 bytea NOT NULL,
  name text NOT NULL,
  size_bytes int NOT NULL,
  body bytea NOT NULL,
  source text NOT NULL,
  sender jsonb NOT NULL,
  received_at timestamptz NOT NULL,
  state text NOT NULL,
  judging int NOT NULL,
  judged_at timestamptz,
  refusal jsonb,
  counts jsonb NOT NULL,
  layouts jsonb NOT NULL,
  notes jsonb NOT NULL,
  CONSTRAINT reading_files_pk PRIMARY KEY (account_id, file_id),
  CONSTRAINT reading_files_sha256_uq UNIQUE (account_id, sha256),
  CONSTRAINT reading_files_state_ck CHECK (state IN ('received', 'judged', 'refused')),
  CONSTRAINT reading_files_size_ck CHECK (size_bytes BETWEEN 1 AND 10485760)
);
SELECT kabinet.shard_table('kabinet.reading_files', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.reading_files ADD CONSTRAINT reading_files_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
CREATE INDEX reading_files_received_ix ON kabinet.reading_files (account_id, received_at DESC, file_id DESC);
-- One value of a file and what became of it; a row of a sheet may have several.
CREATE TABLE kabinet.reading_file_rows (
  account_id uuid NOT NULL,
  file_id uuid NOT NULL,
  no int NOT NULL,
  sheet text NOT NULL,
  row_no int NOT NULL,
  column_no int NOT NULL,
  serial text NOT NULL,
  zone text,
  zone_text text NOT NULL,
  direction text NOT NULL,
  taken_on date,
  value numeric,
  state text NOT NULL,
  findings jsonb NOT NULL,
  meter_id uuid,
  reading_id uuid,
  CONSTRAINT reading_file_rows_pk PRIMARY KEY (account_id, file_id, no)
);
SELECT kabinet.shard_table('kabinet.reading_file_rows', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.reading_file_rows ADD CONSTRAINT reading_file_rows_file_fk FOREIGN KEY (account_id, file_id) REFERENCES kabinet.reading_files (account_id, file_id);
GRANT SELECT, INSERT, UPDATE ON kabinet.reading_files TO kabinet_app;
GRANT SELECT, INSERT, DELETE ON kabinet.reading_file_rows TO kabinet_app;
