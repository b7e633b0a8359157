"""Webhooks: programs of organizers and admins that are notified over HTTP, with signed requests."""
