-- Why: due dates, key rates, the state's caps and the shares of the rate change by date: they are data.
-- A supplier's penalty comes with billing's charges until a day from which it is reckoned here.
-- Rates are in hundredths of a per cent a year. Source of the rates: Bank of Russia; later ones are
-- loaded with "kabinet import key-rates".
CREATE TABLE kabinet.key_rates (
  valid_from date NOT NULL,
  rate_basis_points int NOT NULL,
  CONSTRAINT key_rates_pk PRIMARY KEY (valid_from),
  CONSTRAINT key_rates_rate_ck CHECK (rate_basis_points BETWEEN 1 AND 10000)
);
SELECT kabinet.shard_table('kabinet.key_rates', NULL);
-- The rate of a penalty is never above the cap; valid_to is the last day.
CREATE TABLE kabinet.penalty_caps (
  valid_from date NOT NULL,
  valid_to date NOT NULL,
  cap_basis_points int NOT NULL,
  debtors text[] NOT NULL,
  source text NOT NULL,
  CONSTRAINT penalty_caps_pk PRIMARY KEY (valid_from),
  CONSTRAINT penalty_caps_days_ck CHECK (valid_from <= valid_to)
);
SELECT kabinet.shard_table('kabinet.penalty_caps', NULL);
-- Who reckons a supplier's penalty for charges due from that day on; without a row: billing.
CREATE TABLE kabinet.supplier_penalties (
  supplier_id uuid NOT NULL,
  valid_from date NOT NULL,
  reckoned_by text NOT NULL,
  CONSTRAINT supplier_penalties_pk PRIMARY KEY (supplier_id, valid_from),
  CONSTRAINT supplier_penalties_by_ck CHECK (reckoned_by IN ('billing', 'us'))
);
SELECT kabinet.shard_table('kabinet.supplier_penalties', NULL);
ALTER TABLE kabinet.supplier_penalties ADD CONSTRAINT supplier_penalties_supplier_fk FOREIGN KEY (supplier_id) REFERENCES kabinet.suppliers (supplier_id);
GRANT SELECT, INSERT, UPDATE ON kabinet.key_rates, kabinet.supplier_penalties TO kabinet_app;
GRANT SELECT ON kabinet.penalty_caps TO kabinet_app;
INSERT INTO kabinet.key_rates (valid_from, rate_basis_points) VALUES
  ('2021-12-20', 850), ('2022-02-14', 950), ('2022-02-28', 2000), ('2022-04-11', 1700), ('2022-05-04', 1400),
  ('2022-05-27', 1100), ('2022-06-14', 950), ('2022-07-25', 800), ('2022-09-19', 750), ('2023-07-24', 850),
  ('2023-08-15', 1200), ('2023-09-18', 1300), ('2023-10-30', 1500), ('2023-12-18', 1600), ('2024-07-29', 1800),
  ('2024-09-16', 1900), ('2024-10-28', 2100), ('2025-06-09', 2000), ('2025-07-28', 1800), ('2025-09-15', 1700),
  ('2025-10-27', 1650), ('2025-12-22', 1600), ('2026-02-16', 1550);
INSERT INTO kabinet.penalty_caps (valid_from, valid_to, cap_basis_points, debtors, source) VALUES
  ('2022-03-28', '2026-12-31', 950, ARRAY['resident', 'buyer', 'association', 'managing-company', 'utility'],
   'ПП РФ 474 от 26.03.2022 в редакции ПП РФ 329 от 18.03.2025: не выше ключевой ставки на 27.02.2022');
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('accounts.due-dates', '2015-01-01', '{"rules": {
  "resident": [{"since": "2015-01-01", "day": 10, "source": "ЖК РФ, ст. 155 ч. 1"},
               {"since": "2026-03-01", "day": 15, "source": "ЖК РФ, ст. 155 ч. 1 (177-ФЗ от 24.06.2025)"}],
  "buyer": [{"since": "2015-01-01", "day": 18, "source": "ПП РФ 442, п. 82"}],
  "association": [{"since": "2015-01-01", "day": 15, "source": "ПП РФ 442, п. 82"}],
  "managing-company": [{"since": "2015-01-01", "day": 15, "source": "ПП РФ 442, п. 82"}],
  "utility": [{"since": "2015-01-01", "day": 18, "source": "ПП РФ 442, п. 82"}]}}');
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('accounts.penalty-rules', '2016-01-01', '{
  "cap_by": "settlement", "posted_on_day": 1, "rules": {
  "resident": {"source": "ЖК РФ, ст. 155 ч. 14", "steps": [{"from_day": 31, "part_of": 300}, {"from_day": 91, "part_of": 130}]},
  "buyer": {"source": "35-ФЗ, ст. 37 п. 2", "steps": [{"from_day": 1, "part_of": 130}]},
  "association": {"source": "35-ФЗ, ст. 37 п. 2", "steps": [{"from_day": 31, "part_of": 300}, {"from_day": 91, "part_of": 130}]},
  "managing-company": {"source": "35-ФЗ, ст. 37 п. 2", "steps": [{"from_day": 1, "part_of": 300}, {"from_day": 61, "part_of": 170}, {"from_day": 91, "part_of": 130}]},
  "utility": {"source": "35-ФЗ, ст. 37 п. 2", "steps": [{"from_day": 1, "part_of": 300}, {"from_day": 61, "part_of": 170}, {"from_day": 91, "part_of": 130}]}}}');
