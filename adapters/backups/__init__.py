"""Backups: one file with a dump of the database, made by PostgreSQL's own programs, and the images."""
