"""Notifications: sending messages to people and webhooks, and each account's inbox."""
