-- Why: reminding looks at every account once a day. How far it has come is kept page by page, in the
-- transaction that queues the page's letters, so that a pass broken off goes on where it was.
CREATE TABLE kabinet.reminder_passes (
  day date NOT NULL,
  started_at timestamptz NOT NULL,
  after_account_id uuid,
  accounts bigint NOT NULL,
  counts jsonb NOT NULL,
  finished_at timestamptz,
  CONSTRAINT reminder_passes_pk PRIMARY KEY (day)
);
GRANT SELECT, INSERT, UPDATE ON kabinet.reminder_passes TO kabinet_app;
-- The fourth day before the last and the last but one: 21 and 24 of a window that ends with 25.
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('notices.reading-reminders', '2025-01-01', '{"days_before_end": [4, 1], "days_between": 2}');
