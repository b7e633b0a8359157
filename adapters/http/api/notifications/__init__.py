"""Inbox and notifications over HTTP."""
