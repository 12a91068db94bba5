-- Why: where the deadline is that of law 59-FZ, art. 12, a later day is promised once told of, by thirty days at most.
INSERT INTO kabinet.terms (name, valid_from, value)
  SELECT name, '2026-11-04', jsonb_set(jsonb_set(value, '{otherwise,later_days}', '30'), '{rules}', (
    SELECT jsonb_agg(CASE WHEN rule->>'source' LIKE '%59-ФЗ%' THEN rule || '{"later_days": 30}' ELSE rule END)
    FROM jsonb_array_elements(value->'rules') AS rule))
  FROM kabinet.terms WHERE name = 'cases.deadlines' AND valid_from <= '2026-11-04' ORDER BY valid_from DESC LIMIT 1;
