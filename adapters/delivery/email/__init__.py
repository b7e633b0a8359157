"""Emails: their texts, their layout, and SMTP."""
