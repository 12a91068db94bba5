-- Why: what must happen because something was saved is promised in the same transaction. A promise
-- about an account lives in that account's shard; account_id comes without a foreign key because the
-- queue is older than the accounts and its rows go when they are done. local_jobs holds the promises
-- of no account, and schedules the next moment of each timer, which several workers share.
CREATE TABLE kabinet.account_jobs (
  account_id uuid NOT NULL,
  job_id uuid NOT NULL,
  kind text NOT NULL,
  job jsonb NOT NULL,
  key text,
  state text NOT NULL,
  run_at timestamptz NOT NULL,
  attempts int NOT NULL,
  max_attempts int NOT NULL,
  picked_until timestamptz,
  picked_by text,
  last_error text,
  created_at timestamptz NOT NULL,
  CONSTRAINT account_jobs_pk PRIMARY KEY (account_id, job_id),
  CONSTRAINT account_jobs_state_ck CHECK (state IN ('waiting', 'picked', 'dead')),
  CONSTRAINT account_jobs_picked_ck CHECK (state <> 'picked' OR (picked_until IS NOT NULL AND picked_by IS NOT NULL)),
  CONSTRAINT account_jobs_attempts_ck CHECK (attempts BETWEEN 0 AND max_attempts)
);
SELECT kabinet.shard_table('kabinet.account_jobs', 'account_id', 'kabinet.accounts');
-- A promise merges with a waiting one of the same key, never with one that may be half done.
CREATE UNIQUE INDEX account_jobs_key_uq ON kabinet.account_jobs (account_id, key) WHERE state = 'waiting';
CREATE INDEX account_jobs_due_ix ON kabinet.account_jobs (run_at) WHERE state = 'waiting';
CREATE INDEX account_jobs_lease_ix ON kabinet.account_jobs (picked_until) WHERE state = 'picked';
CREATE INDEX account_jobs_dead_ix ON kabinet.account_jobs (kind) WHERE state = 'dead';
CREATE TABLE kabinet.local_jobs (
  job_id uuid NOT NULL,
  kind text NOT NULL,
  job jsonb NOT NULL,
  key text,
  state text NOT NULL,
  run_at timestamptz NOT NULL,
  attempts int NOT NULL,
  max_attempts int NOT NULL,
  picked_until timestamptz,
  picked_by text,
  last_error text,
  created_at timestamptz NOT NULL,
  CONSTRAINT local_jobs_pk PRIMARY KEY (job_id),
  CONSTRAINT local_jobs_state_ck CHECK (state IN ('waiting', 'picked', 'dead')),
  CONSTRAINT local_jobs_picked_ck CHECK (state <> 'picked' OR (picked_until IS NOT NULL AND picked_by IS NOT NULL)),
  CONSTRAINT local_jobs_attempts_ck CHECK (attempts BETWEEN 0 AND max_attempts)
);
CREATE UNIQUE INDEX local_jobs_key_uq ON kabinet.local_jobs (key) WHERE state = 'waiting';
CREATE INDEX local_jobs_due_ix ON kabinet.local_jobs (run_at) WHERE state = 'waiting';
CREATE INDEX local_jobs_lease_ix ON kabinet.local_jobs (picked_until) WHERE state = 'picked';
CREATE INDEX local_jobs_dead_ix ON kabinet.local_jobs (kind) WHERE state = 'dead';
CREATE TABLE kabinet.schedules (
  name text NOT NULL,
  next_at timestamptz NOT NULL,
  CONSTRAINT schedules_pk PRIMARY KEY (name)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON kabinet.account_jobs, kabinet.local_jobs TO kabinet_app;
GRANT SELECT, INSERT, UPDATE ON kabinet.schedules TO kabinet_app;
