-- Why: money paid ahead may be counted towards another debt instead of being returned (Civil Code, art. 410): a
-- refund whose rail is the ledger itself. And the law's own figures that decisions are checked by.
ALTER TABLE kabinet.refunds ADD COLUMN to_account_id uuid, ADD COLUMN to_supplier_account_id uuid, ADD COLUMN counts_from date;
-- Civil Code, art. 196: the general limitation of actions.
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('law.limitation', '1995-01-01', '{"years": 3}');
-- 127-FZ, art. 223.2, 223.6: by law 289-FZ from 01.09.2020, by law 474-FZ from 03.11.2023.
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('law.out-of-court-bankruptcy', '0001-01-01', '{"least": {"kopecks": 5000000}, "most": {"kopecks": 50000000}, "months": 6}'),
  ('law.out-of-court-bankruptcy', '2023-11-03', '{"least": {"kopecks": 2500000}, "most": {"kopecks": 100000000}, "months": 6}');
