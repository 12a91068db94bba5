-- Why: an import must see at a glance, by the number alone, that an account is closed: billing may not
-- raise what is owed on it.
ALTER TABLE kabinet.account_numbers ADD COLUMN closed boolean NOT NULL DEFAULT false;
