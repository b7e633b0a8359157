"""Gathering events from other sites: fetch pages, parse their listings, and store those that pass the checks."""
