-- Why: whoever takes a copy of their data, or is erased, has powers of attorney on accounts not known
-- beforehand. What staff did with rights, what two of them decided, and invitations that are over are kept
-- for a term, as everything about people is: then they go, so the application may delete them. Nothing
-- changes an entry of staff_log.
CREATE INDEX powers_of_attorney_user_ix ON kabinet.powers_of_attorney (user_id);
CREATE INDEX invitations_expires_ix ON kabinet.invitations (expires_at);
CREATE INDEX staff_log_at_ix ON kabinet.staff_log (at);
GRANT DELETE ON kabinet.approvals, kabinet.staff_log TO kabinet_app;
UPDATE kabinet.terms SET value = jsonb_set(value, '{days}', value -> 'days' || '{"staff-log": 1827, "approvals": 1827, "invitations": 366}') WHERE name = 'people.retention';
