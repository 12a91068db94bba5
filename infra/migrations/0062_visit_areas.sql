-- Why: crews of one town do not go to another: hours on offer belong to a service area. Which addresses are of
-- which area is a term; what none of them names is of the area `region`, as all hours were so far.
ALTER TABLE kabinet.visit_slots ADD COLUMN area text NOT NULL DEFAULT 'region';
ALTER TABLE kabinet.visit_slots ALTER COLUMN area DROP DEFAULT;
DROP INDEX kabinet.visit_slots_starts_ix;
CREATE INDEX visit_slots_starts_ix ON kabinet.visit_slots (area, starts_at, slot_id);
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('visits.areas', '2020-07-01', '{"areas": [], "otherwise": {"code": "region", "name": "Вся область"}}');
-- To a citizen the supplier answers for the grid, within the ten days of the law on consumer rights: that the
-- grid company is asked does not give us more time. It has seven of them.
INSERT INTO kabinet.terms (name, valid_from, value)
  SELECT name, '2026-11-02', jsonb_set(value, '{rules}', (
    SELECT jsonb_agg(CASE WHEN rule->>'kind' = 'damages' THEN rule || '{"sent_on_days": 7, "answers_for_others": true}' ELSE rule END)
    FROM jsonb_array_elements(value->'rules') AS rule))
  FROM kabinet.terms WHERE name = 'cases.deadlines' AND valid_from <= '2026-11-02' ORDER BY valid_from DESC LIMIT 1;
