-- Why: the figures by which kinds of cases reckon are data: what an absence counts for and when it is proved,
-- the fine for a charge that was too high (Housing Code, 157, parts 6 and 7), what a day of delay with damages
-- costs (law on consumer rights, 23 and 28), how things lose their price, how often a meter's figures are checked.
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('cases.rules', '2020-07-01', '{
  "recalculation": {"absence_over_days": 5, "absence_months": 6, "asked_within_days": 30, "proved_within_days": 30, "told_within_days": 5, "fine_percent": "50", "fine_months": 2},
  "damages": {"paid_within_days": 10, "goods_percent": "1", "service_percent": "3", "act_hours": 12, "life_years": 10, "most_worn_percent": "80"},
  "meters": {"control_months": 3}}');
-- The fine is a line of its own on the bill.
INSERT INTO kabinet.services (service_code, name, unit) VALUES ('overcharge_fine', 'Штраф за завышенную плату', '') ON CONFLICT DO NOTHING;
-- Hours for a visit are named within three working days (decree 354, p. 81(2)), a promise beside the answer.
-- The case repeats its day, so that staff are reminded of it by an index.
ALTER TABLE kabinet.cases ADD COLUMN agree_on date;
CREATE INDEX cases_agree_ix ON kabinet.cases (agree_on, case_id) WHERE is_open AND agree_on IS NOT NULL;
INSERT INTO kabinet.terms (name, valid_from, value)
  SELECT name, '2026-11-03', jsonb_set(value, '{rules}', (
    SELECT jsonb_agg(CASE WHEN rule->>'kind' = 'meter-sealing' THEN rule || '{"agree_days": 3}' ELSE rule END)
    FROM jsonb_array_elements(value->'rules') AS rule))
  FROM kabinet.terms WHERE name = 'cases.deadlines' AND valid_from <= '2026-11-03' ORDER BY valid_from DESC LIMIT 1;
