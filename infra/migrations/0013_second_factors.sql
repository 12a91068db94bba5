-- Why: a password can be found out, so a second thing may be asked for, of staff always. Its secret must be
-- read again and is sealed by the application's key; fallback codes and challenges are kept by their hashes
-- only. last_step makes a code count once. Staff's rights are given and taken by people, some of them by
-- two together; staff_log says who did what and is never changed: the application may only add to it.
CREATE TABLE kabinet.user_factors (
  user_id uuid NOT NULL,
  sealed bytea NOT NULL,
  enrolled_at timestamptz NOT NULL,
  confirmed_at timestamptz,
  last_step bigint NOT NULL,
  CONSTRAINT user_factors_pk PRIMARY KEY (user_id)
);
SELECT kabinet.shard_table('kabinet.user_factors', 'user_id', 'kabinet.users');
ALTER TABLE kabinet.user_factors ADD CONSTRAINT user_factors_user_fk FOREIGN KEY (user_id) REFERENCES kabinet.users (user_id);
CREATE TABLE kabinet.user_fallback_codes (
  user_id uuid NOT NULL,
  code_hash bytea NOT NULL,
  created_at timestamptz NOT NULL,
  used_at timestamptz,
  CONSTRAINT user_fallback_codes_pk PRIMARY KEY (user_id, code_hash)
);
SELECT kabinet.shard_table('kabinet.user_fallback_codes', 'user_id', 'kabinet.users');
ALTER TABLE kabinet.user_fallback_codes ADD CONSTRAINT user_fallback_codes_user_fk FOREIGN KEY (user_id) REFERENCES kabinet.users (user_id);
CREATE TABLE kabinet.staff_factors (
  staff_id uuid NOT NULL,
  sealed bytea NOT NULL,
  enrolled_at timestamptz NOT NULL,
  confirmed_at timestamptz,
  last_step bigint NOT NULL,
  CONSTRAINT staff_factors_pk PRIMARY KEY (staff_id),
  CONSTRAINT staff_factors_staff_fk FOREIGN KEY (staff_id) REFERENCES kabinet.staff (staff_id)
);
CREATE TABLE kabinet.staff_fallback_codes (
  staff_id uuid NOT NULL,
  code_hash bytea NOT NULL,
  created_at timestamptz NOT NULL,
  used_at timestamptz,
  CONSTRAINT staff_fallback_codes_pk PRIMARY KEY (staff_id, code_hash),
  CONSTRAINT staff_fallback_codes_staff_fk FOREIGN KEY (staff_id) REFERENCES kabinet.staff (staff_id)
);
-- Sign-ins between their two steps. login and ip are those of the first step.
CREATE TABLE kabinet.sign_in_challenges (
  challenge_id uuid NOT NULL,
  secret_hash bytea NOT NULL,
  holder text NOT NULL,
  owner_id uuid NOT NULL,
  login text NOT NULL,
  by_password boolean NOT NULL,
  ip text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  tries_left int NOT NULL,
  passed_at timestamptz,
  CONSTRAINT sign_in_challenges_pk PRIMARY KEY (challenge_id)
);
CREATE INDEX sign_in_challenges_owner_ix ON kabinet.sign_in_challenges (owner_id);
CREATE INDEX sign_in_challenges_expires_ix ON kabinet.sign_in_challenges (expires_at);
-- action is what will be done, with its kind; asked_role is null when a system asked.
CREATE TABLE kabinet.approvals (
  approval_id uuid NOT NULL,
  kind text NOT NULL,
  action jsonb NOT NULL,
  reason text NOT NULL,
  asked_by uuid NOT NULL,
  asked_by_name text NOT NULL,
  asked_role text,
  asked_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  decided_by uuid,
  decided_by_name text,
  decided_at timestamptz,
  is_refused boolean NOT NULL,
  CONSTRAINT approvals_pk PRIMARY KEY (approval_id),
  CONSTRAINT approvals_two_ck CHECK (is_refused OR decided_by IS NULL OR decided_by <> asked_by)
);
CREATE INDEX approvals_asked_ix ON kabinet.approvals (asked_at);
CREATE TABLE kabinet.staff_log (
  entry_id uuid NOT NULL,
  at timestamptz NOT NULL,
  who_kind text NOT NULL,
  who uuid NOT NULL,
  who_name text NOT NULL,
  act text NOT NULL,
  whom uuid,
  reason text NOT NULL,
  details jsonb NOT NULL,
  CONSTRAINT staff_log_pk PRIMARY KEY (entry_id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON kabinet.user_factors, kabinet.user_fallback_codes, kabinet.staff_factors, kabinet.staff_fallback_codes, kabinet.sign_in_challenges TO kabinet_app;
GRANT SELECT, INSERT, UPDATE ON kabinet.approvals TO kabinet_app;
GRANT SELECT, INSERT ON kabinet.staff_log TO kabinet_app;
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('people.second-factor', '2025-01-01', '{"challenge_seconds": 300, "challenge_tries": 5, "fallback_codes": 10}');
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('people.four-eyes', '2025-01-01', '{"expires_seconds": 259200}');
-- Three codes of a million fit at any moment: ten tries an hour leave a guesser who has the password one
-- chance in some 1,400 a day.
UPDATE kabinet.terms SET value = jsonb_set(value, '{limits}', value -> 'limits' || '{"second-factor": {"tries": 5, "window_seconds": 900, "lock_seconds": 60, "most_lock_seconds": 3600}, "second-factor-person": {"tries": 10, "window_seconds": 3600, "lock_seconds": 900, "most_lock_seconds": 3600}}') WHERE name = 'people.attempts';
-- Staff see everybody's data: a session left alone is closed after half an hour, and no token lives longer.
UPDATE kabinet.terms SET value = jsonb_set(value, '{staff}', '{"access_seconds": 900, "refresh_seconds": 1800, "most_seconds": 36000}') WHERE name = 'people.sessions';
