-- Why: an attempt is counted when a run begins, not when a worker takes the job in hand: of a worker that dies, only
-- what it had begun is charged. What was running then may have killed it, so it is run alone from then on. Whatever
-- is in hand while this runs was counted when it was picked.
ALTER TABLE kabinet.account_jobs ADD COLUMN begun boolean NOT NULL DEFAULT false;
ALTER TABLE kabinet.account_jobs ADD COLUMN alone boolean NOT NULL DEFAULT false;
ALTER TABLE kabinet.local_jobs ADD COLUMN begun boolean NOT NULL DEFAULT false;
ALTER TABLE kabinet.local_jobs ADD COLUMN alone boolean NOT NULL DEFAULT false;
CREATE INDEX account_jobs_alone_ix ON kabinet.account_jobs (run_at, job_id) WHERE state = 'waiting' AND alone;
CREATE INDEX local_jobs_alone_ix ON kabinet.local_jobs (run_at, job_id) WHERE state = 'waiting' AND alone;
