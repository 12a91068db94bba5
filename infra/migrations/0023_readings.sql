-- Why: each register's value of a reading has a state of its own, so that nobody's good value is refused
-- for another's fault, and each change of it writes a step. What was sent is never changed or dropped:
-- a value that no longer counts is replaced, by which reading and why stands beside it.
CREATE TABLE kabinet.readings (
  account_id uuid NOT NULL,
  reading_id uuid NOT NULL,
  meter_id uuid NOT NULL,
  taken_on date NOT NULL,
  received_at timestamptz NOT NULL,
  source text NOT NULL,
  sent_by uuid NOT NULL,
  sent_by_kind text NOT NULL,
  repeats jsonb NOT NULL,
  comment text,
  corrects uuid,
  source_id uuid,
  insistence jsonb,
  CONSTRAINT readings_pk PRIMARY KEY (account_id, reading_id)
);
SELECT kabinet.shard_table('kabinet.readings', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.readings ADD CONSTRAINT readings_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
CREATE INDEX readings_meter_ix ON kabinet.readings (account_id, meter_id, received_at DESC, reading_id DESC);
CREATE INDEX readings_source_ix ON kabinet.readings (account_id, source_id) WHERE source_id IS NOT NULL;
-- A reading, its values and their steps are written in one transaction, and `kabinet audit` looks whether
-- each has the others. Foreign keys between them made a large workbook slower by many times: the plan of
-- their check is made while the tables are still small.
CREATE TABLE kabinet.register_readings (
  account_id uuid NOT NULL,
  reading_id uuid NOT NULL,
  zone text NOT NULL,
  direction text NOT NULL,
  meter_id uuid NOT NULL,
  taken_on date NOT NULL,
  period text NOT NULL,
  value numeric NOT NULL,
  nature text NOT NULL,
  source text NOT NULL,
  state text NOT NULL,
  findings jsonb NOT NULL,
  previous numeric,
  previous_on date,
  consumption numeric,
  bill_number text,
  replaced_by uuid,
  reason text,
  operator_since timestamptz,
  steps_count int NOT NULL,
  CONSTRAINT register_readings_pk PRIMARY KEY (account_id, reading_id, zone, direction),
  CONSTRAINT register_readings_operator_ck CHECK (operator_since IS NULL OR state = 'needs_confirmation')
);
SELECT kabinet.shard_table('kabinet.register_readings', 'account_id', 'kabinet.accounts');
-- What customers sent stands at most once per register and period; billing's own values stand beside it.
CREATE UNIQUE INDEX register_readings_standing_uq ON kabinet.register_readings (account_id, meter_id, zone, direction, period) WHERE state IN ('accepted', 'accepted_with_warning', 'used') AND source <> 'billing';
CREATE INDEX register_readings_history_ix ON kabinet.register_readings (account_id, meter_id, zone, direction, taken_on);
CREATE INDEX register_readings_operator_ix ON kabinet.register_readings (operator_since) WHERE operator_since IS NOT NULL;
CREATE TABLE kabinet.reading_steps (
  account_id uuid NOT NULL,
  reading_id uuid NOT NULL,
  zone text NOT NULL,
  direction text NOT NULL,
  step_no int NOT NULL,
  state text NOT NULL,
  at timestamptz NOT NULL,
  by_kind text NOT NULL,
  by_id uuid NOT NULL,
  reason text,
  note text,
  CONSTRAINT reading_steps_pk PRIMARY KEY (account_id, reading_id, zone, direction, step_no)
);
SELECT kabinet.shard_table('kabinet.reading_steps', 'account_id', 'kabinet.accounts');
CREATE TRIGGER reading_steps_append_only BEFORE UPDATE OR DELETE ON kabinet.reading_steps FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
GRANT SELECT, INSERT, UPDATE ON kabinet.readings, kabinet.register_readings TO kabinet_app;
GRANT SELECT, INSERT ON kabinet.reading_steps TO kabinet_app;
-- Accounts of one group have their own window and limits (terms "readings.windows", "readings.limits");
-- without one their kind is the group. A window that closes on an earlier day than it opens spans the end of
-- the month: legal entities read at midnight of the first (decree 442, 161). Residents: 15 to 25 (decree 354).
ALTER TABLE kabinet.accounts ADD COLUMN reading_group text;
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('readings.windows', '2025-01-01', '{"groups": {"unified": {"opens_day": 15, "closes_day": 25}, "contract": {"opens_day": 25, "closes_day": 3}}}');
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('readings.limits', '2025-01-01', '{"groups": {"unified": {}, "contract": {"ahead_days": 1, "usual_per_day": "500"}}}');
