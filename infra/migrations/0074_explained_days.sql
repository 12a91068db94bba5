-- Why: a difference that somebody explained is not one that agrees. A compared day keeps how much of it was explained,
-- by whom and when, apart from what is open, so that the list of days tells it without reading every explanation.
-- Above a limit one person does not explain a difference away: a second one says so too. What was said before this
-- stands as it was said.
ALTER TABLE kabinet.reconciliations ADD COLUMN explained_count int NOT NULL DEFAULT 0;
ALTER TABLE kabinet.reconciliations ADD COLUMN explained_kopecks bigint NOT NULL DEFAULT 0;
ALTER TABLE kabinet.reconciliations ADD COLUMN explained_by text[] NOT NULL DEFAULT '{}';
ALTER TABLE kabinet.reconciliations ADD COLUMN explained_at timestamptz;
ALTER TABLE kabinet.reconciliation_resolutions ADD COLUMN needs_second boolean NOT NULL DEFAULT false;
WITH held AS (
  SELECT d.agent_code, d.day, d.discrepancy_id, s.by_name, s.said_at, abs(s.difference_kopecks) AS kopecks
  FROM kabinet.reconciliation_discrepancies d
  JOIN kabinet.reconciliation_resolutions s
    ON (s.agent_code, s.day, s.discrepancy_id) = (d.agent_code, d.day, d.discrepancy_id)
    AND (s.category, s.difference_kopecks) = (d.found ->> 'category', (d.found #>> '{difference,kopecks}')::bigint)
), explained AS (
  SELECT agent_code, day, count(*) AS found_count, sum(kopecks) AS kopecks
  FROM (SELECT DISTINCT agent_code, day, discrepancy_id, kopecks FROM held) AS one GROUP BY agent_code, day
), named AS (
  SELECT agent_code, day, array_agg(DISTINCT by_name) AS names, max(said_at) AS said_at
  FROM held GROUP BY agent_code, day
)
UPDATE kabinet.reconciliations AS r
  SET explained_count = e.found_count, explained_kopecks = e.kopecks, explained_by = n.names, explained_at = n.said_at
  FROM explained e JOIN named n ON (n.agent_code, n.day) = (e.agent_code, e.day)
  WHERE (r.agent_code, r.day) = (e.agent_code, e.day);
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('payments.reconciliation', '2025-01-01', '{"alone_up_to": {"kopecks": 1500000}}');
