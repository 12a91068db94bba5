-- Why: what is said to people is kept: what, to whom, by which channel, and what became of it. It lives
-- beside the person it was said to; of one cause a person hears once per channel, which the unique key
-- sees to, however often a job or a pass is repeated. The steps stand in the row: a notice has two or three.
CREATE TABLE kabinet.notices (
  user_id uuid NOT NULL,
  notice_id uuid NOT NULL,
  account_id uuid,
  kind text NOT NULL,
  channel text NOT NULL,
  cause text NOT NULL,
  series text NOT NULL,
  address text NOT NULL,
  words jsonb NOT NULL,
  state text NOT NULL,
  made_at timestamptz NOT NULL,
  steps jsonb NOT NULL,
  CONSTRAINT notices_pk PRIMARY KEY (user_id, notice_id),
  CONSTRAINT notices_cause_uq UNIQUE (user_id, channel, cause),
  CONSTRAINT notices_state_ck CHECK (state IN ('waiting', 'sent', 'cancelled', 'refused', 'bounced'))
);
SELECT kabinet.shard_table('kabinet.notices', 'user_id', 'kabinet.users');
ALTER TABLE kabinet.notices ADD CONSTRAINT notices_user_fk FOREIGN KEY (user_id) REFERENCES kabinet.users (user_id);
CREATE INDEX notices_made_ix ON kabinet.notices (user_id, made_at DESC, notice_id DESC);
CREATE INDEX notices_account_ix ON kabinet.notices (account_id, made_at DESC, notice_id DESC) WHERE account_id IS NOT NULL;
CREATE INDEX notices_refused_ix ON kabinet.notices (lower(address)) WHERE state = 'refused';
CREATE INDEX notices_old_ix ON kabinet.notices (made_at);
-- What a person wants to hear and when; whoever never chose has no row.
CREATE TABLE kabinet.notice_preferences (
  user_id uuid NOT NULL,
  zone text,
  is_quiet_chosen boolean NOT NULL,
  quiet jsonb,
  switches jsonb NOT NULL,
  CONSTRAINT notice_preferences_pk PRIMARY KEY (user_id)
);
SELECT kabinet.shard_table('kabinet.notice_preferences', 'user_id', 'kabinet.users');
ALTER TABLE kabinet.notice_preferences ADD CONSTRAINT notice_preferences_user_fk FOREIGN KEY (user_id) REFERENCES kabinet.users (user_id);
-- How fast each channel may be used, shared by all workers.
CREATE TABLE kabinet.notice_paces (
  channel text NOT NULL,
  spent_until timestamptz,
  tails jsonb NOT NULL,
  CONSTRAINT notice_paces_pk PRIMARY KEY (channel)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON kabinet.notices, kabinet.notice_preferences TO kabinet_app;
GRANT SELECT, INSERT, UPDATE ON kabinet.notice_paces TO kabinet_app;
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('notices.quiet-hours', '2025-01-01', '{"quiet": {"start": "21:00:00", "until": "09:00:00"}}');
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('notices.bounces', '2025-01-01', '{"days": 180}');
UPDATE kabinet.terms SET value = jsonb_set(value, '{days,notices}', '366') WHERE name = 'people.retention';
