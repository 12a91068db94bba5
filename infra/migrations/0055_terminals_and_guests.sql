-- Why: terminals of agents ask online whether an account may be paid for, and tell of payments one by one. Who
-- may ask, from where, and what it may learn is data. What came is kept before it is judged; the payment itself
-- is the one that the agent's registry would bring, so that the two meet under one operation.
CREATE TABLE kabinet.terminal_agreements (
  agent_code text NOT NULL,
  valid_from date NOT NULL,
  terms jsonb NOT NULL,
  CONSTRAINT terminal_agreements_pk PRIMARY KEY (agent_code, valid_from)
);
SELECT kabinet.shard_table('kabinet.terminal_agreements', NULL);
CREATE TABLE kabinet.terminal_requests (
  request_id uuid NOT NULL,
  agent_code text NOT NULL,
  received_at timestamptz NOT NULL,
  remote_ip text NOT NULL,
  asked text NOT NULL,
  result int,
  told text,
  answered_at timestamptz,
  CONSTRAINT terminal_requests_pk PRIMARY KEY (request_id)
);
CREATE INDEX terminal_requests_received_ix ON kabinet.terminal_requests (agent_code, received_at DESC);
GRANT SELECT, INSERT, UPDATE ON kabinet.terminal_agreements, kabinet.terminal_requests TO kabinet_app;
-- Guests pay and send readings by an account number: what can be guessed is counted by network. An agent's
-- terminals may ask for numbers that are not there only so often.
UPDATE kabinet.terms SET value = jsonb_set(jsonb_set(jsonb_set(value,
  '{limits,guest-guess}', '{"tries": 12, "window_seconds": 900, "lock_seconds": 60, "most_lock_seconds": 86400}'),
  '{limits,guest-use}', '{"tries": 60, "window_seconds": 3600, "lock_seconds": 300, "most_lock_seconds": 3600}'),
  '{limits,terminal-guess}', '{"tries": 300, "window_seconds": 600, "lock_seconds": 60, "most_lock_seconds": 3600}')
WHERE name = 'people.attempts';
