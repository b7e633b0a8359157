"""Webhooks and their deliveries on PostgreSQL."""
