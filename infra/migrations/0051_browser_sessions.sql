-- A browser keeps one secret, in a cookie no script can read: there is nothing in it to refresh tokens with,
-- so its session lives on by being used. Null for the sessions of programs.
ALTER TABLE kabinet.user_sessions ADD COLUMN slide_seconds integer;
ALTER TABLE kabinet.staff_sessions ADD COLUMN slide_seconds integer;
