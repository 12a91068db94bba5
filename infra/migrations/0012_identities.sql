-- Why: people sign in through the state's or a company's identity provider. Who a provider's person is
-- among our users is said by a registry row, keyed by issuer and subject, and shown to the user from a
-- row of their own. A sign-in that waits for its answer is local and taken once; only hashes of what
-- travels through the browser are kept.
CREATE TABLE kabinet.external_identities (
  identity text NOT NULL,
  user_id uuid NOT NULL,
  identity_id uuid NOT NULL,
  CONSTRAINT external_identities_pk PRIMARY KEY (identity)
);
SELECT kabinet.shard_table('kabinet.external_identities', 'identity');
CREATE TABLE kabinet.user_identities (
  user_id uuid NOT NULL,
  identity_id uuid NOT NULL,
  provider text NOT NULL,
  issuer text NOT NULL,
  subject text NOT NULL,
  name text NOT NULL,
  linked_at timestamptz NOT NULL,
  last_used_at timestamptz,
  CONSTRAINT user_identities_pk PRIMARY KEY (user_id, identity_id)
);
SELECT kabinet.shard_table('kabinet.user_identities', 'user_id', 'kabinet.users');
ALTER TABLE kabinet.user_identities ADD CONSTRAINT user_identities_user_fk FOREIGN KEY (user_id) REFERENCES kabinet.users (user_id);
CREATE TABLE kabinet.sign_in_requests (
  state_hash bytea NOT NULL,
  secret_hash bytea NOT NULL,
  provider text NOT NULL,
  nonce text NOT NULL,
  verifier text NOT NULL,
  return_to text,
  expires_at timestamptz NOT NULL,
  CONSTRAINT sign_in_requests_pk PRIMARY KEY (state_hash)
);
CREATE INDEX sign_in_requests_expires_ix ON kabinet.sign_in_requests (expires_at);
GRANT SELECT, INSERT, DELETE ON kabinet.external_identities, kabinet.sign_in_requests TO kabinet_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON kabinet.user_identities TO kabinet_app;
