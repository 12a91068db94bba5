-- Why: answers are due by working days, and a term that ends on a day off ends on the next working day.
-- 2026 by the government's decree; 2027 by the Labour Code alone until its decree is loaded.
CREATE TABLE kabinet.calendar_days (
  day date NOT NULL,
  is_worked boolean NOT NULL,
  name text NOT NULL,
  CONSTRAINT calendar_days_pk PRIMARY KEY (day)
);
SELECT kabinet.shard_table('kabinet.calendar_days', NULL);
GRANT SELECT ON kabinet.calendar_days TO kabinet_app;
INSERT INTO kabinet.calendar_days (day, is_worked, name) VALUES
  ('2026-01-01', false, 'Новогодние каникулы'), ('2026-01-02', false, 'Новогодние каникулы'), ('2026-01-05', false, 'Новогодние каникулы'), ('2026-01-06', false, 'Новогодние каникулы'), ('2026-01-07', false, 'Рождество Христово'), ('2026-01-08', false, 'Новогодние каникулы'), ('2026-01-09', false, 'Перенос с 3 января'),
  ('2026-02-23', false, 'День защитника Отечества'), ('2026-03-09', false, 'Перенос с 8 марта'), ('2026-05-01', false, 'Праздник Весны и Труда'), ('2026-05-11', false, 'Перенос с 9 мая'), ('2026-06-12', false, 'День России'), ('2026-11-04', false, 'День народного единства'), ('2026-12-31', false, 'Перенос с 4 января'),
  ('2027-01-01', false, 'Новогодние каникулы'), ('2027-01-04', false, 'Новогодние каникулы'), ('2027-01-05', false, 'Новогодние каникулы'), ('2027-01-06', false, 'Новогодние каникулы'), ('2027-01-07', false, 'Рождество Христово'), ('2027-01-08', false, 'Новогодние каникулы'),
  ('2027-02-23', false, 'День защитника Отечества'), ('2027-03-08', false, 'Международный женский день'), ('2027-05-03', false, 'Перенос с 1 мая'), ('2027-05-10', false, 'Перенос с 9 мая'), ('2027-06-14', false, 'Перенос с 12 июня'), ('2027-11-04', false, 'День народного единства');
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('cases.deadlines', '2025-01-01', '{"rules": [
  {"kind": "recalculation", "ground": "absence", "days": 5, "unit": "working", "source": "ПП РФ 354, п. 91"},
  {"kind": "recalculation", "ground": "quality", "days": 3, "unit": "working", "source": "ПП РФ 354, п. 31 (к)"},
  {"kind": "recalculation", "days": 30, "unit": "calendar", "source": "ЖК РФ, ст. 157 ч. 7; обещание компании: 3–30 дней"},
  {"kind": "refund", "days": 10, "unit": "calendar", "pauses": true, "source": "Закон о защите прав потребителей, ст. 31"},
  {"kind": "payment-search", "days": 3, "unit": "working", "source": "обещание компании"},
  {"kind": "bankruptcy-write-off", "days": 30, "unit": "calendar", "source": "по аналогии с 59-ФЗ, ст. 12"},
  {"kind": "meter-sealing", "days": 5, "unit": "working", "sent_on_days": 15, "source": "ПП РФ 442, п. 174; ПП РФ 354, п. 81"},
  {"kind": "damages", "days": 10, "unit": "calendar", "sent_on_days": 30, "source": "Закон о защите прав потребителей, ст. 31"},
  {"kind": "meter-replacement", "days": 30, "unit": "calendar", "sent_on_days": 30, "source": "АПК РФ, ст. 4 ч. 5; срок замены 6 месяцев: ПП РФ 442, п. 136"},
  {"kind": "meter-installation", "days": 30, "unit": "calendar", "sent_on_days": 30, "source": "АПК РФ, ст. 4 ч. 5; срок установки 6 месяцев: ПП РФ 442, п. 136"},
  {"kind": "billing-claim", "days": 30, "unit": "calendar", "source": "АПК РФ, ст. 4 ч. 5"},
  {"kind": "complaint", "ground": "quality", "days": 3, "unit": "working", "source": "ПП РФ 354, п. 31 (к)"},
  {"kind": "complaint", "days": 30, "unit": "calendar", "source": "по аналогии с 59-ФЗ, ст. 12"},
  {"kind": "consultation", "days": 3, "unit": "working", "source": "обещание компании: 3–30 дней"}
], "otherwise": {"kind": "*", "days": 30, "unit": "calendar", "source": "по аналогии с 59-ФЗ, ст. 12"}, "escalate_before_days": 2}');
