-- Why: whoever holds a paper bill of an account that others manage already may act on it, but lets nobody else in
-- and takes nobody's right away: a bill lies in a letter box. A later row may say otherwise:
-- {"role": "owner", "scopes": ["see", "pay", "readings", "applications", "manage"]}.
INSERT INTO kabinet.terms (name, valid_from, value) VALUES
  ('people.second-by-bill', '2025-01-01', '{"role": "family", "scopes": ["see", "pay", "readings", "applications"]}');
