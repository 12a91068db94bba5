"""Meters and readings in PostgreSQL."""
