-- Why: a decision may promise that somebody comes to the meter: to seal, look at, replace or install it.
-- Hours on offer belong to nobody's account; each has so many places, counted in its own row, so that the
-- last place is taken once. A visit keeps the hours it was booked for and the act drawn up on the spot.
CREATE TABLE kabinet.visit_slots (
  slot_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  capacity int NOT NULL,
  taken_count int NOT NULL,
  CONSTRAINT visit_slots_pk PRIMARY KEY (slot_id),
  CONSTRAINT visit_slots_times_ck CHECK (ends_at > starts_at),
  CONSTRAINT visit_slots_taken_ck CHECK (taken_count BETWEEN 0 AND capacity)
);
CREATE INDEX visit_slots_starts_ix ON kabinet.visit_slots (starts_at, slot_id);
CREATE TABLE kabinet.visits (
  account_id uuid NOT NULL,
  visit_id uuid NOT NULL,
  case_id uuid NOT NULL,
  decision_no int NOT NULL,
  purpose text NOT NULL,
  slot_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  state text NOT NULL,
  by_kind text NOT NULL,
  by_id uuid NOT NULL,
  by_name text NOT NULL,
  booked_at timestamptz NOT NULL,
  note text NOT NULL,
  meter_ids uuid[] NOT NULL,
  ended_at timestamptz,
  why text NOT NULL,
  act jsonb,
  acted_by jsonb,
  CONSTRAINT visits_pk PRIMARY KEY (account_id, visit_id),
  CONSTRAINT visits_ended_ck CHECK ((ended_at IS NULL) = (state = 'booked')),
  CONSTRAINT visits_act_ck CHECK ((act IS NOT NULL) = (state IN ('done', 'missed')))
);
SELECT kabinet.shard_table('kabinet.visits', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.visits ADD CONSTRAINT visits_case_fk FOREIGN KEY (account_id, case_id) REFERENCES kabinet.cases (account_id, case_id);
-- Of one case one visit stands.
CREATE UNIQUE INDEX visits_booked_uq ON kabinet.visits (account_id, case_id) WHERE state = 'booked';
CREATE INDEX visits_case_ix ON kabinet.visits (account_id, case_id, booked_at);
-- The crew's day, over all accounts.
CREATE INDEX visits_day_ix ON kabinet.visits (starts_at, visit_id) WHERE state = 'booked';
-- An act that finds fault with a meter stops its readings until another act admits it.
ALTER TABLE kabinet.meters ADD COLUMN not_admitted_since date;
GRANT SELECT, INSERT, UPDATE ON kabinet.visit_slots, kabinet.visits TO kabinet_app;
-- Six months to replace or install a meter (decree 442, 136 and 151), then 15 % off for each month of delay.
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('claims.meter-terms', '2020-07-01', '{"months": 6, "reduction_percent": "15"}');
