-- Why: applications, claims and enquiries are cases of one engine. Every change of a case writes a step
-- that is never changed again, every decision and every effect it had stands beside them. What the clock
-- says (due day, pause, holder) is repeated in the case, so that queues are sorted by an index.
CREATE TABLE kabinet.cases (
  account_id uuid NOT NULL,
  case_id uuid NOT NULL,
  number text NOT NULL,
  family text NOT NULL,
  kind text NOT NULL,
  form jsonb NOT NULL,
  form_version int NOT NULL,
  channel text NOT NULL,
  by_kind text NOT NULL,
  by_id uuid NOT NULL,
  by_name text NOT NULL,
  received_at timestamptz NOT NULL,
  state text NOT NULL,
  is_open boolean NOT NULL,
  due_on date NOT NULL,
  is_paused boolean NOT NULL,
  holder text,
  holder_id uuid,
  decision jsonb,
  decisions_count int NOT NULL,
  step_no int NOT NULL,
  CONSTRAINT cases_pk PRIMARY KEY (account_id, case_id)
);
SELECT kabinet.shard_table('kabinet.cases', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.cases ADD CONSTRAINT cases_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
CREATE INDEX cases_received_ix ON kabinet.cases (account_id, received_at DESC, case_id DESC);
CREATE INDEX cases_kind_ix ON kabinet.cases (account_id, kind, received_at DESC, case_id DESC);
CREATE INDEX cases_open_ix ON kabinet.cases (account_id, received_at DESC, case_id DESC) WHERE is_open;
-- The queue of the staff: over all accounts, the most urgent first.
CREATE INDEX cases_queue_ix ON kabinet.cases (due_on, case_id) WHERE is_open;
CREATE INDEX cases_queue_kind_ix ON kabinet.cases (kind, due_on, case_id) WHERE is_open;
CREATE INDEX cases_queue_holder_ix ON kabinet.cases (holder_id, due_on, case_id) WHERE is_open;
CREATE INDEX cases_state_ix ON kabinet.cases (state, due_on, case_id);
CREATE TABLE kabinet.case_steps (
  account_id uuid NOT NULL,
  case_id uuid NOT NULL,
  step_no int NOT NULL,
  at timestamptz NOT NULL,
  by_kind text NOT NULL,
  by_id uuid NOT NULL,
  by_name text NOT NULL,
  verb text NOT NULL,
  state text NOT NULL,
  public_note text NOT NULL,
  inner_note text NOT NULL,
  holder text,
  until timestamptz,
  CONSTRAINT case_steps_pk PRIMARY KEY (account_id, case_id, step_no)
);
SELECT kabinet.shard_table('kabinet.case_steps', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.case_steps ADD CONSTRAINT case_steps_case_fk FOREIGN KEY (account_id, case_id) REFERENCES kabinet.cases (account_id, case_id);
CREATE INDEX case_steps_at_ix ON kabinet.case_steps (at, case_id, step_no);
CREATE TRIGGER case_steps_append_only BEFORE UPDATE OR DELETE ON kabinet.case_steps FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
-- What was decided each time. effects_count is what the audit counts case_effects against.
CREATE TABLE kabinet.case_decisions (
  account_id uuid NOT NULL,
  case_id uuid NOT NULL,
  decision_no int NOT NULL,
  decision jsonb NOT NULL,
  outcome text NOT NULL,
  decided_at timestamptz NOT NULL,
  effects_count int NOT NULL,
  CONSTRAINT case_decisions_pk PRIMARY KEY (account_id, case_id, decision_no)
);
SELECT kabinet.shard_table('kabinet.case_decisions', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.case_decisions ADD CONSTRAINT case_decisions_case_fk FOREIGN KEY (account_id, case_id) REFERENCES kabinet.cases (account_id, case_id);
CREATE TRIGGER case_decisions_append_only BEFORE UPDATE OR DELETE ON kabinet.case_decisions FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
-- Decision 0 are the effects of filing. What took a decision's effects back stands under that decision.
CREATE TABLE kabinet.case_effects (
  account_id uuid NOT NULL,
  case_id uuid NOT NULL,
  decision_no int NOT NULL,
  effect_no int NOT NULL,
  kind text NOT NULL,
  reference text NOT NULL,
  is_annulment boolean NOT NULL,
  CONSTRAINT case_effects_pk PRIMARY KEY (account_id, case_id, decision_no, effect_no)
);
SELECT kabinet.shard_table('kabinet.case_effects', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.case_effects ADD CONSTRAINT case_effects_case_fk FOREIGN KEY (account_id, case_id) REFERENCES kabinet.cases (account_id, case_id);
CREATE TRIGGER case_effects_append_only BEFORE UPDATE OR DELETE ON kabinet.case_effects FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
-- A form that is not sent yet, as far as it is filled in. Whoever writes it is the only one who sees it.
CREATE TABLE kabinet.case_drafts (
  account_id uuid NOT NULL,
  case_id uuid NOT NULL,
  by_id uuid NOT NULL,
  content jsonb NOT NULL,
  changed_at timestamptz NOT NULL,
  CONSTRAINT case_drafts_pk PRIMARY KEY (account_id, case_id)
);
SELECT kabinet.shard_table('kabinet.case_drafts', 'account_id', 'kabinet.accounts');
ALTER TABLE kabinet.case_drafts ADD CONSTRAINT case_drafts_account_fk FOREIGN KEY (account_id) REFERENCES kabinet.accounts (account_id);
CREATE INDEX case_drafts_by_ix ON kabinet.case_drafts (account_id, by_id, changed_at DESC);
-- Numbers for people are counted within a year; each leads to its case.
CREATE TABLE kabinet.case_counters (
  year int NOT NULL,
  last_no int NOT NULL,
  CONSTRAINT case_counters_pk PRIMARY KEY (year)
);
CREATE TABLE kabinet.case_numbers (
  number text NOT NULL,
  account_id uuid NOT NULL,
  case_id uuid NOT NULL,
  CONSTRAINT case_numbers_pk PRIMARY KEY (number)
);
SELECT kabinet.shard_table('kabinet.case_numbers', 'number', 'kabinet.account_numbers');
GRANT SELECT, INSERT, UPDATE ON kabinet.cases, kabinet.case_counters TO kabinet_app;
GRANT SELECT, INSERT ON kabinet.case_steps, kabinet.case_decisions, kabinet.case_effects, kabinet.case_numbers TO kabinet_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON kabinet.case_drafts TO kabinet_app;
-- Suppliers who are ourselves, by INN: what others supply is sent on to them.
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('company.own-suppliers', '2025-01-01', '{"inns": []}');
