"""Gathered events and scrape runs on PostgreSQL."""
