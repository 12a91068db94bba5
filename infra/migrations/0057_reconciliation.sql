-- Why: what agents told, what the bank credited and what the ledger holds are compared day by day. A day may be
-- compared again and again: what was found is replaced, what people said of it stays. Rows and payments of one
-- day stand close together on disk: a block range index finds them at next to no cost for whoever writes.
CREATE TABLE kabinet.reconciliations (
  agent_code text NOT NULL,
  day date NOT NULL,
  made_at timestamptz NOT NULL,
  counts jsonb NOT NULL,
  told_kopecks bigint NOT NULL,
  booked_kopecks bigint NOT NULL,
  expected_kopecks bigint NOT NULL,
  credited_kopecks bigint NOT NULL,
  open_count int NOT NULL,
  note text NOT NULL,
  CONSTRAINT reconciliations_pk PRIMARY KEY (agent_code, day)
);
CREATE INDEX reconciliations_day_ix ON kabinet.reconciliations (day, agent_code);
CREATE TABLE kabinet.reconciliation_discrepancies (
  agent_code text NOT NULL,
  day date NOT NULL,
  discrepancy_id uuid NOT NULL,
  found jsonb NOT NULL,
  CONSTRAINT reconciliation_discrepancies_pk PRIMARY KEY (agent_code, day, discrepancy_id),
  CONSTRAINT reconciliation_discrepancies_day_fk FOREIGN KEY (agent_code, day) REFERENCES kabinet.reconciliations (agent_code, day)
);
CREATE TABLE kabinet.reconciliation_resolutions (
  agent_code text NOT NULL,
  day date NOT NULL,
  discrepancy_id uuid NOT NULL,
  said_at timestamptz NOT NULL,
  category text NOT NULL,
  difference_kopecks bigint NOT NULL,
  by_id uuid NOT NULL,
  by_name text NOT NULL,
  reason text NOT NULL,
  CONSTRAINT reconciliation_resolutions_pk PRIMARY KEY (agent_code, day, discrepancy_id, said_at)
);
CREATE TRIGGER reconciliation_resolutions_append_only BEFORE UPDATE OR DELETE ON kabinet.reconciliation_resolutions FOR EACH ROW EXECUTE FUNCTION kabinet.append_only();
GRANT SELECT, INSERT, UPDATE ON kabinet.reconciliations TO kabinet_app;
GRANT SELECT, INSERT, DELETE ON kabinet.reconciliation_discrepancies TO kabinet_app;
GRANT SELECT, INSERT ON kabinet.reconciliation_resolutions TO kabinet_app;
CREATE INDEX registry_rows_paid_brin ON kabinet.registry_rows USING brin (paid_at);
CREATE INDEX payments_paid_brin ON kabinet.payments USING brin (paid_at);
