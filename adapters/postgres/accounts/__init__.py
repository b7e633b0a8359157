"""Accounts, sessions and one-time links on PostgreSQL."""
