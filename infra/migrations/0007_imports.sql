-- Why: billing's files become accounts, balances and charges. An import is one file; its rows wait in
-- temporary tables of the one session that works on it, so that nothing of an unfinished check stays
-- behind a kill. What is kept: the file when it came over the API, its fate, and every fault found.
CREATE TABLE kabinet.imports (
  import_id uuid NOT NULL,
  kind text NOT NULL,
  file_name text NOT NULL,
  sha256 bytea NOT NULL,
  state text NOT NULL,
  who text NOT NULL,
  value_date date NOT NULL,
  expected_rows bigint,
  expected_kopecks bigint,
  rows bigint NOT NULL,
  sum_kopecks bigint NOT NULL,
  faults bigint NOT NULL,
  done bigint NOT NULL,
  added bigint NOT NULL,
  corrected bigint NOT NULL,
  unchanged bigint NOT NULL,
  done_to uuid,
  created_at timestamptz NOT NULL,
  finished_at timestamptz,
  CONSTRAINT imports_pk PRIMARY KEY (import_id),
  CONSTRAINT imports_kind_ck CHECK (kind IN ('suppliers', 'accounts', 'contacts', 'opening-balances', 'charges')),
  CONSTRAINT imports_state_ck CHECK (state IN ('received', 'checking', 'refused', 'checked', 'posting', 'posted'))
);
-- The same file again goes on with the import that was cut short.
CREATE UNIQUE INDEX imports_unfinished_uq ON kabinet.imports (kind, sha256) WHERE finished_at IS NULL;
CREATE INDEX imports_created_ix ON kabinet.imports (created_at);
CREATE TABLE kabinet.import_errors (
  import_id uuid NOT NULL,
  error_no int NOT NULL,
  row_no bigint NOT NULL,
  field text NOT NULL,
  code text NOT NULL,
  value text NOT NULL,
  CONSTRAINT import_errors_pk PRIMARY KEY (import_id, error_no),
  CONSTRAINT import_errors_import_fk FOREIGN KEY (import_id) REFERENCES kabinet.imports (import_id)
);
-- A file that came over the API, byte for byte, in pieces; deleted when its import is finished.
CREATE TABLE kabinet.import_files (
  import_id uuid NOT NULL,
  piece_no int NOT NULL,
  body bytea NOT NULL,
  CONSTRAINT import_files_pk PRIMARY KEY (import_id, piece_no),
  CONSTRAINT import_files_import_fk FOREIGN KEY (import_id) REFERENCES kabinet.imports (import_id)
);
GRANT SELECT, INSERT, UPDATE ON kabinet.imports TO kabinet_app;
GRANT SELECT, INSERT, DELETE ON kabinet.import_errors, kabinet.import_files TO kabinet_app;
-- Where the database lets only its owner make temporary tables, imports may too.
DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO kabinet_app', current_database()); END $$;
