"""Emails: what they say, how they look, and SMTP."""
