-- Why: what people mail us is kept byte for byte before anybody is told that it has come; a job then sees
-- what it is. A letter belongs to no account until it has been read, so it is local, like providers' events.
-- message_key tells a letter delivered twice (a lost "250", two of our addresses) from two letters.
CREATE TABLE kabinet.letters_in (
  letter_id uuid NOT NULL,
  message_key bytea NOT NULL,
  source text NOT NULL,
  remote_ip text NOT NULL,
  mail_from text NOT NULL,
  recipients text[] NOT NULL,
  received_at timestamptz NOT NULL,
  deliveries int NOT NULL,
  size_bytes int NOT NULL,
  is_cut boolean NOT NULL,
  sha256 bytea NOT NULL,
  raw bytea,
  message_id text NOT NULL,
  sender text NOT NULL,
  subject text NOT NULL,
  state text NOT NULL,
  reason text NOT NULL,
  account_id uuid,
  answer_to text NOT NULL,
  thread text[] NOT NULL,
  steps jsonb NOT NULL,
  CONSTRAINT letters_in_pk PRIMARY KEY (letter_id),
  CONSTRAINT letters_in_message_key_uq UNIQUE (message_key),
  CONSTRAINT letters_in_state_ck CHECK (state IN ('received', 'quarantined', 'judging', 'settled', 'ignored', 'bounce', 'rejected')),
  CONSTRAINT letters_in_raw_ck CHECK (octet_length(raw) <= 31457280)
);
-- Base64 of zips: packing it once more takes the processor's time and saves little.
ALTER TABLE kabinet.letters_in ALTER COLUMN raw SET STORAGE EXTERNAL;
CREATE INDEX letters_in_received_ix ON kabinet.letters_in (received_at DESC, letter_id DESC);
CREATE INDEX letters_in_state_ix ON kabinet.letters_in (state, received_at DESC, letter_id DESC);
-- The workbooks of a letter, and which file of readings each became.
CREATE TABLE kabinet.letter_files (
  letter_id uuid NOT NULL,
  file_no int NOT NULL,
  name text NOT NULL,
  size_bytes int NOT NULL,
  account_id uuid,
  file_id uuid,
  trouble text NOT NULL,
  CONSTRAINT letter_files_pk PRIMARY KEY (letter_id, file_no),
  CONSTRAINT letter_files_letter_fk FOREIGN KEY (letter_id) REFERENCES kabinet.letters_in (letter_id)
);
CREATE INDEX letter_files_file_ix ON kabinet.letter_files (file_id) WHERE file_id IS NOT NULL;
-- What we answered, once of each kind to each letter. sending_until: somebody is at it until then.
CREATE TABLE kabinet.letter_answers (
  letter_id uuid NOT NULL,
  kind text NOT NULL,
  recipient text NOT NULL,
  message_id text NOT NULL,
  state text NOT NULL,
  promised_at timestamptz NOT NULL,
  tries int NOT NULL,
  sending_until timestamptz,
  ended_at timestamptz,
  note text NOT NULL,
  CONSTRAINT letter_answers_pk PRIMARY KEY (letter_id, kind),
  CONSTRAINT letter_answers_message_id_uq UNIQUE (message_id),
  CONSTRAINT letter_answers_state_ck CHECK (state IN ('due', 'sent', 'refused', 'bounced', 'withheld')),
  CONSTRAINT letter_answers_letter_fk FOREIGN KEY (letter_id) REFERENCES kabinet.letters_in (letter_id)
);
-- How many answers an address got in an hour or a day: two automatons must not write to each other for ever.
CREATE TABLE kabinet.mail_reply_rates (
  email text NOT NULL,
  window_started_at timestamptz NOT NULL,
  window_seconds int NOT NULL,
  count int NOT NULL,
  CONSTRAINT mail_reply_rates_pk PRIMARY KEY (email, window_started_at, window_seconds)
);
CREATE INDEX mail_reply_rates_window_ix ON kabinet.mail_reply_rates (window_started_at);
-- Reports that a letter of ours could not be delivered (RFC 3464). recipient is in lower case.
CREATE TABLE kabinet.mail_bounces (
  bounce_id uuid NOT NULL,
  letter_id uuid,
  recipient text NOT NULL,
  message_id text NOT NULL,
  action text NOT NULL,
  status text NOT NULL,
  diagnostic text NOT NULL,
  received_at timestamptz NOT NULL,
  CONSTRAINT mail_bounces_pk PRIMARY KEY (bounce_id)
);
CREATE INDEX mail_bounces_recipient_ix ON kabinet.mail_bounces (recipient, received_at DESC);
CREATE INDEX mail_bounces_message_id_ix ON kabinet.mail_bounces (message_id);
-- Who of the staff looked at which letter.
CREATE TABLE kabinet.letter_views (
  view_id uuid NOT NULL,
  letter_id uuid NOT NULL,
  staff_id uuid NOT NULL,
  staff_name text NOT NULL,
  what text NOT NULL,
  at timestamptz NOT NULL,
  CONSTRAINT letter_views_pk PRIMARY KEY (view_id),
  CONSTRAINT letter_views_letter_fk FOREIGN KEY (letter_id) REFERENCES kabinet.letters_in (letter_id)
);
CREATE INDEX letter_views_letter_ix ON kabinet.letter_views (letter_id, at);
-- Whose letters are taken for an account: the account's own list, and the way from an address to accounts.
-- is_sure: not only somebody of the account said so, but the address itself has named the account.
CREATE TABLE kabinet.account_senders (
  account_id uuid NOT NULL,
  email text NOT NULL,
  is_sure boolean NOT NULL,
  added_at timestamptz NOT NULL,
  added_by_kind text NOT NULL,
  added_by uuid NOT NULL,
  added_by_name text NOT NULL,
  CONSTRAINT account_senders_pk PRIMARY KEY (account_id, email)
);
SELECT kabinet.shard_table('kabinet.account_senders', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.account_senders ADD CONSTRAINT account_senders_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
CREATE TABLE kabinet.sender_addresses (
  email text NOT NULL,
  account_id uuid NOT NULL,
  CONSTRAINT sender_addresses_pk PRIMARY KEY (email, account_id)
);
SELECT kabinet.shard_table('kabinet.sender_addresses', 'email', 'kabinet.account_numbers');
GRANT SELECT, INSERT, UPDATE ON kabinet.letters_in, kabinet.letter_answers TO kabinet_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON kabinet.letter_files, kabinet.mail_reply_rates, kabinet.account_senders, kabinet.sender_addresses TO kabinet_app;
GRANT SELECT, INSERT, DELETE ON kabinet.mail_bounces TO kabinet_app;
GRANT SELECT, INSERT ON kabinet.letter_views TO kabinet_app;
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('mail.limits', '2025-01-01', '{"replies_an_hour": 30, "replies_a_day": 100, "replies_a_day_to_strangers": 2, "senders_of_account": 20, "raw_kept_days": 180}');
