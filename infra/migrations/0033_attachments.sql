-- Why: papers and photos are laid to a case before and after it is filed. Their bytes lie on disk, named by
-- their hash; here stands what was announced of them, how far they have come and what they turned out to be.
-- attachment_shelves is what is locked while an account's files are counted against their limits.
CREATE TABLE kabinet.attachment_shelves (
  account_id uuid NOT NULL,
  changed_at timestamptz NOT NULL,
  CONSTRAINT attachment_shelves_pk PRIMARY KEY (account_id)
);
SELECT kabinet.shard_table('kabinet.attachment_shelves', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.attachment_shelves ADD CONSTRAINT attachment_shelves_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
CREATE TABLE kabinet.attachments (
  account_id uuid NOT NULL,
  attachment_id uuid NOT NULL,
  case_id uuid NOT NULL,
  name text NOT NULL,
  paper text,
  size_bytes bigint NOT NULL,
  sha256 text NOT NULL,
  by_kind text NOT NULL,
  by_id uuid NOT NULL,
  by_name text NOT NULL,
  announced_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  state text NOT NULL,
  received_bytes bigint NOT NULL,
  kind text,
  malware_check text NOT NULL,
  reason text,
  is_told boolean NOT NULL,
  CONSTRAINT attachments_pk PRIMARY KEY (account_id, attachment_id),
  CONSTRAINT attachments_received_ck CHECK (received_bytes BETWEEN 0 AND size_bytes)
);
SELECT kabinet.shard_table('kabinet.attachments', 'account_id', 'kabinet.accounts');
-- No key to cases: files of a draft come before their case.
ALTER TABLE kabinet.attachments ADD CONSTRAINT attachments_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
CREATE INDEX attachments_case_ix ON kabinet.attachments (account_id, case_id, announced_at, attachment_id);
CREATE INDEX attachments_content_ix ON kabinet.attachments (account_id, sha256);
CREATE INDEX attachments_untold_ix ON kabinet.attachments (changed_at, attachment_id) WHERE NOT is_told;
GRANT SELECT, INSERT, UPDATE ON kabinet.attachment_shelves TO kabinet_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON kabinet.attachments TO kabinet_app;
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('cases.attachments', '2025-01-01',
  '{"files": 20, "bytes": 104857600, "unsent_bytes": 524288000, "files_a_day": 200, "abandoned_days": 30}');
