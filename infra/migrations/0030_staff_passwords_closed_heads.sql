-- Why: staff who forgot their password, or whose password somebody knows, are given a one-time reset by an
-- administrator and choose the next one themselves: nobody else ever knows it. Of the reset only its hash is
-- kept; the next one takes its place.
-- And: an account may be closed while an import is between checking and posting. Whoever posts holds the
-- account's head, so that is where the end must stand to be seen without another question.
-- And: senior staff must find the powers of attorney that wait for them, whatever account they are on.
CREATE TABLE kabinet.staff_password_resets (
  staff_id uuid NOT NULL,
  secret_hash bytea NOT NULL,
  made_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  CONSTRAINT staff_password_resets_pk PRIMARY KEY (staff_id),
  CONSTRAINT staff_password_resets_staff_fk FOREIGN KEY (staff_id) REFERENCES kabinet.staff (staff_id)
);
GRANT SELECT, INSERT, UPDATE ON kabinet.staff_password_resets TO kabinet_app;
INSERT INTO kabinet.terms (name, valid_from, value) VALUES ('people.staff-passwords', '2025-01-01', '{"reset_seconds": 86400}');
ALTER TABLE kabinet.account_heads ADD COLUMN closed boolean NOT NULL DEFAULT false;
UPDATE kabinet.account_heads h SET closed = true FROM kabinet.accounts a WHERE a.account_id = h.account_id AND a.closed_at IS NOT NULL;
CREATE INDEX powers_of_attorney_waiting_ix ON kabinet.powers_of_attorney (entered_at) WHERE status = 'waiting';
