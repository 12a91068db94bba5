-- Why: the queue of staff begins with what is due first, of one day with the oldest; cases that wait for their
-- applicant, whose clock stands still, come after those whose clock runs. Each order is that of an index: sorting a
-- day of a million open cases took 65 ms. The newest first have an index of their own.
DROP INDEX kabinet.cases_queue_ix;
DROP INDEX kabinet.cases_queue_kind_ix;
DROP INDEX kabinet.cases_queue_holder_ix;
DROP INDEX kabinet.cases_state_ix;
CREATE INDEX cases_queue_ix ON kabinet.cases (is_paused, due_on, received_at, case_id) WHERE is_open;
CREATE INDEX cases_queue_kind_ix ON kabinet.cases (kind, is_paused, due_on, received_at, case_id) WHERE is_open;
CREATE INDEX cases_queue_holder_ix
    ON kabinet.cases (holder_id, is_paused, due_on, received_at, case_id) WHERE is_open;
CREATE INDEX cases_state_ix ON kabinet.cases (state, is_paused, due_on, received_at, case_id);
CREATE INDEX cases_queue_newest_ix ON kabinet.cases (received_at DESC, case_id DESC) WHERE is_open;
