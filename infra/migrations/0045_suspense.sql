-- Why: money whose account is not known waits on its file's synthetic account until somebody finds whose it
-- is, or it goes back. What becomes of such a row is told step by step and never rewritten.
CREATE TABLE kabinet.registry_row_steps (
  account_id uuid NOT NULL,
  row_no int NOT NULL,
  step_no int NOT NULL,
  state text NOT NULL,
  at timestamptz NOT NULL,
  by_id uuid NOT NULL,
  by_name text NOT NULL,
  note text NOT NULL,
  CONSTRAINT registry_row_steps_pk PRIMARY KEY (account_id, row_no, step_no)
);
SELECT kabinet.shard_table('kabinet.registry_row_steps', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.registry_row_steps ADD CONSTRAINT registry_row_steps_row_fk FOREIGN KEY (account_id, row_no) REFERENCES kabinet.registry_rows (account_id, row_no);
CREATE TRIGGER registry_row_steps_append_only BEFORE UPDATE OR DELETE ON kabinet.registry_row_steps FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
GRANT SELECT, INSERT ON kabinet.registry_row_steps TO kabinet_app;
-- The synthetic account a payment's money came from, when it was found to be this account's.
ALTER TABLE kabinet.payments ADD COLUMN brought_from uuid;
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('payments.suspense', '2025-01-01', '{"post_from_score": 90, "ahead_by": 25, "alone_up_to": {"kopecks": 1500000}, "number_check": "none"}');
-- Layouts that banks are known by; a contract may agree another: that is one more row, in force from its day.
INSERT INTO kabinet.registry_layouts (layout_code, valid_from, layout) VALUES ('sberbank', '2025-01-01', '{"format": "delimited", "columns": {"date": 1, "time": 2, "operation": 5, "account": 6, "payer-name": 7, "payer-address": 8, "period": 9, "amount": 10, "transferred": 11, "fee": 12}, "trailer": {"prefix": "=", "columns": {"rows": 1, "amount": 2, "transferred": 3, "fees": 4, "order-number": 5, "order-date": 6}}}');
INSERT INTO kabinet.registry_layouts (layout_code, valid_from, layout) VALUES ('raiffeisen', '2025-01-01', '{"format": "delimited", "encodings": ["utf-8", "cp1251"], "has_headings": true, "is_quoted": true, "date_format": "%d.%m.%Y %H:%M:%S", "columns": {"moment": "Дата операции МСК", "kind": "Тип", "operation": "Данные оплаты", "refund": "id возврата", "reference": "id заказа", "account": "id клиента", "purpose": "Комментарий", "amount": "Сумма", "fee": "Комиссия"}, "kinds_in": ["Оплата"], "kinds_out": ["Возврат"], "trailer": {"prefix": "Итого", "columns": {"amount": "Сумма", "fees": "Комиссия"}}, "account_in_purpose": ["(?:л\\s*/?\\s*с|лиц(?:евой|\\.)?\\s*сч[её]т)[\\s.:№]*([0-9A-Za-zА-Яа-яЁё][0-9A-Za-zА-Яа-яЁё/-]{4,29})", "(?:дог(?:овор[а-я]*|\\.)?|контракт[а-я]*)[\\s.:№]*([A-Za-zА-Яа-яЁё]?-?[0-9][0-9/-]{4,28}[0-9])"]}');
INSERT INTO kabinet.registry_layouts (layout_code, valid_from, layout) VALUES ('tochka', '2025-01-01', '{"format": "delimited", "encodings": ["utf-8", "cp1251"], "has_headings": true, "is_quoted": true, "date_format": "%Y-%m-%d %H:%M:%S", "columns": {"moment": "TRANS_DATE", "operation": "TRANSACTION_ID", "amount": "SUM", "fee": "COMMISSION", "kind": "TRANSACTION_TYPE", "account": "ORDER_UID", "reference": "ORDER_UID"}, "kinds_in": ["PAYMENT", "PURCHASE"], "kinds_out": ["REFUND", "REVERSAL"]}');
INSERT INTO kabinet.registry_layouts (layout_code, valid_from, layout) VALUES ('1c', '2025-01-01', '{"format": "1c", "account_in_purpose": ["(?:л\\s*/?\\s*с|лиц(?:евой|\\.)?\\s*сч[её]т)[\\s.:№]*([0-9A-Za-zА-Яа-яЁё][0-9A-Za-zА-Яа-яЁё/-]{4,29})", "(?:дог(?:овор[а-я]*|\\.)?|контракт[а-я]*)[\\s.:№]*([A-Za-zА-Яа-яЁё]?-?[0-9][0-9/-]{4,28}[0-9])"]}');
INSERT INTO kabinet.registry_layouts (layout_code, valid_from, layout) VALUES ('camt-053', '2025-01-01', '{"format": "camt.053", "account_in_purpose": ["(?:л\\s*/?\\s*с|лиц(?:евой|\\.)?\\s*сч[её]т)[\\s.:№]*([0-9A-Za-zА-Яа-яЁё][0-9A-Za-zА-Яа-яЁё/-]{4,29})", "(?:дог(?:овор[а-я]*|\\.)?|контракт[а-я]*)[\\s.:№]*([A-Za-zА-Яа-яЁё]?-?[0-9][0-9/-]{4,28}[0-9])"]}');
