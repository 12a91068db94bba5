-- Why: of jobs due at the same moment the one promised first is done first, so that the same life of the product
-- is the same each time it is played. The index holds that order, so that no worker sorts the queue.
DROP INDEX kabinet.account_jobs_due_ix;
CREATE INDEX account_jobs_due_ix ON kabinet.account_jobs (run_at, job_id) WHERE state = 'waiting';
DROP INDEX kabinet.local_jobs_due_ix;
CREATE INDEX local_jobs_due_ix ON kabinet.local_jobs (run_at, job_id) WHERE state = 'waiting';
