"""Webhooks: organizers' and admins' programs are notified by signed HTTP requests."""
