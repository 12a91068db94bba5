-- Why: others act on an account by the owner's leave, with scopes and an end, and every change of who may
-- do what is kept for ever. Accounts are handed over to a new owner and closed. Of an invitation's code
-- only the hash is kept; it leads to its account through a registry row of its own.
CREATE TABLE kabinet.account_grants (
  account_id uuid NOT NULL,
  grant_id uuid NOT NULL,
  what text NOT NULL,
  user_id uuid,
  invitation_id uuid,
  role text,
  scopes text[] NOT NULL,
  valid_until timestamptz,
  by_kind text NOT NULL,
  by_id uuid NOT NULL,
  at timestamptz NOT NULL,
  reason text,
  CONSTRAINT account_grants_pk PRIMARY KEY (account_id, grant_id)
);
SELECT kabinet.shard_table('kabinet.account_grants', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.account_grants ADD CONSTRAINT account_grants_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
CREATE TRIGGER account_grants_append_only BEFORE UPDATE OR DELETE ON kabinet.account_grants FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
CREATE TABLE kabinet.invitations (
  account_id uuid NOT NULL,
  invitation_id uuid NOT NULL,
  phone text NOT NULL,
  role text NOT NULL,
  scopes text[] NOT NULL,
  valid_until timestamptz,
  invited_by uuid NOT NULL,
  made_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  code_hash text,
  accepted_by uuid,
  accepted_at timestamptz,
  withdrawn_at timestamptz,
  CONSTRAINT invitations_pk PRIMARY KEY (account_id, invitation_id)
);
SELECT kabinet.shard_table('kabinet.invitations', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.invitations ADD CONSTRAINT invitations_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
CREATE TABLE kabinet.invitation_codes (
  code_hash text NOT NULL,
  account_id uuid NOT NULL,
  invitation_id uuid NOT NULL,
  CONSTRAINT invitation_codes_pk PRIMARY KEY (code_hash)
);
SELECT kabinet.shard_table('kabinet.invitation_codes', 'code_hash', 'kabinet.account_numbers');
-- held_since: the last change of owner. A bill from before it is in the former owner's hands.
ALTER TABLE kabinet.accounts ADD COLUMN closed_at timestamptz;
ALTER TABLE kabinet.accounts ADD COLUMN held_since timestamptz;
-- A change of owner that is promised for a day to come.
ALTER TABLE kabinet.accounts ADD COLUMN transfer_from uuid;
ALTER TABLE kabinet.accounts ADD COLUMN transfer_to uuid;
ALTER TABLE kabinet.accounts ADD COLUMN transfer_at timestamptz;
CREATE INDEX accounts_closed_ix ON kabinet.accounts (account_id) WHERE closed_at IS NOT NULL;
GRANT SELECT, INSERT ON kabinet.account_grants TO kabinet_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON kabinet.invitations, kabinet.invitation_codes TO kabinet_app;
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('people.delegation', '2025-01-01', '{"most_members": 20, "invitation_days": 14, "closed_readable_days": 1096, "transfer_most_days": 366}');
UPDATE kabinet.terms SET value = jsonb_set(value, '{limits,invitation-code}', '{"tries": 10, "window_seconds": 3600, "lock_seconds": 900, "most_lock_seconds": 86400}') WHERE name = 'people.attempts';
UPDATE kabinet.terms SET value = jsonb_set(value, '{limits,invite-user}', '{"tries": 20, "window_seconds": 86400, "lock_seconds": 3600, "most_lock_seconds": 86400}') WHERE name = 'people.attempts';
UPDATE kabinet.terms SET value = jsonb_set(value, '{limits,invite-phone}', '{"tries": 5, "window_seconds": 86400, "lock_seconds": 3600, "most_lock_seconds": 86400}') WHERE name = 'people.attempts';
