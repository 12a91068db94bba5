"""Backup and restore: the database and the stored files as of one moment (docs/backup.md).

A file lies on disk before a row names it. So files are copied, then the database is written out, then files
that came meanwhile are copied: a file too many does no harm, a missing one cannot be.
"""
