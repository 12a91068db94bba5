-- Why: 20 units of a day pass without a question, whatever the unit: right for kilowatt-hours, but 640 m³ of water a
-- month are many homes'. Each service has a bound of its own: what is never asked about (`usual_per_day`: a home of
-- three or four people by the norm, so that the first month after an absence is not asked about either) and, while
-- no average is known, what is (`most_per_day`). The figures are ours to change. Contracts differ too much in size
-- to have a bound without an average. Groups with a `usual_per_day` of their own keep it.
INSERT INTO kabinet.terms (name, valid_from, value)
SELECT name, DATE '2026-11-05', jsonb_set(value, '{groups}', (
    SELECT jsonb_object_agg(key, CASE
        WHEN key = 'contract' THEN
          '{"services": {"cold_water": {"usual_per_day": "20"}, "hot_water": {"usual_per_day": "10"}, "heating": {"usual_per_day": "5"}}}'::jsonb || one
        WHEN one ? 'usual_per_day' THEN one
        ELSE
          '{"services": {"electricity": {"most_per_day": "200"}, "cold_water": {"usual_per_day": "0.7", "most_per_day": "2"}, "hot_water": {"usual_per_day": "0.5", "most_per_day": "1.5"}, "heating": {"usual_per_day": "0.2", "most_per_day": "0.5"}}}'::jsonb || one
        END)
    FROM jsonb_each(value -> 'groups') AS every (key, one)))
  FROM kabinet.terms WHERE name = 'readings.limits' AND valid_from <= '2026-11-05' ORDER BY valid_from DESC LIMIT 1
ON CONFLICT (name, valid_from) DO UPDATE SET value = excluded.value;
