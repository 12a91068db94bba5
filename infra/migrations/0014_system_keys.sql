-- Why: a system may hold several live keys, so that a new one is in use before the old one is revoked.
-- Keys that move money sign their requests: the secret is kept sealed by the application's own, and a
-- nonce until its request would be refused for its age, so that a request counts once.
CREATE TABLE kabinet.systems (
  system_id uuid NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT systems_pk PRIMARY KEY (system_id),
  CONSTRAINT systems_name_uq UNIQUE (name)
);
-- Keys of before: those of one name are keys of one system.
INSERT INTO kabinet.systems (system_id, name, created_at)
SELECT DISTINCT ON (name) api_key_id, name, created_at FROM kabinet.api_keys ORDER BY name, created_at, api_key_id;
ALTER TABLE kabinet.api_keys ADD COLUMN system_id uuid;
ALTER TABLE kabinet.api_keys ADD COLUMN sealed_signing_secret bytea;
UPDATE kabinet.api_keys SET system_id = (SELECT s.system_id FROM kabinet.systems s WHERE s.name = api_keys.name);
ALTER TABLE kabinet.api_keys ALTER COLUMN system_id SET NOT NULL;
ALTER TABLE kabinet.api_keys DROP COLUMN name;
ALTER TABLE kabinet.api_keys ADD CONSTRAINT api_keys_system_fk FOREIGN KEY (system_id) REFERENCES kabinet.systems (system_id);
CREATE INDEX api_keys_system_ix ON kabinet.api_keys (system_id);
CREATE TABLE kabinet.api_key_nonces (
  api_key_id uuid NOT NULL,
  nonce text NOT NULL,
  kept_until timestamptz NOT NULL,
  CONSTRAINT api_key_nonces_pk PRIMARY KEY (api_key_id, nonce)
);
CREATE INDEX api_key_nonces_until_ix ON kabinet.api_key_nonces (kept_until);
GRANT SELECT, INSERT, UPDATE ON kabinet.systems TO kabinet_app;
GRANT SELECT, INSERT, DELETE ON kabinet.api_key_nonces TO kabinet_app;
