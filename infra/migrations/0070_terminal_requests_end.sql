-- Why: what terminals asked has the numbers of accounts and addresses of the network in it: it goes with its term.
CREATE INDEX terminal_requests_age_ix ON kabinet.terminal_requests (received_at);
GRANT DELETE ON kabinet.terminal_requests TO kabinet_app;
UPDATE kabinet.terms SET value = jsonb_set(value, '{days,terminal-requests}', '1096') WHERE name = 'people.retention';
