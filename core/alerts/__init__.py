"""Alerts: saved searches that notify their subscribers of new events, and of changes to events they were alerted to."""
