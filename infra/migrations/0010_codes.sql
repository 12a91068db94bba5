-- Why: people prove that a phone or an e-mail is theirs by a code sent there. A row is one code, found
-- by a keyed hash of what it is for, where it was sent and who asked; neither the address nor the code
-- stands in it, and without the installation's key neither can be found by trying. A sign-up under way
-- is a phone that is nobody's yet. Both live minutes, beside the counters of tries.
CREATE TABLE kabinet.one_time_codes (
  code_key bytea NOT NULL,
  purpose text NOT NULL,
  code_hash bytea NOT NULL,
  tries_left int NOT NULL,
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  CONSTRAINT one_time_codes_pk PRIMARY KEY (code_key),
  CONSTRAINT one_time_codes_tries_ck CHECK (tries_left >= 0)
);
CREATE INDEX one_time_codes_expires_ix ON kabinet.one_time_codes (expires_at);
CREATE TABLE kabinet.sign_ups (
  sign_up_id uuid NOT NULL,
  phone text NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT sign_ups_pk PRIMARY KEY (sign_up_id)
);
CREATE INDEX sign_ups_expires_ix ON kabinet.sign_ups (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON kabinet.one_time_codes, kabinet.sign_ups TO kabinet_app;
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('people.codes', '2025-01-01', '{"lifetime_seconds": 600, "tries": 8, "resend_seconds": 60, "sign_up_seconds": 3600}');
-- One network has fewer tries (5) than a code (8), so that no single guesser can use up another's code.
UPDATE kabinet.terms SET value = jsonb_set(value, '{limits}', (value -> 'limits') || '{"code-ask": {"tries": 6, "window_seconds": 3600, "lock_seconds": 600, "most_lock_seconds": 3600}, "code-ask-address": {"tries": 8, "window_seconds": 3600, "lock_seconds": 300, "most_lock_seconds": 3600}, "code-ask-network": {"tries": 60, "window_seconds": 600, "lock_seconds": 60, "most_lock_seconds": 3600}, "code-try": {"tries": 5, "window_seconds": 900, "lock_seconds": 60, "most_lock_seconds": 3600}, "code-try-address": {"tries": 20, "window_seconds": 3600, "lock_seconds": 60, "most_lock_seconds": 600}, "code-try-network": {"tries": 100, "window_seconds": 600, "lock_seconds": 60, "most_lock_seconds": 3600}, "password": {"tries": 5, "window_seconds": 900, "lock_seconds": 60, "most_lock_seconds": 3600}}') WHERE name = 'people.attempts';
