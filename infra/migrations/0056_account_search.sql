-- Why: staff find a customer by a part of a name or an address, or by the phone billing knows; without an
-- index each search would read every account.
CREATE INDEX accounts_words_ix ON kabinet.accounts USING gin (to_tsvector('simple', translate(lower(holder_name || ' ' || address), 'ё.,/-_"«»()', 'е          ')));
CREATE INDEX accounts_phone_ix ON kabinet.accounts (phone) WHERE phone IS NOT NULL;
