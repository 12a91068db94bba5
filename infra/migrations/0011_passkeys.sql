-- Why: people sign in by a passkey of their device. A key lives beside its user; its id, unique over
-- all users, leads to the user through a registry row (as hexadecimal text, for all registries have keys
-- of one type). Challenges are short-lived and taken once.
CREATE TABLE kabinet.user_passkeys (
  user_id uuid NOT NULL,
  credential_id bytea NOT NULL,
  public_key bytea NOT NULL,
  sign_count bigint NOT NULL,
  name text NOT NULL,
  transports text[] NOT NULL,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz,
  CONSTRAINT user_passkeys_pk PRIMARY KEY (user_id, credential_id)
);
SELECT kabinet.shard_table('kabinet.user_passkeys', 'user_id', 'kabinet.users');
ALTER TABLE kabinet.user_passkeys ADD CONSTRAINT user_passkeys_user_fk FOREIGN KEY (user_id) REFERENCES kabinet.users (user_id);
CREATE TABLE kabinet.passkey_credentials (
  credential text NOT NULL,
  user_id uuid NOT NULL,
  CONSTRAINT passkey_credentials_pk PRIMARY KEY (credential)
);
SELECT kabinet.shard_table('kabinet.passkey_credentials', 'credential');
CREATE TABLE kabinet.passkey_challenges (
  value bytea NOT NULL,
  user_id uuid,
  expires_at timestamptz NOT NULL,
  CONSTRAINT passkey_challenges_pk PRIMARY KEY (value)
);
CREATE INDEX passkey_challenges_expires_ix ON kabinet.passkey_challenges (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON kabinet.user_passkeys TO kabinet_app;
GRANT SELECT, INSERT, DELETE ON kabinet.passkey_credentials, kabinet.passkey_challenges TO kabinet_app;
-- Beginning a sign-in (a challenge, a way to a provider) makes a row and costs a secret: it is counted by network.
UPDATE kabinet.terms SET value = jsonb_set(value, '{limits,begin-network}', '{"tries": 600, "window_seconds": 600, "lock_seconds": 30, "most_lock_seconds": 600}') WHERE name = 'people.attempts';
