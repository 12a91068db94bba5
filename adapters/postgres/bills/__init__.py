"""Bills in PostgreSQL."""
