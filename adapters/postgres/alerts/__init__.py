"""Subscriptions and what they matched on PostgreSQL."""
