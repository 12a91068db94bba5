"""Imports in PostgreSQL: their log, their staging, and what they write."""
