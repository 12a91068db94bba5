-- Why: what was told to others' systems, the files of cases that are over, visits that were made and letters
-- that came are kept no longer than their terms say. What is past them is found by an index of its own.
CREATE INDEX attachments_told_ix ON kabinet.attachments (changed_at, attachment_id) WHERE is_told;
CREATE INDEX visits_ended_ix ON kabinet.visits (ended_at) WHERE ended_at IS NOT NULL;
GRANT DELETE ON kabinet.visits, kabinet.visit_slots, kabinet.letters_in, kabinet.letter_answers, kabinet.letter_views TO kabinet_app;
-- Days from the end of their year for files and visits: what money was written off or charged by rests on them.
UPDATE kabinet.terms SET value = jsonb_set(value, '{days}', value -> 'days' || '{"case-files": 1827, "visits": 1827, "webhook-log": 90}') WHERE name = 'people.retention';
