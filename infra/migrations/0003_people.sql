-- Why: who is asking. Customers and their sessions live together, keyed by the user; a phone is
-- unique among all users through a registry row of its own. Staff, keys of systems and the counters
-- of tries are few and live beside the jobs. Only hashes of secrets are kept, never the secrets.
CREATE TABLE kabinet.users (
  user_id uuid NOT NULL,
  phone text NOT NULL,
  email text,
  name text NOT NULL,
  password_hash text,
  locale text NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT users_pk PRIMARY KEY (user_id)
);
SELECT kabinet.shard_table('kabinet.users', 'user_id');
CREATE TABLE kabinet.user_logins (
  login text NOT NULL,
  user_id uuid NOT NULL,
  CONSTRAINT user_logins_pk PRIMARY KEY (login)
);
SELECT kabinet.shard_table('kabinet.user_logins', 'login');
-- family_hash stays for the life of a session while refresh_hash changes with each rotation: a
-- token with the right family and another refresh part is an old one, used a second time.
CREATE TABLE kabinet.user_sessions (
  user_id uuid NOT NULL,
  session_id uuid NOT NULL,
  secret_hash bytea NOT NULL,
  family_hash bytea NOT NULL,
  refresh_hash bytea NOT NULL,
  refresh_no int NOT NULL,
  created_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  access_expires_at timestamptz NOT NULL,
  refresh_expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  end_reason text,
  device text NOT NULL,
  ip text NOT NULL,
  CONSTRAINT user_sessions_pk PRIMARY KEY (user_id, session_id)
);
SELECT kabinet.shard_table('kabinet.user_sessions', 'user_id', 'kabinet.users');
ALTER TABLE kabinet.user_sessions ADD CONSTRAINT user_sessions_user_fk FOREIGN KEY (user_id) REFERENCES kabinet.users (user_id);
CREATE TABLE kabinet.staff (
  staff_id uuid NOT NULL,
  login text NOT NULL,
  email text,
  name text NOT NULL,
  role text NOT NULL,
  password_hash text NOT NULL,
  created_at timestamptz NOT NULL,
  disabled_at timestamptz,
  CONSTRAINT staff_pk PRIMARY KEY (staff_id),
  CONSTRAINT staff_login_uq UNIQUE (login)
);
CREATE TABLE kabinet.staff_sessions (
  staff_id uuid NOT NULL,
  session_id uuid NOT NULL,
  secret_hash bytea NOT NULL,
  family_hash bytea NOT NULL,
  refresh_hash bytea NOT NULL,
  refresh_no int NOT NULL,
  created_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  access_expires_at timestamptz NOT NULL,
  refresh_expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  end_reason text,
  device text NOT NULL,
  ip text NOT NULL,
  CONSTRAINT staff_sessions_pk PRIMARY KEY (staff_id, session_id),
  CONSTRAINT staff_sessions_staff_fk FOREIGN KEY (staff_id) REFERENCES kabinet.staff (staff_id)
);
CREATE TABLE kabinet.api_keys (
  api_key_id uuid NOT NULL,
  name text NOT NULL,
  secret_hash bytea NOT NULL,
  scopes text[] NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  last_used_at timestamptz,
  revoked_at timestamptz,
  CONSTRAINT api_keys_pk PRIMARY KEY (api_key_id)
);
-- How often something guessable was tried under a key, and until when the key must wait.
CREATE TABLE kabinet.attempts (
  kind text NOT NULL,
  key text NOT NULL,
  window_started_at timestamptz NOT NULL,
  count int NOT NULL,
  lock_no int NOT NULL,
  locked_until timestamptz,
  CONSTRAINT attempts_pk PRIMARY KEY (kind, key)
);
CREATE INDEX attempts_window_ix ON kabinet.attempts (window_started_at);
GRANT SELECT, INSERT, UPDATE ON kabinet.users, kabinet.user_sessions, kabinet.staff, kabinet.staff_sessions, kabinet.api_keys TO kabinet_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON kabinet.user_logins, kabinet.attempts TO kabinet_app;
GRANT DELETE ON kabinet.user_sessions, kabinet.staff_sessions TO kabinet_app;
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('people.sessions', '2025-01-01', '{"customer": {"access_seconds": 3600, "refresh_seconds": 2592000, "most_seconds": 15552000}, "staff": {"access_seconds": 3600, "refresh_seconds": 7200, "most_seconds": 36000}}');
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('people.attempts', '2025-01-01', '{"limits": {"sign-in": {"tries": 5, "window_seconds": 900, "lock_seconds": 60, "most_lock_seconds": 3600}, "sign-in-phone": {"tries": 20, "window_seconds": 900, "lock_seconds": 5, "most_lock_seconds": 30}, "sign-in-network": {"tries": 200, "window_seconds": 600, "lock_seconds": 30, "most_lock_seconds": 600}, "proof-user": {"tries": 5, "window_seconds": 3600, "lock_seconds": 900, "most_lock_seconds": 86400}, "proof-account": {"tries": 20, "window_seconds": 86400, "lock_seconds": 300, "most_lock_seconds": 3600}}}');
