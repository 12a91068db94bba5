-- Why: a bill of residents that is handed over after its day (the 5th, for due dates before 01.03.2026 the 1st)
-- is due with the month it was handed over in (Housing Code, art. 155 p. 2-2.1, 177-FZ of 24.06.2025). Bills that
-- were handed over before this rule was known here keep the date that stands on them.
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('accounts.due-dates', '2026-03-01', '{"rules": {
  "resident": [{"since": "2015-01-01", "day": 10, "source": "ЖК РФ, ст. 155 ч. 1", "billed_by": 1,
                "late_source": "ЖК РФ, ст. 155 ч. 2: документ представлен позже 1-го числа"},
               {"since": "2026-03-01", "day": 15, "source": "ЖК РФ, ст. 155 ч. 1 (177-ФЗ от 24.06.2025)", "billed_by": 5,
                "late_source": "ЖК РФ, ст. 155 ч. 2.1 (177-ФЗ от 24.06.2025): документ представлен позже 5-го числа"}],
  "buyer": [{"since": "2015-01-01", "day": 18, "source": "ПП РФ 442, п. 82"}],
  "association": [{"since": "2015-01-01", "day": 15, "source": "ПП РФ 442, п. 82"}],
  "managing-company": [{"since": "2015-01-01", "day": 15, "source": "ПП РФ 442, п. 82"}],
  "utility": [{"since": "2015-01-01", "day": 18, "source": "ПП РФ 442, п. 82"}]}}');
