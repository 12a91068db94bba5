-- Why: what people send with their readings and cases is kept no longer than it is needed. Verdicts on a
-- file's rows stay, its bytes go: so a file may be without them. Photos go from the disk when no row names
-- them. Days are terms; what is past them is found by an index of its own, however much stays.
ALTER TABLE kabinet.reading_files ALTER COLUMN body DROP NOT NULL;
CREATE INDEX reading_files_body_ix ON kabinet.reading_files (judged_at) WHERE body IS NOT NULL;
CREATE INDEX readings_photo_ix ON kabinet.readings (received_at) WHERE insistence ->> 'photo_sha256' IS NOT NULL;
CREATE INDEX readings_photo_account_ix ON kabinet.readings (account_id) WHERE insistence ->> 'photo_sha256' IS NOT NULL;
CREATE INDEX case_drafts_changed_ix ON kabinet.case_drafts (changed_at);
CREATE INDEX letters_in_raw_ix ON kabinet.letters_in (received_at) WHERE raw IS NOT NULL;
-- Whose letter it was: the copy of one's data asks by the address and by the account.
CREATE INDEX letters_in_sender_ix ON kabinet.letters_in (sender);
CREATE INDEX letters_in_account_ix ON kabinet.letters_in (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX letter_files_account_ix ON kabinet.letter_files (account_id) WHERE account_id IS NOT NULL;
UPDATE kabinet.terms SET value = jsonb_set(value, '{days}', value -> 'days' || '{"reading-files": 180, "reading-photos": 180, "case-drafts": 90, "readings": 1827, "cases": 1827, "letters": 1096}') WHERE name = 'people.retention';
